// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "solady/utils/ECDSA.sol";

/// @title A contract that signs by ERC-1271, for tests
/// @notice Valid is what its owner's key signed; it can be told to answer wrongly.
contract ContractWallet {
    bytes4 private constant MAGIC = 0x1626ba7e;

    error WalletCallerNotOwner(address caller);
    error WalletCallFailed(bytes reason);

    address public immutable owner;
    bool public broken;

    constructor(address owner_) {
        owner = owner_;
    }

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    /// @notice Does something in the wallet's name.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        if (msg.sender != owner) revert WalletCallerNotOwner(msg.sender);
        // Calling anything is what a wallet is for.
        // solhint-disable-next-line avoid-low-level-calls
        (bool done, bytes memory result) = target.call(data);
        if (!done) revert WalletCallFailed(result);
        return result;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (broken) return 0xffffffff;
        return ECDSA.tryRecoverCalldata(digest, signature) == owner ? MAGIC : bytes4(0);
    }
}
