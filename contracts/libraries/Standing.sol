// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IParticipants} from "../../interfaces/IParticipants.sol";

/// @title Standing
/// @notice Asks Participants about the caller or another organisation, and reverts as it does.
/// @dev About the caller by hand: what Solidity adds around a call costs more than some of the answers, and nearly every transaction asks.
///      The register is known to have code, and answers with numbers that fit, so nothing of that is checked again.
library Standing {
    /// @notice As `requireOperatorFor` of Participants, for the caller.
    function requireCallerFor(IParticipants register, uint32 organisation, uint32 anyOfRoles) internal view {
        // slither-disable-next-line unused-return
        _ask(register, IParticipants.requireOperatorFor.selector, organisation, anyOfRoles);
    }

    /// @notice As `requireOperatorFor` of Participants, for the caller.
    /// @return roles of the organisation
    function rolesOfCallerFor(
        IParticipants register,
        uint32 organisation,
        uint32 anyOfRoles
    ) internal view returns (uint32 roles) {
        (roles,) = _ask(register, IParticipants.requireOperatorFor.selector, organisation, anyOfRoles);
    }

    /// @notice As `requireHandover` of Participants, for the caller.
    /// @return roles of the organisation
    /// @return toRoles of the counterparty
    function requireHandover(
        IParticipants register,
        uint32 organisation,
        uint32 to
    ) internal view returns (uint32 roles, uint32 toRoles) {
        return _ask(register, IParticipants.requireHandover.selector, organisation, to);
    }

    /// @notice Refuses an organisation, whoever calls, unless it is in standing with one of the roles.
    /// @dev Reverts with OrganisationNotInStanding.
    function requireGood(IParticipants register, uint32 organisation, uint32 anyOfRoles) internal view {
        IParticipants.Standing standing = register.standingOf(organisation, anyOfRoles);
        if (standing != IParticipants.Standing.Good) {
            revert IParticipants.OrganisationNotInStanding(organisation, standing);
        }
    }

    /// @return whether the caller speaks for the organisation, in standing or not
    function speaksFor(IParticipants register, uint32 organisation) internal view returns (bool) {
        (uint32 answer,) = _ask(register, IParticipants.hasOperator.selector, organisation, 0);
        return answer != 0;
    }

    /// @dev Asks (organisation, caller, other); a function that takes but two of them leaves the last unread.
    /// @return first word of the answer
    /// @return second word, if there is one
    function _ask(
        IParticipants register,
        bytes4 selector,
        uint32 organisation,
        uint32 other
    ) private view returns (uint32 first, uint32 second) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 4), organisation)
            mstore(add(free, 36), caller())
            mstore(add(free, 68), other)
            if iszero(staticcall(gas(), register, free, 100, 0, 64)) {
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
            first := mload(0)
            second := mload(32)
        }
    }
}
