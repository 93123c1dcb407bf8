// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Where a claim stands that people decide about, in one word. From the low end:
///
///         stage 8 | reasons 24 | deadline 40 | payBy 40 | firstReviewer 32 | secondReviewer 32 | encumbered 36 | refund 1 |
///         confirmed 1 | disputed 1 | replaced 1 | refundReason 4 | thirdReviewer 32 | ruled 1 | zero 3
///
///         - stage: IClaimTypes.Stage as its number.
///         - reasons: why it was not settled by rule, bits of IClaimTypes.Parked.
///         - deadline: Unix seconds, of what the stage waits for; 0 if of nothing.
///         - payBy: Unix seconds from which interest runs.
///         - firstReviewer, secondReviewer, thirdReviewer: organisations that decided, 0 if none did.
///         - encumbered: what is held of the reserve for it, in minor units.
///         - refund: it is about giving back what was paid.
///         - confirmed, disputed: by the member.
///         - replaced: by another claim, after it was voided.
///         - refundReason: for which the payer has asked for a refund, IClaimTypes.Reason as its number; 0 if it never has.
///         - ruled: the last decision is by rule, once the reserve was funded.
type ClaimCase is uint256;

using ClaimCaseLibrary for ClaimCase global;

/// @title Fields of the ClaimCase word
library ClaimCaseLibrary {
    uint256 private constant REASONS = 8;
    uint256 private constant DEADLINE = 32;
    uint256 private constant PAY_BY = 72;
    uint256 private constant FIRST_REVIEWER = 112;
    uint256 private constant SECOND_REVIEWER = 144;
    uint256 private constant ENCUMBERED = 176;
    uint256 private constant REFUND = 212;
    uint256 private constant CONFIRMED = 213;
    uint256 private constant DISPUTED = 214;
    uint256 private constant REPLACED = 215;
    uint256 private constant REFUND_REASON = 216;
    uint256 private constant THIRD_REVIEWER = 220;
    uint256 private constant RULED = 252;

    function stage(ClaimCase self) internal pure returns (uint8) {
        return uint8(ClaimCase.unwrap(self));
    }

    function reasons(ClaimCase self) internal pure returns (uint24) {
        return uint24(ClaimCase.unwrap(self) >> REASONS);
    }

    function deadline(ClaimCase self) internal pure returns (uint40) {
        return uint40(ClaimCase.unwrap(self) >> DEADLINE);
    }

    function payBy(ClaimCase self) internal pure returns (uint40) {
        return uint40(ClaimCase.unwrap(self) >> PAY_BY);
    }

    function firstReviewer(ClaimCase self) internal pure returns (uint32) {
        return uint32(ClaimCase.unwrap(self) >> FIRST_REVIEWER);
    }

    function secondReviewer(ClaimCase self) internal pure returns (uint32) {
        return uint32(ClaimCase.unwrap(self) >> SECOND_REVIEWER);
    }

    function encumbered(ClaimCase self) internal pure returns (uint256) {
        return uint256((ClaimCase.unwrap(self) >> ENCUMBERED) & 0xfffffffff);
    }

    function refund(ClaimCase self) internal pure returns (bool) {
        return (ClaimCase.unwrap(self) >> REFUND) & 1 != 0;
    }

    function confirmed(ClaimCase self) internal pure returns (bool) {
        return (ClaimCase.unwrap(self) >> CONFIRMED) & 1 != 0;
    }

    function disputed(ClaimCase self) internal pure returns (bool) {
        return (ClaimCase.unwrap(self) >> DISPUTED) & 1 != 0;
    }

    function replaced(ClaimCase self) internal pure returns (bool) {
        return (ClaimCase.unwrap(self) >> REPLACED) & 1 != 0;
    }

    function refundReason(ClaimCase self) internal pure returns (uint8) {
        return uint8((ClaimCase.unwrap(self) >> REFUND_REASON) & 15);
    }

    function thirdReviewer(ClaimCase self) internal pure returns (uint32) {
        return uint32(ClaimCase.unwrap(self) >> THIRD_REVIEWER);
    }

    function ruled(ClaimCase self) internal pure returns (bool) {
        return (ClaimCase.unwrap(self) >> RULED) & 1 != 0;
    }

    /// @param organisation not 0
    /// @return whether it decided before
    function hasReviewer(ClaimCase self, uint32 organisation) internal pure returns (bool) {
        return organisation == self.firstReviewer() || organisation == self.secondReviewer()
            || organisation == self.thirdReviewer();
    }

    function make(
        uint256 stage_,
        uint256 reasons_,
        uint256 deadline_,
        uint256 payBy_,
        uint256 encumbered_
    ) internal pure returns (ClaimCase) {
        uint256 word = stage_ | (reasons_ << REASONS) | (deadline_ << DEADLINE) | (payBy_ << PAY_BY);
        return ClaimCase.wrap(word | (encumbered_ << ENCUMBERED));
    }

    function withStage(ClaimCase self, uint256 stage_, uint256 deadline_) internal pure returns (ClaimCase) {
        uint256 word = ClaimCase.unwrap(_with(self, 0, type(uint8).max, stage_));
        return _with(ClaimCase.wrap(word), DEADLINE, type(uint40).max, deadline_);
    }

    function withPayBy(ClaimCase self, uint256 payBy_) internal pure returns (ClaimCase) {
        return _with(self, PAY_BY, type(uint40).max, payBy_);
    }

    /// @return with one reviewer more. There are three at most before the last decision, and nothing follows a fourth
    function withReviewer(ClaimCase self, uint256 reviewer) internal pure returns (ClaimCase) {
        uint256 shift = THIRD_REVIEWER;
        if (self.firstReviewer() == 0) shift = FIRST_REVIEWER;
        else if (self.secondReviewer() == 0) shift = SECOND_REVIEWER;
        return _with(self, shift, type(uint32).max, reviewer);
    }

    function withRuled(ClaimCase self, bool ruled_) internal pure returns (ClaimCase) {
        return _with(self, RULED, 1, ruled_ ? 1 : 0);
    }

    function withEncumbered(ClaimCase self, uint256 encumbered_) internal pure returns (ClaimCase) {
        return _with(self, ENCUMBERED, (1 << 36) - 1, encumbered_);
    }

    function withRefund(ClaimCase self, bool refund_) internal pure returns (ClaimCase) {
        return _with(self, REFUND, 1, refund_ ? 1 : 0);
    }

    function withRefundReason(ClaimCase self, uint8 refundReason_) internal pure returns (ClaimCase) {
        return _with(self, REFUND_REASON, 15, refundReason_);
    }

    function withConfirmed(ClaimCase self) internal pure returns (ClaimCase) {
        return _with(_with(self, CONFIRMED, 1, 1), DISPUTED, 1, 0);
    }

    function withDisputed(ClaimCase self) internal pure returns (ClaimCase) {
        return _with(_with(self, DISPUTED, 1, 1), CONFIRMED, 1, 0);
    }

    function withReplaced(ClaimCase self) internal pure returns (ClaimCase) {
        return _with(self, REPLACED, 1, 1);
    }

    function _with(ClaimCase self, uint256 shift, uint256 mask, uint256 value) private pure returns (ClaimCase) {
        return ClaimCase.wrap((ClaimCase.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
