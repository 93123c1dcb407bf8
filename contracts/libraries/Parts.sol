// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Parts
/// @notice One contract in several parts at one address: a part runs in the storage of the contract that is called.
library Parts {
    /// @dev Runs the call by the code of another part, in this storage, and ends it with that part's answer.
    function run(address part) internal {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), part, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(done) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }
}
