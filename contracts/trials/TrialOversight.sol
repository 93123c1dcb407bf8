// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {ITrialOversight} from "../../interfaces/ITrialOversight.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Parts} from "../libraries/Parts.sol";
import {Standing} from "../libraries/Standing.sol";
import {Roles} from "../types/Roles.sol";
import {Site} from "../types/Site.sol";
import {TrialTerms, TrialTermsLibrary} from "../types/TrialTerms.sol";
import {TrialState} from "./TrialState.sol";

/// @title TrialOversight
/// @notice The part of TrialRegistry for those who watch over a trial, and for what they have to approve: ethics boards,
///         regulators and safety boards; sites, amendments and streams of data.
/// @dev Its code runs in the storage of TrialRegistry; what is called on it directly concerns nobody. A call that it does
///      not know runs by the code of `results`.
contract TrialOversight is ITrialOversight, TrialState {
    using MerkleLog for MerkleLog.Log;
    using Standing for IParticipants;

    /// @dev A completion, which reads and writes each, takes 14.1 million gas; EIP-7825 allows it 16,777,216.
    uint16 private constant MOST_SITES = 2_000;
    uint32 private constant DECIDERS = Roles.ETHICS_BOARD | Roles.REGULATOR | Roles.SAFETY_BOARD;

    /// @inheritdoc ITrialOversight
    address public immutable results;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    /// @param results_ the part that knows what this one does not
    constructor(
        IParticipants participants_,
        IConsentRegistry consents_,
        address results_
    ) TrialState(participants_, consents_) {
        _requirePart(results_);
        results = results_;
    }

    // ------------------------------------------------------------------ ethics boards and regulators approve

    /// @inheritdoc ITrialOversight
    function approve(uint64 trial, uint32 site, Authority authority, bytes32 decision) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _requireAuthority(trial, known, authority);
        if (by == site) revert TrialNotIndependent(trial, by);
        _requireCommitment(decision);
        Site asked = known.sites[site];
        if (by == asked.ethicsBoard() || by == asked.regulator()) {
            if (by != _approvalOf(asked, authority)) revert TrialNotIndependent(trial, by); // one says one thing
        }
        uint32 before = _approvalOf(asked, authority);
        // One that lost its accreditation cannot decide any more: another does in its place.
        if (_participants.standingOf(before, _roleOf(authority)) == IParticipants.Standing.Good) {
            revert ApprovalKnown(trial, site, authority, before);
        }
        asked = _withApproval(asked, authority, by);
        known.sites[site] = asked;
        if (site == 0 && asked.isApproved()) _writeGate(known, terms.with(TrialTermsLibrary.APPROVED));
        _record(trial, known, Act.Approved, by, (uint64(site) << 8) | uint8(authority), 0, decision);
    }

    /// @inheritdoc ITrialOversight
    function withdrawApproval(uint64 trial, uint32 site, Authority authority, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        Site asked = known.sites[site];
        uint32 by = _approvalOf(asked, authority);
        if (by == 0) revert ApprovalUnknown(trial, site, authority);
        _participants.requireCallerFor(by, _roleOf(authority));
        _requireCommitment(reason);
        known.sites[site] = _withApproval(asked, authority, 0);
        if (asked.isOpen()) _close(known, terms, site);
        if (site == 0) {
            _writeGate(known, terms.without(TrialTermsLibrary.APPROVED));
            if (authority == Authority.EthicsBoard) known.progress.approved = false; // the amendment that waits
        }
        _record(trial, known, Act.ApprovalWithdrawn, by, (uint64(site) << 8) | uint8(authority), 0, reason);
    }

    /// @inheritdoc ITrialOversight
    function placeHold(uint64 trial, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _requireRegulator(trial);
        if (known.holds[by]) revert HoldInvalid(trial, by, true);
        _requireCommitment(reason);
        known.holds[by] = true;
        ++known.progress.holds;
        _writeGate(known, terms.with(TrialTermsLibrary.HELD));
        _record(trial, known, Act.HoldPlaced, by, by, 0, reason);
    }

    /// @inheritdoc ITrialOversight
    function liftHold(uint64 trial, uint32 regulator, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _requireRegulator(trial);
        if (!known.holds[regulator]) revert HoldInvalid(trial, regulator, false);
        // One that lost its accreditation cannot lift its hold any more: another does in its place.
        bool isIts =
            by == regulator || _participants.standingOf(regulator, Roles.REGULATOR) != IParticipants.Standing.Good;
        if (!isIts) revert HoldInvalid(trial, regulator, true);
        _requireCommitment(reason);
        known.holds[regulator] = false;
        if (--known.progress.holds == 0) _writeGate(known, terms.without(TrialTermsLibrary.HELD));
        _record(trial, known, Act.HoldLifted, by, regulator, 0, reason);
    }

    // ------------------------------------------------------------------ a safety board watches

    /// @inheritdoc ITrialOversight
    function appointSafetyBoard(uint64 trial, uint32 board) external {
        (Trial storage known,) = _load(trial);
        uint32 by = _sponsorOf(trial);
        if (_participants.speaksFor(by)) {
            _participants.requireCallerFor(by, Roles.SPONSOR);
            // Whoever is watched does not change who watches.
            if (known.progress.safetyBoard != 0) revert TrialNotYours(trial, by);
        } else {
            by = _requireAuthority(trial, known, Authority.Regulator);
        }
        _participants.requireGood(board, Roles.SAFETY_BOARD);
        if (_takesPart(trial, known, board) || _watches(known, board)) revert TrialNotIndependent(trial, board);
        known.progress.safetyBoard = board;
        _record(trial, known, Act.SafetyBoardAppointed, by, board, 0, 0);
    }

    /// @inheritdoc ITrialOversight
    function pause(uint64 trial, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _requireSafetyBoard(trial, known);
        if (terms.has(TrialTermsLibrary.PAUSED)) revert TrialStateInvalid(trial, terms.flagsOf());
        _requireCommitment(reason);
        _writeGate(known, terms.with(TrialTermsLibrary.PAUSED));
        _record(trial, known, Act.Paused, by, 0, 0, reason);
    }

    /// @inheritdoc ITrialOversight
    function resume(uint64 trial, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _requireSafetyBoard(trial, known);
        if (!terms.has(TrialTermsLibrary.PAUSED)) revert TrialStateInvalid(trial, terms.flagsOf());
        _requireCommitment(reason);
        _writeGate(known, terms.without(TrialTermsLibrary.PAUSED));
        _record(trial, known, Act.Resumed, by, 0, 0, reason);
    }

    /// @inheritdoc ITrialOversight
    function end(uint64 trial, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        uint32 by = _participants.requireOperator(msg.sender, Roles.SPONSOR | Roles.SAFETY_BOARD | Roles.REGULATOR);
        if (by != _sponsorOf(trial) && by != known.progress.safetyBoard) {
            _participants.requireCallerFor(by, Roles.REGULATOR);
        }
        if (terms.has(TrialTermsLibrary.ENDED)) revert TrialStateInvalid(trial, terms.flagsOf());
        _requireCommitment(reason);
        _writeGate(known, terms.with(TrialTermsLibrary.ENDED));
        _record(trial, known, Act.Ended, by, 0, 0, reason);
    }

    // ------------------------------------------------------------------ a sponsor opens sites and streams

    /// @inheritdoc ITrialOversight
    function openSite(uint64 trial, uint32 site, uint24 allotment) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        Site asked = known.sites[site];
        if (asked.isOpen()) revert SiteIsOpen(trial, site);
        if (site == 0 || !asked.isApproved()) revert SiteNotOpen(trial, site);
        _participants.requireGood(site, Roles.INVESTIGATOR_SITE);
        if (_watches(known, site)) revert TrialNotIndependent(trial, site);
        if (!asked.isKnown()) {
            if (known.opened.length == MOST_SITES) revert SitesTooMany(trial, MOST_SITES);
            known.opened.push(site);
        }
        asked = asked.opened(terms.registeredOn(), terms.purpose());
        known.sites[site] = asked.withGate(!terms.isEnrolling(), terms.consentVersion());
        _allot(trial, known, terms, site, allotment);
        _record(trial, known, Act.SiteOpened, _sponsorOf(trial), site, bytes32(uint256(allotment)), 0);
    }

    /// @inheritdoc ITrialOversight
    function changeAllotment(uint64 trial, uint32 site, uint24 allotment) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        if (!known.sites[site].isOpen()) revert SiteNotOpen(trial, site);
        _allot(trial, known, terms, site, allotment);
        _record(trial, known, Act.AllotmentChanged, _sponsorOf(trial), site, bytes32(uint256(allotment)), 0);
    }

    /// @inheritdoc ITrialOversight
    function closeSite(uint64 trial, uint32 site, bytes32 reason) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        if (!known.sites[site].isOpen()) revert SiteNotOpen(trial, site);
        uint32 by = _requireSponsorOr(trial, site);
        _requireCommitment(reason);
        _close(known, terms, site);
        _record(trial, known, Act.SiteClosed, by, site, 0, reason);
    }

    /// @inheritdoc ITrialOversight
    function openStream(uint64 trial, uint32 organisation) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        if (terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        MerkleLog.Log storage log = _streamOf(trial, organisation);
        if (log.note != 0) revert StreamKnown(trial, organisation);
        if (_watches(known, organisation)) revert TrialNotIndependent(trial, organisation);
        // Else a sponsor could bar whom it fears from deciding: who records data decides nothing. A site has agreed to.
        bool mayDecide = _participants.standingOf(organisation, DECIDERS) == IParticipants.Standing.Good;
        if (mayDecide && !known.sites[organisation].isKnown()) revert TrialNotIndependent(trial, organisation);
        _participants.requireGood(organisation, 0);
        log.note = STREAM_OPEN;
        ++known.progress.openStreams;
        _record(trial, known, Act.StreamOpened, _sponsorOf(trial), organisation, 0, 0);
    }

    /// @inheritdoc ITrialOversight
    function lockStream(uint64 trial, uint32 organisation) external {
        (Trial storage known,) = _load(trial);
        MerkleLog.Log storage log = _streamOf(trial, organisation);
        if (log.note != STREAM_OPEN) revert StreamNotOpen(trial, organisation);
        uint32 by = _requireSponsorOr(trial, organisation);
        log.note = STREAM_LOCKED;
        --known.progress.openStreams;
        _record(trial, known, Act.StreamLocked, by, organisation, log.root(), bytes32(uint256(log.size)));
    }

    // ------------------------------------------------------------------ a sponsor amends, an ethics board approves

    /// @inheritdoc ITrialOversight
    function proposeAmendment(uint64 trial, Amendment calldata amendment) external {
        (Trial storage known, TrialTerms terms) = _loadAsSponsor(trial);
        if (terms.has(TrialTermsLibrary.LOCKED)) revert TrialStateInvalid(trial, terms.flagsOf());
        if (known.proposed != 0) revert AmendmentWaiting(trial, known.proposed);
        if (amendment.effectiveOn < _today()) {
            revert AmendmentBackdated(trial, amendment.effectiveOn, _today());
        }
        _requireDesign(
            trial,
            amendment.protocol,
            amendment.analysisPlan,
            amendment.consentForm,
            amendment.outcomesRoot,
            amendment.outcomes,
            amendment.primaries,
            amendment.enrolmentCap,
            amendment.plannedCompletion
        );
        _requireCommitment(amendment.reason);
        _requireRoom(trial, terms, amendment);
        bytes32 hash = keccak256(abi.encode(amendment));
        known.proposed = hash;
        known.progress.approved = false;
        uint32 by = _sponsorOf(trial);
        uint64 number = (uint64(amendment.outcomes) << 16) | amendment.primaries;
        bytes32 leaf = _leafOf(trial, Act.AmendmentProposed, by, number, amendment.outcomesRoot, hash);
        emit AmendmentProposed(trial, known.log.append(leaf), by, msg.sender, amendment);
    }

    /// @inheritdoc ITrialOversight
    function approveAmendment(uint64 trial, Amendment calldata amendment, bytes32 decision) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        _requireProposed(trial, known, amendment);
        uint32 board = known.sites[0].ethicsBoard();
        if (board == 0) {
            board = _requireAuthority(trial, known, Authority.EthicsBoard);
            if (board == known.sites[0].regulator()) revert TrialNotIndependent(trial, board); // one says one thing
        }
        _participants.requireCallerFor(board, Roles.ETHICS_BOARD);
        if (known.progress.approved) revert ApprovalKnown(trial, 0, Authority.EthicsBoard, board);
        _requireCommitment(decision);
        known.progress.approved = true;
        uint16 effectiveOn = amendment.effectiveOn;
        _record(trial, known, Act.AmendmentApproved, board, effectiveOn, amendment.outcomesRoot, decision);
        // Sites that were given more meanwhile must not make the board's approval fail.
        if (effectiveOn <= _today() && amendment.enrolmentCap >= terms.allotted()) {
            _putInForce(trial, known, terms, amendment);
        }
    }

    /// @inheritdoc ITrialOversight
    function putAmendmentInForce(uint64 trial, Amendment calldata amendment) external {
        (Trial storage known, TrialTerms terms) = _load(trial);
        _requireProposed(trial, known, amendment);
        bool approved = known.progress.approved;
        if (!approved || amendment.effectiveOn > _today()) {
            revert AmendmentNotDue(trial, approved, amendment.effectiveOn);
        }
        _requireRoom(trial, terms, amendment);
        _putInForce(trial, known, terms, amendment);
    }

    /// @inheritdoc ITrialOversight
    function dropAmendment(uint64 trial, bytes32 amendment, bytes32 reason) external {
        (Trial storage known,) = _load(trial);
        if (amendment == 0 || known.proposed != amendment) revert AmendmentNotProposed(trial, amendment);
        uint32 by = known.sites[0].ethicsBoard();
        if (by != 0 && _participants.speaksFor(by)) _participants.requireCallerFor(by, Roles.ETHICS_BOARD);
        else by = _requireSponsorOr(trial, 0);
        _requireCommitment(reason);
        known.proposed = 0;
        _record(trial, known, Act.AmendmentDropped, by, 0, amendment, reason);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc ITrialOversight
    function trialOf(uint64 trial) external view returns (TrialView memory) {
        Trial storage known = _trials[trial];
        TrialTerms terms = TrialTerms.wrap(known.log.note);
        Progress memory progress = known.progress;
        (uint24 enrolled, uint16 startedOn, uint16 flags) = _enrolmentOf(known, terms);
        return TrialView({
            outcomesRoot: known.outcomesRoot,
            outcomes: terms.outcomes(),
            primaries: terms.primaries(),
            enrolled: enrolled,
            allotted: terms.allotted(),
            enrolmentCap: terms.enrolmentCap(),
            consentVersion: terms.consentVersion(),
            purpose: terms.purpose(),
            registeredOn: terms.registeredOn(),
            startedOn: startedOn,
            plannedCompletion: terms.plannedCompletion(),
            completedOn: progress.completedOn,
            version: progress.version,
            flags: flags,
            safetyBoard: progress.safetyBoard,
            holds: progress.holds,
            places: progress.places,
            unblinded: progress.unblinded,
            openStreams: progress.openStreams,
            sites: uint16(known.opened.length),
            proposed: known.proposed
        });
    }

    /// @inheritdoc ITrialOversight
    function siteOf(uint64 trial, uint32 site) external view returns (SiteView memory) {
        Site asked = _trials[trial].sites[site];
        return SiteView({
            ethicsBoard: asked.ethicsBoard(),
            regulator: asked.regulator(),
            open: asked.isOpen(),
            enrolled: asked.enrolled(),
            allotment: asked.allotment(),
            startedOn: asked.startedOn()
        });
    }

    /// @inheritdoc ITrialOversight
    function siteAt(uint64 trial, uint16 number) external view returns (uint32) {
        return _trials[trial].opened[number];
    }

    /// @inheritdoc ITrialOversight
    function isHeldBy(uint64 trial, uint32 regulator) external view returns (bool) {
        return _trials[trial].holds[regulator];
    }

    /// @dev What is not here is known to TrialResults.
    fallback() external {
        Parts.run(results);
    }

    // ------------------------------------------------------------------ internals

    function _roleOf(Authority authority) private pure returns (uint32) {
        return authority == Authority.EthicsBoard ? Roles.ETHICS_BOARD : Roles.REGULATOR;
    }

    function _approvalOf(Site asked, Authority authority) private pure returns (uint32) {
        return authority == Authority.EthicsBoard ? asked.ethicsBoard() : asked.regulator();
    }

    function _withApproval(Site asked, Authority authority, uint32 by) private pure returns (Site) {
        return authority == Authority.EthicsBoard ? asked.withEthicsBoard(by) : asked.withRegulator(by);
    }

    /// @dev Gives a site so many participants, out of those that the trial may have.
    function _allot(uint64 trial, Trial storage known, TrialTerms terms, uint32 site, uint24 allotment) private {
        Site asked = known.sites[site];
        uint256 allotted = uint256(terms.allotted()) - asked.allotment() + allotment;
        bool grows = allotment > asked.allotment();
        if (allotment < asked.enrolled() || (grows && allotted > terms.enrolmentCap())) {
            revert AllotmentInvalid(trial, site, allotment);
        }
        known.sites[site] = asked.withAllotment(allotment);
        _write(known, terms.withAllotted(allotted));
    }

    /// @dev Closes a site, and gives back what it has not used of its allotment.
    function _close(Trial storage known, TrialTerms terms, uint32 site) private {
        Site asked = known.sites[site];
        uint24 enrolled = asked.enrolled();
        known.sites[site] = asked.closed().withAllotment(enrolled);
        _write(known, terms.withAllotted(uint256(terms.allotted()) - asked.allotment() + enrolled));
    }

    /// @return by the caller's organisation, which may decide for this authority about this trial
    function _requireAuthority(
        uint64 trial,
        Trial storage known,
        Authority authority
    ) private view returns (uint32 by) {
        by = _participants.requireOperator(msg.sender, _roleOf(authority));
        if (_takesPart(trial, known, by) || by == known.progress.safetyBoard) revert TrialNotIndependent(trial, by);
    }

    /// @return by the caller's organisation, a regulator that may hold this trial: any but its sponsor
    function _requireRegulator(uint64 trial) private view returns (uint32 by) {
        by = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        if (by == _sponsorOf(trial)) revert TrialNotIndependent(trial, by);
    }

    function _requireSafetyBoard(uint64 trial, Trial storage known) private view returns (uint32 board) {
        board = known.progress.safetyBoard;
        if (board == 0) revert TrialNotYours(trial, 0);
        _participants.requireCallerFor(board, Roles.SAFETY_BOARD);
    }

    /// @return by the sponsor, or the other organisation, whichever the caller speaks for
    function _requireSponsorOr(uint64 trial, uint32 other) private view returns (uint32 by) {
        by = other != 0 && _participants.speaksFor(other) ? other : _sponsorOf(trial);
        _participants.requireCallerFor(by, 0);
    }

    /// @dev Refuses an amendment that allows fewer participants than sites are allotted.
    function _requireRoom(uint64 trial, TrialTerms terms, Amendment calldata amendment) private pure {
        if (amendment.enrolmentCap < terms.allotted()) revert AllotmentInvalid(trial, 0, terms.allotted());
    }

    function _requireProposed(uint64 trial, Trial storage known, Amendment calldata amendment) private view {
        bytes32 hash = keccak256(abi.encode(amendment));
        if (known.proposed != hash) revert AmendmentNotProposed(trial, hash);
    }

    function _putInForce(uint64 trial, Trial storage known, TrialTerms terms, Amendment calldata amendment) private {
        bytes32 hash = known.proposed;
        known.proposed = 0;
        known.progress.approved = false;
        uint16 version = ++known.progress.version;
        known.outcomesRoot = amendment.outcomesRoot;
        terms = terms.withDesign(
            amendment.enrolmentCap, amendment.outcomes, amendment.primaries, amendment.plannedCompletion
        );
        if (amendment.reconsent) terms = terms.withNextConsent();
        _writeGate(known, terms);
        _record(trial, known, Act.AmendmentInForce, 0, version, amendment.outcomesRoot, hash);
    }
}
