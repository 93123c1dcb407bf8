// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Purposes of use
/// @notice HL7 v3 PurposeOfUse (code system ActReason, 2018-08-12) with its hierarchy. A purpose is the position of its
///         code when the tree is walked depth first, a set of purposes is a bitmap of positions. Granting a purpose
///         grants what lies below it. Two codes stand apart: the root (0), which is abstract, and BTG, break the glass
///         (57), which no consent grants and no parent covers. `carechain/purpose_of_use.py` lists the codes.
library PurposeOfUse {
    uint8 internal constant ROOT = 0;
    uint8 internal constant BREAK_THE_GLASS = 57;
    uint8 internal constant COUNT = 60;

    /// @dev The purposes a consent may name.
    uint64 internal constant GRANTABLE = uint64((1 << COUNT) - 1) ^ uint64(1 << ROOT) ^ uint64(1 << BREAK_THE_GLASS);

    /// @dev Byte i is the position of the parent of code i (codes 0 to 31), 0 for the children of the root.
    uint256 private constant PARENTS_OF_0 = 0x1c1c1c0002190202020202020210100202020202020202020202020202000000;
    /// @dev The same for codes 32 to 59.
    uint256 private constant PARENTS_OF_32 = 0x00000000353800353535003232002e2e2e002525252727272525001c1f1f1f1f;

    /// @param granted bitmap of purposes, within GRANTABLE
    /// @param purpose position of the code asked for; one that doesn't exist is not covered
    /// @return whether `granted` holds the purpose or one of its ancestors; so never for the root or BREAK_THE_GLASS
    function covers(uint64 granted, uint256 purpose) internal pure returns (bool) {
        while (purpose != ROOT) {
            if ((granted >> purpose) & 1 != 0) return true;
            purpose = parent(purpose);
        }
        return false;
    }

    /// @return the position of the parent; ROOT for the top-level purposes, for BREAK_THE_GLASS, which stands apart, and for
    ///         what is no purpose
    function parent(uint256 purpose) internal pure returns (uint256) {
        if (purpose < 32) return (PARENTS_OF_0 >> (purpose * 8)) & 0xff;
        // Cannot underflow; and a shift beyond the word, for what is no purpose, leaves nothing but the root.
        unchecked {
            return purpose < 64 ? (PARENTS_OF_32 >> ((purpose - 32) * 8)) & 0xff : ROOT;
        }
    }
}
