// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A member's coverage in one period, and what was counted in it, in one word. Amounts are in minor units. From the
///         low end:
///
///         plan 16 | firstDay 16 | days 9 | secondary 1 | family 32 | deductible 32 | outOfPocket 34 | week 8 | claims 8 |
///         marks 100
///
///         - firstDay: of service.
///         - days: after it, until the last day of service; at most 365.
///         - secondary: another payer pays first.
///         - family: number of the family's policy in this period; 0 for a member alone.
///         - deductible, outOfPocket: what the member has met of them.
///         - week, claims: the week of the period, modulo 256, in which a claim came last, and how many came in it.
///         - marks: five of 20 bits, of the claims that came last, the newest lowest; 0 for none.
type Coverage is uint256;

using CoverageLibrary for Coverage global;

/// @title Fields of the Coverage word
library CoverageLibrary {
    /// @dev Bits of a mark.
    uint256 internal constant MARK = 20;

    uint256 private constant FIRST_DAY = 16;
    uint256 private constant DAYS = 32;
    uint256 private constant SECONDARY = 41;
    uint256 private constant FAMILY = 42;
    uint256 private constant DEDUCTIBLE = 74;
    uint256 private constant OUT_OF_POCKET = 106;
    uint256 private constant WEEK = 140;
    uint256 private constant CLAIMS = 148;
    uint256 private constant MARKS = 156;

    function plan(Coverage self) internal pure returns (uint16) {
        return uint16(Coverage.unwrap(self));
    }

    function firstDay(Coverage self) internal pure returns (uint256) {
        return uint16(Coverage.unwrap(self) >> FIRST_DAY);
    }

    function lastDay(Coverage self) internal pure returns (uint256) {
        unchecked {
            return self.firstDay() + ((Coverage.unwrap(self) >> DAYS) & ((1 << 9) - 1));
        }
    }

    function secondary(Coverage self) internal pure returns (bool) {
        return (Coverage.unwrap(self) >> SECONDARY) & 1 != 0;
    }

    function family(Coverage self) internal pure returns (uint32) {
        return uint32(Coverage.unwrap(self) >> FAMILY);
    }

    function deductible(Coverage self) internal pure returns (uint256) {
        return uint32(Coverage.unwrap(self) >> DEDUCTIBLE);
    }

    function outOfPocket(Coverage self) internal pure returns (uint256) {
        return (Coverage.unwrap(self) >> OUT_OF_POCKET) & ((1 << 34) - 1);
    }

    function week(Coverage self) internal pure returns (uint256) {
        return uint8(Coverage.unwrap(self) >> WEEK);
    }

    function claims(Coverage self) internal pure returns (uint256) {
        return uint8(Coverage.unwrap(self) >> CLAIMS);
    }

    function marks(Coverage self) internal pure returns (uint256) {
        return Coverage.unwrap(self) >> MARKS;
    }

    function exists(Coverage self) internal pure returns (bool) {
        return Coverage.unwrap(self) != 0;
    }

    /// @param lastDay_ at most 365 days after the first
    function make(
        uint256 plan_,
        uint256 firstDay_,
        uint256 lastDay_,
        uint256 family_,
        bool secondary_
    ) internal pure returns (Coverage) {
        uint256 word = plan_ | (firstDay_ << FIRST_DAY) | (family_ << FAMILY);
        return Coverage.wrap(word).withTerms(lastDay_, secondary_);
    }

    /// @param lastDay_ not before the first, and at most 365 days after it
    function withTerms(Coverage self, uint256 lastDay_, bool secondary_) internal pure returns (Coverage) {
        uint256 kept = Coverage.unwrap(self) & ~(((1 << 10) - 1) << DAYS);
        uint256 days_ = lastDay_ - self.firstDay();
        return Coverage.wrap(kept | (days_ << DAYS) | (secondary_ ? 1 << SECONDARY : 0));
    }

    /// @dev A sum beyond its field is refused before it reaches the next. By rule it cannot be: the deductible of a plan has 32
    ///      bits, and beyond its ceiling, which has as many, a claim is for people to decide about.
    function withMet(Coverage self, uint256 deductible_, uint256 outOfPocket_) internal pure returns (Coverage) {
        require(deductible_ >> 32 == 0 && outOfPocket_ >> 34 == 0);
        uint256 kept = Coverage.unwrap(self) & ~(((1 << 66) - 1) << DEDUCTIBLE);
        return Coverage.wrap(kept | (deductible_ << DEDUCTIBLE) | (outOfPocket_ << OUT_OF_POCKET));
    }

    /// @param week_ of the period, modulo 256
    /// @param mark of the claim, not 0
    /// @return after one claim more, in that week, of which 255 are counted
    function withClaim(Coverage self, uint256 week_, uint256 mark) internal pure returns (Coverage) {
        unchecked {
            uint256 before = self.week() == week_ ? self.claims() : 0;
            if (before != 255) ++before;
            uint256 kept = Coverage.unwrap(self) & ((1 << WEEK) - 1);
            uint256 after_ = (self.marks() << (MARKS + MARK)) | (mark << MARKS);
            return Coverage.wrap(kept | after_ | (week_ << WEEK) | (before << CLAIMS));
        }
    }
}
