// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimTypes} from "./IClaimTypes.sol";

/// @title ClaimObjections: what is said against decisions, and what is taken back
/// @notice The way of a claim that is objected to is told in IClaimReview.
interface IClaimObjections is IClaimTypes {
    /// @notice What a claim waits for, and what was decided.
    struct CaseView {
        Stage stage;
        uint24 reasons; // bits of Parked
        uint40 deadline; // Unix seconds, 0 if it waits for nothing
        uint40 payBy; // Unix seconds from which interest runs
        uint32 firstReviewer;
        uint32 secondReviewer;
        uint32 thirdReviewer;
        uint48 encumbered; // of the payer's funds, minor units
        bool refund; // it is about giving back what was paid
        bool confirmed; // by the member
        bool disputed; // by the member
        bool replaced;
        bytes32 outcomes; // keccak256 of the words of the last decision, 0 if there was none
    }

    /// @param grounds commitment
    event ClaimAppealed(uint256 indexed account, uint64 indexed number, address by, Stage stage, bytes32 grounds);
    /// @param grounds commitment
    event RefundRequested(uint256 indexed account, uint64 indexed number, Reason reason, bytes32 grounds);
    event ServiceConfirmed(uint256 indexed account, uint64 indexed number);
    event ServiceDisputed(uint256 indexed account, uint64 indexed number, bytes32 grounds);

    /// @notice Nothing of it is covered, no reason is given, a refund was asked for before, or it is too long ago.
    error RefundInvalid(uint256 account, uint64 number);
    // Any function that takes Evidence reverts with ClaimUnproven unless it proves the claim and its last decision.

    // ------------------------------------------------------------------ provider and member object

    /// @notice Appeals against what was decided, asks for external review after an appeal, or contests a refund. For the
    ///         provider, the member and those who act for the member.
    /// @param grounds commitment
    /// @dev Within the payer's `appealDays`. Reverts with ClaimStageInvalid, ClaimNotYours.
    function appeal(Evidence calldata evidence, bytes32 grounds) external;

    /// @notice Confirms that the service was furnished. For the member.
    /// @dev Reverts with ClaimNotYours.
    function confirmService(Evidence calldata evidence) external;

    /// @notice Says that the service was not furnished as claimed. For the member. It changes no payment by itself: reviewers
    ///         and payer see it.
    /// @param grounds commitment, or 0
    /// @dev Reverts with ClaimNotYours.
    function disputeService(Evidence calldata evidence, bytes32 grounds) external;

    // ------------------------------------------------------------------ a reviewer changes nothing

    /// @notice Leaves an appeal as it was decided before; in external review of a refund, finds that it is owed. For reviewers, as
    ///         `decideClaim` of IClaimReview.
    function upholdDecision(Evidence calldata evidence, uint32 reviewer) external;

    /// @notice In external review of a refund, finds that it is not owed. For
    ///         reviewers, as `decideClaim` of IClaimReview.
    function rejectRefund(Evidence calldata evidence, uint32 reviewer) external;

    // ------------------------------------------------------------------ claims are taken back

    /// @notice Takes a claim back, whatever its stage; what was paid is owed. For the provider: before a replacement, or
    ///         because it should not have been made.
    /// @dev Reverts with ClaimStageInvalid if it is voided already.
    function voidClaim(Evidence calldata evidence) external;

    /// @notice Asks for what was paid, once. For the payer, within REFUND_LIMIT of the claim, when it can be appealed against
    ///         no longer: settled by rule `appealDays` before, or Final.
    /// @param reason not None
    /// @param grounds commitment
    /// @dev Reverts with ClaimStageInvalid, RefundInvalid.
    function requestRefund(Evidence calldata evidence, Reason reason, bytes32 grounds) external;

    // ------------------------------------------------------------------ answers

    /// @return how long after it was taken a claim's payment may be asked back, seconds
    function REFUND_LIMIT() external view returns (uint256); // solhint-disable-line func-name-mixedcase

    /// @return where a claim stands; all zero if it was settled by rule and nobody has said otherwise, or is unknown
    function caseOf(uint32 payer, uint32 provider, uint64 number) external view returns (CaseView memory);

    /// @return the part that knows what this one does not
    function programme() external view returns (address);
}
