// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A version of a plan, in one word: what holds for all of its services. Amounts are in minor units. From the low end:
///
///         from 16 | until 16 | deductible 32 | familyDeductible 32 | outOfPocket 32 | familyOutOfPocket 32 | ceiling 32 |
///         timelyFiling 12 | currency 10 | memberVelocity 8 | providerVelocity 16 | copayFirst 1 | zero 17
///
///         - from, until: days of service, since 1970-01-01, that it is for; `until` exclusive, 65535 while there is no later
///           version.
///         - deductible, familyDeductible: in a period of coverage; 0 for none.
///         - outOfPocket, familyOutOfPocket: maximum of what patients pay in a period of coverage; 0 for none.
///         - ceiling: a claim of which more would be paid goes to a reviewer.
///         - timelyFiling: days after the service within which it must be claimed; 0 for no limit.
///         - currency: ISO 4217, the number.
///         - memberVelocity: claims of a member in a week, below 255, 0 for no limit; beyond it they go to a reviewer.
///         - providerVelocity: claims of a provider in a day, below 65535, likewise.
///         - copayFirst: the copay is taken before the deductible.
type PlanTerms is uint256;

using PlanTermsLibrary for PlanTerms global;

/// @title Fields of the PlanTerms word
library PlanTermsLibrary {
    /// @dev Of `until`, while there is no later version.
    uint256 internal constant OPEN = type(uint16).max;

    uint256 private constant UNTIL = 16;
    uint256 private constant DEDUCTIBLE = 32;
    uint256 private constant FAMILY_DEDUCTIBLE = 64;
    uint256 private constant OUT_OF_POCKET = 96;
    uint256 private constant FAMILY_OUT_OF_POCKET = 128;
    uint256 private constant CEILING = 160;
    uint256 private constant TIMELY_FILING = 192;
    uint256 private constant CURRENCY = 204;
    uint256 private constant MEMBER_VELOCITY = 214;
    uint256 private constant PROVIDER_VELOCITY = 222;
    uint256 private constant COPAY_FIRST = 238;

    function from(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self)) & 0xffff);
    }

    function until(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> UNTIL) & 0xffff);
    }

    function deductible(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> DEDUCTIBLE) & 0xffffffff);
    }

    function familyDeductible(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> FAMILY_DEDUCTIBLE) & 0xffffffff);
    }

    function outOfPocket(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> OUT_OF_POCKET) & 0xffffffff);
    }

    function familyOutOfPocket(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> FAMILY_OUT_OF_POCKET) & 0xffffffff);
    }

    function ceiling(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> CEILING) & 0xffffffff);
    }

    function timelyFiling(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> TIMELY_FILING) & 0xfff);
    }

    function currency(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> CURRENCY) & ((1 << 10) - 1));
    }

    function memberVelocity(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> MEMBER_VELOCITY) & 0xff);
    }

    function providerVelocity(PlanTerms self) internal pure returns (uint256) {
        return uint256((PlanTerms.unwrap(self) >> PROVIDER_VELOCITY) & 0xffff);
    }

    function copayFirst(PlanTerms self) internal pure returns (bool) {
        return (PlanTerms.unwrap(self) >> COPAY_FIRST) & 1 != 0;
    }

    /// @return whether the version is known at all
    function exists(PlanTerms self) internal pure returns (bool) {
        return PlanTerms.unwrap(self) != 0;
    }

    function isWellFormed(PlanTerms self) internal pure returns (bool) {
        return PlanTerms.unwrap(self) >> (COPAY_FIRST + 1) == 0 && self.from() != 0 && self.until() == OPEN
            && self.currency() != 0 && self.memberVelocity() != type(uint8).max
            && self.providerVelocity() != type(uint16).max;
    }

    function endedOn(PlanTerms self, uint256 until_) internal pure returns (PlanTerms) {
        return PlanTerms.wrap((PlanTerms.unwrap(self) & ~(OPEN << UNTIL)) | (until_ << UNTIL));
    }
}
