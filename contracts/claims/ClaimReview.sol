// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimReview} from "../../interfaces/IClaimReview.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {Parts} from "../libraries/Parts.sol";
import {Reserve} from "../types/Reserve.sol";
import {ClaimCases} from "./ClaimCases.sol";
import {ClaimState} from "./ClaimState.sol";

/// @title ClaimReview
/// @notice The part of ClaimSettlement in which claims are decided about: by reviewers, by deadlines, and by rule once the
///         reserve is funded.
/// @dev Runs in the storage of ClaimSettlement, which hands it what it does not know; hands on to ClaimObjections.
contract ClaimReview is IClaimReview, ClaimCases {
    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc IClaimReview
    address public immutable objections;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    /// @param objections_ the part that knows what this one does not
    constructor(
        IParticipants participants_,
        IConsentRegistry consents_,
        address objections_
    ) ClaimState(participants_, consents_) {
        _requirePart(objections_);
        objections = objections_;
    }

    // ------------------------------------------------------------------ a claim is decided about

    /// @inheritdoc IClaimReview
    function decideClaim(
        Evidence calldata evidence,
        uint32 reviewer,
        bytes calldata decisions,
        uint256[] calldata caps
    ) external {
        Known memory claim = _open(evidence);
        _requireEligible(claim, reviewer);
        uint256 count = claim.lines.length / LINE_WORDS;
        bool fit = !claim.word.refund() && decisions.length == count && (caps.length == 0 || caps.length == count);
        for (uint256 i = 0; fit && i < count; ++i) {
            uint8 reason = uint8(decisions[i]);
            fit = reason == 0 || (reason >= uint8(Reason.NotNecessary) && reason <= uint8(Reason.NotFurnished));
        }
        if (!fit) revert DecisionInvalid(claim.account, claim.number);
        (claim.reviewed, claim.decisions, claim.caps) = (true, decisions, caps);
        _decide(claim, reviewer);
    }

    /// @inheritdoc IClaimReview
    function enforceDeadline(Evidence calldata evidence) external {
        Known memory claim = _open(evidence);
        Stage stage = Stage(claim.word.stage());
        uint256 deadline = claim.word.deadline();
        if (deadline == 0 || block.timestamp <= deadline) _refuseStage(claim);
        emit DeadlineEnforced(claim.account, claim.number, stage, msg.sender);
        if (stage == Stage.InReview || stage == Stage.InAppeal) {
            uint256 next = block.timestamp + uint256(claim.clocks.externalDays) * 1 days;
            claim.word = claim.word.withStage(uint8(Stage.InExternalReview), next);
            _write(claim);
        } else if (stage == Stage.RefundRequested) {
            _void(claim, Reason(claim.word.refundReason()));
        } else if (stage != Stage.InExternalReview) {
            claim.word = claim.word.withStage(uint8(Stage.Final), 0);
            _write(claim);
        } else if (claim.word.refund()) {
            _endRefund(claim, 0);
        } else {
            claim.reviewed = true;
            _decide(claim, 0);
        }
    }

    /// @inheritdoc IClaimReview
    function settleOnceFunded(Evidence calldata evidence) external {
        Known memory claim = _open(evidence);
        if (Stage(claim.word.stage()) != Stage.InReview) _refuseStage(claim);
        if (claim.reasons != 1 << uint256(Parked.ReserveShort)) {
            revert NotOnlyShort(claim.account, claim.number, claim.reasons);
        }
        // By rule, like any other claim: what a reviewer had to look at now is not settled so.
        _decide(claim, 0);
    }

    /// @dev What is not here is known to ClaimObjections or, behind it, to ClaimProgramme.
    fallback() external {
        Parts.run(objections);
    }

    // ------------------------------------------------------------------ internals

    /// @dev Judges the claim anew, in the place of what was decided before, and pays the difference.
    /// @param reviewer 0 if a deadline decides, or the plan's rules do
    function _decide(Known memory claim, uint32 reviewer) private {
        uint256 before = claim.paid;
        _countDecided(claim, true);
        Verdict memory verdict = _judgeAgain(claim);
        if (!claim.reviewed && verdict.reasons != 0) {
            revert NotOnlyShort(claim.account, claim.number, uint24(verdict.reasons));
        }
        if (verdict.paid < before) {
            if (reviewer != 0) revert DecisionLowers(claim.account, claim.number, before, verdict.paid);
            // Silence approves no less than was decided before, and no stage is without an end.
            _countDecided(claim, false);
            // slither-disable-next-line unused-return (nothing is paid)
            _release(claim);
            emit ClaimUpheld(claim.account, claim.number, reviewer, Stage(claim.word.stage()));
            _moveOn(claim);
            return;
        }
        _count(claim, verdict.deductible, verdict.share, verdict.outcomes, false);
        // What a person decides uses nothing of an authorisation, and gives nothing back.
        if (!claim.reviewed) _consume(_subjectOf(claim), verdict.outcomes, false);
        claim.word = claim.word.withRuled(!claim.reviewed);
        _cases[_caseKey(claim.account, claim.number)].outcomes = keccak256(abi.encodePacked(verdict.outcomes));
        if (reviewer != 0) claim.word = claim.word.withReviewer(reviewer);
        uint256 due = verdict.paid - before;
        uint256 interest = _interestOn(claim, due);
        claim.outcomes = verdict.outcomes;
        Reserve reserve = _release(claim);
        if (due > reserve.free()) revert ReserveTooSmall(claim.payer, due, reserve.free());
        // What was approved is paid even where interest on it is not covered.
        if (due + interest > reserve.free()) interest = reserve.free() - due;
        _moveOn(claim);
        emit ClaimDecided(
            claim.account, claim.number, reviewer, Stage(claim.word.stage()), verdict.outcomes, due, interest
        );
        if (due == 0) return;
        bool inStanding = _participants.standingOf(claim.provider, CARE) == IParticipants.Standing.Good;
        _pay(claim.payer, claim.account, reserve, due, interest, inStanding);
    }

    /// @return for whole days since it should have been paid, minor units, rounded down
    function _interestOn(Known memory claim, uint256 due) private view returns (uint256) {
        uint256 payBy = claim.word.payBy();
        if (payBy == 0 || block.timestamp <= payBy) return 0;
        uint256 late = (block.timestamp - payBy) / 1 days;
        // Days are whole on purpose.
        // slither-disable-next-line divide-before-multiply
        return due * claim.clocks.interest * late / (365 * BASIS_POINTS);
    }
}
