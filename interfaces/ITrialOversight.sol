// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITrialTypes} from "./ITrialTypes.sol";

/// @title TrialOversight: who watches over a trial
/// @notice Ethics boards and regulators approve a trial and each of its sites, and can take that back; a regulator holds a
///         trial, a safety board pauses or ends it; a sponsor opens what is approved, and amends what it registered.
///
///         Keys and trials that are unknown revert as in ITrialRecord. Every decision has a document, of which the
///         commitment is given; zero reverts with CommitmentZero.
interface ITrialOversight is ITrialTypes {
    // ------------------------------------------------------------------ ethics boards and regulators approve

    /// @notice Approves a trial, or one of its sites. For an accredited ethics board, or regulator, that takes no other part
    ///         in the trial, is not its safety board, and has not approved this as the other authority. In place of one that has
    ///         approved it and is in standing no longer.
    /// @param site organisation, 0 for the trial itself
    /// @param decision commitment
    /// @dev Reverts with TrialNotIndependent, ApprovalKnown.
    function approve(uint64 trial, uint32 site, Authority authority, bytes32 decision) external;

    /// @notice Takes an approval back, with effect from this transaction: that of the trial stops enrolment, that of a site
    ///         closes it. If the trial's ethics board takes its approval back, that of a pending amendment is void, too. For the organisation that gave it.
    /// @dev Reverts with ApprovalUnknown.
    function withdrawApproval(uint64 trial, uint32 site, Authority authority, bytes32 reason) external;

    /// @notice Stops enrolment and randomisation at once: a clinical hold. For any regulator but the sponsor; several
    ///         may hold a trial.
    /// @dev Reverts with TrialNotIndependent, HoldInvalid if it holds the trial already.
    function placeHold(uint64 trial, bytes32 reason) external;

    /// @notice Lifts a hold. Others stay. For the regulator whose it is; for any other once that one is in standing no
    ///         longer.
    /// @param regulator whose hold it is
    /// @dev Reverts with TrialNotIndependent, HoldInvalid.
    function liftHold(uint64 trial, uint32 regulator, bytes32 reason) external;

    // ------------------------------------------------------------------ a safety board watches

    /// @notice Appoints the safety board. For the sponsor, if there is none yet; at any time for a regulator that takes no
    ///         part in the trial and is not its safety board.
    /// @param board a safety board in standing that takes no other part in the trial, and has not approved it
    /// @dev Reverts with TrialNotYours if a sponsor would replace it, OrganisationNotInStanding (IParticipants),
    ///      TrialNotIndependent.
    function appointSafetyBoard(uint64 trial, uint32 board) external;

    /// @notice Stops enrolment and randomisation until `resume`. For the safety board.
    /// @dev Reverts with TrialNotYours if there is none, TrialStateInvalid if it is paused already.
    function pause(uint64 trial, bytes32 reason) external;

    /// @notice Ends the pause. For the safety board.
    /// @dev Reverts with TrialNotYours if there is none, TrialStateInvalid if it is not paused.
    function resume(uint64 trial, bytes32 reason) external;

    /// @notice Ends enrolment for good. Data, lock and results go on. For the sponsor, the safety board and any regulator.
    /// @dev Reverts with TrialStateInvalid if it has ended already.
    function end(uint64 trial, bytes32 reason) external;

    // ------------------------------------------------------------------ a sponsor opens sites and streams

    /// @notice Opens a site that both have approved. For the sponsor.
    /// @param site an investigator site in standing
    /// @param allotment participants that it may enrol, those included that it has. All sites together may have no more
    ///        than the trial's enrolment cap
    /// @dev Reverts with SiteIsOpen, SiteNotOpen if an approval is missing, OrganisationNotInStanding (IParticipants),
    ///      TrialNotIndependent if it has approved the trial or is its safety board, AllotmentInvalid, SitesTooMany.
    function openSite(uint64 trial, uint32 site, uint24 allotment) external;

    /// @notice Changes how many participants an open site may have. For the sponsor.
    /// @param allotment as for `openSite`
    /// @dev Reverts with SiteNotOpen, AllotmentInvalid.
    function changeAllotment(uint64 trial, uint32 site, uint24 allotment) external;

    /// @notice Closes a site to enrolment; what it has not used of its allotment is free again. For the sponsor and the site.
    /// @dev Reverts with SiteNotOpen.
    function closeSite(uint64 trial, uint32 site, bytes32 reason) external;

    /// @notice Lets an organisation record data of the trial: a site, a laboratory, a vendor, the sponsor itself. For the
    ///         sponsor, until the dataset is locked.
    /// @param organisation one that decides nothing about the trial: not an ethics board, a regulator or a safety board,
    ///        unless it is a site of the trial
    /// @dev Reverts with TrialStateInvalid once it is, StreamKnown, OrganisationNotInStanding (IParticipants),
    ///      TrialNotIndependent.
    function openStream(uint64 trial, uint32 organisation) external;

    /// @notice Ends an organisation's data: its log stays as it is, for ever. For the organisation and the sponsor.
    /// @dev Reverts with StreamNotOpen.
    function lockStream(uint64 trial, uint32 organisation) external;

    // ------------------------------------------------------------------ a sponsor amends, an ethics board approves

    /// @notice Proposes an amendment. For the sponsor, until the dataset is locked.
    /// @dev Reverts with TrialStateInvalid once it is, AmendmentWaiting, AmendmentBackdated, TrialDesignInvalid, AllotmentInvalid if
    ///      it allows fewer participants than sites are allotted.
    function proposeAmendment(uint64 trial, Amendment calldata amendment) external;

    /// @notice Approves the amendment that waits. If its day has come, and sites are not
    ///         allotted more than it allows, it is in force. For the ethics board that approved the
    ///         trial; while none has, for any that takes no part in it and is not the regulator that approved it.
    /// @param amendment as it was proposed
    /// @dev Reverts with AmendmentNotProposed, ApprovalKnown, TrialNotIndependent.
    function approveAmendment(uint64 trial, Amendment calldata amendment, bytes32 decision) external;

    /// @notice Puts an approved amendment in force once its day has come. For anybody.
    /// @param amendment as it was proposed
    /// @dev Reverts with AmendmentNotProposed, AmendmentNotDue, AllotmentInvalid if sites are allotted more than it
    ///      allows.
    function putAmendmentInForce(uint64 trial, Amendment calldata amendment) external;

    /// @notice Drops the amendment that waits, approved or not. For the sponsor, and the ethics board that approved the
    ///         trial, as when it refuses it.
    /// @param amendment keccak256 of it, ABI-encoded
    /// @dev Reverts with AmendmentNotProposed.
    function dropAmendment(uint64 trial, bytes32 amendment, bytes32 reason) external;

    // ------------------------------------------------------------------ answers

    /// @notice A trial as it stands. Never reverts.
    function trialOf(uint64 trial) external view returns (TrialView memory);

    /// @notice What was decided about a site, or as site 0 about the trial. Never reverts.
    function siteOf(uint64 trial, uint32 site) external view returns (SiteView memory);

    /// @notice A site that was ever open.
    /// @param number from 0, below the `sites` of `trialOf`; reverts with Panic(0x32) beyond
    function siteAt(uint64 trial, uint16 number) external view returns (uint32 site);

    /// @notice Does this regulator hold the trial? Never reverts.
    function isHeldBy(uint64 trial, uint32 regulator) external view returns (bool);

    /// @notice The contract whose code runs the calls that TrialOversight lacks.
    function results() external view returns (address);
}
