// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What every consent of a patient hangs on, in one word. From the low end:
///
///         revokedAllAt 32 | keyRetired 8 | presentedRevoked 216
///
///         - revokedAllAt: Unix seconds of the last "revoke all"; what was given until then, inclusive, is void.
///         - keyRetired: after a recovery the patient's own key no longer widens anything, and what it gave is void.
///         - presentedRevoked: bit i is set when presented consent number i is revoked. A presented consent names the
///           revokedAllAt it was given under, so the next "revoke all" voids them all and the numbers start anew.
type PatientState is uint256;

using PatientStateLibrary for PatientState global;

/// @title Fields of the PatientState word
library PatientStateLibrary {
    uint256 private constant KEY_RETIRED = 1 << 32;
    uint256 private constant PRESENTED_SHIFT = 40;

    /// @dev Presented consents are numbered 0 to PRESENTED_MAX - 1 between one "revoke all" and the next.
    uint256 internal constant PRESENTED_MAX = 216;

    function revokedAllAt(PatientState self) internal pure returns (uint32) {
        return uint32(PatientState.unwrap(self));
    }

    function keyRetired(PatientState self) internal pure returns (bool) {
        return PatientState.unwrap(self) & KEY_RETIRED != 0;
    }

    /// @param number below PRESENTED_MAX
    function presentedRevoked(PatientState self, uint256 number) internal pure returns (bool) {
        return (PatientState.unwrap(self) >> (PRESENTED_SHIFT + number)) & 1 != 0;
    }

    /// @param number below PRESENTED_MAX
    function withPresentedRevoked(PatientState self, uint256 number) internal pure returns (PatientState) {
        return PatientState.wrap(PatientState.unwrap(self) | (1 << (PRESENTED_SHIFT + number)));
    }

    function withAllPresentedRevoked(PatientState self) internal pure returns (PatientState) {
        return PatientState.wrap(PatientState.unwrap(self) | (type(uint256).max << PRESENTED_SHIFT));
    }

    function withKeyRetired(PatientState self) internal pure returns (PatientState) {
        return PatientState.wrap(PatientState.unwrap(self) | KEY_RETIRED);
    }

    /// @return the state after a "revoke all": no presented consent under it is revoked yet
    function withRevokedAllAt(PatientState self, uint32 revokedAllAt_) internal pure returns (PatientState) {
        return PatientState.wrap((PatientState.unwrap(self) & KEY_RETIRED) | revokedAllAt_);
    }
}
