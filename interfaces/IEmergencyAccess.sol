// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title EmergencyAccess: breaking the glass
/// @notice When a patient cannot be asked, an accredited provider opens access for a limited time, with a reason. The
///         patient sees it at once and can end it; it stays flagged until a reviewer of another organisation has
///         judged it. A pause of the registry stops opening; it never stops using what is open, ending and reviewing.
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

    /// @dev What the review has found.
    enum EmergencyState {
        Unreviewed,
        Justified,
        Unjustified
    }

    /// @notice One emergency access.
    struct Emergency {
        address patient; // whose data is open
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

    /// @notice A provider opened access without consent; it is flagged for review.
    /// @param emergency its number, counted from 1
    /// @param categories bits of DataCategories
    /// @param until Unix seconds, exclusive
    /// @param justification salted hash of the provider's written reason
    /// @param operator the provider's key that opened it
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
    /// @notice An access was ended before its time, by the patient, a representative, the provider, or an
    ///         unfavourable review.
    event EmergencyEnded(uint256 indexed emergency, address indexed patient, address by);
    /// @notice A reviewer of another organisation closed the case.
    /// @param outcome Justified or Unjustified
    /// @param report salted hash of the reviewer's report
    /// @param operator the reviewer's key
    event EmergencyReviewed(
        uint256 indexed emergency,
        address indexed patient,
        uint32 indexed reviewer,
        EmergencyState outcome,
        bytes32 report,
        address operator
    );

    /// @notice There is no emergency of this number.
    error EmergencyUnknown(uint256 emergency);
    /// @notice The duration is zero or longer than a day.
    /// @param duration seconds
    error EmergencyDurationInvalid(uint256 duration);
    /// @notice The categories name no class of data.
    error EmergencyCategoriesInvalid(uint64 categories);
    /// @notice The patient is the zero address.
    error EmergencyPatientZero();
    /// @notice The guardian of the governance has paused relaying, and opening emergency access with it.
    error EmergencyOpeningPaused();
    /// @notice The provider's earlier emergency access to this patient is still open.
    /// @param emergency the number of the earlier one
    /// @param until Unix seconds, exclusive
    error EmergencyOpenAlready(uint256 emergency, uint40 until);
    /// @notice The provider's last access to this patient was ended by the patient or a representative, or judged
    ///         unjustified, less than a day ago.
    /// @param emergency the number of the last one
    /// @param barredUntil Unix seconds from which the provider may open another
    error EmergencyBarred(uint256 emergency, uint40 barredUntil);
    /// @notice The access has ended already.
    /// @param until Unix seconds at which it ended
    error EmergencyOver(uint256 emergency, uint40 until);
    /// @notice Only the patient, a representative or the provider that opened it may end it.
    error EmergencyEndNotAllowed(uint256 emergency, address caller);
    /// @notice An organisation cannot review an access that it opened itself.
    error EmergencyReviewOwn(uint256 emergency, uint32 organisation);
    /// @notice The case is closed.
    error EmergencyReviewedAlready(uint256 emergency, EmergencyState state);
    /// @notice A review ends in Justified or Unjustified.
    error EmergencyOutcomeInvalid(EmergencyState outcome);

    // ------------------------------------------------------------------ a provider breaks the glass

    /// @notice Opens access for the caller's organisation, which must be a provider in standing.
    /// @param categories bits of DataCategories: all classes and labels that are needed, at least one class
    /// @param duration seconds, 1 to 86,400
    /// @param justification salted hash of the written reason
    /// @return emergency its number, counted from 1
    /// @dev Reverts with EmergencyOpeningPaused during a pause of the registry, OperatorNotInStanding (IParticipants)
    ///      if the caller speaks for no provider in standing, EmergencyPatientZero, EmergencyCategoriesInvalid if no
    ///      class is named, EmergencyDurationInvalid if the duration is out of range, EmergencyOpenAlready while the
    ///      provider's earlier access to this patient is open, EmergencyBarred for a day after the patient or a
    ///      representative ended it or a review found it unjustified.
    function openEmergency(
        address patient,
        uint64 categories,
        EmergencyReason reason,
        uint32 duration,
        bytes32 justification
    ) external returns (uint256 emergency);

    // ------------------------------------------------------------------ it is ended and judged; no pause stops this

    /// @notice Ends an open access early; it stays flagged until it is reviewed. The caller is the patient (a retired
    ///         key may), a representative, or any key of the provider, in standing or not. Ended by the patient or a
    ///         representative, the provider may not open another to the patient for a day.
    /// @dev Reverts with EmergencyUnknown if there is none of this number, EmergencyEndNotAllowed if the caller is
    ///      none of these, EmergencyOver if it has ended already.
    function endEmergency(uint256 emergency) external;

    /// @notice An auditor, ethics board or regulator of another organisation closes the case. An unjustified access
    ///         ends at once, and the provider may not open another to the patient for a day.
    /// @param outcome Justified or Unjustified
    /// @param report salted hash of the reviewer's report
    /// @dev Reverts with EmergencyUnknown if there is none of this number, OperatorNotInStanding (IParticipants) if
    ///      the caller speaks for no reviewer in standing, EmergencyReviewOwn if its organisation opened the access,
    ///      EmergencyOutcomeInvalid if the outcome is Unreviewed, EmergencyReviewedAlready if the case is closed.
    function reviewEmergency(uint256 emergency, EmergencyState outcome, bytes32 report) external;

    // ------------------------------------------------------------------ answers

    /// @notice The access decision: may this key use such data of the patient under an open emergency access? Never
    ///         reverts.
    /// @param operator the key that asks for access
    /// @param categories all bits of DataCategories that the data carries: its class and every label
    /// @return permitted whether it may now
    /// @return provider the organisation for which the key speaks, 0 if it is no provider in standing
    function decide(
        address operator,
        address patient,
        uint64 categories
    ) external view returns (bool permitted, uint32 provider);

    /// @notice Is emergency access of this provider to these data of the patient open now? Never reverts. Does not ask
    ///         whether the provider is still in standing: `decide` does.
    /// @param categories as for `decide`; false without a class
    function isEmergencyOpen(address patient, uint32 provider, uint64 categories) external view returns (bool);

    /// @notice One emergency access.
    /// @param emergency its number, 1 to `emergencyCount`
    /// @dev Reverts with EmergencyUnknown if there is none of this number.
    function emergencyOf(uint256 emergency) external view returns (Emergency memory);

    /// @notice How many were ever opened; their numbers are 1 to this.
    function emergencyCount() external view returns (uint256);

    /// @notice How many of a provider's emergency accesses no reviewer has closed yet.
    function unreviewedEmergencies(uint32 provider) external view returns (uint32);
}
