// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITrialTypes} from "./ITrialTypes.sol";

/// @title TrialRecord: registration, participants, data
/// @notice Trials are registered, participants enrolled and randomised, data committed to.
///
///         A key that does not speak for the organisation concerned, or one that is not in standing, reverts with
///         OperatorNotInStanding (IParticipants). A trial that does not exist reverts with TrialUnknown.
interface ITrialRecord is ITrialTypes {
    // ------------------------------------------------------------------ a sponsor registers

    /// @notice Registers a trial. If the first enrolment was before today, it is marked as registered late, for ever.
    /// @param sponsor for which the caller speaks
    /// @param number under which the sponsor keeps the trial: any that it has not used yet
    /// @return trial `sponsor << 32 | number`
    /// @dev Reverts with TrialKnown, TrialDesignInvalid.
    function register(uint32 sponsor, uint32 number, Registration calldata registration) external returns (uint64 trial);

    // ------------------------------------------------------------------ a site enrols participants

    /// @notice Enrols a participant, whose consent to the form that is to be signed now is in force in ConsentRegistry:
    ///         given by `patient` to the site, for the trial's purpose, for data of today of the class ResearchSubject, under
    ///         the scope `consentScopeOf` (part 0).
    /// @param site for which the caller speaks
    /// @param participant pseudonym, not zero
    /// @param patient the address by which the patient consents, best one for this site alone
    /// @param on day of enrolment, today or earlier. One before the registration makes this late
    /// @dev Reverts with SiteNotOpen, TrialStateInvalid unless the trial is approved and neither held, paused, ended, locked nor
    ///      revealed; EnrolmentCapReached, EnrolmentDayInvalid, ParticipantZero, ParticipantKnown,
    ///      ConsentMissing.
    function enrolParticipant(uint64 trial, uint32 site, bytes32 participant, address patient, uint256 on) external;

    /// @notice Notes that a participant has signed the version of the consent form that is to be signed now. For the site.
    /// @dev Reverts with ParticipantUnknown, ParticipantHasWithdrawn, ConsentMissing.
    function renewConsent(uint64 trial, bytes32 participant) external;

    /// @notice Gives a participant a place in the allocation list. For the participant's site, and for the sponsor, whose
    ///         randomisation service knows the next one.
    /// @param place counted from 0, one that nobody has
    /// @dev Reverts with ParticipantUnknown, TrialStateInvalid as `enrolParticipant`, ParticipantHasWithdrawn,
    ///      ConsentMissing as there, PlaceInvalid.
    function randomise(uint64 trial, bytes32 participant, uint24 place) external;

    // ------------------------------------------------------------------ nothing stops these

    /// @notice Notes that a participant leaves the trial: no new data. For the patient, a representative, and any key of the
    ///         site, in standing or not; for anybody once the consent that was signed last is revoked in ConsentRegistry and none
    ///         is given to the present form. That a key was lost, and what it granted is void, is no revocation.
    /// @dev Reverts with ParticipantUnknown, ParticipantHasWithdrawn, ConsentNotRevoked.
    function withdraw(uint64 trial, bytes32 participant) external;

    /// @notice Logs that the treatment of one participant is told to those who care for the participant, in an emergency,
    ///         before it is told. The treatment itself does not go on chain. For any key of the participant's site or of the
    ///         safety board, in standing or not.
    /// @param reason commitment
    /// @dev Reverts with ParticipantUnknown, TrialNotYours, CommitmentZero, UnblindingInvalid if there is nothing to tell or
    ///      it was told already.
    function unblind(uint64 trial, bytes32 participant, bytes32 reason) external;

    // ------------------------------------------------------------------ sites and vendors commit to data

    /// @notice Commits to a batch of records, of any size. A hold, a pause and an end do not stop it: what happens to
    ///         participants is recorded nevertheless.
    /// @param organisation for which the caller speaks, and whose stream is open
    /// @param from Unix seconds, of the earliest of what is recorded
    /// @param until Unix seconds, of the latest, now or earlier
    /// @param count records, 1 or more
    /// @param root RFC 9162, over a description of the records and then each of them; not zero
    /// @return index of the entry in the organisation's log, from 0
    /// @dev Reverts with StreamNotOpen, also once it is locked and where there is no such trial; DataInvalid.
    function anchorData(
        uint64 trial,
        uint32 organisation,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index);

    /// @notice As `anchorData`, in place of an earlier batch of the same organisation, which stays on record.
    /// @param corrected index of its entry
    /// @param reason commitment, not zero
    /// @dev Reverts as `anchorData`, with EntryUnknown and CommitmentZero.
    function anchorCorrection(
        uint64 trial,
        uint32 organisation,
        uint64 corrected,
        bytes32 reason,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index);

    // ------------------------------------------------------------------ answers

    /// @notice A participant, as the pseudonym is on record. Never reverts.
    function participantOf(uint64 trial, bytes32 participant) external view returns (ParticipantView memory);

    /// @notice May data of this participant be collected now? Asks ConsentRegistry. Never reverts.
    function participationOf(uint64 trial, bytes32 participant) external view returns (Participation);

    /// @notice A log as it stands. Never reverts.
    /// @param organisation whose data it has; 0 for the trial's own
    /// @return size entries
    /// @return root RFC 9162
    function logOf(uint64 trial, uint32 organisation) external view returns (uint64 size, bytes32 root);

    /// @notice Is this entry in the log, at this index? Never reverts.
    /// @param organisation as for `logOf`
    /// @param proof inclusion proof, RFC 9162 section 2.1.3, at the log's present size
    function logIncludes(
        uint64 trial,
        uint32 organisation,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Is the log of this size and root a beginning of the log as it is now? Never reverts.
    /// @param organisation as for `logOf`
    /// @param proof consistency proof, RFC 9162 section 2.1.4, towards the log's present size
    function logContinues(
        uint64 trial,
        uint32 organisation,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice The scope under which a patient consents to take part in a trial: kind 2, of the trial and the version of its
    ///         consent form; `0x02 | 20 zero bytes | trial | version | 0x00`.
    function consentScopeOf(uint64 trial, uint16 consentVersion) external pure returns (bytes32);

    /// @notice The contract whose code runs the calls that TrialRegistry lacks.
    function oversight() external view returns (address);
}
