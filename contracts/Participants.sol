// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IParticipants} from "../interfaces/IParticipants.sol";
import {Organisation, OrganisationLibrary} from "./types/Organisation.sol";
import {Roles} from "./types/Roles.sol";

/// @title Participants
/// @notice Who may act: accredited organisations, their roles, their licence, and the keys that speak for them.
///
///         Trusts: the AccessManager that is its authority decides who the registrar and the supervisor are, and with
///         what delay they act.
///         Stopped by: nothing as a whole; a single organisation by `suspend`, at once.
///         Immutable: no proxy. A later version is another deployment.
/// @dev Warning: the registrar can put a key of its own in an organisation's place (`resetOperators`); the delay and
///      the guardian of the AccessManager are the protection against that.
contract Participants is IParticipants, AccessManaged {
    /// @dev A key, the organisation it speaks for, in which generation it was added, and the how manieth key it is: a key
    ///      that was removed and added again is another one.
    struct Operator {
        uint32 organisation;
        uint16 generation;
        uint64 serial;
    }

    /// @dev What is told of an organisation and decides nothing.
    struct Particulars {
        uint40 accreditedAt;
        uint32 operators; // keys of the present generation
        bytes32 licence;
    }

    /// @dev A key that was proposed and has not accepted yet.
    struct Proposal {
        address proposer; // zero: nothing proposed
        uint64 proposerSerial;
        address replaces;
    }

    /// @inheritdoc IParticipants
    uint32 public organisationCount;

    uint64 private _operatorSerial;
    mapping(uint32 organisation => Organisation) private _organisations;
    mapping(uint32 organisation => Particulars) private _particulars;
    mapping(address operator => Operator) private _operators;
    mapping(uint32 organisation => mapping(address operator => Proposal)) private _proposals;

    /// @param authority the AccessManager that names registrar and supervisor
    constructor(address authority) AccessManaged(authority) {}

    // ------------------------------------------------------------------ the governance decides

    /// @inheritdoc IParticipants
    function accredit(
        string calldata name,
        uint32 roles,
        uint40 licenceExpiry,
        bytes32 licence,
        address operator
    ) external restricted returns (uint32 organisation_) {
        _requireTerms(roles, licenceExpiry);
        organisation_ = ++organisationCount;
        _organisations[organisation_] = OrganisationLibrary.pack(roles, licenceExpiry);
        _particulars[organisation_].accreditedAt = uint40(block.timestamp);
        _particulars[organisation_].licence = licence;
        emit OrganisationAccredited(organisation_, roles, licenceExpiry, licence, name);
        _addOperator(organisation_, operator);
    }

    /// @inheritdoc IParticipants
    function amend(uint32 organisation_, uint32 roles, uint40 licenceExpiry, bytes32 licence) external restricted {
        _requireTerms(roles, licenceExpiry);
        Organisation current = _requireNotWithdrawn(organisation_);
        _organisations[organisation_] = current.withTerms(roles, licenceExpiry);
        _particulars[organisation_].licence = licence;
        emit OrganisationAmended(organisation_, roles, licenceExpiry, licence);
    }

    /// @inheritdoc IParticipants
    function suspend(uint32 organisation_, SuspensionReason reason, bytes32 evidence) external restricted {
        _transition(organisation_, OrganisationState.Accredited, OrganisationState.Suspended);
        emit OrganisationSuspended(organisation_, reason, evidence);
    }

    /// @inheritdoc IParticipants
    function reinstate(uint32 organisation_, bytes32 evidence) external restricted {
        _transition(organisation_, OrganisationState.Suspended, OrganisationState.Accredited);
        emit OrganisationReinstated(organisation_, evidence);
    }

    /// @inheritdoc IParticipants
    function withdraw(uint32 organisation_, bytes32 evidence) external restricted {
        Organisation current = _requireNotWithdrawn(organisation_);
        _organisations[organisation_] = current.withState(uint8(OrganisationState.Withdrawn));
        emit OrganisationWithdrawn(organisation_, evidence);
    }

    /// @inheritdoc IParticipants
    function resetOperators(uint32 organisation_, address operator) external restricted {
        Organisation current = _requireNotWithdrawn(organisation_);
        uint16 generation = current.generation() + 1;
        _organisations[organisation_] = current.withGeneration(generation).withPrincipal(address(0));
        _particulars[organisation_].operators = 0;
        emit OperatorsReset(organisation_, operator, generation);
        _addOperator(organisation_, operator);
    }

    // Slither takes comparisons of any field of the Organisation word for comparisons of times, since one of its fields is
    // when it was accredited. Numbers, states, generations and roles are compared below; the one time, by >=.
    // slither-disable-start incorrect-equality

    // ------------------------------------------------------------------ an organisation keeps its keys

    /// @inheritdoc IParticipants
    function proposeOperator(address operator, address replaces) external {
        uint32 organisation_ = _organisationOf(msg.sender);
        if (organisation_ == 0) revert OperatorUnknown(msg.sender);
        _requireNotWithdrawn(organisation_);
        if (operator == address(0)) revert OperatorZero();
        if (replaces != address(0) && _organisationOf(replaces) != organisation_) revert OperatorUnknown(replaces);
        _proposals[organisation_][operator] =
            Proposal({proposer: msg.sender, proposerSerial: _operators[msg.sender].serial, replaces: replaces});
        emit OperatorProposed(organisation_, operator, replaces, msg.sender);
    }

    /// @inheritdoc IParticipants
    function cancelProposal(address operator) external {
        uint32 organisation_ = _organisationOf(msg.sender);
        if (organisation_ == 0) revert OperatorUnknown(msg.sender);
        if (_proposals[organisation_][operator].proposer == address(0)) {
            revert OperatorNotProposed(operator, organisation_);
        }
        delete _proposals[organisation_][operator];
        emit OperatorProposalCancelled(organisation_, operator, msg.sender);
    }

    /// @inheritdoc IParticipants
    function acceptOperator(uint32 organisation_) external {
        Proposal memory proposal = _proposals[organisation_][msg.sender];
        _requireNotWithdrawn(organisation_);
        // What a removed or reset key proposed is void, or a stolen key would let its thief back in.
        if (
            proposal.proposer == address(0) || _organisationOf(proposal.proposer) != organisation_
                || _operators[proposal.proposer].serial != proposal.proposerSerial
        ) {
            revert OperatorNotProposed(msg.sender, organisation_);
        }
        delete _proposals[organisation_][msg.sender];
        _addOperator(organisation_, msg.sender);
        if (proposal.replaces != address(0) && _organisationOf(proposal.replaces) == organisation_) {
            bool wasPrincipal = _organisations[organisation_].principal() == proposal.replaces;
            _removeOperator(organisation_, proposal.replaces);
            if (wasPrincipal) _setPrincipal(organisation_, msg.sender);
        }
    }

    /// @inheritdoc IParticipants
    function removeOperator(address operator) external {
        uint32 organisation_ = _organisationOf(msg.sender);
        if (organisation_ == 0) revert OperatorUnknown(msg.sender);
        if (_organisationOf(operator) != organisation_) revert OperatorUnknown(operator);
        _removeOperator(organisation_, operator);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IParticipants
    function requireOperator(address operator, uint32 anyOfRoles) external view returns (uint32 organisation_) {
        Standing standing;
        (standing, organisation_) = standingOfOperator(operator, anyOfRoles);
        if (standing != Standing.Good) revert OperatorNotInStanding(operator, organisation_, standing);
    }

    /// @inheritdoc IParticipants
    function requireOperatorFor(
        uint32 organisation_,
        address operator,
        uint32 anyOfRoles
    ) external view returns (uint32 roles) {
        Organisation current = _organisations[organisation_];
        roles = current.roles();
        // Its principal key, in good standing, as most are, is let through at once; of all others more is asked.
        bool atOnce = current.isGoodFor(operator, block.timestamp) && (anyOfRoles == 0 || roles & anyOfRoles != 0);
        if (!atOnce) _requireOperatorFor(organisation_, operator, anyOfRoles);
    }

    /// @inheritdoc IParticipants
    function hasOperator(uint32 organisation_, address operator) external view returns (bool) {
        if (operator == address(0) || organisation_ == 0) return false;
        return _organisations[organisation_].principal() == operator || _organisationOf(operator) == organisation_;
    }

    /// @inheritdoc IParticipants
    function requireHandover(
        uint32 organisation_,
        address operator,
        uint32 counterparty
    ) external view returns (uint32 roles, uint32 counterpartyRoles) {
        Organisation current = _organisations[organisation_];
        if (!current.isGoodFor(operator, block.timestamp)) _requireOperatorFor(organisation_, operator, 0);
        Organisation other = _organisations[counterparty];
        if (!other.isGoodAt(block.timestamp)) {
            revert OrganisationNotInStanding(counterparty, _standing(other, 0));
        }
        return (current.roles(), other.roles());
    }

    /// @inheritdoc IParticipants
    function standingOfOperator(
        address operator,
        uint32 anyOfRoles
    ) public view returns (Standing standing, uint32 organisation_) {
        Operator memory key = _operators[operator];
        Organisation current = _organisations[key.organisation];
        if (key.generation != current.generation()) return (Standing.Unknown, 0);
        return (_standing(current, anyOfRoles), key.organisation);
    }

    /// @inheritdoc IParticipants
    function standingOf(uint32 organisation_, uint32 anyOfRoles) external view returns (Standing) {
        return _standing(_organisations[organisation_], anyOfRoles);
    }

    /// @inheritdoc IParticipants
    function organisation(uint32 organisation_) external view returns (OrganisationView memory) {
        Organisation current = _organisations[organisation_];
        if (!current.exists()) revert OrganisationUnknown(organisation_);
        Particulars memory particulars = _particulars[organisation_];
        return OrganisationView({
            roles: current.roles(),
            licenceExpiry: current.licenceExpiry(),
            accreditedAt: particulars.accreditedAt,
            state: OrganisationState(current.state()),
            operators: particulars.operators,
            licence: particulars.licence
        });
    }

    // ------------------------------------------------------------------ internals

    function _requireOperatorFor(uint32 organisation_, address operator, uint32 anyOfRoles) private view {
        bool speaks = _organisationOf(operator) == organisation_;
        Standing standing = speaks ? _standing(_organisations[organisation_], anyOfRoles) : Standing.Unknown;
        if (standing != Standing.Good) revert OperatorNotInStanding(operator, organisation_, standing);
    }

    function _standing(Organisation current, uint32 anyOfRoles) private view returns (Standing) {
        if (!current.exists()) return Standing.Unknown;
        OrganisationState state = OrganisationState(current.state());
        if (state == OrganisationState.Suspended) return Standing.Suspended;
        if (state == OrganisationState.Withdrawn) return Standing.Withdrawn;
        if (block.timestamp >= current.licenceExpiry()) return Standing.LicenceExpired;
        if (anyOfRoles != 0 && current.roles() & anyOfRoles == 0) return Standing.RoleMissing;
        return Standing.Good;
    }

    function _requireTerms(uint32 roles, uint40 licenceExpiry) private view {
        if (roles == 0 || roles & ~Roles.ALL != 0) revert RolesInvalid(roles);
        if (licenceExpiry <= block.timestamp) revert LicenceExpiryPast(licenceExpiry, block.timestamp);
    }

    function _requireNotWithdrawn(uint32 organisation_) private view returns (Organisation current) {
        current = _organisations[organisation_];
        if (!current.exists()) revert OrganisationUnknown(organisation_);
        OrganisationState state = OrganisationState(current.state());
        if (state == OrganisationState.Withdrawn) revert OrganisationStateInvalid(organisation_, state);
    }

    function _transition(uint32 organisation_, OrganisationState from, OrganisationState to) private {
        Organisation current = _organisations[organisation_];
        if (!current.exists()) revert OrganisationUnknown(organisation_);
        OrganisationState state = OrganisationState(current.state());
        if (state != from) revert OrganisationStateInvalid(organisation_, state);
        _organisations[organisation_] = current.withState(uint8(to));
    }

    /// @return the organisation for which a key speaks, 0 for none
    function _organisationOf(address operator) private view returns (uint32) {
        Operator memory key = _operators[operator];
        return key.generation == _organisations[key.organisation].generation() ? key.organisation : 0;
    }

    function _addOperator(uint32 organisation_, address operator) private {
        if (operator == address(0)) revert OperatorZero();
        uint32 taken = _organisationOf(operator);
        if (taken != 0) revert OperatorTaken(operator, taken);
        Organisation current = _organisations[organisation_];
        _operators[operator] =
            Operator({organisation: organisation_, generation: current.generation(), serial: ++_operatorSerial});
        ++_particulars[organisation_].operators;
        if (current.principal() == address(0)) _setPrincipal(organisation_, operator);
        emit OperatorAdded(organisation_, operator);
    }

    function _setPrincipal(uint32 organisation_, address operator) private {
        _organisations[organisation_] = _organisations[organisation_].withPrincipal(operator);
    }

    function _removeOperator(uint32 organisation_, address operator) private {
        if (_particulars[organisation_].operators == 1) revert OperatorIsLast(operator, organisation_);
        delete _operators[operator];
        --_particulars[organisation_].operators;
        if (_organisations[organisation_].principal() == operator) _setPrincipal(organisation_, address(0));
        emit OperatorRemoved(organisation_, operator);
    }
    // slither-disable-end incorrect-equality
}
