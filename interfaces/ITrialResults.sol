// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "./IConsentRegistry.sol";
import {IParticipants} from "./IParticipants.sol";
import {ITrialTypes} from "./ITrialTypes.sol";

/// @title TrialResults: allocation, safety, signatures, lock and results
/// @notice An allocation list is committed to before the first enrolment, and revealed after the dataset is locked; results
///         are posted for each registered outcome, and what is missing, changed or added is seen by everybody.
///
///         An allocation is 37 bytes: bytes32 salt | uint32 place | uint8 arm, where salt = SHA-256(key | uint64 place) and
///         the key is the sponsor's secret of the list. The list is the tree of RFC 9162 over them, in the order of places.
///
///         Keys and trials that are unknown revert as in ITrialRecord. A commitment that is zero reverts with
///         CommitmentZero.
interface ITrialResults is ITrialTypes {
    // ------------------------------------------------------------------ treatments are allocated, and revealed

    /// @notice Commits to the allocation list. For the sponsor, once, before the first enrolment.
    /// @param places how many, 1 or more
    /// @param root of the list, not zero
    /// @dev Reverts with AllocationsInvalid.
    function commitAllocations(uint64 trial, uint24 places, bytes32 root) external;

    /// @notice Reveals a block of the allocation list, which must be what was committed to. For the sponsor, once the
    ///         dataset is locked.
    /// @param key of the list
    /// @param blockNumber counted from 0, in any order
    /// @param arms of all places of the block, ALLOCATION_BLOCK of them but for the last block, one byte each
    /// @param proof inclusion proof of the block's root among those of all blocks, RFC 9162 section 2.1.3
    /// @dev Reverts with TrialStateInvalid before the lock, RevealInvalid, RevealMismatch.
    function revealAllocations(
        uint64 trial,
        bytes32 key,
        uint16 blockNumber,
        bytes calldata arms,
        bytes32[] calldata proof
    ) external;

    // ------------------------------------------------------------------ serious adverse events

    /// @notice Reports a serious adverse event that has to be filed with the regulators within 7 or 15 days of `awareAt`, and
    ///         everybody sees whether it has. It is for events under expedited reporting, which are suspected to be caused by
    ///         the treatment and unexpected; whether one is, the reporter says. For the sponsor, the sites, and those who record data.
    /// @param organisation for which the caller speaks
    /// @param awareAt Unix seconds, now or earlier
    /// @param description commitment
    /// @return number of the event in the trial, from 1
    /// @dev Reverts with TrialNotYours, AwarenessInvalid.
    function reportAdverseEvent(
        uint64 trial,
        uint32 organisation,
        Seriousness seriousness,
        uint40 awareAt,
        bytes32 description
    ) external returns (uint32 number);

    /// @notice Tells that an event was filed with the regulators. For the sponsor, once.
    /// @param report commitment
    /// @dev Reverts with AdverseEventInvalid.
    function fileAdverseEvent(uint64 trial, uint32 number, bytes32 report) external;

    // ------------------------------------------------------------------ people sign

    /// @notice Signs an entry of one of the trial's logs, with the meaning of the signature (21 CFR 11.50). The key is the
    ///         person's; the signature is bound to the entry by its leaf (11.70). For those who take part in the trial, those
    ///         who approved it, its safety board, regulators and auditors.
    /// @param organisation whose log it is, 0 for the trial's own
    /// @param index of the entry
    /// @param leaf of the entry
    /// @param proof that the leaf is there, RFC 9162 section 2.1.3, at the log's present size
    /// @param meaning Authored, Reviewed or SignedOff
    /// @param signatory commitment to the printed name of whoever signs
    /// @dev Reverts with SignatureMeaningInvalid, EntryUnknown, and OperatorNotInStanding (IParticipants) for others.
    function sign(
        uint64 trial,
        uint32 organisation,
        uint32 index,
        bytes32 leaf,
        bytes32[] calldata proof,
        Act meaning,
        bytes32 signatory
    ) external;

    // ------------------------------------------------------------------ a sponsor completes, locks, reports

    /// @notice Tells when the last participant was examined for the primary outcome: enrolment is over, and results are due 12
    ///         months later (42 CFR 11.44). For the sponsor, once; until then the planned day counts.
    /// @param on day, today or earlier, not before the first enrolment; if there was none, not before the registration
    /// @dev Reverts with TrialStateInvalid once the dataset is locked, CompletionInvalid.
    function recordCompletion(uint64 trial, uint16 on) external;

    /// @notice Locks the dataset, and with it protocol, analysis plan and outcomes as they are in force. For the sponsor,
    ///         once all streams are locked and no amendment waits.
    /// @param dataset commitment to the dataset that is to be analysed
    /// @dev Reverts with TrialStateInvalid if it is locked already, AmendmentWaiting, StreamsOpen.
    function lockDataset(uint64 trial, bytes32 dataset) external;

    /// @notice Posts the result of an outcome. What was posted stays; a later result stands beside it. For the sponsor, once
    ///         the dataset is locked and, if treatments were allocated, all of them are revealed.
    /// @param outcome its number, from 0; one that is not registered makes the result Added
    /// @param told leaf of the outcome as the result tells it
    /// @param proof that it is registered so, RFC 9162 section 2.1.3; if it proves nothing, the result is Changed
    /// @param result commitment
    /// @return status Reported, Changed or Added
    /// @dev Reverts with TrialStateInvalid.
    function postResult(
        uint64 trial,
        uint16 outcome,
        bytes32 told,
        bytes32[] calldata proof,
        bytes32 result
    ) external returns (OutcomeStatus status);

    // ------------------------------------------------------------------ answers

    /// @notice What became of an outcome: Changed as soon as one result was. Never reverts.
    function outcomeStatusOf(uint64 trial, uint16 outcome) external view returns (OutcomeStatus);

    /// @notice How far the results are, and whether they are overdue. Never reverts.
    function resultsOf(uint64 trial) external view returns (ResultsView memory);

    /// @notice A serious adverse event and its clock.
    /// @return told the event
    /// @return dueAt Unix seconds
    /// @return overdue whether it was filed later, or is not filed and late now
    /// @dev Reverts with AdverseEventInvalid if there is none of this number.
    function adverseEventOf(
        uint64 trial,
        uint32 number
    ) external view returns (AdverseEvent memory told, uint40 dueAt, bool overdue);

    /// @notice How many serious adverse events were reported.
    function adverseEventCount(uint64 trial) external view returns (uint32);

    /// @notice Is this the allocation at this place of the list that was committed to? Never reverts.
    /// @param proof inclusion proof, RFC 9162 section 2.1.3
    function allocationIncludes(
        uint64 trial,
        uint24 place,
        uint8 arm,
        bytes32 salt,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice What the public may be shown of a trial under way: no count in it tells of fewer than ten people.
    /// @return flags TrialTerms
    /// @return enrolledAtLeast participants, rounded down to tens
    /// @return enrolmentCap planned
    function progressOf(uint64 trial) external view returns (uint16 flags, uint24 enrolledAtLeast, uint24 enrolmentCap);

    /// @notice Places in a block of the allocation list.
    function ALLOCATION_BLOCK() external view returns (uint256);

    /// @notice The register of accredited organisations.
    function participants() external view returns (IParticipants);

    /// @notice The register of consents.
    function consents() external view returns (IConsentRegistry);
}
