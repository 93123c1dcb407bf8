// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimTypes} from "./IClaimTypes.sol";

/// @title ClaimReview: what people decide about claims
/// @notice A parked claim waits for a reviewer whom the payer has named. Provider or member may appeal against what was decided,
///         by rule or by a reviewer: another organisation decides then, and after it, if it is asked for, an external one.
///         Each step has a deadline, after which anybody may end it: a reviewer's silence brings the claim before the external
///         reviewer, and that one's silence approves it; the silence of those who could appeal makes a decision final.
///         A payer may want a claim back: unless provider or member contest that in time, and the external reviewer finds for
///         them, it is voided, and what was paid is owed, and withheld from later payments.
///
///         Whoever decides is asked for its standing at that moment. A decision is for each line: approved, or denied for a
///         reason. What is approved is judged by the plan anew, with what is left of the benefits then; a reviewer can waive
///         timely filing, authorisation, bundling and the units of a line, and nothing else of a plan. A decision pays no less
///         than the one before.
interface IClaimReview is IClaimTypes {
    /// @notice A reviewer decided, or a deadline did (then reviewer 0), or a claim was settled once it was funded.
    /// @param outcomes LineOutcome words, for each line
    /// @param paid now, more than before, minor units
    /// @param interest besides
    event ClaimDecided(
        uint256 indexed account,
        uint64 indexed number,
        uint32 indexed reviewer,
        Stage stage,
        uint256[] outcomes,
        uint256 paid,
        uint256 interest
    );
    event DeadlineEnforced(uint256 indexed account, uint64 indexed number, Stage stage, address by);

    /// @notice There is not one decision and one cap for each line, or a reason is not a reviewer's.
    error DecisionInvalid(uint256 account, uint64 number);
    /// @notice Less would be paid than was decided before. Uphold it instead.
    error DecisionLowers(uint256 account, uint64 number, uint256 before, uint256 afterwards);
    /// @notice The claim waits for more than funds, or would by now: for its lines, the ceiling or a bar.
    error NotOnlyShort(uint256 account, uint64 number, uint24 reasons);

    // Any function that takes Evidence reverts with ClaimUnproven unless it proves the claim and its last decision.

    /// @notice Decides about a claim that was parked or appealed against. For a reviewer whom the payer has named for that,
    ///         and who did not decide about it before.
    /// @param reviewer for which the caller speaks
    /// @param decisions for each line one byte: 0 approves it, a Reason from NotNecessary on denies it
    /// @param caps for each line the most that is allowed, minor units; or none at all
    /// @dev Pays what is due, with interest if it is late. Reverts with ClaimStageInvalid, ReviewerNotEligible,
    ///      DecisionInvalid, DecisionLowers, ReserveTooSmall.
    function decideClaim(
        Evidence calldata evidence,
        uint32 reviewer,
        bytes calldata decisions,
        uint256[] calldata caps
    ) external;

    /// @notice Ends a step whose deadline has passed. For anybody.
    /// @dev Reverts with ClaimStageInvalid if it has not; ReserveTooSmall if silence approves what the reserve does not
    ///      cover.
    function enforceDeadline(Evidence calldata evidence) external;

    /// @notice Settles by rule a claim that was parked because the reserve was short, and for nothing else. For anybody.
    /// @dev Reverts with ClaimStageInvalid, NotOnlyShort, ReserveTooSmall.
    function settleOnceFunded(Evidence calldata evidence) external;

    /// @return the part that knows what this one does not
    function objections() external view returns (address);
}
