// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Data categories
/// @notice A piece of health data carries one class bit, the FHIR R4 resource type it is, and a label bit for every
///         reason it is sensitive (HL7 v3 ActCode, information sensitivity). A consent covers it only if it names all
///         of them, so a general grant never implies sensitive data. The bits are listed in
///         `carechain/data_categories.py` and docs/SPECIFICATION.md; the contracts need only the two halves.
library DataCategories {
    /// @dev Bits 0 to 47.
    uint64 internal constant CLASSES = (1 << 48) - 1;
    /// @dev Bits 48 to 63; the highest is "restricted, or its label is not known".
    uint64 internal constant LABELS = type(uint64).max ^ CLASSES;

    /// @return whether `categories` names at least one class: labels alone describe no data
    function isDescriptive(uint256 categories) internal pure returns (bool) {
        return categories & CLASSES != 0;
    }

    /// @return whether every bit of `asked` is in `granted`
    function covers(uint256 granted, uint256 asked) internal pure returns (bool) {
        return asked & ~granted == 0;
    }
}
