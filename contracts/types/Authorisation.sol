// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A prior authorisation, in one word. From the low end:
///
///         member 160 | provider 32 | category 8 | firstDay 16 | lastDay 16 | units 24
///
///         - firstDay, lastDay: of service, both inclusive.
///         - units: hundredths that are left of it.
type Authorisation is uint256;

using AuthorisationLibrary for Authorisation global;

/// @title Fields of the Authorisation word
library AuthorisationLibrary {
    uint256 private constant PROVIDER = 160;
    uint256 private constant CATEGORY = 192;
    uint256 private constant FIRST_DAY = 200;
    uint256 private constant LAST_DAY = 216;
    uint256 private constant UNITS = 232;

    function member(Authorisation self) internal pure returns (address) {
        return address(uint160(Authorisation.unwrap(self)));
    }

    function provider(Authorisation self) internal pure returns (uint32) {
        return uint32(Authorisation.unwrap(self) >> PROVIDER);
    }

    function category(Authorisation self) internal pure returns (uint256) {
        return uint256((Authorisation.unwrap(self) >> CATEGORY) & 0xff);
    }

    function firstDay(Authorisation self) internal pure returns (uint256) {
        return uint256((Authorisation.unwrap(self) >> FIRST_DAY) & 0xffff);
    }

    function lastDay(Authorisation self) internal pure returns (uint256) {
        return uint256((Authorisation.unwrap(self) >> LAST_DAY) & 0xffff);
    }

    /// @return hundredths of a unit
    function units(Authorisation self) internal pure returns (uint256) {
        return uint256((Authorisation.unwrap(self) >> UNITS) & 0xffffff);
    }

    function exists(Authorisation self) internal pure returns (bool) {
        return Authorisation.unwrap(self) != 0;
    }

    /// @param day of service
    function isFor(
        Authorisation self,
        address member_,
        uint256 provider_,
        uint256 category_,
        uint256 day
    ) internal pure returns (bool) {
        return self.member() == member_ && self.provider() == provider_ && self.category() == category_
            && self.firstDay() <= day && day <= self.lastDay();
    }

    function make(
        address member_,
        uint256 provider_,
        uint256 category_,
        uint256 firstDay_,
        uint256 lastDay_,
        uint256 units_
    ) internal pure returns (Authorisation) {
        uint256 word = uint160(member_) | (provider_ << PROVIDER) | (category_ << CATEGORY);
        return Authorisation.wrap(word | (firstDay_ << FIRST_DAY) | (lastDay_ << LAST_DAY) | (units_ << UNITS));
    }

    /// @param units_ at most what was left or given back
    function withUnits(Authorisation self, uint256 units_) internal pure returns (Authorisation) {
        return Authorisation.wrap((Authorisation.unwrap(self) & ((1 << UNITS) - 1)) | (units_ << UNITS));
    }
}
