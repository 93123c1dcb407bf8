// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IParticipants} from "./IParticipants.sol";
import {IRepresentation} from "./IRepresentation.sol";

/// @title ConsentRegistry: who may use which of a patient's data, for what, until when
/// @notice A patient is an address, best a different one towards each organisation. A grantee is an accredited
///         organisation, by its identifier in Participants. A consent is either recorded here in one word, or
///         presented: signed by the patient, kept by the grantee, and verified when it is used. It permits access and
///         use.
///
///         Types, as words:
///         - terms: uint256, what is permitted (contracts/types/ConsentTerms.sol). From the high end: byPatient 1 bit,
///           zero 3, purposes 60, categories 64, notBefore 32, notAfter 32, dataFrom 16, dataTo 16, stamp 32.
///         - stamp: the low 32 bits of terms, Unix seconds. When the consent was given or revoked; of a presented
///           consent, the patient's revokedAllAt under which it was signed.
///         - scope: bytes32, where the data comes from: kind (1 byte) | subject (30 bytes) | part (1 byte). Kind 0:
///           any source, subject zero. Kind 1: the data that one custodian holds, subject its organisation
///           identifier. Kind 2: participation in a trial, subject `trial << 16 | version of its consent form`.
///         - document: bytes32, the signed consent text: first 30 bytes of its salted hash | its version (2 bytes).
///         Nothing here is health data, and no hash of it is unsalted.
///
///         Example. A patient lets grantee 12 use, for treatment, the conditions and observations that custodian 7
///         holds, also those labelled HIV, of 1 January 2020 or later, during the year 2025:
///           scope   0x01                 kind 1, the data that one custodian holds
///                     0000...0007        subject, 30 bytes: organisation 7
///                     00                 part 0
///           terms   0x0020000000000000   purposes: bit 53, TREAT; byPatient and the zero bits are unset
///                     0010004000002000   categories: bits 13 Condition, 38 Observation, 52 HIV
///                     67748580 6955b900  notBefore 2025-01-01, notAfter 2026-01-01, 00:00:00 UTC
///                     ab35 ffff          dataFrom 2020-01-01, day 43829 since 1900-01-01; dataTo open
///                     00000000           no stamp: `grant` sets it
///         Granted by the patient's own key on 2025-01-02 at 09:00:00 UTC, the word on record begins with 0x8020
///         (byPatient) and ends in 67765590 (the stamp). Revoked at 2025-06-01 00:00:00 UTC, it is the stamp alone:
///         0x683b9800.
///
///         Parts of a scope are alternatives. One document may need several terms for the same grantee and source;
///         each part permits by itself, and terms of different parts are never combined.
///
///         Several calls of one sender go into one transaction, all or none, by `multicall(bytes[] data)`, which the
///         registry has from Solady's Multicallable: each element is an encoded call, and msg.sender stays the same.
///
///         `pauseRelaying` makes exactly these stop: `grantBySignature`, `grantBatch`,
///         `appointRepresentativeBySignature`, `planRecoveryBySignature` and `approveRecoveryBySignature` revert with
///         RelayingIsPaused, `checkPresented` answers Paused, and EmergencyAccess.openEmergency reverts with
///         EmergencyOpeningPaused. A pause never stops anything else: every revocation, dismissal and cancellation,
///         signed ones too; `checkRecorded`, `decide` and the other answers; every other call that a patient,
///         representative or recovery guardian makes in its own transaction; `finishRecovery`; ending, reviewing and
///         using emergency access.
///
///         Times are uint32 Unix seconds, which end on 7 February 2106 at 06:28:15 UTC. A new deployment must have
///         replaced this one before.
interface IConsentRegistry is IRepresentation {
    /// @notice A grant that somebody else submits.
    struct SignedGrant {
        address patient; // who consents
        uint32 grantee; // organisation, not zero
        bytes32 scope;
        uint256 terms; // stamped with when it was signed, Unix seconds; to be submitted within SIGNATURE_LIFETIME
        bytes32 document; // reference to the signed text, not examined
        bytes signature; // of the patient or a representative: 65 or 64 bytes (EIP-2098), or ERC-1271 of the patient
    }

    /// @notice A revocation that somebody else submits. It has no deadline: a revocation never lapses.
    struct SignedRevocation {
        address patient;
        uint32 grantee; // organisation
        bytes32 scope; // part included: one revocation revokes one part
        uint32 signedAt; // Unix seconds; what was granted or signed until then, inclusive, is stopped
        bytes signature; // as of SignedGrant
    }

    /// @notice A consent that is not recorded but shown when it is used.
    struct PresentedConsent {
        address patient; // who consents
        uint32 grantee; // organisation
        bytes32 scope;
        uint256 terms; // stamped with the patient's revokedAllAt, not with a time of signing
        bytes32 document; // reference to the signed text, not examined
        uint8 number; // 0 to 215, its bit among the patient's presented consents
        bytes signature; // as of SignedGrant; a representative must still be one when the consent is used
    }

    /// @dev The answer to "may it?", and if not, why not: the first reason that applies.
    enum ConsentStatus {
        NotGranted, // recorded: never granted; presented: its number is above 215
        Permitted,
        Revoked, // this consent, or all of the patient's, or it was given by a key that is retired now
        NotYetValid, // before notBefore
        Expired, // at notAfter or later
        PurposeNotCovered, // always so for an unknown purpose, the abstract root (0) and break the glass (57)
        CategoryNotCovered, // a class or label of the data is not granted
        OutsideDataPeriod, // the data is not wholly between dataFrom and dataTo
        UseInvalid, // no data class, or a data period that ends before it begins
        SignatureInvalid, // presented: not signed by the patient's key in force or a present representative
        Paused, // presented: relaying is paused
        GranteeNotInStanding // the key speaks for no organisation that is in standing
    }

    /// @notice A consent was recorded or renewed.
    /// @dev Warning: also emitted for a signed grant that a "revoke all" or the retirement of the patient's key had
    ///      voided before it was submitted. Such a consent permits nothing: `checkRecorded` answers Revoked.
    /// @param terms as recorded, with its stamp
    event ConsentGranted(
        address indexed patient, uint32 indexed grantee, bytes32 scope, uint256 terms, bytes32 document
    );
    /// @notice One consent was revoked, whether or not it was ever recorded.
    /// @param stamp Unix seconds; what was signed until then, inclusive, can't be recorded any more
    event ConsentRevoked(address indexed patient, uint32 indexed grantee, bytes32 scope, uint32 stamp);
    /// @notice All consents of a patient were revoked, recorded and presented ones.
    /// @param revokedAllAt Unix seconds; every consent given until then, inclusive, is void
    event AllConsentsRevoked(address indexed patient, uint32 revokedAllAt);
    /// @notice One presented consent was revoked.
    /// @param revokedAllAt Unix seconds; the patient's last "revoke all", under which the consent was signed
    /// @param number 0 to 215, the consent's number under that "revoke all"
    event PresentedConsentRevoked(address indexed patient, uint32 revokedAllAt, uint8 number);
    /// @notice The guardian of the governance paused relaying.
    event RelayingPaused(address indexed by);
    /// @notice The guardian of the governance ended the pause.
    event RelayingResumed(address indexed by);

    /// @notice The grantee is organisation 0, which does not exist.
    error ConsentGranteeZero();
    /// @notice The terms are malformed: they name no purpose, one that cannot be granted (the root, break the glass
    ///         or an unknown one), or no class; the consent period is empty, or the data period ends before it
    ///         begins; byPatient or a zero bit is set; or they carry a stamp where the registry sets it (`grant`,
    ///         `grantFor`).
    error ConsentTermsInvalid(uint256 terms);
    /// @notice The consent would have ended already.
    /// @param notAfter Unix seconds, exclusive
    error ConsentPeriodEnded(uint32 notAfter, uint256 nowSeconds);
    /// @notice What is given is not later than what is recorded: it was used before, or overtaken by a change, a
    ///         revocation or a "revoke all".
    /// @param given Unix seconds: when it was signed, or now
    /// @param recorded Unix seconds: the stamp on record, or the patient's revokedAllAt
    error ConsentStampStale(address patient, uint256 given, uint256 recorded);
    /// @notice Signed in the future; sign with the time of the latest block.
    /// @param given Unix seconds
    error ConsentStampFuture(address patient, uint256 given, uint256 nowSeconds);
    /// @notice The signature names another revokedAllAt: everything that it is about was revoked since.
    /// @param given Unix seconds, as signed
    /// @param revokedAllAt Unix seconds, as recorded
    error PresentedConsentsVoid(address patient, uint256 given, uint256 revokedAllAt);
    /// @notice A signed grant was submitted more than SIGNATURE_LIFETIME after it was signed.
    /// @param signedAt Unix seconds; 0 for terms without a stamp
    error SignatureExpired(uint256 signedAt, uint256 nowSeconds);
    /// @notice Presented consents are numbered 0 to 215.
    error PresentedNumberInvalid(uint256 number);
    /// @notice The guardian of the governance has paused what others submit for patients.
    error RelayingIsPaused();

    // ------------------------------------------------------------------ the patient consents

    /// @notice Records or renews a consent of the caller, in place of the one on record. A pause does not stop this.
    /// @param grantee organisation, not zero. Its standing is checked when the consent is used, not here
    /// @param scope where the data comes from. Its kind and subject are not examined
    /// @param terms unstamped; byPatient and the zero bits unset
    /// @param document reference to the signed text, not examined
    /// @dev Reverts with ConsentTermsInvalid if the terms are stamped or malformed, ConsentGranteeZero if there is no
    ///      grantee, ConsentPeriodEnded if notAfter is not in the future, ConsentStampStale in the very second of a
    ///      "revoke all", PatientKeyRetired after a recovery of the caller's key.
    function grant(uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice Records or renews a consent of the patient, by a representative. A pause does not stop this.
    /// @dev Reverts with RepresentativeUnknown if the caller is no representative at present (a patient uses `grant`);
    ///      otherwise as `grant`, but for PatientKeyRetired.
    function grantFor(address patient, uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice Records what the patient or a representative signed; anyone may submit it.
    /// @dev Reverts with RelayingIsPaused during a pause, SignatureExpired later than SIGNATURE_LIFETIME after
    ///      signing, ConsentGranteeZero, ConsentTermsInvalid if the terms are malformed, ConsentPeriodEnded,
    ///      ConsentStampStale if signed no later than what is recorded for this grantee and scope, ConsentStampFuture
    ///      if signed later than now, SignatureInvalid if signed by neither the patient nor a present representative.
    ///      To spare every grant a read, the patient's "revoke all" and retired key are not looked up here: what they
    ///      have voided is recorded, and permits nothing.
    function grantBySignature(SignedGrant calldata signedGrant) external;

    /// @notice Records many signed grants, all or none. Reverts as `grantBySignature` does for the first that fails.
    function grantBatch(SignedGrant[] calldata signedGrants) external;

    // ------------------------------------------------------------------ the patient withdraws; nothing stops this

    /// @notice Revokes one consent of the caller, whether or not it was ever recorded. Never reverts.
    function revoke(uint32 grantee, bytes32 scope) external;

    /// @notice Revokes one consent of the patient, by a representative.
    /// @dev Reverts with RepresentativeUnknown if the caller is neither the patient nor a representative at present.
    function revokeFor(address patient, uint32 grantee, bytes32 scope) external;

    /// @notice Submits a signed revocation; anyone may. Does nothing if the consent is revoked already at that time
    ///         or later.
    /// @dev Reverts with ConsentStampStale if it was signed before the consent on record was given,
    ///      ConsentStampFuture if signed later than now, SignatureInvalid if signed by neither the patient (a retired
    ///      key may) nor a present representative.
    function revokeBySignature(SignedRevocation calldata signedRevocation) external;

    /// @notice Submits many signed revocations, all or none; those that are done already change nothing.
    /// @dev Reverts as `revokeBySignature` does for the first that fails.
    function revokeBatch(SignedRevocation[] calldata signedRevocations) external;

    /// @notice Revokes every consent of the caller, recorded or presented, in one write. Never reverts.
    function revokeAll() external;

    /// @notice Revokes every consent of the patient, by a representative.
    /// @dev Reverts with RepresentativeUnknown if the caller is neither the patient nor a representative at present.
    function revokeAllFor(address patient) external;

    /// @notice Submits a signed "revoke all"; anyone may. What was given after signedAt stays. Does nothing, whoever
    ///         signed, if everything until then is revoked already.
    /// @param signedAt Unix seconds
    /// @param signature of the patient or a representative, as of SignedGrant
    /// @dev Reverts with ConsentStampFuture if signedAt is later than now, SignatureInvalid if signed by neither the
    ///      patient (a retired key may) nor a present representative.
    function revokeAllBySignature(address patient, uint32 signedAt, bytes calldata signature) external;

    /// @notice Revokes a presented consent of the caller, or one signed for it by a representative.
    /// @param number 0 to 215, as signed under the caller's present revokedAllAt
    /// @dev Reverts with PresentedNumberInvalid if the number is above 215.
    function revokePresented(uint8 number) external;

    /// @notice Revokes a presented consent of the patient, by a representative.
    /// @param number 0 to 215, as signed under the patient's present revokedAllAt
    /// @dev Reverts with RepresentativeUnknown if the caller is neither the patient nor a representative at present,
    ///      PresentedNumberInvalid if the number is above 215.
    function revokePresentedFor(address patient, uint8 number) external;

    /// @notice Submits a signed revocation of a presented consent; anyone may.
    /// @param revokedAllAt Unix seconds, as the presented consent names it
    /// @param number 0 to 215
    /// @param signature of the patient or a representative, as of SignedGrant
    /// @dev Reverts with PresentedConsentsVoid if the patient's revokedAllAt is another one now (the consent is void
    ///      already), SignatureInvalid if signed by neither the patient (a retired key may) nor a present
    ///      representative, PresentedNumberInvalid if the number is above 215.
    function revokePresentedBySignature(
        address patient,
        uint32 revokedAllAt,
        uint8 number,
        bytes calldata signature
    ) external;

    // ------------------------------------------------------------------ answers

    /// @notice Does a recorded consent of the patient permit this use by this grantee now? Never reverts. Decides
    ///         under the one scope given; no other is searched. The grantee names the scope it relies on: kind 0,
    ///         since a consent for any source covers every custodian's data, or kind 1 and the custodian that holds
    ///         the data; and the part, of which any one suffices.
    /// @param scope where the data comes from. The registry cannot know who holds the data: the caller makes sure of
    ///        it
    /// @param purpose position in PurposeOfUse, 1 to 59 but 57
    /// @param categories all bits of DataCategories that the data carries: its class and every label
    /// @param dataFrom first clinical day of the data, inclusive, days since 1900-01-01, 0 to 65535
    /// @param dataTo last clinical day of the data, inclusive, in the same unit; before dataFrom is UseInvalid
    /// @return Permitted, or the first reason why not
    /// @dev Warning: asks about the consent alone. Whether the caller speaks for the grantee, and whether the grantee
    ///      is still accredited, `decide` answers; a contract that has asked Participants already may use this.
    function checkRecorded(
        address patient,
        uint32 grantee,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus);

    /// @notice The access decision: may this key use the patient's data so, now? Checks that the key speaks for an
    ///         organisation in standing, then that organisation's recorded consent under the one scope given. Scope
    ///         and use are described as for `checkRecorded`. Never reverts. Emergency access is decided by
    ///         EmergencyAccess.
    /// @param operator the key that asks for access
    /// @return status Permitted, or the first reason why not
    /// @return grantee the organisation for which the key speaks, 0 if it is not in standing
    function decide(
        address operator,
        address patient,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus status, uint32 grantee);

    /// @notice Does a presented consent permit this use by its grantee now? The use is described as for
    ///         `checkRecorded`; the scope is the consent's own. Asks the patient's contract, if it is one, whether
    ///         the signature is its own.
    /// @return Permitted, or the first reason why not
    /// @dev Warning: asks about the consent alone. Anyone who has seen it can present it: the caller must check that
    ///      whoever presents it speaks for its grantee, that the grantee is in standing, and that the data is of its
    ///      scope.
    function checkPresented(
        PresentedConsent calldata presented,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus);

    /// @notice For how long after signing a signed grant may be submitted.
    /// @return seconds: 30 days
    function SIGNATURE_LIFETIME() external view returns (uint256);

    /// @notice The register of accredited organisations that `decide` asks.
    function participants() external view returns (IParticipants);

    /// @notice The word on record. It does not say whether it permits anything: see `checkRecorded`.
    /// @return terms zero if never granted or revoked, the stamp alone if revoked
    function termsOf(address patient, uint32 grantee, bytes32 scope) external view returns (uint256 terms);

    /// @notice When the patient last revoked everything.
    /// @return Unix seconds, 0 if never
    function revokedAllAt(address patient) external view returns (uint32);

    /// @notice Is the presented consent of this number, under the patient's present revokedAllAt, revoked?
    /// @param number 0 to 215
    /// @dev Reverts with PresentedNumberInvalid if the number is above 215.
    function isPresentedRevoked(address patient, uint8 number) external view returns (bool);

    // ------------------------------------------------------------------ governance

    /// @notice Starts the pause. What it stops, and what it never stops, stands in the title of this interface.
    ///         Guardian of the governance only.
    /// @dev Reverts with AccessManagedUnauthorized (OpenZeppelin) for any other caller. Does no harm when paused
    ///      already.
    function pauseRelaying() external;

    /// @notice Ends the pause. Guardian of the governance only.
    /// @dev Reverts with AccessManagedUnauthorized (OpenZeppelin) for any other caller. Does no harm when not paused.
    function resumeRelaying() external;

    /// @notice Is the pause on?
    function relayingPaused() external view returns (bool);
}
