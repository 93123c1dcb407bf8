// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A participant of a trial, in one word. From the low end:
///
///         patient 160 | site 32 | enrolledOn 16 | consentVersion 16 | place 24 | flags 8
///
///         - patient: who consents, by the address that is used for this site alone; never zero.
///         - site: the organisation that enrolled the participant.
///         - enrolledOn: day since 1970-01-01 (UTC).
///         - consentVersion: of the consent form that was signed last.
///         - place: 1 + the place in the allocation list, 0 if not randomised.
///         All zero: no such participant.
type Participant is uint256;

using ParticipantLibrary for Participant global;

/// @title Fields of the Participant word
library ParticipantLibrary {
    uint256 internal constant WITHDRAWN = 1 << 248;
    uint256 internal constant UNBLINDED = 1 << 249;

    uint256 private constant SITE = 160;
    uint256 private constant ENROLLED_ON = 192;
    uint256 private constant CONSENT_VERSION = 208;
    uint256 private constant PLACE = 224;

    function make(
        address patient_,
        uint256 site_,
        uint256 enrolledOn_,
        uint256 consentVersion_
    ) internal pure returns (Participant) {
        return Participant.wrap(
            uint256(uint160(patient_)) | (site_ << SITE) | (enrolledOn_ << ENROLLED_ON)
                | (consentVersion_ << CONSENT_VERSION)
        );
    }

    function exists(Participant self) internal pure returns (bool) {
        return Participant.unwrap(self) != 0;
    }

    function patient(Participant self) internal pure returns (address) {
        return address(uint160(Participant.unwrap(self)));
    }

    function site(Participant self) internal pure returns (uint32) {
        return uint32(Participant.unwrap(self) >> SITE);
    }

    function enrolledOn(Participant self) internal pure returns (uint16) {
        return uint16(Participant.unwrap(self) >> ENROLLED_ON);
    }

    function consentVersion(Participant self) internal pure returns (uint16) {
        return uint16(Participant.unwrap(self) >> CONSENT_VERSION);
    }

    /// @return 1 + the place in the allocation list, 0 if not randomised
    function place(Participant self) internal pure returns (uint24) {
        return uint24(Participant.unwrap(self) >> PLACE);
    }

    function has(Participant self, uint256 flag) internal pure returns (bool) {
        return Participant.unwrap(self) & flag != 0;
    }

    function with(Participant self, uint256 flag) internal pure returns (Participant) {
        return Participant.wrap(Participant.unwrap(self) | flag);
    }

    /// @param self of a participant without a place
    function withPlace(Participant self, uint256 place_) internal pure returns (Participant) {
        return Participant.wrap(Participant.unwrap(self) | (place_ << PLACE));
    }

    function withConsentVersion(Participant self, uint256 consentVersion_) internal pure returns (Participant) {
        uint256 kept = Participant.unwrap(self) & ~(uint256(type(uint16).max) << CONSENT_VERSION);
        return Participant.wrap(kept | (consentVersion_ << CONSENT_VERSION));
    }
}
