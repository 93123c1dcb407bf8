// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a patient consents to, in one word. `carechain/consent_terms.py` is its twin. From the low end:
///
///         version 16 | epoch 16 | dataTo 16 | dataFrom 16 | notAfter 32 | notBefore 32 | categories 64 | purposes 64
///
///         - purposes: bit i is code i of `PurposeOfUse`; a parent covers its children.
///         - categories: bits of `DataCategories`; data is covered only if all its bits are.
///         - notBefore (inclusive), notAfter (exclusive): the consent period in Unix seconds.
///         - dataFrom, dataTo (both inclusive): the data period, days since 1900-01-01; 0 and 65535 leave it open.
///         - epoch: the patient's epoch it was given in. Revoking everything starts the next one.
///         - version: rises with every change, never falls; doubles as the nonce of what is signed.
///           In a presented consent it is the consent's number in the epoch (0 to 215).
type ConsentTerms is uint256;

using ConsentTermsLibrary for ConsentTerms global;

/// @title Fields of the ConsentTerms word
library ConsentTermsLibrary {
    uint256 private constant EPOCH = 16;
    uint256 private constant DATA_TO = 32;
    uint256 private constant DATA_FROM = 48;
    uint256 private constant NOT_AFTER = 64;
    uint256 private constant NOT_BEFORE = 96;
    uint256 private constant CATEGORIES = 128;
    uint256 private constant PURPOSES = 192;
    uint256 private constant STAMP_MASK = type(uint32).max; // epoch and version

    function version(ConsentTerms self) internal pure returns (uint16) {
        return uint16(ConsentTerms.unwrap(self));
    }

    function epoch(ConsentTerms self) internal pure returns (uint16) {
        return uint16(ConsentTerms.unwrap(self) >> EPOCH);
    }

    function dataTo(ConsentTerms self) internal pure returns (uint16) {
        return uint16(ConsentTerms.unwrap(self) >> DATA_TO);
    }

    function dataFrom(ConsentTerms self) internal pure returns (uint16) {
        return uint16(ConsentTerms.unwrap(self) >> DATA_FROM);
    }

    function notAfter(ConsentTerms self) internal pure returns (uint32) {
        return uint32(ConsentTerms.unwrap(self) >> NOT_AFTER);
    }

    function notBefore(ConsentTerms self) internal pure returns (uint32) {
        return uint32(ConsentTerms.unwrap(self) >> NOT_BEFORE);
    }

    function categories(ConsentTerms self) internal pure returns (uint64) {
        return uint64(ConsentTerms.unwrap(self) >> CATEGORIES);
    }

    function purposes(ConsentTerms self) internal pure returns (uint64) {
        return uint64(ConsentTerms.unwrap(self) >> PURPOSES);
    }

    /// @return whether epoch and version are still blank, as in terms that nobody has recorded or signed yet
    function isUnstamped(ConsentTerms self) internal pure returns (bool) {
        return ConsentTerms.unwrap(self) & STAMP_MASK == 0;
    }

    /// @return whether there is nothing but the stamp, as after a revocation
    function isRevoked(ConsentTerms self) internal pure returns (bool) {
        return ConsentTerms.unwrap(self) >> DATA_TO == 0;
    }

    /// @param epoch_ at most 65535
    function stamped(ConsentTerms self, uint256 epoch_, uint16 version_) internal pure returns (ConsentTerms) {
        return ConsentTerms.wrap((ConsentTerms.unwrap(self) & ~STAMP_MASK) | (epoch_ << EPOCH) | version_);
    }

    /// @return the word of a revoked consent: no terms, only the version that stops older signatures
    function revoked(uint16 version_) internal pure returns (ConsentTerms) {
        return ConsentTerms.wrap(version_);
    }
}
