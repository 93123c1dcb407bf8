// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IEmergencyAccess} from "../interfaces/IEmergencyAccess.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {DataCategories} from "./types/DataCategories.sol";
import {Roles} from "./types/Roles.sol";

/// @title EmergencyAccess
/// @notice Break the glass: access without consent, for a day at most, in full sight, and reviewed by somebody else.
///
///         Trusts: Participants to know providers and reviewers; the registry to know who acts for a patient.
///         Stopped by: a pause of the registry (opening), the provider's suspension (opening, and using what is
///         open); ending and reviewing by nothing.
///         Immutable: no proxy. A later version is another deployment.
/// @dev Warning: any provider in standing can open access to any patient whose address it knows; what holds it back
///      is that it is seen, counted and reviewed.
contract EmergencyAccess is IEmergencyAccess {
    uint32 internal constant REVIEWERS = Roles.AUDITOR | Roles.ETHICS_BOARD | Roles.REGULATOR;
    uint32 private constant DURATION_MAX = 1 days;
    uint32 private constant BAR = 1 days;

    /// @notice Knows providers and reviewers.
    IParticipants public immutable participants;
    /// @notice Knows who acts for a patient, and whether a pause is on.
    IConsentRegistry public immutable consents;

    /// @inheritdoc IEmergencyAccess
    uint256 public emergencyCount;

    /// @inheritdoc IEmergencyAccess
    mapping(uint32 provider => uint32) public unreviewedEmergencies;

    mapping(uint256 emergency => Emergency) private _emergencies;
    /// @dev The last emergency that a provider opened for a patient.
    mapping(address patient => mapping(uint32 provider => uint256)) private _latest;

    /// @param participants_ knows providers and reviewers
    /// @param consents_ knows who acts for a patient, and whether a pause is on
    constructor(IParticipants participants_, IConsentRegistry consents_) {
        participants = participants_;
        consents = consents_;
    }

    /// @inheritdoc IEmergencyAccess
    function openEmergency(
        address patient,
        uint64 categories,
        EmergencyReason reason,
        uint32 duration,
        bytes32 justification
    ) external returns (uint256 emergency) {
        if (consents.relayingPaused()) revert EmergencyOpeningPaused();
        uint32 provider = participants.requireOperator(msg.sender, Roles.PROVIDER);
        if (patient == address(0)) revert EmergencyPatientZero();
        if (!DataCategories.isDescriptive(categories)) revert EmergencyCategoriesInvalid(categories);
        if (duration == 0 || duration > DURATION_MAX) revert EmergencyDurationInvalid(duration);
        uint256 earlier = _latest[patient][provider];
        uint40 openUntil = _emergencies[earlier].until;
        if (block.timestamp < openUntil) revert EmergencyOpenAlready(earlier, openUntil);
        uint40 barredUntil = _emergencies[earlier].barredUntil;
        if (block.timestamp < barredUntil) revert EmergencyBarred(earlier, barredUntil);

        emergency = ++emergencyCount;
        uint40 until = uint40(block.timestamp) + duration;
        Emergency storage opened = _emergencies[emergency];
        opened.patient = patient;
        opened.provider = provider;
        opened.openedAt = uint40(block.timestamp);
        opened.reason = reason;
        opened.until = until;
        opened.categories = categories;
        opened.justification = justification;
        _latest[patient][provider] = emergency;
        unreviewedEmergencies[provider] += 1;
        emit EmergencyOpened(emergency, patient, provider, reason, categories, until, justification, msg.sender);
    }

    /// @inheritdoc IEmergencyAccess
    function endEmergency(uint256 emergency) external {
        Emergency storage open = _requireEmergency(emergency);
        // In standing or not: ending an access only narrows.
        // slither-disable-next-line unused-return
        (, uint32 organisation) = participants.standingOfOperator(msg.sender, 0);
        bool forPatient = _mayEndFor(open.patient, msg.sender);
        if (organisation != open.provider && !forPatient) revert EmergencyEndNotAllowed(emergency, msg.sender);
        if (block.timestamp >= open.until) revert EmergencyOver(emergency, open.until);
        open.until = uint40(block.timestamp);
        if (forPatient) open.barredUntil = uint40(block.timestamp) + BAR;
        emit EmergencyEnded(emergency, open.patient, msg.sender);
    }

    /// @inheritdoc IEmergencyAccess
    function reviewEmergency(uint256 emergency, EmergencyState outcome, bytes32 report) external {
        Emergency storage reviewed = _requireEmergency(emergency);
        uint32 reviewer = participants.requireOperator(msg.sender, REVIEWERS);
        if (reviewer == reviewed.provider) revert EmergencyReviewOwn(emergency, reviewer);
        if (outcome == EmergencyState.Unreviewed) revert EmergencyOutcomeInvalid(outcome);
        if (reviewed.state != EmergencyState.Unreviewed) revert EmergencyReviewedAlready(emergency, reviewed.state);
        reviewed.state = outcome;
        reviewed.reviewer = reviewer;
        reviewed.reviewedAt = uint40(block.timestamp);
        unreviewedEmergencies[reviewed.provider] -= 1;
        if (outcome == EmergencyState.Unjustified) {
            // On the provider's latest access to the patient, whichever was judged: that is where opening looks.
            _emergencies[_latest[reviewed.patient][reviewed.provider]].barredUntil = uint40(block.timestamp) + BAR;
        }
        bool ends = outcome == EmergencyState.Unjustified && block.timestamp < reviewed.until;
        if (ends) reviewed.until = uint40(block.timestamp);
        emit EmergencyReviewed(emergency, reviewed.patient, reviewer, outcome, report, msg.sender);
        if (ends) emit EmergencyEnded(emergency, reviewed.patient, msg.sender);
    }

    /// @inheritdoc IEmergencyAccess
    function decide(
        address operator,
        address patient,
        uint64 categories
    ) external view returns (bool permitted, uint32 provider) {
        IParticipants.Standing standing;
        (standing, provider) = participants.standingOfOperator(operator, Roles.PROVIDER);
        if (standing != IParticipants.Standing.Good) return (false, 0);
        permitted = isEmergencyOpen(patient, provider, categories);
    }

    /// @inheritdoc IEmergencyAccess
    function isEmergencyOpen(address patient, uint32 provider, uint64 categories) public view returns (bool) {
        Emergency storage latest = _emergencies[_latest[patient][provider]];
        return block.timestamp < latest.until && DataCategories.isDescriptive(categories)
            && DataCategories.covers(latest.categories, categories);
    }

    /// @inheritdoc IEmergencyAccess
    function emergencyOf(uint256 emergency) external view returns (Emergency memory) {
        return _requireEmergency(emergency);
    }

    /// @dev The patient's own key ends an access even when it is retired: nothing keeps a patient from withdrawing.
    function _mayEndFor(address patient, address actor) private view returns (bool) {
        return actor == patient || consents.mayActFor(patient, actor);
    }

    function _requireEmergency(uint256 emergency) private view returns (Emergency storage) {
        if (emergency == 0 || emergency > emergencyCount) revert EmergencyUnknown(emergency);
        return _emergencies[emergency];
    }
}
