// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "solady/utils/ECDSA.sol";
import {EIP712} from "solady/utils/EIP712.sol";
import {SignatureCheckerLib} from "solady/utils/SignatureCheckerLib.sol";

import {IRepresentation} from "../../interfaces/IRepresentation.sol";
import {ConsentMessages} from "../libraries/ConsentMessages.sol";
import {PatientState} from "../types/PatientState.sol";

/// @title Representation
/// @notice Who may act for a patient: the patient, representatives until a date, and a recovered key.
///
///         Trusts: the patient's own key; representatives for what they are appointed for; as many guardians as the
///         plan's threshold. Guardians who reach the threshold can take a patient over unless the patient
///         cancels within the delay; and whoever holds the patient's key can cancel every recovery, so recovery helps
///         against a lost key, not a stolen one.
///         Whom a lost key had appointed stays appointed after a recovery; the recovered key dismisses them.
///         Stopped by: a pause of the registry, as far as others submit what widens (appointing, planning and approving by
///         signature); the patient's own transactions, dismissing and cancelling by nothing.
abstract contract Representation is IRepresentation, EIP712 {
    uint256 private constant GUARDIANS_MAX = 16;
    uint32 private constant DELAY_MIN = 1 days;
    uint32 private constant DELAY_MAX = 90 days;

    /// @dev One approved or half-approved recovery, under one version of the plan.
    struct Recovery {
        uint8 approvals;
        uint40 readyAt;
    }

    mapping(address patient => mapping(address representative => Representative)) private _representatives;
    mapping(address patient => RecoveryPlan) private _plans;
    /// @dev The version of the plan under which an address was named guardian; it is one while that version's set is in force.
    mapping(address patient => mapping(address guardian => uint32)) private _guardianSets;
    mapping(address patient => uint32) private _guardianSetInForce;
    mapping(address patient => mapping(uint32 version => mapping(address newKey => Recovery))) private _recoveries;
    mapping(
        address patient => mapping(uint32 version => mapping(address newKey => mapping(address guardian => bool)))
    ) private _approved;

    // ------------------------------------------------------------------ representatives

    /// @inheritdoc IRepresentation
    function appointRepresentative(address representative, RepresentativeKind kind, uint40 until) external {
        _requireController(msg.sender, msg.sender);
        _appoint(msg.sender, representative, kind, until);
    }

    /// @inheritdoc IRepresentation
    function appointRepresentativeBySignature(
        address patient,
        address representative,
        RepresentativeKind kind,
        uint40 until,
        uint32 version,
        bytes calldata signature
    ) external {
        _requireNotPaused();
        _requireNextVersion(patient, version, _representatives[patient][representative].version);
        bytes32 message = ConsentMessages.appointRepresentative(patient, representative, kind, until, version);
        _requireController(patient, _requireSigner(patient, message, signature));
        _appoint(patient, representative, kind, until);
    }

    /// @inheritdoc IRepresentation
    function dismissRepresentative(address patient, address representative) external {
        if (msg.sender != representative) {
            _requireController(patient, msg.sender);
        } else if (!_isRepresentative(patient, representative)) {
            revert RepresentativeUnknown(patient, representative);
        }
        _dismiss(patient, representative);
    }

    /// @inheritdoc IRepresentation
    function dismissRepresentativeBySignature(
        address patient,
        address representative,
        uint32 version,
        bytes calldata signature
    ) external {
        _requireNextVersion(patient, version, _representatives[patient][representative].version);
        bytes32 message = ConsentMessages.dismissRepresentative(patient, representative, version);
        _requireController(patient, _requireSigner(patient, message, signature));
        _dismiss(patient, representative);
    }

    // ------------------------------------------------------------------ recovery of a lost key

    /// @inheritdoc IRepresentation
    function planRecovery(address patient, address[] calldata guardians, uint8 threshold, uint32 delay) external {
        _requireController(patient, msg.sender);
        _plan(patient, guardians, threshold, delay);
    }

    /// @inheritdoc IRepresentation
    function planRecoveryBySignature(
        address patient,
        address[] calldata guardians,
        uint8 threshold,
        uint32 delay,
        uint32 version,
        bytes calldata signature
    ) external {
        _requireNotPaused();
        _requireNextVersion(patient, version, _plans[patient].version);
        bytes32 message = ConsentMessages.planRecovery(patient, guardians, threshold, delay, version);
        _requireController(patient, _requireSigner(patient, message, signature));
        _plan(patient, guardians, threshold, delay);
    }

    /// @inheritdoc IRepresentation
    function approveRecovery(address patient, address newKey) external {
        _approve(patient, newKey, msg.sender);
    }

    /// @inheritdoc IRepresentation
    function approveRecoveryBySignature(
        address patient,
        address newKey,
        address guardian,
        bytes calldata signature
    ) external {
        _requireNotPaused();
        bytes32 digest = _hashTypedData(ConsentMessages.approveRecovery(patient, newKey, _plans[patient].version));
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(guardian, digest, signature)) {
            revert SignatureInvalid(guardian, ECDSA.tryRecoverCalldata(digest, signature));
        }
        _approve(patient, newKey, guardian);
    }

    /// @inheritdoc IRepresentation
    function cancelRecovery(address patient) external {
        _requireController(patient, msg.sender);
        _cancel(patient);
    }

    /// @inheritdoc IRepresentation
    function cancelRecoveryBySignature(address patient, uint32 version, bytes calldata signature) external {
        _requireNextVersion(patient, version, _plans[patient].version);
        bytes32 message = ConsentMessages.cancelRecovery(patient, version);
        _requireController(patient, _requireSigner(patient, message, signature));
        _cancel(patient);
    }

    /// @inheritdoc IRepresentation
    function finishRecovery(address patient, address newKey) external {
        RecoveryPlan storage plan = _plans[patient];
        uint40 readyAt = _recoveries[patient][plan.version][newKey].readyAt;
        // Zero is "not approved", never a time.
        // slither-disable-next-line incorrect-equality
        if (readyAt == 0 || block.timestamp < readyAt) revert RecoveryNotReady(patient, newKey, readyAt);
        address replaced = plan.recoveredKey;
        if (replaced != address(0)) _endRepresentation(patient, replaced);
        plan.version += 1; // what else was approved is void
        plan.recoveredKey = newKey;
        _retireKey(patient);
        Representative storage recovered = _representatives[patient][newKey];
        recovered.until = type(uint40).max;
        recovered.kind = RepresentativeKind.RecoveredKey;
        recovered.version += 1;
        emit KeyRecovered(patient, newKey, plan.version);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IRepresentation
    function mayActFor(address patient, address actor) external view returns (bool) {
        return actor == patient ? !_patientState(patient).keyRetired() : _isRepresentative(patient, actor);
    }

    /// @inheritdoc IRepresentation
    function representativeOf(address patient, address representative) external view returns (Representative memory) {
        return _representatives[patient][representative];
    }

    /// @inheritdoc IRepresentation
    function recoveryPlanOf(address patient) external view returns (RecoveryPlan memory) {
        return _plans[patient];
    }

    /// @inheritdoc IRepresentation
    function isRecoveryGuardian(address patient, address guardian) public view returns (bool) {
        uint32 inForce = _guardianSetInForce[patient];
        return inForce != 0 && _guardianSets[patient][guardian] == inForce;
    }

    /// @inheritdoc IRepresentation
    function recoveryOf(address patient, address newKey) external view returns (uint8 approvals, uint40 readyAt) {
        Recovery memory recovery = _recoveries[patient][_plans[patient].version][newKey];
        return (recovery.approvals, recovery.readyAt);
    }

    // ------------------------------------------------------------------ internals shared with the registry

    function _isRepresentative(address patient, address actor) internal view returns (bool) {
        return block.timestamp < _representatives[patient][actor].until;
    }

    /// @return whether the actor may withdraw: the patient, whatever befell its key, or a representative
    function _mayNarrow(address patient, address actor) internal view returns (bool) {
        return actor == patient || _isRepresentative(patient, actor);
    }

    function _requireMayNarrow(address patient, address actor) internal view {
        if (!_mayNarrow(patient, actor)) revert RepresentativeUnknown(patient, actor);
    }

    /// @dev Reverts with SignatureInvalid unless somebody who may act for the patient signed.
    function _requireSigner(
        address patient,
        bytes32 message,
        bytes calldata signature
    ) internal view returns (address signer) {
        bool valid;
        (valid, signer) = _signer(patient, message, signature);
        if (!valid) revert SignatureInvalid(patient, signer);
    }

    /// @return valid whether the patient (its key, or by ERC-1271 its contract) or a present representative signed
    /// @return signer who did; if not valid, whose signature it is, if anybody's
    /// @dev The key is tried first: it saves looking for code at an address that has none, and an account that delegates
    ///      its code (EIP-7702) signs as it always did.
    function _signer(
        address patient,
        bytes32 message,
        bytes calldata signature
    ) internal view returns (bool valid, address signer) {
        bytes32 digest = _hashTypedData(message);
        signer = ECDSA.tryRecoverCalldata(digest, signature);
        valid = signer == patient && signer != address(0);
        if (!valid) return _signerWithoutKey(patient, digest, signature, signer);
    }

    function _signerWithoutKey(
        address patient,
        bytes32 digest,
        bytes calldata signature,
        address recovered
    ) private view returns (bool valid, address signer) {
        if (recovered != address(0) && _isRepresentative(patient, recovered)) {
            return (true, recovered);
        }
        if (SignatureCheckerLib.isValidERC1271SignatureNowCalldata(patient, digest, signature)) return (true, patient);
        return (false, recovered);
    }

    // ------------------------------------------------------------------ internals that the registry fills in

    function _patientState(address patient) internal view virtual returns (PatientState);

    function _retireKey(address patient) internal virtual;

    /// @dev Reverts while relaying is paused.
    function _requireNotPaused() internal view virtual;

    // ------------------------------------------------------------------ internals

    /// @dev Who may appoint, plan and cancel: the patient by its own key, after a recovery by the recovered one. Never a
    ///      representative, who could otherwise prolong its own mandate.
    function _requireController(address patient, address actor) private view {
        if (actor == patient) {
            if (_patientState(patient).keyRetired()) revert PatientKeyRetired(patient);
        } else if (actor != _plans[patient].recoveredKey) {
            revert PatientOnly(patient, actor);
        }
    }

    function _requireNextVersion(address patient, uint32 given, uint32 recorded) private pure {
        if (given != recorded + 1) revert RepresentationVersionStale(patient, given, recorded);
    }

    function _appoint(address patient, address representative, RepresentativeKind kind, uint40 until) private {
        if (
            representative == address(0) || representative == patient || kind == RepresentativeKind.RecoveredKey
                || representative == _plans[patient].recoveredKey || until <= block.timestamp
        ) revert RepresentativeInvalid(representative, until, kind);
        uint32 version = _representatives[patient][representative].version + 1;
        _representatives[patient][representative] = Representative({until: until, kind: kind, version: version});
        emit RepresentativeAppointed(patient, representative, kind, until);
    }

    /// @dev Dismissing somebody who was never appointed voids an appointment that is signed and not submitted yet.
    function _dismiss(address patient, address representative) private {
        if (representative == _plans[patient].recoveredKey) {
            revert RepresentativeInvalid(representative, type(uint40).max, RepresentativeKind.RecoveredKey);
        }
        _endRepresentation(patient, representative);
    }

    function _endRepresentation(address patient, address representative) private {
        Representative storage dismissed = _representatives[patient][representative];
        dismissed.until = 0;
        dismissed.version += 1;
        emit RepresentativeDismissed(patient, representative);
    }

    function _plan(address patient, address[] calldata guardians, uint8 threshold, uint32 delay) private {
        uint256 count = guardians.length;
        bool none = count == 0 && threshold == 0;
        if (
            !none
                && (threshold == 0
                    || threshold > count
                    || count > GUARDIANS_MAX
                    || delay < DELAY_MIN
                    || delay > DELAY_MAX)
        ) revert RecoveryPlanInvalid(count, threshold, delay);
        RecoveryPlan storage plan = _plans[patient];
        uint32 version = plan.version + 1;
        plan.version = version;
        plan.guardians = uint8(count);
        plan.threshold = threshold;
        plan.delay = delay;
        _guardianSetInForce[patient] = none ? 0 : version;
        for (uint256 i = 0; i < count; ++i) {
            address guardian = guardians[i];
            if (guardian == address(0) || guardian == patient || _guardianSets[patient][guardian] == version) {
                revert RecoveryPlanInvalid(count, threshold, delay);
            }
            _guardianSets[patient][guardian] = version;
        }
        emit RecoveryPlanned(patient, guardians, threshold, delay, version);
    }

    function _approve(address patient, address newKey, address guardian) private {
        if (!isRecoveryGuardian(patient, guardian)) revert RecoveryGuardianUnknown(patient, guardian);
        RecoveryPlan memory plan = _plans[patient];
        if (newKey == address(0) || newKey == patient || newKey == plan.recoveredKey) {
            revert RecoveryKeyInvalid(newKey);
        }
        mapping(address => bool) storage approved = _approved[patient][plan.version][newKey];
        if (approved[guardian]) revert RecoveryApprovedAlready(patient, guardian);
        approved[guardian] = true;
        Recovery storage recovery = _recoveries[patient][plan.version][newKey];
        recovery.approvals += 1;
        if (recovery.approvals == plan.threshold) recovery.readyAt = uint40(block.timestamp) + plan.delay;
        emit RecoveryApproved(patient, newKey, guardian, recovery.approvals, recovery.readyAt);
    }

    function _cancel(address patient) private {
        uint32 version = _plans[patient].version + 1;
        _plans[patient].version = version;
        emit RecoveryCancelled(patient, version);
    }
}
