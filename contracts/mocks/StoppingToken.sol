// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TestToken} from "./TestToken.sol";

/// @title A token that can be paused, as those of issuers can: then nothing moves
contract StoppingToken is TestToken {
    error TokenStopped();

    bool public stopped;

    /// @param decimals_ as TestToken has it
    constructor(uint8 decimals_) TestToken(decimals_) {}

    /// @dev By anybody.
    function setStopped(bool stopped_) external {
        stopped = stopped_;
    }

    /// @dev Minting goes on.
    function _beforeTokenTransfer(address from, address, uint256) internal view override {
        if (stopped && from != address(0)) revert TokenStopped();
    }
}
