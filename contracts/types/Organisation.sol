// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What decides whether an accredited organisation and its principal key may act, in one word, so that the
///         question costs one storage read.
///         From the low end: roles 32 | licenceExpiry 40 | state 8 | generation 16 | principal 160.
///         All zero: no such organisation.
type Organisation is uint256;

using OrganisationLibrary for Organisation global;

/// @title Fields of the Organisation word
library OrganisationLibrary {
    uint256 private constant LICENCE_EXPIRY = 32;
    uint256 private constant STATE = 72;
    uint256 private constant GENERATION = 80;
    uint256 private constant PRINCIPAL = 96;

    /// @param roles_ bitmap of `Roles`, never zero: it marks existence
    /// @param licenceExpiry_ Unix seconds from which the licence no longer counts
    function pack(uint32 roles_, uint40 licenceExpiry_) internal pure returns (Organisation) {
        return Organisation.wrap(uint256(roles_) | (uint256(licenceExpiry_) << LICENCE_EXPIRY));
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
    function generation(Organisation self) internal pure returns (uint16) {
        return uint16(Organisation.unwrap(self) >> GENERATION);
    }

    /// @return one of its operator keys, or zero if none is principal
    function principal(Organisation self) internal pure returns (address) {
        return address(uint160(Organisation.unwrap(self) >> PRINCIPAL));
    }

    /// @param time Unix seconds
    /// @return whether it is accredited, neither suspended nor withdrawn, and its licence still counts
    function isGoodAt(Organisation self, uint256 time) internal pure returns (bool) {
        // State and expiry as one number: Accredited is state 0, any other makes it larger than any time; and the licence
        // of what does not exist has always expired.
        uint256 number = uint48(Organisation.unwrap(self) >> LICENCE_EXPIRY);
        unchecked {
            // time < number <= 2^40 - 1, as one comparison: a number that is not larger wraps around.
            return number - time - 1 < type(uint40).max - time;
        }
    }

    /// @param operator a key
    /// @param time Unix seconds
    /// @return whether `isGoodAt` that time, and the key is its principal one
    function isGoodFor(Organisation self, address operator, uint256 time) internal pure returns (bool) {
        if (Organisation.unwrap(self) >> PRINCIPAL != uint160(operator)) return false;
        if (operator == address(0)) return false;
        return self.isGoodAt(time);
    }

    function withTerms(Organisation self, uint32 roles_, uint40 licenceExpiry_) internal pure returns (Organisation) {
        uint256 kept = (Organisation.unwrap(self) >> STATE) << STATE;
        return Organisation.wrap(kept | uint256(roles_) | (uint256(licenceExpiry_) << LICENCE_EXPIRY));
    }

    function withState(Organisation self, uint8 state_) internal pure returns (Organisation) {
        return _with(self, STATE, type(uint8).max, state_);
    }

    function withGeneration(Organisation self, uint16 generation_) internal pure returns (Organisation) {
        return _with(self, GENERATION, type(uint16).max, generation_);
    }

    function withPrincipal(Organisation self, address principal_) internal pure returns (Organisation) {
        return _with(self, PRINCIPAL, type(uint160).max, uint160(principal_));
    }

    function _with(Organisation self, uint256 shift, uint256 mask, uint256 value) private pure returns (Organisation) {
        return Organisation.wrap((Organisation.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
