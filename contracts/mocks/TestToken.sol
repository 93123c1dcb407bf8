// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "solady/tokens/ERC20.sol";

/// @title A stablecoin to try things out with: anybody mints
contract TestToken is ERC20 {
    uint8 private immutable _decimals;

    /// @param decimals_ as USDC and USDT have 6, DAI 18
    constructor(uint8 decimals_) {
        _decimals = decimals_;
    }

    /// @param amount in the smallest units
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function name() public pure override returns (string memory) {
        return "Test dollar";
    }

    /// @inheritdoc ERC20
    function symbol() public pure override returns (string memory) {
        return "TUSD";
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
