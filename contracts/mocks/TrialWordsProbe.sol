// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Participant, ParticipantLibrary} from "../types/Participant.sol";
import {Site} from "../types/Site.sol";
import {TrialTerms, TrialTermsLibrary} from "../types/TrialTerms.sol";

/// @title Shows the packed words of trials to tests
contract TrialWordsProbe {
    // ------------------------------------------------------------------ TrialTerms

    struct Terms {
        uint16 flags;
        uint24 allotted;
        uint24 enrolmentCap;
        uint16 consentVersion;
        uint8 purpose;
        uint16 outcomes;
        uint16 primaries;
        uint16 registeredOn;
        uint16 startedOn;
        uint16 plannedCompletion;
        bool isEnrolling;
    }

    function termsOf(uint192 word) external pure returns (Terms memory) {
        TrialTerms self = TrialTerms.wrap(word);
        return Terms({
            flags: self.flagsOf(),
            allotted: self.allotted(),
            enrolmentCap: self.enrolmentCap(),
            consentVersion: self.consentVersion(),
            purpose: self.purpose(),
            outcomes: self.outcomes(),
            primaries: self.primaries(),
            registeredOn: self.registeredOn(),
            startedOn: self.startedOn(),
            plannedCompletion: self.plannedCompletion(),
            isEnrolling: self.isEnrolling()
        });
    }

    /// @return in the order of their bits
    function termFlags() external pure returns (uint192[8] memory) {
        return [
            TrialTermsLibrary.APPROVED,
            TrialTermsLibrary.HELD,
            TrialTermsLibrary.PAUSED,
            TrialTermsLibrary.ENDED,
            TrialTermsLibrary.LOCKED,
            TrialTermsLibrary.UNBLINDED,
            TrialTermsLibrary.LATE,
            TrialTermsLibrary.RANDOMISED
        ];
    }

    function makeTerms(uint256 registeredOn, uint256 purpose, uint256 startedOn) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTermsLibrary.make(registeredOn, purpose, startedOn));
    }

    function termsHave(uint192 word, uint192 flags) external pure returns (bool) {
        return TrialTerms.wrap(word).has(flags);
    }

    function termsWith(uint192 word, uint192 flags) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTerms.wrap(word).with(flags));
    }

    function termsWithout(uint192 word, uint192 flags) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTerms.wrap(word).without(flags));
    }

    function withAllotted(uint192 word, uint256 allotted) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTerms.wrap(word).withAllotted(allotted));
    }

    function withDesign(
        uint192 word,
        uint256 enrolmentCap,
        uint256 outcomes,
        uint256 primaries,
        uint256 plannedCompletion
    ) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTerms.wrap(word).withDesign(enrolmentCap, outcomes, primaries, plannedCompletion));
    }

    function withNextConsent(uint192 word) external pure returns (uint192) {
        return TrialTerms.unwrap(TrialTerms.wrap(word).withNextConsent());
    }

    // ------------------------------------------------------------------ Site

    struct SiteFields {
        bool open;
        bool late;
        uint24 enrolled;
        uint24 allotment;
        uint16 consentVersion;
        uint8 purpose;
        uint16 registeredOn;
        uint16 startedOn;
        uint32 ethicsBoard;
        uint32 regulator;
        bool isEnrolling;
        bool isApproved;
        bool isKnown;
    }

    function siteOf(uint256 word) external pure returns (SiteFields memory) {
        Site self = Site.wrap(word);
        return SiteFields({
            open: self.isOpen(),
            late: self.isLate(),
            enrolled: self.enrolled(),
            allotment: self.allotment(),
            consentVersion: self.consentVersion(),
            purpose: self.purpose(),
            registeredOn: self.registeredOn(),
            startedOn: self.startedOn(),
            ethicsBoard: self.ethicsBoard(),
            regulator: self.regulator(),
            isEnrolling: self.isEnrolling(),
            isApproved: self.isApproved(),
            isKnown: self.isKnown()
        });
    }

    function withEthicsBoard(uint256 word, uint256 ethicsBoard) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).withEthicsBoard(ethicsBoard));
    }

    function withRegulator(uint256 word, uint256 regulator) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).withRegulator(regulator));
    }

    function opened(uint256 word, uint256 registeredOn, uint256 purpose) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).opened(registeredOn, purpose));
    }

    function closed(uint256 word) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).closed());
    }

    function withAllotment(uint256 word, uint256 allotment) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).withAllotment(allotment));
    }

    function withGate(uint256 word, bool shut, uint256 consentVersion) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).withGate(shut, consentVersion));
    }

    function withEnrolment(uint256 word, uint256 on) external pure returns (uint256) {
        return Site.unwrap(Site.wrap(word).withEnrolment(on));
    }

    // ------------------------------------------------------------------ Participant

    struct ParticipantFields {
        address patient;
        uint32 site;
        uint16 enrolledOn;
        uint16 consentVersion;
        uint24 place;
        bool withdrawn;
        bool unblinded;
        bool exists;
    }

    function participantOf(uint256 word) external pure returns (ParticipantFields memory) {
        Participant self = Participant.wrap(word);
        return ParticipantFields({
            patient: self.patient(),
            site: self.site(),
            enrolledOn: self.enrolledOn(),
            consentVersion: self.consentVersion(),
            place: self.place(),
            withdrawn: self.has(ParticipantLibrary.WITHDRAWN),
            unblinded: self.has(ParticipantLibrary.UNBLINDED),
            exists: self.exists()
        });
    }

    function participantFlags() external pure returns (uint256 withdrawn, uint256 unblinded) {
        return (ParticipantLibrary.WITHDRAWN, ParticipantLibrary.UNBLINDED);
    }

    function makeParticipant(
        address patient,
        uint256 site,
        uint256 enrolledOn,
        uint256 consentVersion
    ) external pure returns (uint256) {
        return Participant.unwrap(ParticipantLibrary.make(patient, site, enrolledOn, consentVersion));
    }

    function participantWith(uint256 word, uint256 flag) external pure returns (uint256) {
        return Participant.unwrap(Participant.wrap(word).with(flag));
    }

    function withPlace(uint256 word, uint256 place) external pure returns (uint256) {
        return Participant.unwrap(Participant.wrap(word).withPlace(place));
    }

    function withConsentVersion(uint256 word, uint256 consentVersion) external pure returns (uint256) {
        return Participant.unwrap(Participant.wrap(word).withConsentVersion(consentVersion));
    }
}
