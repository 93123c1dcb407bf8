// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Representation: who may act for a patient
/// @notice A patient may appoint representatives until a date (a parent until the child is of age, a carer, an attorney),
///         and name guardians who together can give the patient a new key when the old one is lost. Addresses here should
///         be made for this one relationship, so that nobody is recognised by them.
interface IRepresentation {
    enum RepresentativeKind {
        Parent,
        LegalGuardian,
        Carer,
        PowerOfAttorney,
        RecoveredKey // the patient's own new key, set by a recovery, never by appointment
    }

    /// @notice A representative as recorded.
    struct Representative {
        uint40 until; // Unix seconds, exclusive; 0 if none or dismissed
        RepresentativeKind kind;
        uint32 version; // rises with every change; nonce of what is signed
    }

    /// @notice Who can recover a patient's key, and how.
    struct RecoveryPlan {
        uint8 guardians; // how many are named
        uint8 threshold; // how many must approve
        uint32 delay; // seconds between the last approval needed and the recovery
        uint32 version; // rises with every plan and every cancelled or finished recovery; nonce of what is signed
        address recoveredKey; // the key in force since the last recovery, zero before
    }

    event RepresentativeAppointed(
        address indexed patient, address indexed representative, RepresentativeKind kind, uint40 until
    );
    event RepresentativeDismissed(address indexed patient, address indexed representative);
    event RecoveryPlanned(address indexed patient, address[] guardians, uint8 threshold, uint32 delay, uint32 version);
    event RecoveryApproved(
        address indexed patient, address indexed newKey, address indexed guardian, uint8 approvals, uint40 readyAt
    );
    event RecoveryCancelled(address indexed patient, uint32 version);
    /// @notice From here the new key acts for the patient, and the patient's own key only withdraws.
    event KeyRecovered(address indexed patient, address indexed newKey, uint32 version);

    /// @notice Neither the patient, nor a representative at this moment.
    error RepresentativeUnknown(address patient, address representative);
    /// @notice Nobody, the patient itself, a past date, or a kind that cannot be appointed.
    error RepresentativeInvalid(address representative, uint40 until, RepresentativeKind kind);
    /// @notice The key was replaced by a recovery; it can withdraw, nothing else.
    error PatientKeyRetired(address patient);
    /// @notice Only the patient itself (or its recovered key) may do this, not a representative.
    error PatientOnly(address patient, address caller);
    /// @notice Signed by neither the patient nor a present representative (`recovered`: whose signature it is, if anyone's).
    error SignatureInvalid(address patient, address recovered);
    /// @notice The signature is for another state: used before, or overtaken.
    error RepresentationVersionStale(address patient, uint256 given, uint256 recorded);
    /// @notice Threshold zero or above the number of guardians, more than 16, a delay under a day or over 90 days, a guardian
    ///         named twice, zero, or the patient.
    error RecoveryPlanInvalid(uint256 guardians, uint8 threshold, uint32 delay);
    error RecoveryGuardianUnknown(address patient, address guardian);
    error RecoveryApprovedAlready(address patient, address guardian);
    error RecoveryKeyInvalid(address newKey);
    /// @notice Not approved by enough guardians, or still in its delay (`readyAt`; 0 if not approved).
    error RecoveryNotReady(address patient, address newKey, uint40 readyAt);

    // ------------------------------------------------------------------ representatives

    /// @notice The caller appoints somebody to act for it, or changes until when.
    /// @param until Unix seconds, exclusive, in the future
    function appointRepresentative(address representative, RepresentativeKind kind, uint40 until) external;

    /// @param version the representative's present version plus one, else RepresentationVersionStale
    /// @param signature of the patient or its recovered key; representatives cannot appoint others
    /// @dev Reverts while relaying is paused.
    function appointRepresentativeBySignature(
        address patient,
        address representative,
        RepresentativeKind kind,
        uint40 until,
        uint32 version,
        bytes calldata signature
    ) external;

    /// @notice Ends a representation. The caller is the representative, who may resign, or the patient (or its recovered
    ///         key), who may also dismiss somebody not appointed yet: that voids an appointment signed and not submitted.
    ///         The recovered key is no appointment: only another recovery ends it.
    function dismissRepresentative(address patient, address representative) external;

    /// @param version the representative's present version plus one, else RepresentationVersionStale
    function dismissRepresentativeBySignature(
        address patient,
        address representative,
        uint32 version,
        bytes calldata signature
    ) external;

    // ------------------------------------------------------------------ recovery of a lost key

    /// @notice The patient (or its recovered key) names the guardians; an earlier plan and what they approved is void. None and
    ///         threshold 0 end recovery.
    /// @param guardians at most 16
    /// @param delay seconds, 1 to 90 days
    function planRecovery(address patient, address[] calldata guardians, uint8 threshold, uint32 delay) external;

    /// @param version the plan's present version plus one, else RepresentationVersionStale
    /// @dev Reverts while relaying is paused.
    function planRecoveryBySignature(
        address patient,
        address[] calldata guardians,
        uint8 threshold,
        uint32 delay,
        uint32 version,
        bytes calldata signature
    ) external;

    /// @notice A guardian approves a new key. The approval that reaches the threshold starts the delay.
    function approveRecovery(address patient, address newKey) external;

    /// @notice The same, submitted by somebody else; the signature names the plan's version. Reverts while relaying is paused.
    function approveRecoveryBySignature(
        address patient,
        address newKey,
        address guardian,
        bytes calldata signature
    ) external;

    /// @notice The patient (or its recovered key) cancels every recovery under way.
    function cancelRecovery(address patient) external;

    /// @param version the plan's present version plus one, else RepresentationVersionStale
    function cancelRecoveryBySignature(address patient, uint32 version, bytes calldata signature) external;

    /// @notice Puts an approved key in force after the delay; anyone may.
    function finishRecovery(address patient, address newKey) external;

    // ------------------------------------------------------------------ answers

    /// @notice May this address widen access to the patient's data now?
    function mayActFor(address patient, address actor) external view returns (bool);

    function representativeOf(address patient, address representative) external view returns (Representative memory);

    function recoveryPlanOf(address patient) external view returns (RecoveryPlan memory);

    function isRecoveryGuardian(address patient, address guardian) external view returns (bool);

    /// @return approvals so far under the present plan
    /// @return readyAt Unix seconds from which it can be finished; 0 until enough have approved
    function recoveryOf(address patient, address newKey) external view returns (uint8 approvals, uint40 readyAt);
}
