// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title GS1
/// @notice Identification keys of GS1 as numbers: a GTIN has up to 14 digits, an SSCC up to 18; leading zeros are not
///         told apart, which is how GTIN-8, -12 and -13 become GTIN-14.
library GS1 {
    uint64 private constant GTIN_END = 10 ** 14;
    uint64 private constant SSCC_END = 10 ** 18;

    /// @return whether it is not zero, has at most 14 digits, and its check digit is right
    function isGtin(uint64 gtin) internal pure returns (bool) {
        return gtin != 0 && gtin < GTIN_END && _hasCheckDigit(gtin);
    }

    /// @return whether it is not zero, has at most 18 digits, and its check digit is right
    function isSscc(uint64 sscc) internal pure returns (bool) {
        return sscc != 0 && sscc < SSCC_END && _hasCheckDigit(sscc);
    }

    /// @dev GS1 General Specifications, section 7.9: from the right, the check digit included, digits weigh 1, 3, 1, 3 …,
    ///      and the sum is a multiple of ten.
    function _hasCheckDigit(uint64 key) private pure returns (bool) {
        unchecked {
            uint256 sum = 0;
            for (uint256 rest = key; rest != 0; rest /= 100) {
                sum += rest % 10 + 3 * (rest / 10 % 10);
            }
            return sum % 10 == 0;
        }
    }
}
