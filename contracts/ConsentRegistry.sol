// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {Representation} from "./consent/Representation.sol";
import {ConsentMessages} from "./libraries/ConsentMessages.sol";
import {ConsentTerms, ConsentTermsLibrary} from "./types/ConsentTerms.sol";
import {DataCategories} from "./types/DataCategories.sol";
import {PatientState, PatientStateLibrary} from "./types/PatientState.sol";
import {PurposeOfUse} from "./types/PurposeOfUse.sol";

/// @title ConsentRegistry
/// @notice Who may use which of a patient's data, for which purpose, until when.
///
///         Trusts: the patient's key and those it appoints (`Representation`); Participants for who speaks for an
///         organisation; nobody else. No role of the governance can grant, widen or read anything.
///         Stopped by: the guardian of the AccessManager can pause what others submit for patients and what widens:
///         signed grants, appointments, recovery plans and approvals, presented consents, new emergency access. What
///         never stops: every revocation, every answer about what is recorded, and a patient's own transactions. The
///         exact list is in `IConsentRegistry`.
///         Immutable: no proxy. A later version is another deployment, and its signatures are for another domain.
///         Several calls that belong together, such as what one consent document withdraws and grants, go into one
///         transaction by `multicall`: all of them or none.
contract ConsentRegistry is IConsentRegistry, Representation, AccessManaged, Multicallable {
    /// @inheritdoc IConsentRegistry
    uint256 public constant SIGNATURE_LIFETIME = 30 days;

    /// @inheritdoc IConsentRegistry
    IParticipants public immutable participants;

    /// @inheritdoc IConsentRegistry
    bool public relayingPaused; // shares its slot with the authority

    /// @dev One word. Zero: never granted. Only a stamp: revoked. A struct, so that its place is computed once.
    struct Consent {
        ConsentTerms terms;
    }

    /// @dev State and consents side by side: one hash less on the way to both.
    struct Patient {
        PatientState state;
        mapping(uint32 grantee => mapping(bytes32 scope => Consent)) consents;
    }

    mapping(address patient => Patient) private _patients;

    /// @param authority the AccessManager that names the guardian
    /// @param participants_ the register of accredited organisations
    constructor(address authority, IParticipants participants_) AccessManaged(authority) {
        participants = participants_;
    }

    // ------------------------------------------------------------------ the patient consents

    /// @inheritdoc IConsentRegistry
    function grant(uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external {
        _grantNow(msg.sender, grantee, scope, ConsentTerms.wrap(terms), document);
    }

    /// @inheritdoc IConsentRegistry
    function grantFor(address patient, uint32 grantee, bytes32 scope, uint256 terms, bytes32 document) external {
        if (!_isRepresentative(patient, msg.sender)) revert RepresentativeUnknown(patient, msg.sender);
        _grantNow(patient, grantee, scope, ConsentTerms.wrap(terms), document);
    }

    /// @inheritdoc IConsentRegistry
    function grantBySignature(SignedGrant calldata signedGrant) external {
        _requireNotPaused();
        _grantSigned(signedGrant);
    }

    /// @inheritdoc IConsentRegistry
    function grantBatch(SignedGrant[] calldata signedGrants) external {
        _requireNotPaused();
        for (uint256 i = 0; i < signedGrants.length; ++i) {
            _grantSigned(signedGrants[i]);
        }
    }

    // ------------------------------------------------------------------ the patient withdraws; nothing stops this

    /// @inheritdoc IConsentRegistry
    function revoke(uint32 grantee, bytes32 scope) external {
        _revokeNow(msg.sender, grantee, scope);
    }

    /// @inheritdoc IConsentRegistry
    function revokeFor(address patient, uint32 grantee, bytes32 scope) external {
        _requireMayNarrow(patient, msg.sender);
        _revokeNow(patient, grantee, scope);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBySignature(SignedRevocation calldata signedRevocation) external {
        _revokeSigned(signedRevocation);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBatch(SignedRevocation[] calldata signedRevocations) external {
        for (uint256 i = 0; i < signedRevocations.length; ++i) {
            _revokeSigned(signedRevocations[i]);
        }
    }

    /// @inheritdoc IConsentRegistry
    function revokeAll() external {
        _revokeAll(msg.sender, uint32(block.timestamp));
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllFor(address patient) external {
        _requireMayNarrow(patient, msg.sender);
        _revokeAll(patient, uint32(block.timestamp));
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllBySignature(address patient, uint32 signedAt, bytes calldata signature) external {
        uint32 current = _patients[patient].state.revokedAllAt();
        if (current >= signedAt) return; // as good as done
        _requireLater(patient, signedAt, current);
        _requireSigner(patient, ConsentMessages.revokeAll(patient, signedAt), signature);
        _revokeAll(patient, signedAt);
    }

    /// @inheritdoc IConsentRegistry
    function revokePresented(uint8 number) external {
        _revokePresented(msg.sender, number);
    }

    /// @inheritdoc IConsentRegistry
    function revokePresentedFor(address patient, uint8 number) external {
        _requireMayNarrow(patient, msg.sender);
        _revokePresented(patient, number);
    }

    /// @inheritdoc IConsentRegistry
    function revokePresentedBySignature(
        address patient,
        uint32 revokedAllAt_,
        uint8 number,
        bytes calldata signature
    ) external {
        uint32 current = _patients[patient].state.revokedAllAt();
        if (revokedAllAt_ != current) revert PresentedConsentsVoid(patient, revokedAllAt_, current);
        _requireSigner(patient, ConsentMessages.revokePresented(patient, revokedAllAt_, number), signature);
        _revokePresented(patient, number);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IConsentRegistry
    function checkRecorded(
        address patient,
        uint32 grantee,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) public view returns (ConsentStatus) {
        Patient storage record = _patients[patient];
        ConsentTerms terms = record.consents[grantee][scope].terms;
        PatientState state = record.state;
        // A word that is zero has no stamp later than anything: the rare answers share one test.
        if (terms.stamp() <= state.revokedAllAt() || (state.keyRetired() && terms.byPatient())) {
            return ConsentTerms.unwrap(terms) == 0 ? ConsentStatus.NotGranted : ConsentStatus.Revoked;
        }
        return _evaluate(terms, purpose, categories, dataFrom, dataTo);
    }

    /// @inheritdoc IConsentRegistry
    function decide(
        address operator,
        address patient,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus status, uint32 grantee) {
        IParticipants.Standing standing;
        (standing, grantee) = participants.standingOfOperator(operator, 0);
        if (standing != IParticipants.Standing.Good) return (ConsentStatus.GranteeNotInStanding, 0);
        status = checkRecorded(patient, grantee, scope, purpose, categories, dataFrom, dataTo);
    }

    /// @inheritdoc IConsentRegistry
    function checkPresented(
        PresentedConsent calldata presented,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (ConsentStatus) {
        if (relayingPaused) return ConsentStatus.Paused;
        address patient = presented.patient;
        uint8 number = presented.number;
        ConsentTerms terms = ConsentTerms.wrap(presented.terms);
        PatientState state = _patients[patient].state;
        if (number >= PatientStateLibrary.PRESENTED_MAX) return ConsentStatus.NotGranted;
        if (terms.stamp() != state.revokedAllAt() || state.presentedRevoked(number)) return ConsentStatus.Revoked;
        bytes32 message = ConsentMessages.presentedConsent(
            patient, presented.grantee, presented.scope, terms, presented.document, number
        );
        (bool valid, address signer) = _signer(patient, message, presented.signature);
        if (!valid || (signer == patient && state.keyRetired())) return ConsentStatus.SignatureInvalid;
        return _evaluate(terms, purpose, categories, dataFrom, dataTo);
    }

    /// @inheritdoc IConsentRegistry
    function termsOf(address patient, uint32 grantee, bytes32 scope) external view returns (uint256) {
        return ConsentTerms.unwrap(_patients[patient].consents[grantee][scope].terms);
    }

    /// @inheritdoc IConsentRegistry
    function revokedAllAt(address patient) external view returns (uint32) {
        return _patients[patient].state.revokedAllAt();
    }

    /// @inheritdoc IConsentRegistry
    function isPresentedRevoked(address patient, uint8 number) external view returns (bool) {
        _requirePresentedNumber(number);
        return _patients[patient].state.presentedRevoked(number);
    }

    // ------------------------------------------------------------------ governance

    /// @inheritdoc IConsentRegistry
    function pauseRelaying() external restricted {
        relayingPaused = true;
        emit RelayingPaused(msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function resumeRelaying() external restricted {
        relayingPaused = false;
        emit RelayingResumed(msg.sender);
    }

    // ------------------------------------------------------------------ internals

    /// @dev For whoever stands before us in its own transaction: the registry stamps the terms.
    function _grantNow(address patient, uint32 grantee, bytes32 scope, ConsentTerms terms, bytes32 document) private {
        if (terms.stamp() != 0) revert ConsentTermsInvalid(ConsentTerms.unwrap(terms));
        _requireGrantable(grantee, terms);
        PatientState state = _patients[patient].state;
        if (block.timestamp <= state.revokedAllAt()) {
            revert ConsentStampStale(patient, block.timestamp, state.revokedAllAt());
        }
        terms = terms.stamped(uint32(block.timestamp));
        if (msg.sender == patient) {
            if (state.keyRetired()) revert PatientKeyRetired(patient);
            terms = terms.givenByPatient();
        }
        _patients[patient].consents[grantee][scope].terms = terms;
        emit ConsentGranted(patient, grantee, scope, ConsentTerms.unwrap(terms), document);
    }

    /// @dev For whoever signed: the stamp is part of what was signed. Fields are read once, and the patient's state not at
    ///      all: what a "revoke all" or a retired key makes of it, `checkRecorded` decides from the stamp and byPatient.
    function _grantSigned(SignedGrant calldata signed) private {
        address patient = signed.patient;
        uint32 grantee = signed.grantee;
        bytes32 scope = signed.scope;
        bytes32 document = signed.document;
        ConsentTerms terms = ConsentTerms.wrap(signed.terms);
        uint256 stamp = terms.stamp();
        if (block.timestamp > stamp + SIGNATURE_LIFETIME) revert SignatureExpired(stamp, block.timestamp);
        _requireGrantable(grantee, terms);
        Consent storage consent = _patients[patient].consents[grantee][scope];
        _requireLater(patient, stamp, consent.terms.stamp());
        address signer = _requireSigner(
            patient, ConsentMessages.consent(patient, grantee, scope, terms, document), signed.signature
        );
        if (signer == patient) terms = terms.givenByPatient();
        consent.terms = terms;
        emit ConsentGranted(patient, grantee, scope, ConsentTerms.unwrap(terms), document);
    }

    function _requireGrantable(uint32 grantee, ConsentTerms terms) private view {
        if (grantee == 0) revert ConsentGranteeZero();
        if (!_isWellFormed(terms)) revert ConsentTermsInvalid(ConsentTerms.unwrap(terms));
        if (terms.notAfter() <= block.timestamp) revert ConsentPeriodEnded(terms.notAfter(), block.timestamp);
    }

    function _revokeNow(address patient, uint32 grantee, bytes32 scope) private {
        uint32 stamp = uint32(block.timestamp);
        _patients[patient].consents[grantee][scope].terms = ConsentTermsLibrary.revoked(stamp);
        emit ConsentRevoked(patient, grantee, scope, stamp);
    }

    function _revokeSigned(SignedRevocation calldata signed) private {
        address patient = signed.patient;
        uint32 signedAt = signed.signedAt;
        Consent storage consent = _patients[patient].consents[signed.grantee][signed.scope];
        ConsentTerms recorded = consent.terms;
        // Revoked already, as when somebody took this one out of a bundle and submitted it first: the rest must not fail.
        if (recorded.isRevoked() && recorded.stamp() >= signedAt) return;
        // What was given in the very second is revoked too, or a grant that is withheld and then runs ahead would bar it.
        if (signedAt != recorded.stamp()) _requireLater(patient, signedAt, recorded.stamp());
        bytes32 message = ConsentMessages.revocation(patient, signed.grantee, signed.scope, signedAt);
        _requireSigner(patient, message, signed.signature);
        consent.terms = ConsentTermsLibrary.revoked(signedAt);
        emit ConsentRevoked(patient, signed.grantee, signed.scope, signedAt);
    }

    function _revokeAll(address patient, uint32 revokedAllAt_) private {
        PatientState state = _patients[patient].state;
        // In the same second as the last one the stamp stays: then the presented consents that name it fall one by one.
        // Two stamps are compared, not a stamp and the clock.
        // slither-disable-next-line incorrect-equality
        _patients[patient].state = state.revokedAllAt() == revokedAllAt_
            ? state.withAllPresentedRevoked()
            : state.withRevokedAllAt(revokedAllAt_);
        emit AllConsentsRevoked(patient, revokedAllAt_);
    }

    function _revokePresented(address patient, uint8 number) private {
        _requirePresentedNumber(number);
        PatientState state = _patients[patient].state.withPresentedRevoked(number);
        _patients[patient].state = state;
        emit PresentedConsentRevoked(patient, state.revokedAllAt(), number);
    }

    function _evaluate(
        ConsentTerms terms,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) private view returns (ConsentStatus) {
        if (block.timestamp >= terms.notAfter()) {
            return terms.isRevoked() ? ConsentStatus.Revoked : ConsentStatus.Expired;
        }
        if (block.timestamp < terms.notBefore()) return ConsentStatus.NotYetValid;
        if (!PurposeOfUse.covers(terms.purposes(), purpose)) return ConsentStatus.PurposeNotCovered;
        if (!DataCategories.covers(terms.categories(), categories)) return ConsentStatus.CategoryNotCovered;
        if (dataFrom < terms.dataFrom() || dataTo > terms.dataTo()) return ConsentStatus.OutsideDataPeriod;
        if (!DataCategories.isDescriptive(categories) || dataFrom > dataTo) return ConsentStatus.UseInvalid;
        return ConsentStatus.Permitted;
    }

    function _isWellFormed(ConsentTerms terms) private pure returns (bool) {
        uint256 purposes = terms.purposesField();
        return purposes != 0 && purposes & ~uint256(PurposeOfUse.GRANTABLE) == 0
            && DataCategories.isDescriptive(terms.categories()) && terms.notBefore() < terms.notAfter()
            && terms.dataFrom() <= terms.dataTo();
    }

    /// @dev A stamp counts if it is later than what it overtakes, and not still to come: one from the future would outlive
    ///      the next revocation.
    function _requireLater(address patient, uint256 stamp, uint256 recorded) private view {
        if (stamp <= recorded) revert ConsentStampStale(patient, stamp, recorded);
        if (stamp > block.timestamp) revert ConsentStampFuture(patient, stamp, block.timestamp);
    }

    function _requirePresentedNumber(uint8 number) private pure {
        if (number >= PatientStateLibrary.PRESENTED_MAX) revert PresentedNumberInvalid(number);
    }

    function _requireNotPaused() internal view override {
        if (relayingPaused) revert RelayingIsPaused();
    }

    function _patientState(address patient) internal view override returns (PatientState) {
        return _patients[patient].state;
    }

    function _retireKey(address patient) internal override {
        _patients[patient].state = _patients[patient].state.withKeyRetired();
    }

    /// @dev The EIP-712 domain; chain and address complete it.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Carechain ConsentRegistry", "1");
    }
}
