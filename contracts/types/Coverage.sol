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
///         - deductible, outOfPocket: what the member has met of them; out of pocket no more than MOST is counted.
///         - week, claims: the week of the period, modulo 256, in which a claim came last, and how many came in it.
///         - marks: four of 25 bits, of the claims that came last, the newest lowest; 0 for none.
type Coverage is uint256;

using CoverageLibrary for Coverage global;

/// @title Fields of the Coverage word
library CoverageLibrary {
    /// @dev Bits of a mark.
    uint256 internal constant MARK = 25;
    /// @dev Of `outOfPocket`.
    uint256 internal constant MOST = (1 << 34) - 1;

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

    /// @param deductible_ that is met besides: together below 2^32, as the deductible of every plan is
    /// @param share that is paid out of pocket besides. Without a maximum it has no bound: it is counted as far as the field
    ///        goes, and stops nobody's claim
    function withMore(Coverage self, uint256 deductible_, uint256 share) internal pure returns (Coverage) {
        unchecked {
            uint256 sum = self.outOfPocket() + share;
            return _withMet(self, self.deductible() + deductible_, sum > MOST ? MOST : sum);
        }
    }

    /// @param deductible_ that was met before
    /// @param share that was paid out of pocket before
    function withLess(Coverage self, uint256 deductible_, uint256 share) internal pure returns (Coverage) {
        uint256 before = self.outOfPocket();
        return _withMet(self, self.deductible() - deductible_, share < before ? before - share : 0);
    }

    /// @return without the mark of a claim that was taken back, if it is there: the claim can be made anew
    function withoutMark(Coverage self, uint256 mark) internal pure returns (Coverage) {
        for (uint256 shift = MARKS; shift < 256; shift += MARK) {
            if ((Coverage.unwrap(self) >> shift) & ((1 << MARK) - 1) == mark) {
                return Coverage.wrap(Coverage.unwrap(self) ^ (mark << shift));
            }
        }
        return self;
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

    function _withMet(Coverage self, uint256 deductible_, uint256 outOfPocket_) private pure returns (Coverage) {
        uint256 kept = Coverage.unwrap(self) & ~(((1 << 66) - 1) << DEDUCTIBLE);
        return Coverage.wrap(kept | (deductible_ << DEDUCTIBLE) | (outOfPocket_ << OUT_OF_POCKET));
    }
}
