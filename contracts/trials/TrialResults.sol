// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {ITrialResults} from "../../interfaces/ITrialResults.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {Roles} from "../types/Roles.sol";
import {TrialTerms, TrialTermsLibrary} from "../types/TrialTerms.sol";
import {TrialState} from "./TrialState.sol";

/// @title TrialResults
/// @notice The part of TrialRegistry for the allocation of treatments, serious adverse events, signatures, the lock of the
///         dataset, what is revealed after it, and results.
/// @dev Its code runs in the storage of TrialRegistry; what is called on it directly concerns nobody.
contract TrialResults is ITrialResults, TrialState {
    using MerkleLog for MerkleLog.Log;
    using Standing for IParticipants;

    uint256 private constant RESULTS_MONTHS = 12;
    uint24 private constant SMALLEST_CELL = 10;

    /// @inheritdoc ITrialResults
    uint256 public constant ALLOCATION_BLOCK = 4096;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    constructor(IParticipants participants_, IConsentRegistry consents_) TrialState(participants_, consents_) {}

    // ------------------------------------------------------------------ treatments are allocated, and revealed

    /// @inheritdoc ITrialResults
    function commitAllocations(uint64 trial, uint24 places, bytes32 root) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        // slither-disable-next-line unused-return
        (, uint16 startedOn,) = _enrolmentOf(known, terms);
        if (places == 0 || root == 0 || known.progress.places != 0 || startedOn != 0) {
            revert AllocationsInvalid(trial, places, startedOn);
        }
        known.progress.places = places;
        known.allocations = root;
        _write(known, terms.with(TrialTermsLibrary.RANDOMISED));
        _record(trial, known, Act.AllocationsCommitted, _sponsorOf(trial), places, root, 0);
    }

    /// @inheritdoc ITrialResults
    function revealAllocations(
        uint64 trial,
        bytes32 key,
        uint16 blockNumber,
        bytes calldata arms,
        bytes32[] calldata proof
    ) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        if (!terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        uint256 places = known.progress.places;
        uint256 first = blockNumber * ALLOCATION_BLOCK;
        if (first >= places || _isMarked(known.revealed, blockNumber)) revert RevealInvalid(trial, blockNumber);
        uint256 expected = places - first > ALLOCATION_BLOCK ? ALLOCATION_BLOCK : places - first;
        uint64 blocks = _blocksOf(known);
        bytes32 root = arms.length == expected ? _rootOfArms(key, first, arms) : bytes32(0);
        // RFC 9162 splits at powers of two, so the tree over the roots of whole blocks is the tree over all places.
        if (root == 0 || !MerkleLog.verifyInclusion(root, blockNumber, blocks, proof, known.allocations)) {
            revert RevealMismatch(trial, blockNumber);
        }
        // slither-disable-next-line unused-return (it was not marked)
        _mark(known.revealed, blockNumber);
        ++known.progress.blocksRevealed;
        _write(known, terms.with(TrialTermsLibrary.UNBLINDED));
        _record(trial, known, Act.AllocationsRevealed, _sponsorOf(trial), blockNumber, root, key);
    }

    // ------------------------------------------------------------------ serious adverse events

    /// @inheritdoc ITrialResults
    function reportAdverseEvent(
        uint64 trial,
        uint32 organisation,
        Seriousness seriousness,
        uint40 awareAt,
        bytes32 description
    ) external returns (uint32 number) {
        (Trial storage known,) = _load(trial);
        _participants.requireCallerFor(organisation, 0);
        _requirePartIn(trial, known, organisation);
        if (awareAt == 0 || awareAt > block.timestamp) revert AwarenessInvalid(awareAt);
        _requireCommitment(description);
        number = ++known.progress.adverseEvents;
        known.adverseEvents[number] = AdverseEvent(organisation, awareAt, uint40(block.timestamp), 0, seriousness);
        uint256 subject = (uint256(seriousness) << 72) | (uint256(organisation) << 40) | awareAt;
        _record(trial, known, Act.EventReported, organisation, number, bytes32(subject), description);
    }

    /// @inheritdoc ITrialResults
    function fileAdverseEvent(uint64 trial, uint32 number, bytes32 report) external {
        (Trial storage known,) = _loadAsSponsor(trial);
        AdverseEvent storage told = known.adverseEvents[number];
        if (told.reporter == 0 || told.filedAt != 0) revert AdverseEventInvalid(trial, number);
        _requireCommitment(report);
        told.filedAt = uint40(block.timestamp);
        _record(trial, known, Act.EventFiled, _sponsorOf(trial), number, 0, report);
    }

    // ------------------------------------------------------------------ people sign

    /// @inheritdoc ITrialResults
    function sign(
        uint64 trial,
        uint32 organisation,
        uint32 index,
        bytes32 leaf,
        bytes32[] calldata proof,
        Act meaning,
        bytes32 signatory
    ) external {
        (Trial storage known,) = _load(trial);
        uint32 by = _participants.requireOperator(msg.sender, 0);
        if (by != organisation) _requireSigner(trial, known, by);
        if (meaning < Act.Authored) revert SignatureMeaningInvalid(meaning);
        _requireCommitment(signatory);
        if (!_logOf(trial, organisation).includes(leaf, index, proof)) revert EntryUnknown(trial, organisation, index);
        _record(trial, known, meaning, by, (uint64(organisation) << 32) | index, leaf, signatory);
    }

    // ------------------------------------------------------------------ a sponsor completes, locks, reports

    /// @inheritdoc ITrialResults
    function recordCompletion(uint64 trial, uint16 on) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        // Or a deadline that has passed could be moved while results are withheld.
        if (terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        // slither-disable-next-line unused-return
        (, uint16 startedOn,) = _enrolmentOf(known, terms);
        uint16 earliest = startedOn == 0 ? terms.registeredOn() : startedOn;
        if (on < earliest || on > _today() || known.progress.completedOn != 0) revert CompletionInvalid(trial, on);
        known.progress.completedOn = on;
        _writeGate(known, terms.with(TrialTermsLibrary.ENDED));
        _record(trial, known, Act.PrimaryCompleted, _sponsorOf(trial), on, 0, 0);
    }

    /// @inheritdoc ITrialResults
    function lockDataset(uint64 trial, bytes32 dataset) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        if (terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        if (known.proposed != 0) revert AmendmentWaiting(trial, known.proposed);
        if (known.progress.openStreams != 0) revert StreamsOpen(trial, known.progress.openStreams);
        _requireCommitment(dataset);
        _writeGate(known, terms.with(TrialTermsLibrary.LOCKED));
        _record(trial, known, Act.DatasetLocked, _sponsorOf(trial), known.progress.version, 0, dataset);
    }

    /// @inheritdoc ITrialResults
    function postResult(
        uint64 trial,
        uint16 outcome,
        bytes32 told,
        bytes32[] calldata proof,
        bytes32 result
    ) external returns (OutcomeStatus status) {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        bool blinded = known.progress.blocksRevealed < _blocksOf(known);
        if (blinded || !terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        _requireCommitment(told);
        _requireCommitment(result);
        uint16 registered = terms.outcomes();
        if (outcome >= registered) {
            status = OutcomeStatus.Added;
            ++known.progress.added;
        } else {
            if (!_isMarked(known.reported, outcome) && !_isMarked(known.changed, outcome)) ++known.progress.answered;
            if (MerkleLog.verifyInclusion(told, outcome, registered, proof, known.outcomesRoot)) {
                status = OutcomeStatus.Reported;
                if (_mark(known.reported, outcome)) ++known.progress.reported;
            } else {
                status = OutcomeStatus.Changed;
                if (_mark(known.changed, outcome)) ++known.progress.changed;
            }
        }
        _record(trial, known, Act.ResultPosted, _sponsorOf(trial), (uint64(outcome) << 8) | uint8(status), told, result);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc ITrialResults
    function outcomeStatusOf(uint64 trial, uint16 outcome) external view returns (OutcomeStatus) {
        Trial storage known = _trials[trial];
        if (_isMarked(known.changed, outcome)) return OutcomeStatus.Changed;
        return _isMarked(known.reported, outcome) ? OutcomeStatus.Reported : OutcomeStatus.Missing;
    }

    /// @inheritdoc ITrialResults
    function resultsOf(uint64 trial) external view returns (ResultsView memory) {
        Trial storage known = _trials[trial];
        TrialTerms terms = TrialTerms.wrap(known.log.note);
        Progress memory progress = known.progress;
        uint16 missing = terms.outcomes() - progress.answered;
        uint256 completedOn = progress.completedOn == 0 ? terms.plannedCompletion() : progress.completedOn;
        uint256 dueOn = DateTimeLib.addMonths(completedOn * 1 days, RESULTS_MONTHS) / 1 days;
        return ResultsView({
            registered: terms.outcomes(),
            reported: progress.reported,
            changed: progress.changed,
            missing: missing,
            added: progress.added,
            dueOn: uint32(dueOn),
            overdue: missing != 0 && _today() > dueOn
        });
    }

    /// @inheritdoc ITrialResults
    function adverseEventOf(
        uint64 trial,
        uint32 number
    ) external view returns (AdverseEvent memory told, uint40 dueAt, bool overdue) {
        told = _trials[trial].adverseEvents[number];
        if (told.reporter == 0) revert AdverseEventInvalid(trial, number);
        dueAt = told.awareAt + (told.seriousness == Seriousness.LifeThreatening ? 7 days : 15 days);
        overdue = (told.filedAt == 0 ? block.timestamp : told.filedAt) > dueAt;
    }

    /// @inheritdoc ITrialResults
    function adverseEventCount(uint64 trial) external view returns (uint32) {
        return _trials[trial].progress.adverseEvents;
    }

    /// @inheritdoc ITrialResults
    function allocationIncludes(
        uint64 trial,
        uint24 place,
        uint8 arm,
        bytes32 salt,
        bytes32[] calldata proof
    ) external view returns (bool) {
        Trial storage known = _trials[trial];
        bytes32 leaf = MerkleLog.hashLeaf(abi.encodePacked(salt, uint32(place), arm));
        return MerkleLog.verifyInclusion(leaf, place, known.progress.places, proof, known.allocations);
    }

    /// @inheritdoc ITrialResults
    function progressOf(uint64 trial)
        external
        view
        returns (uint16 flags, uint24 enrolledAtLeast, uint24 enrolmentCap)
    {
        Trial storage known = _trials[trial];
        TrialTerms terms = TrialTerms.wrap(known.log.note);
        (uint24 enrolled,, uint16 all) = _enrolmentOf(known, terms);
        return (all, enrolled - enrolled % SMALLEST_CELL, terms.enrolmentCap());
    }

    /// @inheritdoc ITrialResults
    function participants() external view returns (IParticipants) {
        return _participants;
    }

    /// @inheritdoc ITrialResults
    function consents() external view returns (IConsentRegistry) {
        return _consents;
    }

    // ------------------------------------------------------------------ internals

    /// @return blocks that the allocation list has, 0 if there is none
    function _blocksOf(Trial storage known) private view returns (uint64) {
        return uint64((known.progress.places + ALLOCATION_BLOCK - 1) / ALLOCATION_BLOCK);
    }

    /// @param first place of the first of them
    /// @return root (RFC 9162) of the places with these arms, salted under this key
    function _rootOfArms(bytes32 key, uint256 first, bytes calldata arms) private view returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](arms.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            bytes32 salt = sha256(abi.encodePacked(key, uint64(first + i)));
            leaves[i] = MerkleLog.hashLeaf(abi.encodePacked(salt, uint32(first + i), arms[i]));
        }
        return MerkleLog.rootOf(leaves);
    }

    /// @return whether it was not marked before
    function _mark(mapping(uint256 => uint256) storage bitmap, uint16 number) private returns (bool) {
        if (_isMarked(bitmap, number)) return false;
        bitmap[number >> 8] |= 1 << (number & 255);
        return true;
    }

    function _isMarked(mapping(uint256 => uint256) storage bitmap, uint16 number) private view returns (bool) {
        return (bitmap[number >> 8] >> (number & 255)) & 1 != 0;
    }

    function _requirePartIn(uint64 trial, Trial storage known, uint32 organisation) private view {
        if (!_takesPart(trial, known, organisation)) revert TrialNotYours(trial, organisation);
    }

    /// @dev Refuses an organisation that neither takes part in the trial nor watches over it.
    function _requireSigner(uint64 trial, Trial storage known, uint32 by) private view {
        if (_watches(known, by) || _takesPart(trial, known, by)) return;
        _participants.requireCallerFor(by, Roles.AUDITOR | Roles.REGULATOR);
    }
}
