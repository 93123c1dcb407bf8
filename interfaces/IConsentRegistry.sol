// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IEmergencyAccess} from "./IEmergencyAccess.sol";
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
interface IConsentRegistry is IRepresentation, IEmergencyAccess {
    /// @notice What someone wants to do with some data.
    struct Use {
        uint8 purpose; // position in PurposeOfUse; break the glass (57) is answered from the emergency register
        uint64 categories; // all bits of DataCategories that the data carries: its class and every label
        uint16 dataFrom; // first clinical day of the data, days since 1900-01-01
        uint16 dataTo; // last clinical day of the data, not before dataFrom
    }

    /// @notice A grant that somebody else submits.
    struct SignedGrant {
        address patient; // who consents
        uint32 grantee; // organisation
        bytes32 scope;
        uint256 terms; // stamped: the patient's present epoch, and the next version
        bytes32 document;
        uint40 deadline; // Unix seconds until which, inclusive, it may be submitted
        bytes signature; // of the patient or a representative: 65 or 64 bytes (EIP-2098), or ERC-1271 of the patient
    }

    /// @notice A revocation that somebody else submits. It has no deadline: nothing should make a revocation lapse.
    struct SignedRevocation {
        address patient;
        uint32 grantee;
        bytes32 scope;
        uint16 version; // above the recorded version: it also stops signed grants up to this version
        bytes signature;
    }

    /// @notice A consent that is not recorded but shown when it is used.
    struct PresentedConsent {
        address patient;
        uint32 grantee;
        bytes32 scope;
        uint256 terms; // stamped: the patient's present epoch, and as version its number in the epoch, 0 to 215
        bytes32 document;
        bytes signature; // of the patient or a representative
    }

    /// @dev The answer to "may it?", and if not, why not.
    enum ConsentStatus {
        NotGranted,
        Permitted,
        Revoked, // this consent, or all of the patient's
        NotYetValid,
        Expired,
        PurposeNotCovered,
        CategoryNotCovered,
        OutsideDataPeriod,
        UseInvalid, // unknown or abstract purpose, no data class, or a data period that ends before it begins
        SignatureInvalid, // presented: not signed by the patient or a present representative
        Paused, // presented, while relaying is paused
        GranteeNotInStanding, // the caller speaks for no organisation in standing, or not for the grantee
        NoEmergency // break the glass was asked for, and no emergency access is open
    }

    /// @param terms as recorded, with epoch and version
    event ConsentGranted(
        address indexed patient, uint32 indexed grantee, bytes32 indexed scope, uint256 terms, bytes32 document
    );
    /// @param version the version from which signed grants count again is the next one
    event ConsentRevoked(address indexed patient, uint32 indexed grantee, bytes32 indexed scope, uint16 version);
    /// @param epoch the epoch that starts; every consent of an earlier one is void
    event AllConsentsRevoked(address indexed patient, uint32 epoch);
    event PresentedConsentRevoked(address indexed patient, uint32 epoch, uint8 number);
    event RelayingPaused(address indexed by);
    event RelayingResumed(address indexed by);

    error ConsentGranteeZero();
    /// @notice The terms are stamped though the registry stamps them, name an unknown or ungrantable purpose, no class,
    ///         or a period that ends before it begins.
    error ConsentTermsInvalid(uint256 terms);
    error ConsentPeriodEnded(uint32 notAfter, uint256 nowSeconds);
    /// @notice The signature is for another epoch: everything was revoked since, or will be.
    error ConsentEpochStale(address patient, uint256 given, uint256 current);
    /// @notice The signature is for another version: it was used before, overtaken by a change, or came too early.
    error ConsentVersionStale(address patient, uint256 given, uint256 recorded);
    /// @notice 65,535 changes of one consent, or 65,535 times everything revoked: no further grant fits the word.
    error ConsentStampExhausted(address patient);
    error SignatureExpired(uint256 deadline, uint256 nowSeconds);
    error PresentedNumberInvalid(uint256 number);
    error RelayingIsPaused();

    // ------------------------------------------------------------------ the patient consents

    /// @notice Records or renews a consent of the caller. Nobody can pause this.
    /// @param grantee organisation; zero reverts with ConsentGranteeZero. Its standing is checked on use, not here
    /// @param terms unstamped; reverts with ConsentTermsInvalid or ConsentPeriodEnded
    /// @param document reference to the signed text
    /// @dev Reverts with PatientKeyRetired after a recovery of the caller's key.
    function grant(uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice The same by a representative. Reverts with RepresentativeUnknown.
    function grantFor(address patient, uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external;

    /// @notice Records what the patient signed; anyone may submit it. Reverts while relaying is paused.
    /// @dev Reverts with SignatureExpired, ConsentEpochStale, ConsentVersionStale (the version must be the next one) or
    ///      SignatureInvalid, besides what `grant` reverts with.
    function grantBySignature(SignedGrant calldata signedGrant) external;

    /// @notice Records many, all or none.
    function grantBatch(SignedGrant[] calldata signedGrants) external;

    // ------------------------------------------------------------------ and withdraws, which nothing can stop

    /// @notice Revokes one consent of the caller, whether or not it was ever recorded.
    function revoke(uint32 grantee, bytes32 scope) external;

    /// @notice The same by a representative.
    function revokeFor(address patient, uint32 grantee, bytes32 scope) external;

    /// @notice Submits a signed revocation; anyone may.
    /// @dev Reverts with ConsentVersionStale unless its version is above the recorded one.
    function revokeBySignature(SignedRevocation calldata signedRevocation) external;

    /// @notice Submits many, all or none.
    function revokeBatch(SignedRevocation[] calldata signedRevocations) external;

    /// @notice Revokes every consent of the caller, recorded or presented, in one write.
    function revokeAll() external;

    /// @notice The same by a representative.
    function revokeAllFor(address patient) external;

    /// @param epoch the patient's present epoch, else ConsentEpochStale
    function revokeAllBySignature(address patient, uint32 epoch, bytes calldata signature) external;

    /// @notice Revokes a presented consent of the caller's present epoch.
    /// @param number 0 to 215, else PresentedNumberInvalid
    function revokePresented(uint8 number) external;

    /// @notice The same by a representative.
    function revokePresentedFor(address patient, uint8 number) external;

    /// @param epoch the patient's present epoch, else ConsentEpochStale
    function revokePresentedBySignature(address patient, uint32 epoch, uint8 number, bytes calldata signature) external;

    // ------------------------------------------------------------------ answers

    /// @notice Does a recorded consent of the patient permit this use by this grantee now?
    /// @return why not, or Permitted
    /// @dev Warning: asks about the consent alone. Whether the caller speaks for the grantee, and whether the grantee is
    ///      still accredited, `decide` answers; a contract that has asked Participants already may use this.
    function check(address patient, uint32 grantee, bytes32 scope, Use calldata use)
        external
        view
        returns (ConsentStatus);

    /// @notice The access decision: may this key use the patient's data so, now? Checks that the key speaks for an
    ///         organisation in standing, then its consent; for break the glass, its open emergency access.
    /// @return status why not, or Permitted
    /// @return grantee the organisation for which the key speaks, 0 if none in standing
    function decide(address operator, address patient, bytes32 scope, Use calldata use)
        external
        view
        returns (ConsentStatus status, uint32 grantee);

    /// @notice Does a presented consent permit this use by its grantee now?
    /// @dev Warning: as `check`, asks about the consent alone. Anyone who has seen it can present it, so a caller must make
    ///      sure that whoever presents it speaks for its grantee.
    function verifyPresented(PresentedConsent calldata presented, Use calldata use)
        external
        view
        returns (ConsentStatus);

    /// @notice The recorded word, zero if there never was one. Not whether it permits anything: see `check`.
    function termsOf(address patient, uint32 grantee, bytes32 scope) external view returns (uint256 terms);

    /// @notice The patient's present epoch.
    function epochOf(address patient) external view returns (uint32);

    /// @return whether a presented consent of the patient's present epoch is revoked
    function isPresentedRevoked(address patient, uint8 number) external view returns (bool);

    // ------------------------------------------------------------------ governance

    /// @notice Stops what others submit for patients, and new emergency access. Guardian only. What stays possible:
    ///         every revocation, and whatever a patient does in a transaction of its own.
    function pauseRelaying() external;

    /// @notice Ends the pause. Guardian only.
    function resumeRelaying() external;

    function relayingPaused() external view returns (bool);
}
