// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title EmergencyAccess: breaking the glass
/// @notice When a patient cannot be asked, an accredited provider opens access for a limited time, with a reason. The patient sees
///         it at once and can end it; it stays flagged until a reviewer of another organisation has judged it.
interface IEmergencyAccess {
    /// @dev Why consent could not be asked for.
    enum EmergencyReason {
        Unconscious,
        LifeThreatening,
        UnableToDecide, // no capacity, and no representative in reach
        ChildAtRisk,
        PublicHealthThreat,
        Disaster
    }

    enum EmergencyState {
        Unreviewed,
        Justified,
        Unjustified
    }

    /// @notice One emergency access.
    struct Emergency {
        address patient;
        uint32 provider; // organisation that opened it
        uint40 openedAt; // Unix seconds
        EmergencyReason reason;
        EmergencyState state;
        uint40 until; // Unix seconds, exclusive
        uint64 categories; // bits of DataCategories that are open
        uint32 reviewer; // organisation that reviewed it, 0 until then
        uint40 reviewedAt; // Unix seconds, 0 until then
        uint40 barredUntil; // Unix seconds until which the provider may not open another to this patient, 0 if it may
        bytes32 justification; // salted hash of the provider's written reason
    }

    event EmergencyOpened(
        uint256 indexed emergency,
        address indexed patient,
        uint32 indexed provider,
        EmergencyReason reason,
        uint64 categories,
        uint40 until,
        bytes32 justification,
        address operator
    );
    event EmergencyEnded(uint256 indexed emergency, address indexed patient, address by);
    /// @param report salted hash of the reviewer's report
    event EmergencyReviewed(
        uint256 indexed emergency,
        address indexed patient,
        uint32 indexed reviewer,
        EmergencyState outcome,
        bytes32 report,
        address operator
    );

    error EmergencyUnknown(uint256 emergency);
    /// @notice Longer than a day, or no time at all.
    error EmergencyDurationInvalid(uint256 duration);
    error EmergencyCategoriesInvalid(uint64 categories);
    error EmergencyPatientZero();
    /// @notice The registry's guardian has paused what others do to patients' consents, and this with it.
    error EmergencyOpeningPaused();
    /// @notice The provider's earlier emergency access to this patient is still open.
    error EmergencyOpenAlready(uint256 emergency, uint40 until);
    /// @notice The last one was ended by the patient, or judged unjustified, less than a day ago.
    error EmergencyBarred(uint256 emergency, uint40 barredUntil);
    error EmergencyOver(uint256 emergency, uint40 until);
    /// @notice Only the patient, a representative or the provider that opened it may end it.
    error EmergencyEndNotAllowed(uint256 emergency, address caller);
    /// @notice A review is by another organisation than the one that opened the access.
    error EmergencyReviewOwn(uint256 emergency, uint32 organisation);
    error EmergencyReviewedAlready(uint256 emergency, EmergencyState state);
    /// @notice A review ends in Justified or Unjustified.
    error EmergencyOutcomeInvalid(EmergencyState outcome);

    /// @notice Opens access for the caller's organisation, which must be a provider in standing.
    /// @param categories all classes and labels that are needed, at least one class
    /// @param duration seconds, 1 to 86,400
    /// @param justification salted hash of the written reason
    /// @return emergency its number, counted from 1
    function openEmergency(
        address patient,
        uint64 categories,
        EmergencyReason reason,
        uint32 duration,
        bytes32 justification
    ) external returns (uint256 emergency);

    /// @notice Ends an open access early; it stays flagged until it is reviewed. Ended by the patient or a representative,
    ///         the provider may not open another to the patient for a day.
    function endEmergency(uint256 emergency) external;

    /// @notice An auditor, ethics board or regulator of another organisation closes the case. An unjustified access ends at
    ///         once, and the provider may not open another to the patient for a day.
    function reviewEmergency(uint256 emergency, EmergencyState outcome, bytes32 report) external;

    /// @notice The access decision: may this key use such data of the patient under an open emergency access?
    /// @return permitted whether it may now
    /// @return provider the organisation for which the key speaks, 0 if it is no provider in standing
    function decide(
        address operator,
        address patient,
        uint64 categories
    ) external view returns (bool permitted, uint32 provider);

    /// @notice Is emergency access of this provider to these data of the patient open now?
    function isEmergencyOpen(address patient, uint32 provider, uint64 categories) external view returns (bool);

    /// @notice One emergency access. Reverts with EmergencyUnknown.
    function emergencyOf(uint256 emergency) external view returns (Emergency memory);

    /// @notice How many were ever opened; their numbers are 1 to this.
    function emergencyCount() external view returns (uint256);

    /// @notice How many of a provider's emergency accesses no reviewer has closed yet.
    function unreviewedEmergencies(uint32 provider) external view returns (uint32);
}
