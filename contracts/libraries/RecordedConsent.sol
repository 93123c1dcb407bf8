// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";

/// @title RecordedConsent
/// @notice Asks ConsentRegistry about a use of data of one day.
/// @dev By hand, as Standing does, and for the same reason. The register is known to have code.
library RecordedConsent {
    /// @notice As `checkRecorded` of ConsentRegistry.
    /// @param day of the data, since 1900-01-01
    /// @return status IConsentRegistry.ConsentStatus as its number
    function statusOf(
        IConsentRegistry register,
        address patient,
        uint32 grantee,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 day
    ) internal view returns (uint256 status) {
        bytes4 selector = IConsentRegistry.checkRecorded.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 4), patient)
            mstore(add(free, 36), grantee)
            mstore(add(free, 68), scope)
            mstore(add(free, 100), purpose)
            mstore(add(free, 132), categories)
            mstore(add(free, 164), day)
            mstore(add(free, 196), day)
            if iszero(staticcall(gas(), register, free, 228, 0, 32)) { revert(0, 0) }
            status := mload(0)
        }
    }
}
