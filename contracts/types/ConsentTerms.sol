// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PurposeOfUse} from "./PurposeOfUse.sol";

/// @notice What a patient consents to, in one word. `carechain/consent_terms.py` is its twin. From the low end:
///
///         stamp 32 | dataTo 16 | dataFrom 16 | notAfter 32 | notBefore 32 | categories 64 | purposes 60 | zero 3 | byPatient 1
///
///         - stamp: when it was given, Unix seconds. It is the nonce of what is signed, since a later stamp overtakes an
///           earlier one and never the other way round; and it decides whether a "revoke all" came after it.
///         - dataFrom, dataTo (both inclusive): the data period, days since 1900-01-01; 0 and 65535 leave it open.
///         - notBefore (inclusive), notAfter (exclusive): the consent period in Unix seconds.
///         - categories: bits of `DataCategories`; data is covered only if all its bits are.
///         - purposes: bit i is code i of `PurposeOfUse`; a parent covers its children.
///         - byPatient: given by the patient's own key, not by a representative. The registry sets it.
type ConsentTerms is uint256;

using ConsentTermsLibrary for ConsentTerms global;

/// @title Fields of the ConsentTerms word
library ConsentTermsLibrary {
    uint256 private constant DATA_TO = 32;
    uint256 private constant DATA_FROM = 48;
    uint256 private constant NOT_AFTER = 64;
    uint256 private constant NOT_BEFORE = 96;
    uint256 private constant CATEGORIES = 128;
    uint256 private constant PURPOSES = 192;
    uint256 private constant BY_PATIENT = 1 << 255;

    function stamp(ConsentTerms self) internal pure returns (uint32) {
        return uint32(ConsentTerms.unwrap(self));
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

    /// @return bitmap of purposes; a bit that no consent may grant counts for nothing, since what is presented was never
    ///         examined before it is used
    function purposes(ConsentTerms self) internal pure returns (uint64) {
        return uint64(self.purposesField() & PurposeOfUse.GRANTABLE);
    }

    /// @return what stands where purposes stand, so with byPatient and the bits between, which have no meaning
    function purposesField(ConsentTerms self) internal pure returns (uint256) {
        return ConsentTerms.unwrap(self) >> PURPOSES;
    }

    function byPatient(ConsentTerms self) internal pure returns (bool) {
        return ConsentTerms.unwrap(self) & BY_PATIENT != 0;
    }

    /// @return whether there is nothing but a stamp, as after a revocation
    function isRevoked(ConsentTerms self) internal pure returns (bool) {
        return ConsentTerms.unwrap(self) >> DATA_TO == 0;
    }

    /// @param self unstamped
    function stamped(ConsentTerms self, uint32 stamp_) internal pure returns (ConsentTerms) {
        return ConsentTerms.wrap(ConsentTerms.unwrap(self) | stamp_);
    }

    function givenByPatient(ConsentTerms self) internal pure returns (ConsentTerms) {
        return ConsentTerms.wrap(ConsentTerms.unwrap(self) | BY_PATIENT);
    }

    /// @return the word of a revoked consent: no terms, only when it was revoked, which stops older signatures
    function revoked(uint32 stamp_) internal pure returns (ConsentTerms) {
        return ConsentTerms.wrap(stamp_);
    }
}
