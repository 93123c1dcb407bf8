// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Representation: who may act for a patient
/// @notice A patient may appoint representatives until a date (a parent until the child is of age, a carer, an
///         attorney), and name guardians who together can give the patient a new key when the old one is lost.
///         Addresses here should be made for this one relationship, so that nobody is recognised by them.
///
///         A representative may grant and withdraw consents for the patient, and end emergency access; it may not
///         appoint others, plan recoveries or cancel them. What it granted on record outlives the representation
///         until it is revoked or ends; what it signed to be presented, or to be submitted later, counts only while
///         it is a representative.
///
///         After a recovery the patient's own key is retired: every consent that it gave, recorded or presented,
///         permits nothing, and it grants, appoints and plans nothing more. It may still withdraw. The recovered key
///         acts in its place, without end: only another recovery ends it.
///
///         A pause of relaying stops three functions here: `appointRepresentativeBySignature`,
///         `planRecoveryBySignature` and `approveRecoveryBySignature` revert with RelayingIsPaused
///         (IConsentRegistry).
interface IRepresentation {
    /// @dev Why somebody acts for a patient. It is for the record: all kinds have the same powers, but for
    ///      RecoveredKey.
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
        RepresentativeKind kind; // for the record
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

    /// @notice A representative was appointed, or its kind or end was changed.
    /// @param until Unix seconds, exclusive
    event RepresentativeAppointed(
        address indexed patient, address indexed representative, RepresentativeKind kind, uint40 until
    );
    /// @notice A representation ended by dismissal, resignation or another recovery, or an appointment that was
    ///         signed and not yet submitted was voided.
    event RepresentativeDismissed(address indexed patient, address indexed representative);
    /// @notice A patient named its recovery guardians, or ended recovery (no guardians). What was approved before is
    ///         void.
    /// @param delay seconds
    event RecoveryPlanned(address indexed patient, address[] guardians, uint8 threshold, uint32 delay, uint32 version);
    /// @notice A guardian approved a new key for a patient.
    /// @param approvals so far, this one included
    /// @param readyAt Unix seconds from which the recovery can be finished; 0 until enough have approved
    event RecoveryApproved(
        address indexed patient, address indexed newKey, address indexed guardian, uint8 approvals, uint40 readyAt
    );
    /// @notice Every recovery of the patient that was under way is void. The guardians stay named.
    /// @param version of the plan from here on
    event RecoveryCancelled(address indexed patient, uint32 version);
    /// @notice From here the new key acts for the patient. The patient's own key only withdraws, and what it granted
    ///         is void.
    /// @param version of the plan from here on
    event KeyRecovered(address indexed patient, address indexed newKey, uint32 version);

    /// @notice The address is not a representative of the patient at this moment (nor the patient, where it may be).
    error RepresentativeUnknown(address patient, address representative);
    /// @notice The representative is nobody, the patient itself or its recovered key, the date is not in the future,
    ///         or the kind cannot be appointed.
    error RepresentativeInvalid(address representative, uint40 until, RepresentativeKind kind);
    /// @notice The patient's key was replaced by a recovery: it can withdraw consents, nothing else.
    error PatientKeyRetired(address patient);
    /// @notice Only the patient itself (or its recovered key) may do this, not a representative.
    error PatientOnly(address patient, address caller);
    /// @notice The signature is not by one who may sign: the patient or a representative at present, or the guardian
    ///         named.
    /// @param patient whose signature was asked for: the patient, or for an approval the guardian
    /// @param recovered the address that the signature yields for these data; zero if it yields none
    error SignatureInvalid(address patient, address recovered);
    /// @notice What was signed is for another version: used before, or overtaken by a change.
    /// @param given version as signed
    /// @param recorded version as recorded; what is signed names the next one
    error RepresentationVersionStale(address patient, uint256 given, uint256 recorded);
    /// @notice The threshold is zero or above the number of guardians; there are more than 16; the delay is under a
    ///         day or over 90 days; or a guardian is named twice, is zero, or is the patient.
    error RecoveryPlanInvalid(uint256 guardians, uint8 threshold, uint32 delay);
    /// @notice The address is not a guardian under the patient's plan in force.
    error RecoveryGuardianUnknown(address patient, address guardian);
    /// @notice The guardian has approved this key already.
    error RecoveryApprovedAlready(address patient, address guardian);
    /// @notice The new key is zero, the patient's own, or the recovered key in force.
    error RecoveryKeyInvalid(address newKey);
    /// @notice The key is not approved by enough guardians, or still in its delay.
    /// @param readyAt Unix seconds from which it can be finished; 0 if not approved
    error RecoveryNotReady(address patient, address newKey, uint40 readyAt);

    // ------------------------------------------------------------------ representatives

    /// @notice The caller, a patient, appoints somebody to act for it, or changes its kind or end. A recovered key
    ///         appoints by signature instead. A pause does not stop this.
    /// @param kind for the record; any but RecoveredKey
    /// @param until Unix seconds, exclusive, in the future
    /// @dev Reverts with PatientKeyRetired after a recovery of the caller's key, RepresentativeInvalid if the
    ///      representative is zero, the caller or its recovered key, the kind is RecoveredKey, or until is not in the
    ///      future.
    function appointRepresentative(address representative, RepresentativeKind kind, uint40 until) external;

    /// @notice Appoints as the patient, or its recovered key, has signed; anyone may submit it.
    /// @param version the representative's present version plus one
    /// @param signature of the patient or its recovered key: 65 or 64 bytes (EIP-2098), or ERC-1271 of the patient
    /// @dev Reverts with RelayingIsPaused during a pause, RepresentationVersionStale if the version is not the next
    ///      one, SignatureInvalid if signed by nobody who acts for the patient, PatientOnly if signed by a
    ///      representative, PatientKeyRetired if signed by a retired key, RepresentativeInvalid as
    ///      `appointRepresentative`.
    function appointRepresentativeBySignature(
        address patient,
        address representative,
        RepresentativeKind kind,
        uint40 until,
        uint32 version,
        bytes calldata signature
    ) external;

    /// @notice Ends a representation. The caller is the representative, who may resign, or the patient (or its
    ///         recovered key), who may also dismiss somebody not appointed yet: that voids an appointment signed and
    ///         not submitted. Consents that the representative gave stay until they are revoked.
    /// @dev Reverts with RepresentativeUnknown if the caller resigns and is no representative at present, PatientOnly
    ///      if it is neither the representative, the patient nor its recovered key, PatientKeyRetired if it is the
    ///      patient's retired key, RepresentativeInvalid if the representative is the recovered key, which only
    ///      another recovery ends.
    function dismissRepresentative(address patient, address representative) external;

    /// @notice Dismisses as the patient, or its recovered key, has signed; anyone may submit it. A resignation cannot
    ///         be signed. A pause does not stop this.
    /// @param version the representative's present version plus one
    /// @param signature as for `appointRepresentativeBySignature`
    /// @dev Reverts with RepresentationVersionStale if the version is not the next one, SignatureInvalid if signed by
    ///      nobody who acts for the patient, PatientOnly if signed by a representative, PatientKeyRetired if signed
    ///      by a retired key, RepresentativeInvalid if the representative is the recovered key.
    function dismissRepresentativeBySignature(
        address patient,
        address representative,
        uint32 version,
        bytes calldata signature
    ) external;

    // ------------------------------------------------------------------ recovery of a lost key

    /// @notice The patient (or its recovered key) names the guardians; an earlier plan and what was approved under it
    ///         is void. No guardians and threshold 0 end recovery.
    /// @param guardians at most 16, each named once, neither zero nor the patient
    /// @param threshold how many must approve, 1 to the number of guardians
    /// @param delay seconds, 86,400 (1 day) to 7,776,000 (90 days)
    /// @dev Reverts with PatientOnly if the caller is neither the patient nor its recovered key, PatientKeyRetired if
    ///      it is the patient's retired key, RecoveryPlanInvalid if guardians, threshold or delay are out of these
    ///      ranges.
    function planRecovery(address patient, address[] calldata guardians, uint8 threshold, uint32 delay) external;

    /// @notice Plans as the patient, or its recovered key, has signed; anyone may submit it.
    /// @param guardians as for `planRecovery`
    /// @param threshold as for `planRecovery`
    /// @param delay seconds, as for `planRecovery`
    /// @param version the plan's present version plus one
    /// @param signature as for `appointRepresentativeBySignature`
    /// @dev Reverts with RelayingIsPaused during a pause, RepresentationVersionStale if the version is not the next
    ///      one, SignatureInvalid if signed by nobody who acts for the patient, PatientOnly if signed by a
    ///      representative, PatientKeyRetired if signed by a retired key, RecoveryPlanInvalid as `planRecovery`.
    function planRecoveryBySignature(
        address patient,
        address[] calldata guardians,
        uint8 threshold,
        uint32 delay,
        uint32 version,
        bytes calldata signature
    ) external;

    /// @notice The caller, a guardian, approves a new key. The approval that reaches the threshold starts the delay.
    /// @dev Reverts with RecoveryGuardianUnknown if the caller is no guardian under the plan in force,
    ///      RecoveryKeyInvalid if the new key is zero, the patient or the recovered key in force,
    ///      RecoveryApprovedAlready if the caller has approved this key under this plan.
    function approveRecovery(address patient, address newKey) external;

    /// @notice Approves as a guardian has signed; anyone may submit it.
    /// @param signature of the guardian, its own or by ERC-1271; it names the plan's present version
    /// @dev Reverts with RelayingIsPaused during a pause, SignatureInvalid if not signed by the guardian for the
    ///      present version, otherwise as `approveRecovery`.
    function approveRecoveryBySignature(
        address patient,
        address newKey,
        address guardian,
        bytes calldata signature
    ) external;

    /// @notice The patient (or its recovered key) cancels every recovery under way. The guardians stay named.
    /// @dev Reverts with PatientOnly if the caller is neither the patient nor its recovered key, PatientKeyRetired if
    ///      it is the patient's retired key.
    function cancelRecovery(address patient) external;

    /// @notice Cancels as the patient, or its recovered key, has signed; anyone may submit it. A pause does not stop
    ///         this.
    /// @param version the plan's present version plus one
    /// @param signature as for `appointRepresentativeBySignature`
    /// @dev Reverts with RepresentationVersionStale if the version is not the next one, SignatureInvalid if signed by
    ///      nobody who acts for the patient, PatientOnly if signed by a representative, PatientKeyRetired if signed
    ///      by a retired key.
    function cancelRecoveryBySignature(address patient, uint32 version, bytes calldata signature) external;

    /// @notice Puts an approved key in force after the delay; anyone may. It retires the patient's own key, ends the
    ///         key of an earlier recovery, and voids every other approval. Representatives stay appointed. A pause
    ///         does not stop this.
    /// @dev Reverts with RecoveryNotReady if the key is not approved by enough guardians, or still in its delay.
    function finishRecovery(address patient, address newKey) external;

    // ------------------------------------------------------------------ answers

    /// @notice May this address grant for the patient now? True for the patient until its key is retired, and for a
    ///         representative (or recovered key) at present. Whoever may not grant may still withdraw, as a retired
    ///         key may.
    function mayActFor(address patient, address actor) external view returns (bool);

    /// @notice The representative as recorded, whether or not it is one at present.
    /// @return all zero if it never was appointed or dismissed
    function representativeOf(address patient, address representative) external view returns (Representative memory);

    /// @notice Who can recover the patient's key, and how.
    /// @return no guardians if there is no plan
    function recoveryPlanOf(address patient) external view returns (RecoveryPlan memory);

    /// @notice Is this address a guardian under the patient's plan in force?
    function isRecoveryGuardian(address patient, address guardian) external view returns (bool);

    /// @notice How far the recovery of a new key has come.
    /// @return approvals so far under the present version of the plan
    /// @return readyAt Unix seconds from which it can be finished; 0 until enough have approved
    function recoveryOf(address patient, address newKey) external view returns (uint8 approvals, uint40 readyAt);
}
