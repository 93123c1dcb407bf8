// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a claim says besides its lines, in one word. From the low end:
///
///         member 160 | coverage 8 | version 8 | authorisation 32 | replaces 32 | currency 10 | priorTold 1 | liability 1 | zero 4
///
///         - member: the patient's pseudonym with the payer, which is an address.
///         - coverage: which period of the member's coverage.
///         - version: of the plan.
///         - authorisation: the payer's number of a prior authorisation, 0 for none.
///         - replaces: number of the claim that it replaces, plus 1; 0 if it is an original.
///         - currency: ISO 4217, the number.
///         - priorTold: lines tell what other payers left.
///         - liability: somebody else may be liable, as after an accident.
type ClaimTerms is uint256;

using ClaimTermsLibrary for ClaimTerms global;

/// @title Fields of the ClaimTerms word
library ClaimTermsLibrary {
    uint256 private constant COVERAGE = 160;
    uint256 private constant VERSION = 168;
    uint256 private constant AUTHORISATION = 176;
    uint256 private constant REPLACES = 208;
    uint256 private constant CURRENCY = 240;
    uint256 private constant PRIOR_TOLD = 250;
    uint256 private constant LIABILITY = 251;

    function member(ClaimTerms self) internal pure returns (address) {
        return address(uint160(ClaimTerms.unwrap(self)));
    }

    function coverage(ClaimTerms self) internal pure returns (uint8) {
        return uint8(ClaimTerms.unwrap(self) >> COVERAGE);
    }

    function version(ClaimTerms self) internal pure returns (uint8) {
        return uint8(ClaimTerms.unwrap(self) >> VERSION);
    }

    function authorisation(ClaimTerms self) internal pure returns (uint32) {
        return uint32(ClaimTerms.unwrap(self) >> AUTHORISATION);
    }

    function replaces(ClaimTerms self) internal pure returns (uint32) {
        return uint32(ClaimTerms.unwrap(self) >> REPLACES);
    }

    function currency(ClaimTerms self) internal pure returns (uint256) {
        return uint256((ClaimTerms.unwrap(self) >> CURRENCY) & ((1 << 10) - 1));
    }

    function priorTold(ClaimTerms self) internal pure returns (bool) {
        return (ClaimTerms.unwrap(self) >> PRIOR_TOLD) & 1 != 0;
    }

    function liability(ClaimTerms self) internal pure returns (bool) {
        return (ClaimTerms.unwrap(self) >> LIABILITY) & 1 != 0;
    }

    function isWellFormed(ClaimTerms self) internal pure returns (bool) {
        return ClaimTerms.unwrap(self) >> (LIABILITY + 1) == 0;
    }
}
