// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IParticipants} from "./IParticipants.sol";
import {IRepresentation} from "./IRepresentation.sol";

/// @title ConsentRegistry: who may use which of a patient's data, for what, until when
/// @notice A patient is an address, best a different one towards each organisation. A grantee is an accredited
///         organisation, by its identifier in Participants. A consent is recorded here in one word, or presented: signed
///         by the patient, kept by the grantee, and verified when it is used. A consent permits access and use.
///
///         Types, as words. `terms`: the ConsentTerms word (contracts/types/ConsentTerms.sol). `scope`: what data the
///         consent is about, bytes32 = kind (1 byte) | subject (30 bytes) | part (1 byte); kind 0 is data from any source,
///         kind 1 the data that one custodian holds (subject: its organisation identifier); parts number the several
///         terms one document may need. `document`: the signed consent text, bytes32 = first 30 bytes of its salted
///         hash | its version (2 bytes). Nothing here is health data, and no hash of it is unsalted.
interface IConsentRegistry is IRepresentation {
    /// @notice A grant that somebody else submits.
    struct SignedGrant {
        address patient; // who consents
        uint32 grantee; // organisation
        bytes32 scope;
        uint256 terms; // stamped with when it was signed, Unix seconds; to be submitted within SIGNATURE_LIFETIME
        bytes32 document;
        bytes signature; // of the patient or a representative: 65 or 64 bytes (EIP-2098), or ERC-1271 of the patient
    }

    /// @notice A revocation that somebody else submits. It has no deadline: nothing should make a revocation lapse.
    struct SignedRevocation {
        address patient;
        uint32 grantee;
        bytes32 scope;
        uint32 signedAt; // Unix seconds; what was granted or signed until then is stopped
        bytes signature;
    }

    /// @notice A consent that is not recorded but shown when it is used.
    struct PresentedConsent {
        address patient;
        uint32 grantee;
        bytes32 scope;
        uint256 terms; // stamped with the patient's revokedAllAt, not with a time of signing
        bytes32 document;
        uint8 number; // 0 to 215, its bit among the patient's presented consents
        bytes signature; // of the patient or a representative
    }

    /// @dev The answer to "may it?", and if not, why not.
    enum ConsentStatus {
        NotGranted,
        Permitted,
        Revoked, // this consent, or all of the patient's
        NotYetValid,
        Expired,
        PurposeNotCovered, // nor is an unknown purpose, the abstract root, or break the glass, ever
        CategoryNotCovered,
        OutsideDataPeriod,
        UseInvalid, // no data class, or a data period that ends before it begins
        SignatureInvalid, // presented: not signed by the patient or a present representative
        Paused, // presented, while relaying is paused
        GranteeNotInStanding // the key speaks for no organisation that is in standing
    }

    /// @param terms as recorded, with its stamp
    event ConsentGranted(
        address indexed patient, uint32 indexed grantee, bytes32 scope, uint256 terms, bytes32 document
    );
    /// @param stamp Unix seconds; what was signed until then, inclusive, can't be recorded any more
    event ConsentRevoked(address indexed patient, uint32 indexed grantee, bytes32 scope, uint32 stamp);
    /// @param revokedAllAt Unix seconds; every consent given until then, inclusive, is void
    event AllConsentsRevoked(address indexed patient, uint32 revokedAllAt);
    event PresentedConsentRevoked(address indexed patient, uint32 revokedAllAt, uint8 number);
    event RelayingPaused(address indexed by);
    event RelayingResumed(address indexed by);

    error ConsentGranteeZero();
    /// @notice The terms are stamped though the registry stamps them, name no purpose or one that cannot be granted, no
    ///         class, or a period that ends before it begins.
    error ConsentTermsInvalid(uint256 terms);
    error ConsentPeriodEnded(uint32 notAfter, uint256 nowSeconds);
    /// @notice What is given is not later than what is recorded: it was used before, or overtaken by a change or a
    ///         "revoke all".
    /// @param recorded Unix seconds: the stamp on record, or the patient's revokedAllAt
    error ConsentStampStale(address patient, uint256 given, uint256 recorded);
    /// @notice Signed in the future; sign with the time of the latest block.
    error ConsentStampFuture(address patient, uint256 given, uint256 nowSeconds);
    /// @notice The signature names another revokedAllAt: everything was revoked since.
    error PresentedConsentsVoid(address patient, uint256 given, uint256 revokedAllAt);
    /// @notice A signed grant was submitted more than SIGNATURE_LIFETIME after it was signed.
    error SignatureExpired(uint256 signedAt, uint256 nowSeconds);
    error PresentedNumberInvalid(uint256 number);
    error RelayingIsPaused();

    // ------------------------------------------------------------------ the patient consents

    /// @notice Records or renews a consent of the caller. Nobody can pause this.
    /// @param grantee organisation; zero reverts with ConsentGranteeZero. Its standing is checked on use, not here
    /// @param terms unstamped; reverts with ConsentTermsInvalid or ConsentPeriodEnded
    /// @param document reference to the signed text
    /// @dev Reverts with PatientKeyRetired after a recovery of the caller's key, and with ConsentStampStale in the very second
    ///      of a "revoke all".
    function grant(uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice The same by a representative. Reverts with RepresentativeUnknown.
    function grantFor(address patient, uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice Records what the patient signed; anyone may submit it. Reverts while relaying is paused.
    /// @dev Reverts with SignatureExpired, ConsentStampStale (not later than what is recorded), ConsentStampFuture or
    ///      SignatureInvalid, besides what `grant` reverts with for its terms. To spare every grant a read, what is signed
    ///      before a "revoke all", or by a retired key, is recorded here but permits nothing: `checkRecorded` says Revoked.
    function grantBySignature(SignedGrant calldata signedGrant) external;

    /// @notice Records many, all or none.
    function grantBatch(SignedGrant[] calldata signedGrants) external;

    // ------------------------------------------------------------------ and withdraws, which nothing can stop

    /// @notice Revokes one consent of the caller, whether or not it was ever recorded.
    function revoke(uint32 grantee, bytes32 scope) external;

    /// @notice The same by a representative.
    function revokeFor(address patient, uint32 grantee, bytes32 scope) external;

    /// @notice Submits a signed revocation; anyone may.
    /// @dev Does nothing if the consent is revoked already at that time or later. Reverts with ConsentStampStale if it is
    ///      earlier than the consent on record; with ConsentStampFuture, or with SignatureInvalid.
    function revokeBySignature(SignedRevocation calldata signedRevocation) external;

    /// @notice Submits many, all or none; those that are done already do no harm.
    function revokeBatch(SignedRevocation[] calldata signedRevocations) external;

    /// @notice Revokes every consent of the caller, recorded or presented, in one write.
    function revokeAll() external;

    /// @notice The same by a representative.
    function revokeAllFor(address patient) external;

    /// @param signedAt Unix seconds; what was given later stays. Does nothing if everything until then is revoked already;
    ///        ConsentStampFuture if it is still to come
    function revokeAllBySignature(address patient, uint32 signedAt, bytes calldata signature) external;

    /// @notice Revokes a presented consent of the caller.
    /// @param number 0 to 215, else PresentedNumberInvalid
    function revokePresented(uint8 number) external;

    /// @notice The same by a representative.
    function revokePresentedFor(address patient, uint8 number) external;

    /// @param revokedAllAt as the consent names it, else PresentedConsentsVoid: it is void already
    function revokePresentedBySignature(
        address patient,
        uint32 revokedAllAt,
        uint8 number,
        bytes calldata signature
    ) external;

    // ------------------------------------------------------------------ answers

    /// @notice Does a recorded consent of the patient permit this use by this grantee now?
    /// @param purpose position in PurposeOfUse
    /// @param categories all bits of DataCategories that the data carries: its class and every label
    /// @param dataFrom first clinical day of the data, days since 1900-01-01
    /// @param dataTo last clinical day of the data; before dataFrom is UseInvalid
    /// @return why not, or Permitted
    /// @dev Warning: asks about the consent alone. Whether the caller speaks for the grantee, and whether the grantee is
    ///      still accredited, `decide` answers; a contract that has asked Participants already may use this.
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
    ///         organisation in standing, then its consent. Emergency access is decided by EmergencyAccess.
    ///         The use is described as for `checkRecorded`.
    /// @return status why not, or Permitted
    /// @return grantee the organisation for which the key speaks, 0 if none in standing
    function decide(
        address operator,
        address patient,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus status, uint32 grantee);

    /// @notice Does a presented consent permit this use by its grantee now?
    /// @dev Warning: as `checkRecorded`, asks about the consent alone. Anyone who has seen it can present it, so a caller must make
    ///      sure that whoever presents it speaks for its grantee.
    function checkPresented(
        PresentedConsent calldata presented,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus);

    /// @return seconds for which a signed grant may be submitted: 30 days
    function SIGNATURE_LIFETIME() external view returns (uint256);

    /// @return the register of accredited organisations that `decide` asks
    function participants() external view returns (IParticipants);

    /// @notice The recorded word, zero if there never was one. Not whether it permits anything: see `checkRecorded`.
    function termsOf(address patient, uint32 grantee, bytes32 scope) external view returns (uint256 terms);

    /// @return Unix seconds of the patient's last "revoke all", 0 if there was none
    function revokedAllAt(address patient) external view returns (uint32);

    /// @return whether a presented consent under the patient's present revokedAllAt is revoked
    function isPresentedRevoked(address patient, uint8 number) external view returns (bool);

    // ------------------------------------------------------------------ governance

    /// @notice Stops what others submit for patients and what widens (granting, appointing, planning and approving a recovery
    ///         by signature), presented consents, and new emergency access. Guardian only. What stays possible: every
    ///         revocation, and whatever a patient does in a transaction of its own.
    function pauseRelaying() external;

    /// @notice Ends the pause. Guardian only.
    function resumeRelaying() external;

    function relayingPaused() external view returns (bool);
}
