// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An accredited organisation in one word, so that its standing costs one storage read.
///         From the low end: roles 32 | licenceExpiry 40 | state 8 | generation 32 | operators 32 | accreditedAt 40.
///         All zero: no such organisation.
type Organisation is uint256;

using OrganisationLibrary for Organisation global;

/// @title Fields of the Organisation word
library OrganisationLibrary {
    uint256 private constant LICENCE_EXPIRY = 32;
    uint256 private constant STATE = 72;
    uint256 private constant GENERATION = 80;
    uint256 private constant OPERATORS = 112;
    uint256 private constant ACCREDITED_AT = 144;

    /// @param roles_ bitmap of `Roles`
    /// @param licenceExpiry_ Unix seconds from which the licence no longer counts
    /// @param accreditedAt_ Unix seconds, never zero: it marks existence
    function pack(uint32 roles_, uint40 licenceExpiry_, uint40 accreditedAt_) internal pure returns (Organisation) {
        return Organisation.wrap(
            uint256(roles_) | (uint256(licenceExpiry_) << LICENCE_EXPIRY) | (uint256(accreditedAt_) << ACCREDITED_AT)
        );
    }

    function exists(Organisation self) internal pure returns (bool) {
        return Organisation.unwrap(self) != 0;
    }

    function roles(Organisation self) internal pure returns (uint32) {
        return uint32(Organisation.unwrap(self));
    }

    /// @return Unix seconds from which the licence no longer counts
    function licenceExpiry(Organisation self) internal pure returns (uint40) {
        return uint40(Organisation.unwrap(self) >> LICENCE_EXPIRY);
    }

    /// @return the `IParticipants.OrganisationState` as its number
    function state(Organisation self) internal pure returns (uint8) {
        return uint8(Organisation.unwrap(self) >> STATE);
    }

    /// @return counts key resets: an operator key of an earlier generation no longer speaks for the organisation
    function generation(Organisation self) internal pure returns (uint32) {
        return uint32(Organisation.unwrap(self) >> GENERATION);
    }

    /// @return how many operator keys of the present generation there are
    function operators(Organisation self) internal pure returns (uint32) {
        return uint32(Organisation.unwrap(self) >> OPERATORS);
    }

    /// @return Unix seconds
    function accreditedAt(Organisation self) internal pure returns (uint40) {
        return uint40(Organisation.unwrap(self) >> ACCREDITED_AT);
    }

    function withTerms(Organisation self, uint32 roles_, uint40 licenceExpiry_) internal pure returns (Organisation) {
        uint256 kept = (Organisation.unwrap(self) >> STATE) << STATE;
        return Organisation.wrap(kept | uint256(roles_) | (uint256(licenceExpiry_) << LICENCE_EXPIRY));
    }

    function withState(Organisation self, uint8 state_) internal pure returns (Organisation) {
        return _with(self, STATE, type(uint8).max, state_);
    }

    function withGeneration(Organisation self, uint32 generation_) internal pure returns (Organisation) {
        return _with(self, GENERATION, type(uint32).max, generation_);
    }

    function withOperators(Organisation self, uint32 operators_) internal pure returns (Organisation) {
        return _with(self, OPERATORS, type(uint32).max, operators_);
    }

    function _with(Organisation self, uint256 shift, uint256 mask, uint256 value) private pure returns (Organisation) {
        return Organisation.wrap((Organisation.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
