// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The terms of a trial, in the note of its log's size slot, so that a registration writes one slot less.
///         Its flags have their twin in `carechain/trials/words.py`. From the low end:
///
///         flags 16 | allotted 24 | enrolmentCap 24 | consentVersion 16 | purpose 8 | outcomes 16 | primaries 16 |
///         registeredOn 16 | startedOn 16 | plannedCompletion 16
///
///         - flags: those below.
///         - allotted: participants that its sites may enrol together, never above enrolmentCap.
///         - enrolmentCap: participants that there may be.
///         - consentVersion: of the consent form that is to be signed, from 1; 0: no such trial.
///         - purpose: position in PurposeOfUse, within research.
///         - outcomes, primaries: how many are registered, and how many of them, the first ones, are primary.
///         - registeredOn, startedOn, plannedCompletion: days since 1970-01-01 (UTC); startedOn is the first enrolment that
///           was told when the trial was registered, 0 if there was none.
type TrialTerms is uint192;

using TrialTermsLibrary for TrialTerms global;

/// @title Fields of the TrialTerms word
library TrialTermsLibrary {
    uint192 internal constant APPROVED = 1 << 0; // by an ethics board and a regulator
    uint192 internal constant HELD = 1 << 1; // by a regulator
    uint192 internal constant PAUSED = 1 << 2; // by the safety board
    uint192 internal constant ENDED = 1 << 3;
    uint192 internal constant LOCKED = 1 << 4; // the dataset, and with it protocol, analysis plan and outcomes
    uint192 internal constant UNBLINDED = 1 << 5; // the first allocations were revealed
    uint192 internal constant LATE = 1 << 6; // registered after the first enrolment
    uint192 internal constant RANDOMISED = 1 << 7; // an allocation list is committed to

    uint192 private constant BARRED = HELD | PAUSED | ENDED | LOCKED | UNBLINDED;

    uint192 private constant ALLOTTED = 16;
    uint192 private constant ENROLMENT_CAP = 40;
    uint192 private constant CONSENT_VERSION = 64;
    uint192 private constant PURPOSE = 80;
    uint192 private constant OUTCOMES = 88;
    uint192 private constant PRIMARIES = 104;
    uint192 private constant REGISTERED_ON = 120;
    uint192 private constant STARTED_ON = 136;
    uint192 private constant PLANNED_COMPLETION = 152;

    /// @return terms of a trial that is registered on this day, under the first version of its consent form; late if it started
    ///         before
    function make(
        uint256 registeredOn_,
        uint256 purpose_,
        uint256 startedOn_
    ) internal pure returns (TrialTerms terms) {
        terms = TrialTerms.wrap(
            uint192(
                (1 << CONSENT_VERSION) | (purpose_ << PURPOSE) | (registeredOn_ << REGISTERED_ON)
                    | (startedOn_ << STARTED_ON)
            )
        );
        if (startedOn_ != 0 && startedOn_ < registeredOn_) terms = terms.with(LATE);
    }

    function has(TrialTerms self, uint192 flags) internal pure returns (bool) {
        return TrialTerms.unwrap(self) & flags != 0;
    }

    /// @return whether participants may be enrolled, as far as the trial as a whole is concerned: it is approved, and
    ///         nothing stands against it
    function isEnrolling(TrialTerms self) internal pure returns (bool) {
        return TrialTerms.unwrap(self) & (APPROVED | BARRED) == APPROVED;
    }

    function flagsOf(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self));
    }

    function allotted(TrialTerms self) internal pure returns (uint24) {
        return uint24(TrialTerms.unwrap(self) >> ALLOTTED);
    }

    function enrolmentCap(TrialTerms self) internal pure returns (uint24) {
        return uint24(TrialTerms.unwrap(self) >> ENROLMENT_CAP);
    }

    function consentVersion(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> CONSENT_VERSION);
    }

    function purpose(TrialTerms self) internal pure returns (uint8) {
        return uint8(TrialTerms.unwrap(self) >> PURPOSE);
    }

    function outcomes(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> OUTCOMES);
    }

    function primaries(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> PRIMARIES);
    }

    function registeredOn(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> REGISTERED_ON);
    }

    function startedOn(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> STARTED_ON);
    }

    function plannedCompletion(TrialTerms self) internal pure returns (uint16) {
        return uint16(TrialTerms.unwrap(self) >> PLANNED_COMPLETION);
    }

    function with(TrialTerms self, uint192 flags) internal pure returns (TrialTerms) {
        return TrialTerms.wrap(TrialTerms.unwrap(self) | flags);
    }

    function without(TrialTerms self, uint192 flags) internal pure returns (TrialTerms) {
        return TrialTerms.wrap(TrialTerms.unwrap(self) & ~flags);
    }

    function withAllotted(TrialTerms self, uint256 allotted_) internal pure returns (TrialTerms) {
        uint192 kept = TrialTerms.unwrap(self) & ~(uint192(type(uint24).max) << ALLOTTED);
        return TrialTerms.wrap(kept | uint192(allotted_ << ALLOTTED));
    }

    function withDesign(
        TrialTerms self,
        uint256 enrolmentCap_,
        uint256 outcomes_,
        uint256 primaries_,
        uint256 plannedCompletion_
    ) internal pure returns (TrialTerms) {
        uint192 fields = (uint192(type(uint24).max) << ENROLMENT_CAP) | (uint192(type(uint32).max) << OUTCOMES)
            | (uint192(type(uint16).max) << PLANNED_COMPLETION);
        return TrialTerms.wrap(
            (TrialTerms.unwrap(self) & ~fields)
                | uint192(
                    (enrolmentCap_ << ENROLMENT_CAP) | (outcomes_ << OUTCOMES) | (primaries_ << PRIMARIES)
                        | (plannedCompletion_ << PLANNED_COMPLETION)
                )
        );
    }

    /// @return with the next version of the consent form; reverts after the last, 65,535
    function withNextConsent(TrialTerms self) internal pure returns (TrialTerms) {
        uint192 next = uint192(self.consentVersion() + 1);
        uint192 kept = TrialTerms.unwrap(self) & ~(uint192(type(uint16).max) << CONSENT_VERSION);
        return TrialTerms.wrap(kept | (next << CONSENT_VERSION));
    }
}
