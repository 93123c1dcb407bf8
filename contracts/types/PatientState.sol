// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What every consent of a patient hangs on, in one word. From the low end:
///
///         epoch 32 | keyRetired 8 | presentedRevoked 216
///
///         - epoch: counts "revoke all". A consent counts only in the epoch it was given in.
///         - keyRetired: after a recovery the patient's own key no longer widens anything.
///         - presentedRevoked: bit i is set when presented consent number i of this epoch is revoked.
///           A new epoch starts with all bits clear, since it voids every consent presented before it.
type PatientState is uint256;

using PatientStateLibrary for PatientState global;

/// @title Fields of the PatientState word
library PatientStateLibrary {
    uint256 private constant KEY_RETIRED = 1 << 32;
    uint256 private constant PRESENTED_SHIFT = 40;

    /// @dev Presented consents are numbered 0 to PRESENTED_MAX - 1 in each epoch.
    uint256 internal constant PRESENTED_MAX = 216;

    function epoch(PatientState self) internal pure returns (uint32) {
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

    function withKeyRetired(PatientState self) internal pure returns (PatientState) {
        return PatientState.wrap(PatientState.unwrap(self) | KEY_RETIRED);
    }

    /// @return the next epoch, with no presented consent revoked in it yet
    function nextEpoch(PatientState self) internal pure returns (PatientState) {
        return PatientState.wrap((PatientState.unwrap(self) & KEY_RETIRED) | (uint256(self.epoch()) + 1));
    }
}
