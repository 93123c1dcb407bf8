// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Participants: who may act
/// @notice Accredited organisations, the roles they hold, the licence behind them, and the operator keys that speak
///         for them. Everything here is about organisations, never about patients, so it is public.
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
        LicenceExpired, // at licenceExpiry or later
        RoleMissing // it holds none of the roles asked for
    }

    /// @notice An organisation as it stands.
    struct OrganisationView {
        uint32 roles; // bitmap of `Roles`
        uint40 licenceExpiry; // Unix seconds from which the licence no longer counts
        uint40 accreditedAt; // Unix seconds
        OrganisationState state; // as last decided; an expired licence does not change it
        uint32 operators; // how many operator keys it has
        bytes32 licence; // reference to the licence: a short identifier, or the hash of the document
    }

    /// @notice An organisation was accredited.
    /// @param roles bitmap of `Roles`
    /// @param licenceExpiry Unix seconds, exclusive
    /// @param licence reference to the licence
    /// @param name public legal name, as given
    event OrganisationAccredited(
        uint32 indexed organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence, string name
    );
    /// @notice Roles and licence of an organisation were set anew.
    /// @param roles bitmap of `Roles`
    /// @param licenceExpiry Unix seconds, exclusive
    /// @param licence reference to the licence
    event OrganisationAmended(uint32 indexed organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence);
    /// @notice An organisation was suspended.
    /// @param evidence hash of the decision, never its text
    event OrganisationSuspended(uint32 indexed organisation, SuspensionReason indexed reason, bytes32 evidence);
    /// @notice A suspension ended.
    /// @param evidence hash of the decision, never its text
    event OrganisationReinstated(uint32 indexed organisation, bytes32 evidence);
    /// @notice An accreditation ended for good.
    /// @param evidence hash of the decision, never its text
    event OrganisationWithdrawn(uint32 indexed organisation, bytes32 evidence);
    /// @notice A key was proposed for an organisation. It speaks for it only once it has accepted.
    /// @param replaces the key that goes when the new one accepts, or zero
    event OperatorProposed(uint32 indexed organisation, address indexed operator, address replaces, address proposedBy);
    /// @notice A proposal was taken back.
    event OperatorProposalCancelled(uint32 indexed organisation, address indexed operator, address cancelledBy);
    /// @notice From here the key speaks for the organisation.
    event OperatorAdded(uint32 indexed organisation, address indexed operator);
    /// @notice From here the key no longer speaks for the organisation.
    event OperatorRemoved(uint32 indexed organisation, address indexed operator);
    /// @notice Every earlier key of the organisation is void.
    /// @param operator its new and only key
    /// @param generation how often the keys were reset
    event OperatorsReset(uint32 indexed organisation, address indexed operator, uint16 generation);

    /// @notice There is no organisation of this identifier.
    error OrganisationUnknown(uint32 organisation);
    /// @notice The state doesn't allow what was asked: suspending what isn't accredited, reinstating what isn't
    ///         suspended, or changing what is withdrawn.
    error OrganisationStateInvalid(uint32 organisation, OrganisationState state);
    /// @notice Roles are empty, or name a bit that has no meaning.
    error RolesInvalid(uint32 roles);
    /// @notice The licence would have expired already.
    /// @param licenceExpiry Unix seconds, exclusive
    error LicenceExpiryPast(uint40 licenceExpiry, uint256 nowSeconds);
    /// @notice The key speaks for no organisation, or not for the caller's.
    error OperatorUnknown(address operator);
    /// @notice The key may not act in the roles asked for.
    /// @param organisation for which it speaks, 0 for none
    error OperatorNotInStanding(address operator, uint32 organisation, Standing standing);
    /// @notice The organisation may not take part: it is unknown, suspended or withdrawn, or its licence has expired.
    error OrganisationNotInStanding(uint32 organisation, Standing standing);
    /// @notice The key speaks for an organisation already.
    error OperatorTaken(address operator, uint32 organisation);
    /// @notice The key is not proposed for the organisation, or whoever proposed it speaks for it no longer.
    error OperatorNotProposed(address operator, uint32 organisation);
    /// @notice An organisation cannot remove its last key; the registrar can reset it.
    error OperatorIsLast(address operator, uint32 organisation);
    /// @notice The key is the zero address.
    error OperatorZero();

    // ------------------------------------------------------------------ the governance decides

    // Any caller but the role named reverts with AccessManagedUnauthorized (OpenZeppelin). The registrar calls through
    // the AccessManager after its delay, which has errors of its own for a call that is too early or too late.

    /// @notice Accredits an organisation. Registrar only.
    /// @param name public legal name, kept in the event alone
    /// @param roles bitmap of `Roles`, at least one and none unknown
    /// @param licenceExpiry Unix seconds from which the licence no longer counts, in the future
    /// @param licence reference to the licence: a short identifier, or the hash of the document
    /// @param operator its first key
    /// @return organisation its identifier, counted from 1
    /// @dev Reverts with RolesInvalid if roles are empty or unknown, LicenceExpiryPast if the expiry is not in the
    ///      future, OperatorZero if there is no key, OperatorTaken if the key speaks for an organisation already.
    function accredit(
        string calldata name,
        uint32 roles,
        uint40 licenceExpiry,
        bytes32 licence,
        address operator
    ) external returns (uint32 organisation);

    /// @notice Sets roles and licence anew, as after a renewal. Registrar only.
    /// @param roles as for `accredit`
    /// @param licenceExpiry as for `accredit`
    /// @param licence as for `accredit`
    /// @dev Reverts with RolesInvalid if roles are empty or unknown, LicenceExpiryPast if the expiry is not in the
    ///      future, OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is
    ///      withdrawn.
    function amend(uint32 organisation, uint32 roles, uint40 licenceExpiry, bytes32 licence) external;

    /// @notice Suspends an organisation with effect from this transaction. Supervisor only, without delay.
    /// @param evidence hash of the decision, never its text
    /// @dev Reverts with OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is
    ///      suspended already or withdrawn.
    function suspend(uint32 organisation, SuspensionReason reason, bytes32 evidence) external;

    /// @notice Ends a suspension. Registrar only.
    /// @param evidence hash of the decision, never its text
    /// @dev Reverts with OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is not
    ///      suspended.
    function reinstate(uint32 organisation, bytes32 evidence) external;

    /// @notice Ends an accreditation for good. Registrar only.
    /// @param evidence hash of the decision, never its text
    /// @dev Reverts with OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is
    ///      withdrawn already.
    function withdraw(uint32 organisation, bytes32 evidence) external;

    /// @notice Voids every key of an organisation and gives it a new one, as after a loss. Registrar only.
    /// @param operator the new key; it may be one of those voided
    /// @dev Reverts with OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is
    ///      withdrawn, OperatorZero if there is no key, OperatorTaken if the key speaks for another organisation.
    function resetOperators(uint32 organisation, address operator) external;

    // ------------------------------------------------------------------ an organisation keeps its keys

    /// @notice An operator proposes a key for its organisation; the key must accept, so nobody's key is taken unasked.
    /// @param replaces a key of the same organisation that is removed when the new one accepts, or zero to add
    /// @dev Reverts with OperatorUnknown if the caller speaks for no organisation or `replaces` not for the same one,
    ///      OrganisationStateInvalid if the organisation is withdrawn, OperatorZero if there is no key to propose.
    function proposeOperator(address operator, address replaces) external;

    /// @notice An operator takes a proposal of its organisation back.
    /// @dev Reverts with OperatorUnknown if the caller speaks for no organisation, OperatorNotProposed if the key is
    ///      not proposed for it.
    function cancelProposal(address operator) external;

    /// @notice The caller, a proposed key, accepts. The organisation may be suspended meanwhile.
    /// @dev Reverts with OrganisationUnknown if there is no such organisation, OrganisationStateInvalid if it is
    ///      withdrawn, OperatorNotProposed if the caller is not proposed for it or whoever proposed it speaks for it
    ///      no longer, OperatorTaken if the caller speaks for an organisation already.
    function acceptOperator(uint32 organisation) external;

    /// @notice An operator removes a key of its organisation, its own included, but never the last.
    /// @dev Reverts with OperatorUnknown if the caller speaks for no organisation or the key not for the same one,
    ///      OperatorIsLast if the organisation has no other key.
    function removeOperator(address operator) external;

    // ------------------------------------------------------------------ answers

    /// @notice May this key act in one of these roles now? The one call the domain contracts make.
    /// @param operator the key, usually msg.sender
    /// @param anyOfRoles bitmap: one of them suffices; zero asks for standing alone
    /// @return organisation for which it speaks
    /// @dev Reverts with OperatorNotInStanding, which names the reason, if it may not.
    function requireOperator(address operator, uint32 anyOfRoles) external view returns (uint32 organisation);

    /// @notice May this key act for this organisation, in one of these roles, now? Cheaper than `requireOperator` where
    ///         the caller knows the organisation: one storage read for its principal key, which is its first, and when
    ///         that is replaced the one that replaces it. An organisation whose principal key was removed has none until
    ///         it adds another key.
    /// @param operator the key, usually msg.sender
    /// @param anyOfRoles bitmap: one of them suffices; zero asks for standing alone
    /// @return roles of the organisation, bitmap of `Roles`
    /// @dev Reverts with OperatorNotInStanding, which names the reason, if it may not; Unknown if it does not speak for
    ///      this organisation.
    function requireOperatorFor(
        uint32 organisation,
        address operator,
        uint32 anyOfRoles
    ) external view returns (uint32 roles);

    /// @notice Does this key speak for this organisation, in standing or not? For what no suspension may stop. Never
    ///         reverts.
    /// @param operator the key
    function hasOperator(uint32 organisation, address operator) external view returns (bool);

    /// @notice May this key act for this organisation, and may that counterparty take part, now? One call for what passes
    ///         between two organisations.
    /// @param operator a key of `organisation`, usually msg.sender
    /// @param counterparty the other organisation
    /// @return roles of the organisation, bitmap of `Roles`
    /// @return counterpartyRoles of the counterparty, bitmap of `Roles`
    /// @dev Reverts with OperatorNotInStanding if the key may not, OrganisationNotInStanding if the counterparty may not.
    function requireHandover(
        uint32 organisation,
        address operator,
        uint32 counterparty
    ) external view returns (uint32 roles, uint32 counterpartyRoles);

    /// @notice May this key act in one of these roles now? Answered instead of enforced: never reverts.
    /// @param operator the key
    /// @param anyOfRoles as for `requireOperator`
    /// @return standing Good, or the first reason why not
    /// @return organisation for which it speaks, in standing or not; 0 for none
    function standingOfOperator(
        address operator,
        uint32 anyOfRoles
    ) external view returns (Standing standing, uint32 organisation);

    /// @notice May this organisation act in one of these roles now? Never reverts.
    /// @param anyOfRoles as for `requireOperator`
    /// @return Good, or the first reason why not
    function standingOf(uint32 organisation, uint32 anyOfRoles) external view returns (Standing);

    /// @notice All that is known of an organisation.
    /// @dev Reverts with OrganisationUnknown if there is no such organisation.
    function organisation(uint32 organisation_) external view returns (OrganisationView memory);

    /// @notice How many organisations were ever accredited; their identifiers are 1 to this.
    function organisationCount() external view returns (uint32);
}
