// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Words of the trial registry: what its parts have in common
/// @notice Types, as words:
///         - trial: uint64, `sponsor << 32 | number`, the number being the sponsor's own.
///         - day: uint16, days since 1970-01-01 (UTC), which end in 2149.
///         - commitment: bytes32, a hash of something that is kept off chain. What is public already, such as a
///           registered outcome, may be hashed as it is; everything else is salted. Nothing of a person is on chain but
///           pseudonyms.
///         - participant: bytes32, a pseudonym under a secret that the trial's sites share, so that one person gives one
///           pseudonym at every site, and outsiders learn nothing from it (HMAC-SHA-256).
///
///         A trial has a log of RFC 9162 of everything that was decided about it and told of it, and one for each
///         organisation that records data. What happens to participants (enrolment, randomisation, renewed consent,
///         withdrawal) is in storage and events, and in no log; emergency unblinding is in the trial's. An entry is made of these bytes, integers big-endian, nothing between them:
///           an act, 110 bytes:       uint8 act | uint64 trial | uint40 at | uint32 by | address key | uint64 number |
///                                    bytes32 subject | bytes32 detail
///           data, 84 bytes:          uint8 0 | uint64 trial | uint32 organisation | address author | uint40 at |
///                                    uint40 from | uint40 until | uint32 count | bytes32 root
///           a correction, 124 bytes: uint8 1 | ... as data to count | uint64 corrected | bytes32 reason | bytes32 root
///         `at` is the time of the block, Unix seconds; `by` the organisation that acted, `key` and `author` the key that
///         did it for that organisation.
interface ITrialTypes {
    /// @notice What a trial's own log tells. What `number`, `subject` and `detail` are of each stands behind it; what is
    ///         not named is zero.
    enum Act {
        Registered, // 0: outcomes << 16 | primaries; outcomesRoot; keccak256 of the Registration, ABI-encoded
        AmendmentProposed, // 1: as Registered, of the Amendment
        AmendmentApproved, // 2: effectiveOn; outcomesRoot; decision
        AmendmentDropped, // 3: 0; keccak256 of the Amendment; reason
        AmendmentInForce, // 4: version; outcomesRoot; keccak256 of the Amendment
        Approved, // 5: site << 8 | authority; 0; decision
        ApprovalWithdrawn, // 6: site << 8 | authority; 0; reason
        SiteOpened, // 7: site; allotment
        AllotmentChanged, // 8: site; allotment
        SiteClosed, // 9: site; 0; reason
        HoldPlaced, // 10: regulator; 0; reason
        HoldLifted, // 11: regulator whose it is; 0; reason
        SafetyBoardAppointed, // 12: organisation
        Paused, // 13: 0; 0; reason
        Resumed, // 14: 0; 0; reason
        Ended, // 15: 0; 0; reason
        AllocationsCommitted, // 16: how many; root
        ParticipantUnblinded, // 17: place; participant; reason
        StreamOpened, // 18: organisation
        StreamLocked, // 19: organisation; root of its log; size of its log
        PrimaryCompleted, // 20: day
        DatasetLocked, // 21: version in force; 0; dataset
        AllocationsRevealed, // 22: block; root of the block; key
        ResultPosted, // 23: outcome << 8 | OutcomeStatus; outcome as told; result
        EventReported, // 24: number; seriousness << 72 | reporter << 40 | awareAt; description
        EventFiled, // 25: number; 0; report
        Authored, // 26: organisation << 32 | index; leaf of the entry that is signed; signatory
        Reviewed, // 27: as Authored
        SignedOff // 28: as Authored: approved, by the one who is responsible
    }

    /// @notice Who has to approve a trial, and each of its sites.
    enum Authority {
        EthicsBoard,
        Regulator
    }

    /// @notice How soon a serious adverse event has to be filed (ICH E2A, 21 CFR 312.32(c), Regulation (EU) 536/2014
    ///         Art. 42).
    enum Seriousness {
        LifeThreatening, // or fatal: 7 days
        Serious // 15 days
    }

    /// @notice What became of a registered outcome.
    enum OutcomeStatus {
        Missing, // nothing was posted
        Reported, // as it is registered
        Changed, // under its number, but not as it is registered
        Added // never registered
    }

    /// @notice Whether data of a participant may be collected, and if not, why not.
    enum Participation {
        Unknown,
        Active,
        Withdrawn, // no new data; what was collected before is kept (Regulation (EU) 536/2014 Art. 28(3), 21 CFR 312.62)
        ConsentOutdated, // the form has a newer version, which is not signed yet
        ConsentLapsed // no consent in force is on record in ConsentRegistry
    }

    /// @notice A trial, as its sponsor registers it.
    struct Registration {
        bytes32 dataSet; // the WHO Trial Registration Data Set
        bytes32 identifiers; // root (RFC 9162) over the trial's numbers in other registries; zero if there are none
        bytes32 protocol;
        bytes32 analysisPlan;
        bytes32 consentForm;
        bytes32 outcomesRoot; // RFC 9162, one leaf an outcome, primary ones first
        uint16 outcomes; // 1 or more
        uint16 primaries; // 1 to outcomes
        uint24 enrolmentCap; // participants, 1 or more
        uint8 purpose; // position in PurposeOfUse: HRESCH or below
        uint16 startedOn; // day of the first enrolment, today or earlier; 0 if there was none yet
        uint16 plannedCompletion; // day of the planned primary completion, not 0
    }

    /// @notice What is to hold from a day on, in place of what was registered. Everything is stated, changed or not.
    struct Amendment {
        bytes32 protocol;
        bytes32 analysisPlan;
        bytes32 consentForm;
        bytes32 outcomesRoot; // as in Registration
        uint16 outcomes;
        uint16 primaries;
        uint24 enrolmentCap;
        uint16 plannedCompletion;
        uint16 effectiveOn; // day, today or later, before which it is not put in force
        bool dataSeen; // whether whoever drew it up had seen data of the trial
        bool reconsent; // whether participants have to sign the new consent form
        bytes32 reason;
    }

    /// @notice A trial as it stands.
    struct TrialView {
        bytes32 outcomesRoot; // in force
        uint16 outcomes;
        uint16 primaries;
        uint24 enrolled; // on record, withdrawn ones too
        uint24 allotted; // to its sites together
        uint24 enrolmentCap;
        uint16 consentVersion; // of the form to be signed, from 1; 0 if there is no such trial
        uint8 purpose;
        uint16 registeredOn; // day
        uint16 startedOn; // day of the first enrolment, 0 if none
        uint16 plannedCompletion; // day
        uint16 completedOn; // day of the primary completion, 0 if it is not reached
        uint16 version; // amendments in force
        uint16 flags; // TrialTerms
        uint32 safetyBoard; // organisation, 0 if none is appointed
        uint8 holds; // regulators that hold it
        uint24 places; // in the allocation list, 0 if it is not committed to
        uint24 unblinded; // participants whose treatment was told in an emergency
        uint24 openStreams;
        uint16 sites; // that were ever open
        bytes32 proposed; // keccak256 of the Amendment that waits, zero if none does
    }

    /// @notice A site of a trial, or, as site 0, what was decided about the trial itself.
    struct SiteView {
        uint32 ethicsBoard; // that approved, 0 if none did
        uint32 regulator; // that approved, 0 if none did
        bool open;
        uint24 enrolled; // participants on record
        uint24 allotment; // participants that it may have
        uint16 startedOn; // day of the first enrolment here, 0 if there was none
    }

    /// @notice A participant of a trial.
    struct ParticipantView {
        address patient; // zero if there is no such participant
        uint32 site;
        uint16 enrolledOn; // day
        uint16 consentVersion; // that was signed last
        uint24 place; // 1 + the place in the allocation list, 0 if not randomised
        bool withdrawn;
        bool unblinded; // in an emergency
    }

    /// @notice A serious adverse event, and its clock.
    struct AdverseEvent {
        uint32 reporter; // organisation, 0 if there is no such event
        uint40 awareAt; // Unix seconds, when the reporter learned of it
        uint40 reportedAt; // Unix seconds
        uint40 filedAt; // Unix seconds, when the sponsor filed it with the regulators; 0 if not yet
        Seriousness seriousness;
    }

    /// @notice How far the results are, as everybody can see.
    struct ResultsView {
        uint16 registered; // outcomes
        uint16 reported; // as registered
        uint16 changed; // posted under a registered outcome, but not as it is registered
        uint16 missing; // neither reported nor changed
        uint16 added; // results of outcomes that are not registered
        uint32 dueOn; // day, 12 months after primary completion
        bool overdue; // the day is over, and an outcome is neither reported nor changed
    }

    /// @notice A trial was registered.
    event TrialRegistered(uint64 indexed trial, address key, Registration registration);
    /// @notice An amendment was proposed.
    /// @param index of the entry in the trial's log
    event AmendmentProposed(uint64 indexed trial, uint64 index, uint32 by, address key, Amendment amendment);
    /// @notice Something was decided or done about a trial: an entry of its log.
    /// @param index of the entry in the trial's log, from 0
    /// @param by organisation; 0 for AmendmentInForce, which anybody may bring about
    event TrialAct(
        uint64 indexed trial,
        Act indexed act,
        uint32 indexed by,
        uint64 index,
        address key,
        uint64 number,
        bytes32 subject,
        bytes32 detail
    );
    /// @notice A participant was enrolled, under the version of the consent form that was to be signed. Site, day and version
    ///         are in `participantOf`; a second index would cost 119 gas.
    event ParticipantEnrolled(uint64 indexed trial, bytes32 participant);
    /// @notice A participant signed a newer version of the consent form.
    event ConsentRenewed(uint64 indexed trial, bytes32 indexed participant, uint16 consentVersion);
    /// @notice A participant left the trial: no new data.
    /// @param by who told it: the patient, a representative, a key of the site, or anybody once consent is revoked
    event ParticipantWithdrawn(uint64 indexed trial, bytes32 indexed participant, address by);
    /// @notice A participant was given a place in the allocation list.
    /// @param place counted from 0
    event ParticipantRandomised(uint64 indexed trial, bytes32 indexed participant, uint24 place);
    /// @notice A batch of records was committed to.
    /// @param batch from the low end: count 32, records | until 40 | from 40, Unix seconds | index 64, of the entry
    event DataAnchored(uint256 indexed trialOrganisation, address author, uint256 batch, bytes32 root);
    /// @notice Records were corrected.
    /// @param batch as in DataAnchored
    /// @param corrected index of the entry that is corrected
    /// @param reason commitment
    event DataCorrected(
        uint256 indexed trialOrganisation, address author, uint256 batch, bytes32 root, uint64 corrected, bytes32 reason
    );

    /// @notice There is no trial of this number.
    error TrialUnknown(uint64 trial);
    /// @notice The sponsor has a trial of this number.
    error TrialKnown(uint64 trial);
    /// @notice A registration or an amendment lacks a commitment or an outcome, has more primary outcomes than outcomes, no
    ///         participants, a purpose that is not research, a first enrolment in the future or after the completion, or no
    ///         completion.
    error TrialDesignInvalid(uint64 trial);
    /// @notice The caller's organisation may not do this in this trial.
    error TrialNotYours(uint64 trial, uint32 organisation);
    /// @notice The state of the trial does not allow it.
    /// @param flags TrialTerms
    error TrialStateInvalid(uint64 trial, uint16 flags);
    /// @notice Who approves or watches a trial takes no other part in it: is not its sponsor, has no site and records no data.
    ///         Who holds it is not its sponsor.
    error TrialNotIndependent(uint64 trial, uint32 organisation);
    /// @notice An amendment holds from today or a later day on.
    error AmendmentBackdated(uint64 trial, uint16 effectiveOn, uint256 today);
    /// @notice No amendment of these words waits.
    error AmendmentNotProposed(uint64 trial, bytes32 amendment);
    /// @notice It is not approved yet, or its day has not come.
    error AmendmentNotDue(uint64 trial, bool approved, uint16 effectiveOn);
    /// @notice Another amendment waits: it comes into force, or is dropped, first.
    error AmendmentWaiting(uint64 trial, bytes32 amendment);
    /// @notice Nobody has approved it.
    error ApprovalUnknown(uint64 trial, uint32 site, Authority authority);
    /// @notice It is approved already, by one that is in standing.
    error ApprovalKnown(uint64 trial, uint32 site, Authority authority, uint32 organisation);
    /// @notice The site is not approved by both, or not open.
    error SiteNotOpen(uint64 trial, uint32 site);
    /// @notice The site is open already.
    error SiteIsOpen(uint64 trial, uint32 site);
    /// @notice This regulator holds the trial already, or does not hold it, or is in standing and lifts its hold itself.
    error HoldInvalid(uint64 trial, uint32 regulator, bool held);
    /// @notice The participant is zero.
    error ParticipantZero();
    /// @notice There is no such participant.
    error ParticipantUnknown(uint64 trial, bytes32 participant);
    /// @notice This person takes part already, or did.
    error ParticipantKnown(uint64 trial, bytes32 participant, uint32 site);
    /// @notice The participant has withdrawn.
    error ParticipantHasWithdrawn(uint64 trial, bytes32 participant);
    /// @notice The site has as many participants as it may have.
    error EnrolmentCapReached(uint64 trial, uint32 site, uint24 allotment);
    /// @notice Sites together are allotted no more than the trial's enrolment cap, each no less than it has enrolled.
    error AllotmentInvalid(uint64 trial, uint32 site, uint24 allotment);
    /// @notice A trial has no more sites than this.
    error SitesTooMany(uint64 trial, uint16 most);
    /// @notice Enrolment in the future, or on day 0.
    error EnrolmentDayInvalid(uint256 on, uint256 today);
    /// @notice ConsentRegistry does not permit it.
    /// @param status IConsentRegistry.ConsentStatus
    error ConsentMissing(uint64 trial, address patient, uint16 consentVersion, uint8 status);
    /// @notice The consent is not revoked, so only the patient, a representative or the site can tell of a withdrawal.
    error ConsentNotRevoked(uint64 trial, bytes32 participant);
    /// @notice The participant has a place already, or the place is taken, or is none of the list.
    error PlaceInvalid(uint64 trial, bytes32 participant, uint24 place);
    /// @notice The participant's treatment was told already, or there is none.
    error UnblindingInvalid(uint64 trial, bytes32 participant, uint24 place);
    /// @notice An allocation list is committed to once, before the first enrolment, and is not empty.
    error AllocationsInvalid(uint64 trial, uint24 places, uint16 startedOn);
    /// @notice What is revealed is not what was committed to.
    error RevealMismatch(uint64 trial, uint16 blockNumber);
    /// @notice This block was revealed already, or is none of the list.
    error RevealInvalid(uint64 trial, uint16 blockNumber);
    /// @notice The organisation records no data of this trial, or does so no longer.
    error StreamNotOpen(uint64 trial, uint32 organisation);
    /// @notice The organisation records data of this trial already, or did until its stream was locked.
    error StreamKnown(uint64 trial, uint32 organisation);
    /// @notice Streams are still open.
    error StreamsOpen(uint64 trial, uint24 open);
    /// @notice A batch ends before it begins, or in the future, or has no records or no root.
    error DataInvalid(uint40 from, uint40 until, uint32 count, bytes32 root);
    /// @notice There is no entry of this index to correct or to sign, or the leaf is not that of the entry.
    error EntryUnknown(uint64 trial, uint32 organisation, uint64 index);
    /// @notice A correction has a reason, a signature a signatory, a decision a document.
    error CommitmentZero();
    /// @notice A signature says that its signatory has authored, reviewed or signed off what is signed.
    error SignatureMeaningInvalid(Act meaning);
    /// @notice Primary completion is told once, of a day not before the first enrolment (before the registration, if nobody
    ///         was enrolled) and not in the future.
    error CompletionInvalid(uint64 trial, uint16 on);
    /// @notice Whoever reports learned of the event in the past.
    error AwarenessInvalid(uint40 awareAt);
    /// @notice There is no such event, or it was filed already.
    error AdverseEventInvalid(uint64 trial, uint32 number);
    /// @notice The part is no contract, or asks another register.
    error PartInvalid(address part);
}
