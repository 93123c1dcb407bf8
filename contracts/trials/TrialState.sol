// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Multicallable} from "solady/utils/Multicallable.sol";

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {ITrialResults} from "../../interfaces/ITrialResults.sol";
import {ITrialTypes} from "../../interfaces/ITrialTypes.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {Participant} from "../types/Participant.sol";
import {Roles} from "../types/Roles.sol";
import {Site} from "../types/Site.sol";
import {TrialTerms, TrialTermsLibrary} from "../types/TrialTerms.sol";

/// @title TrialState
/// @notice What the parts of TrialRegistry have in common: all of its storage, and the rules that each of them asks.
/// @dev The parts run in the storage of TrialRegistry, so all of it is declared here and nowhere else.
abstract contract TrialState is ITrialTypes, Multicallable {
    using MerkleLog for MerkleLog.Log;
    using Standing for IParticipants;

    /// @dev Notes of an organisation's log.
    uint192 internal constant STREAM_OPEN = 1;
    uint192 internal constant STREAM_LOCKED = 2;

    /// @dev One slot of what comes after the registration.
    struct Progress {
        uint32 safetyBoard;
        uint24 openStreams;
        uint24 places; // in the allocation list
        uint24 unblinded;
        uint24 adverseEvents;
        uint16 completedOn;
        uint16 version; // amendments in force
        uint16 blocksRevealed;
        uint16 reported; // outcomes with a result as registered
        uint16 changed; // outcomes with a result that is not as registered
        uint16 answered; // outcomes with a result
        uint16 added; // results of what is not registered
        uint8 holds;
        bool approved; // the amendment that waits
    }

    struct Trial {
        MerkleLog.Log log; // with the TrialTerms in its note
        bytes32 outcomesRoot;
        Progress progress;
        bytes32 proposed; // keccak256 of the Amendment that waits
        bytes32 allocations; // root
        uint32[] opened; // sites that ever were
        mapping(uint32 site => Site) sites;
        mapping(bytes32 participant => Participant) participants;
        mapping(uint32 regulator => bool) holds;
        mapping(uint256 word => uint256) taken; // bit of each place in the allocation list
        mapping(uint256 word => uint256) revealed; // bit of each block of it
        mapping(uint256 word => uint256) reported; // bit of each outcome
        mapping(uint256 word => uint256) changed; // bit of each outcome
        mapping(uint256 number => AdverseEvent) adverseEvents;
    }

    /// @dev Knows who speaks for an organisation, and its standing.
    IParticipants internal immutable _participants;
    /// @dev Knows what patients have consented to.
    IConsentRegistry internal immutable _consents;

    // Each part writes some of these, and Slither looks at the parts one by one.
    // slither-disable-start uninitialized-state

    mapping(uint64 trial => Trial) internal _trials;
    /// @dev By `trial << 32 | organisation`: one hash on the way to a log.
    mapping(uint256 trialOrganisation => MerkleLog.Log) internal _streams;

    // slither-disable-end uninitialized-state

    constructor(IParticipants participants_, IConsentRegistry consents_) {
        // Both are asked by hand later, where an account without code would seem to agree to anything.
        if (address(participants_).code.length == 0) revert PartInvalid(address(participants_));
        if (address(consents_).code.length == 0) revert PartInvalid(address(consents_));
        _participants = participants_;
        _consents = consents_;
    }

    /// @dev Refuses a part that is none, or asks other registers. For constructors.
    function _requirePart(address part) internal view {
        if (part.code.length == 0) revert PartInvalid(part);
        if (address(ITrialResults(part).participants()) != address(_participants)) revert PartInvalid(part);
        if (address(ITrialResults(part).consents()) != address(_consents)) revert PartInvalid(part);
    }

    // ------------------------------------------------------------------ a trial, its terms, its log

    function _load(uint64 trial) internal view returns (Trial storage known, TrialTerms terms) {
        known = _trials[trial];
        terms = TrialTerms.wrap(known.log.note);
        if (terms.consentVersion() == 0) revert TrialUnknown(trial);
    }

    /// @dev As `_load`, for the sponsor alone.
    function _loadAsSponsor(uint64 trial) internal view returns (Trial storage known, TrialTerms terms) {
        (known, terms) = _load(trial);
        _participants.requireCallerFor(_sponsorOf(trial), Roles.SPONSOR);
    }

    function _write(Trial storage known, TrialTerms terms) internal {
        known.log.note = TrialTerms.unwrap(terms);
    }

    /// @dev Writes terms that may change who can be enrolled, under which consent: what each site knows of it, too.
    function _writeGate(Trial storage known, TrialTerms terms) internal {
        TrialTerms before = TrialTerms.wrap(known.log.note);
        _write(known, terms);
        bool shut = !terms.isEnrolling();
        uint16 version = terms.consentVersion();
        if (shut == !before.isEnrolling() && version == before.consentVersion()) return;
        uint32[] storage opened = known.opened;
        for (uint256 i = 0; i < opened.length; ++i) {
            known.sites[opened[i]] = known.sites[opened[i]].withGate(shut, version);
        }
    }

    /// @return enrolled participants of all sites
    /// @return startedOn day of the first enrolment, 0 if there was none
    /// @return flags of the trial, Late if an enrolment made it so
    function _enrolmentOf(
        Trial storage known,
        TrialTerms terms
    ) internal view returns (uint24 enrolled, uint16 startedOn, uint16 flags) {
        startedOn = terms.startedOn();
        uint32[] storage opened = known.opened;
        for (uint256 i = 0; i < opened.length; ++i) {
            Site site = known.sites[opened[i]];
            enrolled += site.enrolled();
            uint16 on = site.startedOn();
            if (on != 0 && (startedOn == 0 || on < startedOn)) startedOn = on;
            if (site.isLate()) terms = terms.with(TrialTermsLibrary.LATE);
        }
        flags = terms.flagsOf();
    }

    /// @dev Appends an entry to the trial's log.
    /// @param by organisation, 0 for none
    function _record(
        uint64 trial,
        Trial storage known,
        Act act,
        uint32 by,
        uint64 number,
        bytes32 subject,
        bytes32 detail
    ) internal {
        uint64 index = known.log.append(_leafOf(trial, act, by, number, subject, detail));
        emit TrialAct(trial, act, by, index, msg.sender, number, subject, detail);
    }

    /// @return of the entry that tells of an act, done now by the caller
    function _leafOf(
        uint64 trial,
        Act act,
        uint32 by,
        uint64 number,
        bytes32 subject,
        bytes32 detail
    ) internal view returns (bytes32) {
        return MerkleLog.hashLeaf(
            abi.encodePacked(act, trial, uint40(block.timestamp), by, msg.sender, number, subject, detail)
        );
    }

    /// @dev Refuses a design that is none.
    function _requireDesign(
        uint64 trial,
        bytes32 protocol,
        bytes32 analysisPlan,
        bytes32 consentForm,
        bytes32 outcomesRoot,
        uint256 outcomes,
        uint256 primaries,
        uint256 enrolmentCap,
        uint256 plannedCompletion
    ) internal pure {
        bool committed =
            protocol != 0 && analysisPlan != 0 && consentForm != 0 && outcomesRoot != 0;
        bool counted = primaries != 0 && primaries <= outcomes && enrolmentCap != 0;
        if (!committed || !counted || plannedCompletion == 0) revert TrialDesignInvalid(trial);
    }

    // ------------------------------------------------------------------ who takes part, and who watches

    /// @return whether the organisation is the sponsor, has or had a site, or records data
    function _takesPart(uint64 trial, Trial storage known, uint32 organisation) internal view returns (bool) {
        return organisation == _sponsorOf(trial) || known.sites[organisation].isKnown()
            || _streamOf(trial, organisation).note != 0;
    }

    /// @return whether the organisation has approved the trial, or is its safety board
    function _watches(Trial storage known, uint32 organisation) internal view returns (bool) {
        Site decided = known.sites[0];
        return organisation == decided.ethicsBoard() || organisation == decided.regulator()
            || organisation == known.progress.safetyBoard;
    }

    // ------------------------------------------------------------------ small answers

    function _sponsorOf(uint64 trial) internal pure returns (uint32) {
        return uint32(trial >> 32);
    }

    function _streamOf(uint64 trial, uint32 organisation) internal view returns (MerkleLog.Log storage) {
        return _streams[(uint256(trial) << 32) | organisation];
    }

    /// @return log of an organisation's data, or as organisation 0 of the trial's acts
    function _logOf(uint64 trial, uint32 organisation) internal view returns (MerkleLog.Log storage) {
        return organisation == 0 ? _trials[trial].log : _streamOf(trial, organisation);
    }

    function _today() internal view returns (uint256) {
        return block.timestamp / 1 days;
    }

    function _requireCommitment(bytes32 commitment) internal pure {
        if (commitment == 0) revert CommitmentZero();
    }
}
