// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITrialRecord} from "../interfaces/ITrialRecord.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {Parts} from "./libraries/Parts.sol";
import {RecordedConsent} from "./libraries/RecordedConsent.sol";
import {Standing} from "./libraries/Standing.sol";
import {TrialState} from "./trials/TrialState.sol";
import {Participant, ParticipantLibrary} from "./types/Participant.sol";
import {PurposeOfUse} from "./types/PurposeOfUse.sol";
import {Roles} from "./types/Roles.sol";
import {Site} from "./types/Site.sol";
import {TrialTerms, TrialTermsLibrary} from "./types/TrialTerms.sol";

/// @title TrialRegistry
/// @notice Clinical trials that nobody can quietly rewrite: what was registered, decided, recorded and reported, in logs that
///         can only grow, and who takes part under which consent.
///
///         Trusts: Participants for who speaks for an organisation; ConsentRegistry for what a patient consents to; ethics
///         boards, regulators and safety boards for what is theirs to decide; a site that a pseudonym is of a person, and a
///         sponsor or site that what it commits to is true.
///         Stopped by: a regulator's hold and a safety board's pause stop enrolment and randomisation at once, and nothing
///         else; an organisation's suspension stops what it does. What never stops: a participant's withdrawal, an emergency
///         unblinding, every answer.
///         Immutable: no proxy. A later version is another deployment.
///         Several calls of one sender go into one transaction by `multicall`: all of them or none.
/// @dev One contract does not hold all of it: here is what is called most, and calls that it does not know run in its
///      storage by the code of `oversight`, which hands on to TrialResults what it does not know. All three are immutable
///      and have their storage from TrialState. The interface of the whole is ITrialRegistry.
contract TrialRegistry is ITrialRecord, TrialState {
    using MerkleLog for MerkleLog.Log;
    using RecordedConsent for IConsentRegistry;
    using Standing for IParticipants;

    uint256 private constant PERMITTED = uint256(IConsentRegistry.ConsentStatus.Permitted);
    uint256 private constant REVOKED = uint256(IConsentRegistry.ConsentStatus.Revoked);
    uint64 private constant RESEARCH = 1 << 37; // HRESCH of PurposeOfUse
    uint256 private constant RESEARCH_SUBJECT = 1 << 43; // of DataCategories
    uint256 private constant DAYS_FROM_1900_TO_1970 = 25_567;
    uint256 private constant LAST_DATA_DAY = type(uint16).max; // of ConsentTerms: that day, and every later one
    uint256 private constant TRIAL_SCOPE = 2 << 248; // kind 2 of a consent's scope
    uint8 private constant DATA = 0;
    uint8 private constant CORRECTION = 1;

    /// @inheritdoc ITrialRecord
    address public immutable oversight;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    /// @param oversight_ the part that knows what this one does not
    constructor(
        IParticipants participants_,
        IConsentRegistry consents_,
        address oversight_
    ) TrialState(participants_, consents_) {
        _requirePart(oversight_);
        oversight = oversight_;
    }

    // ------------------------------------------------------------------ a sponsor registers

    /// @inheritdoc ITrialRecord
    function register(
        uint32 sponsor,
        uint32 number,
        Registration calldata registration
    ) external returns (uint64 trial) {
        _participants.requireCallerFor(sponsor, Roles.SPONSOR);
        trial = (uint64(sponsor) << 32) | number;
        Trial storage known = _trials[trial];
        if (known.log.size != 0) revert TrialKnown(trial);
        TrialTerms terms = _termsOf(trial, registration);
        known.outcomesRoot = registration.outcomesRoot;
        bytes32 leaf = _leafOf(
            trial,
            Act.Registered,
            sponsor,
            (uint64(registration.outcomes) << 16) | registration.primaries,
            registration.outcomesRoot,
            keccak256(abi.encode(registration))
        );
        // slither-disable-next-line unused-return (it is 0)
        known.log.append(leaf, TrialTerms.unwrap(terms));
        emit TrialRegistered(trial, msg.sender, registration);
    }

    // ------------------------------------------------------------------ a site enrols participants

    /// @inheritdoc ITrialRecord
    function enrolParticipant(uint64 trial, uint32 site, bytes32 participant, address patient, uint256 on) external {
        Trial storage known = _trials[trial];
        Site here = known.sites[site];
        _participants.requireCallerFor(site, Roles.INVESTIGATOR_SITE);
        if (!here.isEnrolling()) _refuseEnrolment(trial, site, here);
        if (here.enrolled() >= here.allotment()) revert EnrolmentCapReached(trial, site, here.allotment());
        unchecked {
            // 0 wraps around.
            if (on - 1 >= _today()) revert EnrolmentDayInvalid(on, _today());
        }
        if (participant == 0) revert ParticipantZero();
        Participant before = known.participants[participant];
        if (before.exists()) revert ParticipantKnown(trial, participant, before.site());
        uint16 version = here.consentVersion();
        _requireConsent(trial, version, here.purpose(), patient, site);
        known.participants[participant] = ParticipantLibrary.make(patient, site, on, version);
        known.sites[site] = here.withEnrolment(on);
        emit ParticipantEnrolled(trial, participant);
    }

    /// @inheritdoc ITrialRecord
    function renewConsent(uint64 trial, bytes32 participant) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        Participant current = _requireParticipant(trial, known, participant);
        _participants.requireCallerFor(current.site(), Roles.INVESTIGATOR_SITE);
        if (current.has(ParticipantLibrary.WITHDRAWN)) revert ParticipantHasWithdrawn(trial, participant);
        uint16 version = terms.consentVersion();
        _requireConsent(trial, version, terms.purpose(), current.patient(), current.site());
        known.participants[participant] = current.withConsentVersion(version);
        emit ConsentRenewed(trial, participant, version);
    }

    /// @inheritdoc ITrialRecord
    function randomise(uint64 trial, bytes32 participant, uint24 place) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        Participant current = _requireParticipant(trial, known, participant);
        if (_participants.speaksFor(current.site())) {
            _participants.requireCallerFor(current.site(), Roles.INVESTIGATOR_SITE);
        } else {
            _participants.requireCallerFor(_sponsorOf(trial), Roles.SPONSOR);
        }
        if (!terms.isEnrolling()) revert TrialStateInvalid(trial, terms.flagsOf());
        if (current.has(ParticipantLibrary.WITHDRAWN)) revert ParticipantHasWithdrawn(trial, participant);
        _requireConsent(trial, terms.consentVersion(), terms.purpose(), current.patient(), current.site());
        uint256 word = known.taken[place >> 8];
        uint256 bit = 1 << (place & 255);
        if (place >= known.progress.places || current.place() != 0 || word & bit != 0) {
            revert PlaceInvalid(trial, participant, place);
        }
        known.taken[place >> 8] = word | bit;
        known.participants[participant] = current.withPlace(uint256(place) + 1);
        emit ParticipantRandomised(trial, participant, place);
    }

    // ------------------------------------------------------------------ nothing stops these

    /// @inheritdoc ITrialRecord
    function withdraw(uint64 trial, bytes32 participant) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        Participant current = _requireParticipant(trial, known, participant);
        if (current.has(ParticipantLibrary.WITHDRAWN)) revert ParticipantHasWithdrawn(trial, participant);
        address patient = current.patient();
        bool mayTell = msg.sender == patient || _consents.mayActFor(patient, msg.sender)
            || _participants.speaksFor(current.site());
        if (!mayTell && !_isRevoked(trial, terms, current)) revert ConsentNotRevoked(trial, participant);
        known.participants[participant] = current.with(ParticipantLibrary.WITHDRAWN);
        emit ParticipantWithdrawn(trial, participant, msg.sender);
    }

    /// @inheritdoc ITrialRecord
    function unblind(uint64 trial, bytes32 participant, bytes32 reason) external {
        (Trial storage known,) = _load(trial);
        Participant current = _requireParticipant(trial, known, participant);
        uint32 by = current.site();
        if (!_participants.speaksFor(by)) {
            by = known.progress.safetyBoard;
            if (by == 0 || !_participants.speaksFor(by)) revert TrialNotYours(trial, 0);
        }
        _requireCommitment(reason);
        uint24 place = current.place();
        if (place == 0 || current.has(ParticipantLibrary.UNBLINDED)) {
            revert UnblindingInvalid(trial, participant, place);
        }
        known.participants[participant] = current.with(ParticipantLibrary.UNBLINDED);
        ++known.progress.unblinded;
        _record(trial, known, Act.ParticipantUnblinded, by, place - 1, participant, reason);
    }

    // ------------------------------------------------------------------ sites and vendors commit to data

    /// @inheritdoc ITrialRecord
    function anchorData(
        uint64 trial,
        uint32 organisation,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index) {
        MerkleLog.Log storage log = _requireBatch(trial, organisation, from, until, count, root);
        bytes memory entry =
            abi.encodePacked(DATA, trial, organisation, msg.sender, uint40(block.timestamp), from, until, count, root);
        index = log.append(MerkleLog.hashLeaf(entry));
        emit DataAnchored(
            (uint256(trial) << 32) | organisation, msg.sender, _batchInEvent(index, from, until, count), root
        );
    }

    /// @inheritdoc ITrialRecord
    function anchorCorrection(
        uint64 trial,
        uint32 organisation,
        uint64 corrected,
        bytes32 reason,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index) {
        MerkleLog.Log storage log = _requireBatch(trial, organisation, from, until, count, root);
        if (corrected >= log.size) revert EntryUnknown(trial, organisation, corrected);
        _requireCommitment(reason);
        bytes memory head =
            abi.encodePacked(CORRECTION, trial, organisation, msg.sender, uint40(block.timestamp), from, until, count);
        index = log.append(MerkleLog.hashLeaf(abi.encodePacked(head, corrected, reason, root)));
        uint256 batch = _batchInEvent(index, from, until, count);
        emit DataCorrected((uint256(trial) << 32) | organisation, msg.sender, batch, root, corrected, reason);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc ITrialRecord
    function participantOf(uint64 trial, bytes32 participant) external view returns (ParticipantView memory) {
        Participant current = _trials[trial].participants[participant];
        return ParticipantView({
            patient: current.patient(),
            site: current.site(),
            enrolledOn: current.enrolledOn(),
            consentVersion: current.consentVersion(),
            place: current.place(),
            withdrawn: current.has(ParticipantLibrary.WITHDRAWN),
            unblinded: current.has(ParticipantLibrary.UNBLINDED)
        });
    }

    /// @inheritdoc ITrialRecord
    function participationOf(uint64 trial, bytes32 participant) external view returns (Participation) {
        Trial storage known = _trials[trial];
        TrialTerms terms = TrialTerms.wrap(known.log.note);
        Participant current = known.participants[participant];
        if (!current.exists()) return Participation.Unknown;
        if (current.has(ParticipantLibrary.WITHDRAWN)) return Participation.Withdrawn;
        if (_consentOf(trial, terms, current) != PERMITTED) return Participation.ConsentLapsed;
        return current.consentVersion() == terms.consentVersion() ? Participation.Active : Participation.ConsentOutdated;
    }

    /// @inheritdoc ITrialRecord
    function logOf(uint64 trial, uint32 organisation) external view returns (uint64 size, bytes32 root) {
        MerkleLog.Log storage log = _logOf(trial, organisation);
        return (log.size, log.root());
    }

    /// @inheritdoc ITrialRecord
    function logIncludes(
        uint64 trial,
        uint32 organisation,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _logOf(trial, organisation).includes(MerkleLog.hashLeaf(entry), index, proof);
    }

    /// @inheritdoc ITrialRecord
    function logContinues(
        uint64 trial,
        uint32 organisation,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _logOf(trial, organisation).continues(oldSize, oldRoot, proof);
    }

    /// @inheritdoc ITrialRecord
    function consentScopeOf(uint64 trial, uint16 consentVersion) external pure returns (bytes32) {
        return _scopeOf(trial, consentVersion);
    }

    /// @dev What is not here is known to TrialOversight or, behind it, to TrialResults.
    fallback() external {
        Parts.run(oversight);
    }

    // ------------------------------------------------------------------ internals

    function _termsOf(uint64 trial, Registration calldata registration) private view returns (TrialTerms terms) {
        _requireDesign(
            trial,
            registration.protocol,
            registration.analysisPlan,
            registration.consentForm,
            registration.outcomesRoot,
            registration.outcomes,
            registration.primaries,
            registration.enrolmentCap,
            registration.plannedCompletion
        );
        (uint256 today, uint256 startedOn) = (_today(), registration.startedOn);
        bool isResearch = PurposeOfUse.covers(RESEARCH, registration.purpose);
        bool dated = startedOn <= today && startedOn <= registration.plannedCompletion;
        if (registration.dataSet == 0 || !dated || !isResearch) revert TrialDesignInvalid(trial);
        terms = TrialTermsLibrary.make(today, registration.purpose, startedOn);
        terms = terms.withDesign(
            registration.enrolmentCap, registration.outcomes, registration.primaries, registration.plannedCompletion
        );
    }

    function _refuseEnrolment(uint64 trial, uint32 site, Site here) private view {
        // slither-disable-next-line unused-return
        (, TrialTerms terms) = _load(trial);
        if (!here.isOpen()) revert SiteNotOpen(trial, site);
        revert TrialStateInvalid(trial, terms.flagsOf());
    }

    function _requireParticipant(
        uint64 trial,
        Trial storage known,
        bytes32 participant
    ) private view returns (Participant current) {
        current = known.participants[participant];
        if (!current.exists()) revert ParticipantUnknown(trial, participant);
    }

    /// @dev Refuses unless the patient's consent to this version of the form is in force.
    function _requireConsent(uint64 trial, uint16 version, uint256 purpose, address patient, uint32 site) private view {
        uint256 status = _askConsent(trial, version, purpose, patient, site);
        if (status != PERMITTED) revert ConsentMissing(trial, patient, version, uint8(status));
    }

    /// @return what became of the consent that the participant signed last, IConsentRegistry.ConsentStatus as its number
    function _consentOf(uint64 trial, TrialTerms terms, Participant current) private view returns (uint256) {
        return _askConsent(trial, current.consentVersion(), terms.purpose(), current.patient(), current.site());
    }

    /// @return whether the consent that was signed last is revoked, and none is given to the form that is to be signed now.
    ///         What a key that was lost had granted reads as revoked, too: that tells nothing of what the patient wants
    function _isRevoked(uint64 trial, TrialTerms terms, Participant current) private view returns (bool) {
        address patient = current.patient();
        if (_consentOf(trial, terms, current) != REVOKED || !_consents.mayActFor(patient, patient)) return false;
        uint16 version = terms.consentVersion();
        return version == current.consentVersion()
            || _askConsent(trial, version, terms.purpose(), patient, current.site()) != PERMITTED;
    }

    function _askConsent(
        uint64 trial,
        uint16 version,
        uint256 purpose,
        address patient,
        uint32 site
    ) private view returns (uint256) {
        unchecked {
            uint256 day = _today() + DAYS_FROM_1900_TO_1970;
            if (day > LAST_DATA_DAY) day = LAST_DATA_DAY;
            return _consents.statusOf(patient, site, _scopeOf(trial, version), purpose, RESEARCH_SUBJECT, day);
        }
    }

    /// @dev Kind 2 (1 byte) | zero 20 bytes | trial 8 bytes | version 2 bytes | part 0 (1 byte)
    function _scopeOf(uint64 trial, uint16 version) private pure returns (bytes32) {
        return bytes32(TRIAL_SCOPE | (uint256(trial) << 24) | (uint256(version) << 8));
    }

    function _requireBatch(
        uint64 trial,
        uint32 organisation,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) private view returns (MerkleLog.Log storage log) {
        log = _streamOf(trial, organisation);
        if (log.note != STREAM_OPEN) revert StreamNotOpen(trial, organisation);
        _participants.requireCallerFor(organisation, 0);
        if (until < from || until > block.timestamp || count == 0 || root == 0) {
            revert DataInvalid(from, until, count, root);
        }
    }

    function _batchInEvent(uint64 index, uint40 from, uint40 until, uint32 count) private pure returns (uint256) {
        return count | (uint256(until) << 32) | (uint256(from) << 72) | (uint256(index) << 112);
    }
}
