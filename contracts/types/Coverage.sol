// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A member's coverage in one period, and what was counted in it, in one word. Amounts are in minor units. From the
///         low end:
///
///         plan 16 | firstDay 16 | lastDay 16 | deductible 36 | outOfPocket 36 | family 32 | secondary 1 | zero 7 | week 8 |
///         claims 8 | zero 80
///
///         - firstDay, lastDay: of service, both inclusive; at most 366 days.
///         - deductible, outOfPocket: what the member has met of them.
///         - family: number of the family's policy in this period; 0 for a member alone.
///         - secondary: another payer pays first.
///         - week, claims: the week of the period, modulo 256, in which a claim came last, and how many came in it.
type Coverage is uint256;

using CoverageLibrary for Coverage global;

/// @title Fields of the Coverage word
library CoverageLibrary {
    uint256 private constant FIRST_DAY = 16;
    uint256 private constant LAST_DAY = 32;
    uint256 private constant DEDUCTIBLE = 48;
    uint256 private constant OUT_OF_POCKET = 84;
    uint256 private constant FAMILY = 120;
    uint256 private constant SECONDARY = 152;
    uint256 private constant WEEK = 160;
    uint256 private constant CLAIMS = 168;

    function plan(Coverage self) internal pure returns (uint16) {
        return uint16(Coverage.unwrap(self));
    }

    function firstDay(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> FIRST_DAY) & 0xffff);
    }

    function lastDay(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> LAST_DAY) & 0xffff);
    }

    function deductible(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> DEDUCTIBLE) & 0xfffffffff);
    }

    function outOfPocket(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> OUT_OF_POCKET) & 0xfffffffff);
    }

    function family(Coverage self) internal pure returns (uint32) {
        return uint32(Coverage.unwrap(self) >> FAMILY);
    }

    function secondary(Coverage self) internal pure returns (bool) {
        return (Coverage.unwrap(self) >> SECONDARY) & 1 != 0;
    }

    function week(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> WEEK) & 0xff);
    }

    function claims(Coverage self) internal pure returns (uint256) {
        return uint256((Coverage.unwrap(self) >> CLAIMS) & 0xff);
    }

    function exists(Coverage self) internal pure returns (bool) {
        return Coverage.unwrap(self) != 0;
    }

    function make(
        uint256 plan_,
        uint256 firstDay_,
        uint256 lastDay_,
        uint256 family_,
        bool secondary_
    ) internal pure returns (Coverage) {
        uint256 word = plan_ | (firstDay_ << FIRST_DAY) | (lastDay_ << LAST_DAY) | (family_ << FAMILY);
        return Coverage.wrap(secondary_ ? word | (1 << SECONDARY) : word);
    }

    function withTerms(Coverage self, uint256 lastDay_, bool secondary_) internal pure returns (Coverage) {
        uint256 kept = Coverage.unwrap(self) & ~((uint256(type(uint16).max) << LAST_DAY) | (1 << SECONDARY));
        return Coverage.wrap(kept | (lastDay_ << LAST_DAY) | (secondary_ ? 1 << SECONDARY : 0));
    }

    /// @dev Checked: a sum beyond its field is refused before it reaches the next.
    function withMet(Coverage self, uint256 deductible_, uint256 outOfPocket_) internal pure returns (Coverage) {
        require(deductible_ >> 36 == 0 && outOfPocket_ >> 36 == 0);
        uint256 kept = Coverage.unwrap(self) & ~(((1 << 72) - 1) << DEDUCTIBLE);
        return Coverage.wrap(kept | (deductible_ << DEDUCTIBLE) | (outOfPocket_ << OUT_OF_POCKET));
    }

    /// @param week_ of the period, modulo 256
    /// @return after one claim more in that week; it stays at 255
    function withClaim(Coverage self, uint256 week_) internal pure returns (Coverage) {
        uint256 before = self.week() == week_ ? self.claims() : 0;
        uint256 kept = Coverage.unwrap(self) & ~(uint256(type(uint16).max) << WEEK);
        return Coverage.wrap(kept | (week_ << WEEK) | ((before == 255 ? before : before + 1) << CLAIMS));
    }
}
