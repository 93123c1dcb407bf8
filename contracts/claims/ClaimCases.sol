// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimProgramme} from "../../interfaces/IClaimProgramme.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {Adjudication} from "../libraries/Adjudication.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {ClaimCase} from "../types/ClaimCase.sol";
import {ClaimTerms} from "../types/ClaimTerms.sol";
import {Coverage} from "../types/Coverage.sol";
import {LineOutcome} from "../types/LineOutcome.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {ProviderTerms} from "../types/ProviderTerms.sol";
import {Reserve} from "../types/Reserve.sol";
import {Roles} from "../types/Roles.sol";
import {ServiceLine} from "../types/ServiceLine.sol";
import {ClaimState} from "./ClaimState.sol";

/// @title ClaimCases
/// @notice What the parts in which people decide have in common: how a claim that came in before is proven and read, who may
///         decide about it, and how it moves from stage to stage.
abstract contract ClaimCases is ClaimState {
    using MerkleLog for MerkleLog.Log;
    using Standing for IParticipants;

    uint256 private constant HEAD = 148; // bytes of an entry before its lines
    uint32 private constant DECIDERS = Roles.PAYER | Roles.CLAIM_REVIEWER;

    /// @dev A claim that came in before, as its entry tells, and where it stands.
    struct Known {
        uint32 payer;
        uint32 provider;
        uint64 number;
        uint256 account;
        uint8 flags;
        uint40 takenAt;
        uint24 reasons;
        ClaimTerms terms;
        bytes32 controlNumber;
        uint256[] lines;
        uint256[] outcomes; // empty while nothing is decided
        uint256[] ruled; // outcomes by rule, of which an authorisation was used; none if there are none
        uint256 charge;
        uint256 paid;
        ClaimCase word;
        Clocks clocks;
        // How it is to be judged now.
        bool reviewed; // a person, or a deadline, approves what a rule alone would not pay
        bytes decisions; // for each line the Reason for which it is denied, 0 if it is not; or nothing
        uint256[] caps; // for each line the most that is allowed; or nothing
    }

    // ------------------------------------------------------------------ a claim that came in before

    /// @dev Reads a claim from its entry, once that is proven to be in the log, with what was decided about it last.
    function _open(Evidence calldata evidence) internal view returns (Known memory claim) {
        (claim.payer, claim.provider, claim.number) = (evidence.payer, evidence.provider, evidence.number);
        claim.account = _accountOf(claim.payer, claim.provider);
        bytes calldata entry = evidence.entry;
        MerkleLog.Log storage log = _accounts[claim.account].log;
        Case storage known = _cases[_caseKey(claim.account, claim.number)];
        // The log as it is now, or as it was at a checkpoint: nobody undoes that by adding to it.
        bytes32 root = evidence.size == log.size ? log.root() : _checkpoints[_caseKey(claim.account, evidence.size)];
        bytes32 leaf = MerkleLog.hashLeaf(entry);
        bool proven = MerkleLog.verifyInclusion(leaf, claim.number, evidence.size, evidence.proof, root);
        bool decided = known.outcomes != 0;
        bytes32 told = keccak256(abi.encodePacked(evidence.outcomes));
        if (!proven || (decided ? told != known.outcomes : evidence.outcomes.length != 0)) {
            revert ClaimUnproven(claim.account, claim.number);
        }
        claim.word = known.word;
        claim.clocks = _programmes[claim.payer].clocks;
        claim.flags = uint8(entry[1]);
        claim.takenAt = uint40(bytes5(entry[10:15]));
        claim.reasons = uint24(bytes3(entry[15:18]));
        uint256 count = uint16(bytes2(entry[18:20]));
        claim.terms = ClaimTerms.wrap(uint256(bytes32(entry[20:52])));
        claim.controlNumber = bytes32(entry[52:84]);
        uint256 end = HEAD + count * LINE_WORDS * 32;
        claim.lines = _words(entry[HEAD:end]);
        uint256[] memory settled = _words(entry[end:]);
        claim.outcomes = decided ? evidence.outcomes : settled;
        claim.ruled = claim.word.ruled() ? claim.outcomes : settled;
        for (uint256 i = 0; i < count; ++i) {
            claim.charge += ServiceLine.wrap(claim.lines[i * LINE_WORDS]).charge();
            if (claim.outcomes.length != 0) claim.paid += LineOutcome.wrap(claim.outcomes[i]).paid();
        }
    }

    /// @dev The caller makes sure that it is a multiple of 32 bytes: an entry is, as it was written.
    function _words(bytes calldata text) private pure returns (uint256[] memory words) {
        words = new uint256[](text.length / 32);
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = uint256(bytes32(text[i * 32:]));
        }
    }

    /// @dev Refuses a reviewer who may not decide at this stage.
    function _requireEligible(Known memory claim, uint32 reviewer) internal view {
        _participants.requireCallerFor(reviewer, DECIDERS);
        Stage stage = Stage(claim.word.stage());
        IClaimProgramme.ReviewerKind needed = IClaimProgramme.ReviewerKind.Internal;
        if (stage == Stage.InExternalReview) {
            needed = IClaimProgramme.ReviewerKind.External;
        } else if (stage != Stage.InReview && stage != Stage.InAppeal) {
            _refuseStage(claim);
        }
        bool named = _reviewers[(uint256(claim.payer) << 32) | reviewer] == needed;
        if (!named || claim.word.hasReviewer(reviewer) || reviewer == claim.provider) {
            revert ReviewerNotEligible(claim.payer, reviewer, stage);
        }
    }

    function _isBarred(uint256 account) internal view returns (bool) {
        return ProviderTerms.wrap(_accounts[account].log.note).barred();
    }

    function _actsForMember(Known memory claim) internal view returns (bool) {
        address member = claim.terms.member();
        return msg.sender == member || _consents.mayActFor(member, msg.sender);
    }

    function _refuseStage(Known memory claim) internal pure {
        revert ClaimStageInvalid(claim.account, claim.number, Stage(claim.word.stage()), claim.word.deadline());
    }

    function _write(Known memory claim) internal {
        _cases[_caseKey(claim.account, claim.number)].word = claim.word;
    }

    // ------------------------------------------------------------------ it is judged

    /// @dev Judges the claim as it was when it came in, with what is left of the benefits now.
    /// @return verdict for a claim that nobody approved with all reasons why it should not be settled by rule now
    function _judgeAgain(Known memory claim) internal view returns (Verdict memory verdict) {
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Adjudication.Benefits memory benefits;
        benefits.inNetwork = claim.flags & IN_NETWORK != 0;
        benefits.afterOthers = claim.terms.priorTold();
        benefits.reviewed = claim.reviewed;
        Subject memory subject = _subjectOf(claim);
        Coverage coverage = _coverages[subject.memberKey];
        PlanTerms plan = _plans[subject.planVersion].terms;
        uint256 denial =
            _denialOf(claim.terms, coverage, plan, claim.flags & SECONDARY != 0, subject.day, claim.takenAt / 1 days);
        // Lateness a reviewer can waive, and nothing else of these.
        if (!claim.reviewed || denial != uint256(Reason.TooLate)) benefits.denial = denial;
        _startClaim(claim.account, coverage, plan, benefits);
        _judge(subject, benefits, claim.decisions, claim.caps, verdict);
        if (claim.reviewed) return verdict;
        if (_isBarred(claim.account)) verdict.reasons |= 1 << uint256(Parked.ProviderBarred);
        if (verdict.paid > plan.ceiling()) verdict.reasons |= 1 << uint256(Parked.AboveCeiling);
    }

    // ------------------------------------------------------------------ from stage to stage

    /// @dev To the stage after a decision, with the time in which it can be objected to.
    function _moveOn(Known memory claim) internal {
        Stage stage = Stage(claim.word.stage());
        uint256 until = block.timestamp + uint256(claim.clocks.appealDays) * 1 days;
        if (stage == Stage.InReview) claim.word = claim.word.withStage(uint8(Stage.Decided), until);
        else if (stage == Stage.InAppeal) claim.word = claim.word.withStage(uint8(Stage.AppealDecided), until);
        else claim.word = claim.word.withStage(uint8(Stage.Final), 0);
        _write(claim);
    }

    function _endRefund(Known memory claim, uint32 reviewer) internal {
        claim.word = claim.word.withStage(uint8(Stage.Final), 0).withRefund(false);
        if (reviewer != 0) claim.word = claim.word.withReviewer(reviewer);
        _write(claim);
        emit RefundRejected(claim.account, claim.number, reviewer);
    }

    /// @dev Holds nothing any more for the claim; the caller writes its word.
    function _release(Known memory claim) internal returns (Reserve reserve) {
        reserve = _programmes[claim.payer].reserve;
        uint256 held = claim.word.encumbered();
        if (held == 0) return reserve;
        claim.word = claim.word.withEncumbered(0);
        reserve = reserve.withFunds(reserve.funds(), reserve.encumbered() - held);
        _programmes[claim.payer].reserve = reserve;
    }

    /// @dev Takes off what was counted for the claim, if anything was decided about it; or adds it again.
    function _countDecided(Known memory claim, bool takeOff) internal {
        if (claim.outcomes.length == 0) return;
        (uint256 deductible, uint256 share) = (0, 0);
        for (uint256 i = 0; i < claim.outcomes.length; ++i) {
            deductible += LineOutcome.wrap(claim.outcomes[i]).deductible();
            share += LineOutcome.wrap(claim.outcomes[i]).share();
        }
        _count(claim, deductible, share, claim.outcomes, takeOff);
    }

    /// @dev Adds to all that is counted, or takes off.
    function _count(
        Known memory claim,
        uint256 deductible,
        uint256 share,
        uint256[] memory outcomes,
        bool takeOff
    ) internal {
        Subject memory subject = _subjectOf(claim);
        Coverage coverage = _coverages[subject.memberKey];
        _coverages[subject.memberKey] = _meet(claim.account, coverage, deductible, share, takeOff);
        _use(subject, outcomes, takeOff);
    }

    function _subjectOf(Known memory claim) internal view returns (Subject memory) {
        uint256 memberKey = _memberKey(claim.payer, claim.terms.member(), claim.terms.coverage());
        return Subject({
            account: claim.account,
            terms: claim.terms,
            memberKey: memberKey,
            planVersion: _planVersionKey(claim.payer, _coverages[memberKey].plan(), claim.terms.version()),
            day: _dayOf(claim.lines),
            lines: claim.lines
        });
    }

    /// @dev As if it had never been: what it counted is taken off, and what was paid is owed.
    function _void(Known memory claim, Reason reason) internal {
        _countDecided(claim, true);
        Subject memory subject = _subjectOf(claim);
        _consume(subject, claim.ruled, true);
        if (reason == Reason.None && !claim.word.refund()) {
            // The provider can make it anew; what was refunded, or asked back, is for people, should it come again.
            uint256 category = ServiceLine.wrap(claim.lines[0]).category();
            uint256 mark = _markOf(claim.provider, subject.day, category, claim.controlNumber);
            _coverages[subject.memberKey] = _coverages[subject.memberKey].withoutMark(mark);
        }
        // slither-disable-next-line unused-return (nothing is paid)
        _release(claim);
        claim.word = claim.word.withStage(uint8(Stage.Voided), 0).withRefund(false);
        _write(claim);
        _accounts[claim.account].owed += uint48(claim.paid);
        emit ClaimVoided(claim.account, claim.number, reason, claim.paid);
    }

    /// @return day first of the lines
    function _dayOf(uint256[] memory lines) internal pure returns (uint256 day) {
        day = type(uint256).max;
        for (uint256 i = 0; i < lines.length; i += LINE_WORDS) {
            uint256 one = ServiceLine.wrap(lines[i]).day();
            if (one < day) day = one;
        }
    }
}
