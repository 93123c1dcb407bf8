// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimObjections} from "../../interfaces/IClaimObjections.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {Parts} from "../libraries/Parts.sol";
import {Standing} from "../libraries/Standing.sol";
import {ClaimCase} from "../types/ClaimCase.sol";
import {LineOutcome} from "../types/LineOutcome.sol";
import {Reserve} from "../types/Reserve.sol";
import {Roles} from "../types/Roles.sol";
import {ClaimCases} from "./ClaimCases.sol";
import {ClaimState} from "./ClaimState.sol";

/// @title ClaimObjections
/// @notice The part of ClaimSettlement in which provider, member and payer object, and claims are taken back.
/// @dev Runs in the storage of ClaimSettlement, which hands it what it does not know; hands on to ClaimProgramme.
contract ClaimObjections is IClaimObjections, ClaimCases {
    using Standing for IParticipants;

    /// @inheritdoc IClaimObjections
    uint256 public constant REFUND_LIMIT = 730 days;

    /// @inheritdoc IClaimObjections
    address public immutable programme;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    /// @param programme_ the part that knows what this one does not
    constructor(
        IParticipants participants_,
        IConsentRegistry consents_,
        address programme_
    ) ClaimState(participants_, consents_) {
        _requirePart(programme_);
        programme = programme_;
    }

    // ------------------------------------------------------------------ provider and member object

    /// @inheritdoc IClaimObjections
    function appeal(Evidence calldata evidence, bytes32 grounds) external {
        Known memory claim = _open(evidence);
        Stage stage = Stage(claim.word.stage());
        // The member too where it is about a refund: it takes off what was counted for them.
        if (!_participants.speaksFor(claim.provider) && !_actsForMember(claim)) {
            revert ClaimNotYours(claim.account, claim.number);
        }
        uint256 deadline = claim.word.deadline();
        if (stage == Stage.None) {
            deadline = uint256(claim.takenAt) + uint256(claim.clocks.appealDays) * 1 days;
            claim.word = claim.word.withPayBy(uint256(claim.takenAt) + uint256(claim.clocks.reviewDays) * 1 days);
        } else if (stage != Stage.Decided && stage != Stage.AppealDecided && stage != Stage.RefundRequested) {
            _refuseStage(claim);
        }
        if (block.timestamp > deadline) _refuseStage(claim);
        // What an appeal may win is held, if it is there; of a refund there is nothing to win.
        if (!claim.word.refund()) _encumber(claim, _winnable(claim));
        Stage next = Stage.InExternalReview;
        uint256 time = claim.clocks.externalDays;
        if (stage == Stage.None || stage == Stage.Decided) {
            (next, time) = (Stage.InAppeal, claim.clocks.appealReviewDays);
        }
        claim.word = claim.word.withStage(uint8(next), block.timestamp + time * 1 days);
        _write(claim);
        emit ClaimAppealed(claim.account, claim.number, msg.sender, next, grounds);
    }

    /// @inheritdoc IClaimObjections
    function confirmService(Evidence calldata evidence) external {
        Known memory claim = _open(evidence);
        if (!_actsForMember(claim)) revert ClaimNotYours(claim.account, claim.number);
        claim.word = claim.word.withConfirmed();
        _write(claim);
        emit ServiceConfirmed(claim.account, claim.number);
    }

    /// @inheritdoc IClaimObjections
    function disputeService(Evidence calldata evidence, bytes32 grounds) external {
        Known memory claim = _open(evidence);
        if (!_actsForMember(claim)) revert ClaimNotYours(claim.account, claim.number);
        claim.word = claim.word.withDisputed();
        _write(claim);
        emit ServiceDisputed(claim.account, claim.number, grounds);
    }

    // ------------------------------------------------------------------ a reviewer changes nothing

    /// @inheritdoc IClaimObjections
    function upholdDecision(Evidence calldata evidence, uint32 reviewer) external {
        Known memory claim = _open(evidence);
        _requireEligible(claim, reviewer);
        Stage stage = Stage(claim.word.stage());
        if (stage == Stage.InReview || claim.outcomes.length == 0) _refuseStage(claim);
        claim.word = claim.word.withReviewer(reviewer);
        emit ClaimUpheld(claim.account, claim.number, reviewer, stage);
        if (claim.word.refund()) {
            _void(claim, Reason(claim.word.refundReason()));
            return;
        }
        _release(claim);
        _moveOn(claim);
    }

    /// @inheritdoc IClaimObjections
    function rejectRefund(Evidence calldata evidence, uint32 reviewer) external {
        Known memory claim = _open(evidence);
        _requireEligible(claim, reviewer);
        if (!claim.word.refund()) _refuseStage(claim);
        _endRefund(claim, reviewer);
    }

    // ------------------------------------------------------------------ claims are taken back

    /// @inheritdoc IClaimObjections
    function voidClaim(Evidence calldata evidence) external {
        Known memory claim = _open(evidence);
        if (!_participants.speaksFor(claim.provider)) revert ClaimNotYours(claim.account, claim.number);
        if (Stage(claim.word.stage()) == Stage.Voided) _refuseStage(claim);
        _void(claim, Reason.None);
    }

    /// @inheritdoc IClaimObjections
    function requestRefund(Evidence calldata evidence, Reason reason, bytes32 grounds) external {
        Known memory claim = _open(evidence);
        _participants.requireCallerFor(claim.payer, Roles.PAYER);
        Stage stage = Stage(claim.word.stage());
        // While the claim can be appealed against, a request would end that.
        uint256 appealable = uint256(claim.takenAt) + uint256(claim.clocks.appealDays) * 1 days;
        bool settled = stage == Stage.None && block.timestamp > appealable;
        if (!settled && stage != Stage.Final) _refuseStage(claim);
        bool asked = claim.word.refundReason() != 0;
        bool late = block.timestamp > claim.takenAt + REFUND_LIMIT;
        if (reason == Reason.None || asked || late || !_isCovered(claim)) {
            revert RefundInvalid(claim.account, claim.number);
        }
        uint256 deadline = block.timestamp + uint256(claim.clocks.appealDays) * 1 days;
        claim.word = claim.word.withStage(uint8(Stage.RefundRequested), deadline);
        claim.word = claim.word.withRefund(true).withRefundReason(uint8(reason));
        _write(claim);
        emit RefundRequested(claim.account, claim.number, reason, grounds);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IClaimObjections
    function caseOf(uint32 payer, uint32 provider, uint64 number) external view returns (CaseView memory) {
        Case storage known = _cases[_caseKey(_accountOf(payer, provider), number)];
        ClaimCase word = known.word;
        return CaseView({
            stage: Stage(word.stage()),
            reasons: word.reasons(),
            deadline: word.deadline(),
            payBy: word.payBy(),
            firstReviewer: word.firstReviewer(),
            secondReviewer: word.secondReviewer(),
            thirdReviewer: word.thirdReviewer(),
            encumbered: uint48(word.encumbered()),
            refund: word.refund(),
            confirmed: word.confirmed(),
            disputed: word.disputed(),
            replaced: word.replaced(),
            outcomes: known.outcomes
        });
    }

    /// @dev What is not here is known to ClaimProgramme.
    fallback() external {
        Parts.run(programme);
    }

    // ------------------------------------------------------------------ internals

    /// @return what the plan would allow besides what it has paid, if a person approved all of the claim; of a provider that is
    ///         barred nothing, or it could hold up all others
    function _winnable(Known memory claim) private returns (uint256) {
        if (_isBarred(claim.account)) return 0;
        _countDecided(claim, true);
        claim.reviewed = true;
        Verdict memory verdict = _judgeAgain(claim);
        _countDecided(claim, false);
        // The patient's share too: where the maximum was met since, it is the payer's.
        uint256 allowed = verdict.paid + verdict.share;
        return allowed > claim.paid ? allowed - claim.paid : 0;
    }

    /// @return whether any of it is covered, so that something was paid or counted
    function _isCovered(Known memory claim) private pure returns (bool) {
        for (uint256 i = 0; i < claim.outcomes.length; ++i) {
            if (LineOutcome.wrap(claim.outcomes[i]).units() != 0) return true;
        }
        return false;
    }

    /// @dev Holds this of the payer's funds for the claim, if it is there.
    function _encumber(Known memory claim, uint256 amount) private {
        Reserve reserve = _programmes[claim.payer].reserve;
        if (amount > reserve.free()) return;
        claim.word = claim.word.withEncumbered(amount);
        _programmes[claim.payer].reserve = reserve.withFunds(reserve.funds(), reserve.encumbered() + amount);
    }
}
