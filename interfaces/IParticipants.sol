// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Participants: who may act
/// @notice Accredited organisations, the roles they hold, the licence behind them, and the operator keys that speak for
///         them. Everything here is about organisations, never about patients, so it is public.
interface IParticipants {
    /// @dev What the registrar has last decided about an organisation.
    enum OrganisationState {
        Accredited,
        Suspended,
        Withdrawn // for good
    }

    /// @dev Why an organisation was suspended.
    enum SuspensionReason {
        LicenceRevoked,
        UnderInvestigation,
        SecurityIncident,
        RegulatoryOrder,
        OwnRequest
    }

    /// @dev The answer to "may it act?", and if not, why not.
    enum Standing {
        Unknown, // no such organisation, or the key speaks for none
        Good,
        Suspended,
        Withdrawn,
        LicenceExpired,
        RoleMissing
    }

    /// @notice An organisation as it stands.
    struct OrganisationView {
        uint32 roles; // bitmap of `Roles`
        uint40 licenceExpiry; // Unix seconds from which the licence no longer counts
        uint40 accreditedAt; // Unix seconds
        OrganisationState state;
        uint32 operators; // how many operator keys it has
        bytes32 licence; // reference to the licence: a short identifier, or the hash of the document
    }

    event OrganisationAccredited(
        uint32 indexed organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence, string name
    );
    event OrganisationAmended(uint32 indexed organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence);
    /// @param evidence hash of the decision, never its text
    event OrganisationSuspended(uint32 indexed organisation, SuspensionReason indexed reason, bytes32 evidence);
    event OrganisationReinstated(uint32 indexed organisation, bytes32 evidence);
    event OrganisationWithdrawn(uint32 indexed organisation, bytes32 evidence);
    /// @param replaces the key that goes when the new one accepts, or zero
    event OperatorProposed(uint32 indexed organisation, address indexed operator, address replaces, address proposedBy);
    event OperatorProposalCancelled(uint32 indexed organisation, address indexed operator, address cancelledBy);
    event OperatorAdded(uint32 indexed organisation, address indexed operator);
    event OperatorRemoved(uint32 indexed organisation, address indexed operator);
    /// @notice Every earlier key of the organisation is void.
    event OperatorsReset(uint32 indexed organisation, address indexed operator, uint32 generation);

    error OrganisationUnknown(uint32 organisation);
    /// @notice The state doesn't allow what was asked (reinstating what isn't suspended, touching what is withdrawn).
    error OrganisationStateInvalid(uint32 organisation, OrganisationState state);
    error OrganisationNotInStanding(uint32 organisation, Standing standing);
    /// @notice Roles are empty, or name a bit that has no meaning.
    error RolesInvalid(uint32 roles);
    error LicenceExpiryPast(uint40 licenceExpiry, uint256 nowSeconds);
    error OperatorUnknown(address operator);
    /// @notice The caller may not act in the roles asked for.
    error OperatorNotInStanding(address operator, uint32 organisation, Standing standing);
    error OperatorTaken(address operator, uint32 organisation);
    error OperatorNotProposed(address operator, uint32 organisation);
    /// @notice An organisation cannot remove its last key; the registrar can reset it.
    error OperatorIsLast(address operator, uint32 organisation);
    error OperatorZero();

    // ------------------------------------------------------------------ the registrar decides

    /// @notice Accredits an organisation. Registrar only.
    /// @param name public legal name, kept in the event alone
    /// @param roles bitmap of `Roles`; none or unknown ones revert with RolesInvalid
    /// @param licenceExpiry Unix seconds, in the future, else LicenceExpiryPast
    /// @param licence reference to the licence
    /// @param operator its first key; OperatorTaken if it speaks for another organisation
    /// @return organisation its identifier, counted from 1
    function accredit(
        string calldata name,
        uint32 roles,
        uint40 licenceExpiry,
        bytes32 licence,
        address operator
    ) external returns (uint32 organisation);

    /// @notice Sets roles and licence anew, as after a renewal. Registrar only. Not of a withdrawn organisation.
    function amend(uint32 organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence) external;

    /// @notice Suspends an organisation with effect from this transaction. Supervisor only, without delay.
    /// @param evidence hash of the decision
    function suspend(uint32 organisation, SuspensionReason reason, bytes32 evidence) external;

    /// @notice Ends a suspension. Registrar only.
    function reinstate(uint32 organisation, bytes32 evidence) external;

    /// @notice Ends an accreditation for good. Registrar only.
    function withdraw(uint32 organisation, bytes32 evidence) external;

    /// @notice Voids every key of an organisation and gives it a new one, as after a loss. Registrar only.
    function resetOperators(uint32 organisation, address operator) external;

    // ------------------------------------------------------------------ an organisation keeps its keys

    /// @notice An operator proposes a key for its organisation; the key must accept, so nobody's key is taken unasked.
    /// @param replaces a key that is removed when the new one accepts, or zero to add
    function proposeOperator(address operator, address replaces) external;

    /// @notice An operator takes a proposal of its organisation back. OperatorNotProposed if there is none.
    function cancelProposal(address operator) external;

    /// @notice The proposed key accepts. The organisation may be suspended, not withdrawn.
    function acceptOperator(uint32 organisation) external;

    /// @notice An operator removes a key of its organisation, its own included, but never the last.
    function removeOperator(address operator) external;

    // ------------------------------------------------------------------ answers

    /// @notice May this key act in one of these roles now? The one call the domain contracts make.
    /// @param operator the key, usually msg.sender
    /// @param anyOfRoles bitmap: one of them suffices; zero asks for standing alone
    /// @return organisation for which it speaks
    /// @dev Reverts with OperatorNotInStanding, which names the reason.
    function requireOperator(address operator, uint32 anyOfRoles) external view returns (uint32 organisation);

    /// @notice The same, answered instead of enforced.
    function standingOfOperator(
        address operator,
        uint32 anyOfRoles
    ) external view returns (Standing standing, uint32 organisation);

    /// @notice May this organisation act in one of these roles now?
    function standingOf(uint32 organisation, uint32 anyOfRoles) external view returns (Standing);

    /// @notice All that is known of an organisation. Reverts with OrganisationUnknown.
    function organisation(uint32 organisation_) external view returns (OrganisationView memory);

    /// @notice How many organisations were ever accredited; their identifiers are 1 to this.
    function organisationCount() external view returns (uint32);
}
