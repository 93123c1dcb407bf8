// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a plan pays for one category of service, in one word. From the low end:
///
///         known 1 | covered 1 | coveredOut 1 | authorised 1 | scheduled 1 | deducted 1 | reviewed 1 | zero 1 |
///         coinsurance 14 | coinsuranceOut 14 | copay 24 | copayOut 24 | allowed 32 | outRate 14 | unitsLine 10 |
///         unitsVisit 10 | unitsYear 12 | unitsLifetime 12 | amountVisit 24 | amountYear 24 | amountLifetime 24 |
///         bundledInto 8 | zero 2
///
///         - known: the plan speaks of this category.
///         - covered, coveredOut: in the network, and out of it.
///         - authorised: needs a prior authorisation.
///         - scheduled: what is allowed stands in the plan's fee schedule.
///         - deducted: the deductible applies.
///         - reviewed: always goes to a reviewer.
///         - coinsurance, coinsuranceOut: the patient's, basis points of what is left after deductible and copay.
///         - copay, copayOut: minor units for each claim with such a service.
///         - allowed: minor units for one unit; 0 for as much as is charged.
///         - outRate: of what is allowed, out of the network, in basis points.
///         - unitsLine, unitsVisit, unitsYear, unitsLifetime: whole units in a line, claim, period of coverage, ever; 0 for no
///           limit.
///         - amountVisit, amountYear, amountLifetime: what is paid at most, in hundreds of minor units; 0 for no limit.
///         - bundledInto: a category; with a service of it on the same day, this one is not paid by itself; 0 for none.
type BenefitRule is uint256;

using BenefitRuleLibrary for BenefitRule global;

/// @title Fields of the BenefitRule word
library BenefitRuleLibrary {
    /// @dev Basis points in a whole.
    uint256 internal constant WHOLE = 10_000;

    /// @dev Bits of all units and amounts, which stand together, and of `authorised`.
    uint256 private constant LIMITS = ((1 << (BUNDLED_INTO - UNITS_LINE)) - 1) << UNITS_LINE | 1 << AUTHORISED;

    uint256 private constant COVERED = 1;
    uint256 private constant COVERED_OUT = 2;
    uint256 private constant AUTHORISED = 3;
    uint256 private constant SCHEDULED = 4;
    uint256 private constant DEDUCTED = 5;
    uint256 private constant REVIEWED = 6;
    uint256 private constant COINSURANCE = 8;
    uint256 private constant COINSURANCE_OUT = 22;
    uint256 private constant COPAY = 36;
    uint256 private constant COPAY_OUT = 60;
    uint256 private constant ALLOWED = 84;
    uint256 private constant OUT_RATE = 116;
    uint256 private constant UNITS_LINE = 130;
    uint256 private constant UNITS_VISIT = 140;
    uint256 private constant UNITS_YEAR = 150;
    uint256 private constant UNITS_LIFETIME = 162;
    uint256 private constant AMOUNT_VISIT = 174;
    uint256 private constant AMOUNT_YEAR = 198;
    uint256 private constant AMOUNT_LIFETIME = 222;
    uint256 private constant BUNDLED_INTO = 246;

    function known(BenefitRule self) internal pure returns (bool) {
        return BenefitRule.unwrap(self) & 1 != 0;
    }

    function covered(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> COVERED) & 1 != 0;
    }

    function coveredOut(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> COVERED_OUT) & 1 != 0;
    }

    function authorised(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> AUTHORISED) & 1 != 0;
    }

    function scheduled(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> SCHEDULED) & 1 != 0;
    }

    function deducted(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> DEDUCTED) & 1 != 0;
    }

    function reviewed(BenefitRule self) internal pure returns (bool) {
        return (BenefitRule.unwrap(self) >> REVIEWED) & 1 != 0;
    }

    /// @return basis points
    function coinsurance(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> COINSURANCE) & ((1 << 14) - 1));
    }

    /// @return basis points
    function coinsuranceOut(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> COINSURANCE_OUT) & ((1 << 14) - 1));
    }

    function copay(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> COPAY) & 0xffffff);
    }

    function copayOut(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> COPAY_OUT) & 0xffffff);
    }

    function allowed(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> ALLOWED) & 0xffffffff);
    }

    /// @return basis points
    function outRate(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> OUT_RATE) & ((1 << 14) - 1));
    }

    function unitsLine(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> UNITS_LINE) & ((1 << 10) - 1));
    }

    function unitsVisit(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> UNITS_VISIT) & ((1 << 10) - 1));
    }

    function unitsYear(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> UNITS_YEAR) & 0xfff);
    }

    function unitsLifetime(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> UNITS_LIFETIME) & 0xfff);
    }

    /// @return hundreds of minor units
    function amountVisit(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> AMOUNT_VISIT) & 0xffffff);
    }

    /// @return hundreds of minor units
    function amountYear(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> AMOUNT_YEAR) & 0xffffff);
    }

    /// @return hundreds of minor units
    function amountLifetime(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> AMOUNT_LIFETIME) & 0xffffff);
    }

    function bundledInto(BenefitRule self) internal pure returns (uint256) {
        return uint256((BenefitRule.unwrap(self) >> BUNDLED_INTO) & 0xff);
    }

    /// @return whether it limits units or amounts, or asks for an authorisation
    function isLimited(BenefitRule self) internal pure returns (bool) {
        return BenefitRule.unwrap(self) & LIMITS != 0;
    }

    function isCountedByYear(BenefitRule self) internal pure returns (bool) {
        return self.unitsYear() | self.amountYear() != 0;
    }

    function isCountedForLife(BenefitRule self) internal pure returns (bool) {
        return self.unitsLifetime() | self.amountLifetime() != 0;
    }

    function isWellFormed(BenefitRule self) internal pure returns (bool) {
        return self.known() && BenefitRule.unwrap(self) >> (BUNDLED_INTO + 8) == 0
            && (BenefitRule.unwrap(self) >> 7) & 1 == 0 && self.coinsurance() <= WHOLE && self.coinsuranceOut() <= WHOLE
            && self.outRate() <= WHOLE;
    }
}
