// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimTypes} from "../../interfaces/IClaimTypes.sol";
import {BenefitRule, BenefitRuleLibrary} from "../types/BenefitRule.sol";
import {LineOutcome, LineOutcomeLibrary} from "../types/LineOutcome.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {ServiceLine} from "../types/ServiceLine.sol";

/// @title Adjudication
/// @notice What a plan pays for a line of a claim, and why not the rest. Pure: the same line, rule and benefits left give the
///         same outcome everywhere. `carechain/claims/adjudication.py` is its twin.
///
///         Order of the rules (docs/SPECIFICATION.md has them as sentences): what denies the whole line; units; what is
///         allowed; deductible, copay and coinsurance; the out-of-pocket maximum; what is paid at most; other payers.
///         Rounding: every division rounds down: what is allowed, coinsurance, and the part of a charge that is for units
///         not covered. What is left over of a cent in coinsurance is the payer's; in what is allowed it is contractual, so
///         the provider's to forgo in the network, and the patient's outside of it.
library Adjudication {
    uint256 private constant HUNDRED = 100;
    uint256 private constant NO_LIMIT = type(uint256).max;

    /// @dev What is left of the benefits, and how this claim is judged. Amounts in minor units, units in hundredths;
    ///      NO_LIMIT where there is none.
    struct Benefits {
        // Of the claim.
        bool inNetwork;
        bool reviewed; // a person has approved what a rule alone would not pay
        bool afterOthers; // other payers come first, and the lines tell what they left
        bool copayFirst;
        uint256 denial; // IClaimTypes.Reason of all its lines, 0 if there is none
        uint256 deductibleLeft;
        uint256 outOfPocketLeft;
        // Of the category at hand.
        BenefitRule rule;
        bool limited; // the rule limits units or amounts, or asks for an authorisation: what follows counts
        uint256 copayLeft;
        uint256 authorisedLeft;
        uint256 unitsVisitLeft;
        uint256 unitsPeriodLeft;
        uint256 unitsLifetimeLeft;
        uint256 amountVisitLeft;
        uint256 amountPeriodLeft;
        uint256 amountLifetimeLeft;
    }

    /// @dev A line while it is judged.
    struct Share {
        uint256 billed; // of the charge, for the units that are covered
        uint256 base; // of it, what is allowed
        uint256 deductible;
        uint256 copay;
        uint256 coinsurance;
        uint256 paid;
        uint256 other;
        uint256 reason;
        uint256 units;
        uint256 contractual;
        uint256 prior;
    }

    // ------------------------------------------------------------------ what is left

    /// @notice Sets what is left for the claim as a whole.
    /// @param deductibleMet by the member in this period
    /// @param outOfPocketMet by the member in this period
    function startClaim(
        Benefits memory self,
        PlanTerms plan,
        uint256 deductibleMet,
        uint256 outOfPocketMet
    ) internal pure {
        self.copayFirst = plan.copayFirst();
        self.deductibleLeft = _left(plan.deductible(), deductibleMet);
        self.outOfPocketLeft = plan.outOfPocket() == 0 ? NO_LIMIT : _left(plan.outOfPocket(), outOfPocketMet);
    }

    /// @notice Leaves no more than what is left for the member's family. Where a plan sets nothing for families, what it sets
    ///         for a member holds alone.
    /// @param deductibleMet by the family in this period
    /// @param outOfPocketMet by the family in this period
    function startFamily(
        Benefits memory self,
        PlanTerms plan,
        uint256 deductibleMet,
        uint256 outOfPocketMet
    ) internal pure {
        if (plan.familyDeductible() != 0) {
            self.deductibleLeft = _min(self.deductibleLeft, _left(plan.familyDeductible(), deductibleMet));
        }
        if (plan.familyOutOfPocket() != 0) {
            self.outOfPocketLeft = _min(self.outOfPocketLeft, _left(plan.familyOutOfPocket(), outOfPocketMet));
        }
    }

    /// @notice Sets the rule of a category. If it is limited, `startLimits` has to follow.
    function startCategory(Benefits memory self, BenefitRule rule) internal pure {
        self.rule = rule;
        self.copayLeft = self.inNetwork ? rule.copay() : rule.copayOut();
        self.limited = rule.isLimited();
    }

    /// @notice Sets what is left in a category that is limited.
    /// @param unitsInPeriod used, hundredths
    /// @param amountInPeriod paid, minor units
    /// @param unitsForLife used in all periods
    /// @param amountForLife paid in all periods
    /// @param authorised units that an authorisation has left, 0 without one
    function startLimits(
        Benefits memory self,
        uint256 unitsInPeriod,
        uint256 amountInPeriod,
        uint256 unitsForLife,
        uint256 amountForLife,
        uint256 authorised
    ) internal pure {
        BenefitRule rule = self.rule;
        self.authorisedLeft = authorised;
        self.unitsVisitLeft = _limit(rule.unitsVisit(), 0);
        self.unitsPeriodLeft = _limit(rule.unitsYear(), unitsInPeriod);
        self.unitsLifetimeLeft = _limit(rule.unitsLifetime(), unitsForLife);
        self.amountVisitLeft = _limit(rule.amountVisit(), 0);
        self.amountPeriodLeft = _limit(rule.amountYear(), amountInPeriod);
        self.amountLifetimeLeft = _limit(rule.amountLifetime(), amountForLife);
    }

    // ------------------------------------------------------------------ a line

    /// @notice Judges a line of the category that was started last, and takes what it uses off what is left.
    /// @param bundled another service of the claim includes this one
    /// @param denial IClaimTypes.Reason for which a reviewer denies it, 0 if none does
    /// @param cap most that a reviewer allows for it, in minor units
    function judge(
        Benefits memory self,
        ServiceLine line,
        bool bundled,
        uint256 denial,
        uint256 cap
    ) internal pure returns (LineOutcome) {
        uint256 charge = line.charge();
        if (self.denial != 0) denial = self.denial;
        if (denial == 0) denial = _denial(self, bundled);
        if (denial != 0) return LineOutcomeLibrary.denied(charge, denial);
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Share memory share;
        (share.units, share.billed) = (line.units(), charge);
        if (self.limited) {
            _cover(self, share, charge);
            if (share.units == 0) return LineOutcomeLibrary.denied(charge, share.reason);
        }
        unchecked {
            // No amount of a line exceeds its charge, which is below 2^34, and no factor 2^32: nothing here overflows, and
            // what is subtracted was bounded by what it is subtracted from.
            _price(self, line, share, cap);
            _share(self, share);
            if (self.limited) _bound(self, share);
            share.contractual = share.billed - share.base;
            if (self.afterOthers) _coordinate(line, share);
            uint256 patients = share.deductible + share.copay + share.coinsurance;
            if (patients != 0) {
                self.deductibleLeft -= share.deductible;
                if (self.outOfPocketLeft != NO_LIMIT) self.outOfPocketLeft -= patients;
                self.copayLeft -= share.copay;
            }
            if (self.limited) _use(self, share);
        }
        return LineOutcomeLibrary.make(
            share.paid,
            share.contractual,
            share.deductible,
            share.coinsurance,
            share.copay,
            share.prior,
            share.other,
            share.units,
            share.other == 0 ? 0 : share.reason
        );
    }

    // ------------------------------------------------------------------ the rules, in their order

    /// @return why the plan pays nothing of it, 0 if that is not so
    function _denial(Benefits memory self, bool bundled) private pure returns (uint256) {
        BenefitRule rule = self.rule;
        if (!(self.inNetwork ? rule.covered() : rule.coveredOut())) {
            return uint256(rule.covered() ? IClaimTypes.Reason.OutOfNetwork : IClaimTypes.Reason.NotCovered);
        }
        if (self.reviewed) return 0;
        if (rule.authorised() && self.authorisedLeft == 0) return uint256(IClaimTypes.Reason.NotAuthorised);
        return bundled ? uint256(IClaimTypes.Reason.Bundled) : 0;
    }

    /// @dev How many of its units are covered, and the part of the charge that is for them.
    function _cover(Benefits memory self, Share memory share, uint256 charge) private pure {
        BenefitRule rule = self.rule;
        uint256 asked = share.units;
        if (!self.reviewed) {
            _cut(share, _limit(rule.unitsLine(), 0), IClaimTypes.Reason.TooManyUnits);
            if (rule.authorised()) _cut(share, self.authorisedLeft, IClaimTypes.Reason.NotAuthorised);
        }
        _cut(share, self.unitsVisitLeft, IClaimTypes.Reason.BenefitMaximum);
        _cut(share, self.unitsPeriodLeft, IClaimTypes.Reason.BenefitMaximum);
        _cut(share, self.unitsLifetimeLeft, IClaimTypes.Reason.LifetimeMaximum);
        if (share.units == asked) return;
        share.other = charge * (asked - share.units) / asked;
        share.billed = charge - share.other;
    }

    /// @dev What the plan allows for them.
    function _price(Benefits memory self, ServiceLine line, Share memory share, uint256 cap) private pure {
        unchecked {
            BenefitRule rule = self.rule;
            uint256 unitPrice = rule.scheduled() ? line.allowed() : rule.allowed();
            uint256 base = unitPrice == 0 ? share.billed : unitPrice * share.units / HUNDRED;
            if (!self.inNetwork) base = base * rule.outRate() / BenefitRuleLibrary.WHOLE;
            if (base > share.billed) base = share.billed;
            share.base = base < cap ? base : cap;
        }
    }

    /// @dev What of it the patient bears, and what is left for the payer.
    function _share(Benefits memory self, Share memory share) private pure {
        unchecked {
            BenefitRule rule = self.rule;
            uint256 rest = share.base;
            if (self.copayFirst) rest -= share.copay = _min(self.copayLeft, rest);
            if (rule.deducted()) rest -= share.deductible = _min(self.deductibleLeft, rest);
            if (!self.copayFirst) rest -= share.copay = _min(self.copayLeft, rest);
            uint256 rate = self.inNetwork ? rule.coinsurance() : rule.coinsuranceOut();
            share.coinsurance = rest * rate / BenefitRuleLibrary.WHOLE;
            // Beyond the out-of-pocket maximum the payer bears it: first of the coinsurance, then of copay and deductible.
            uint256 total = share.deductible + share.copay + share.coinsurance;
            if (total > self.outOfPocketLeft) {
                uint256 excess = total - self.outOfPocketLeft;
                uint256 part = _min(excess, share.coinsurance);
                share.coinsurance -= part;
                excess -= part;
                part = _min(excess, share.copay);
                share.copay -= part;
                share.deductible -= excess - part;
                total = self.outOfPocketLeft;
            }
            share.paid = share.base - total;
        }
    }

    /// @dev No more than is paid at most, in a claim, a period and ever.
    function _bound(Benefits memory self, Share memory share) private pure {
        _cap(share, self.amountVisitLeft, IClaimTypes.Reason.BenefitMaximum);
        _cap(share, self.amountPeriodLeft, IClaimTypes.Reason.BenefitMaximum);
        _cap(share, self.amountLifetimeLeft, IClaimTypes.Reason.LifetimeMaximum);
    }

    /// @dev After other payers: no more than they left to the patient, whose own part is what is then still open.
    function _coordinate(ServiceLine line, Share memory share) private pure {
        unchecked {
            uint256 left = line.priorPatient();
            share.prior = line.charge() - left;
            share.paid = _min(share.paid, left);
            left -= share.paid;
            left -= share.deductible = _min(share.deductible, left);
            left -= share.copay = _min(share.copay, left);
            left -= share.coinsurance = _min(share.coinsurance, left);
            left -= share.other = _min(share.other, left);
            share.contractual = left;
        }
    }

    function _use(Benefits memory self, Share memory share) private pure {
        unchecked {
            self.authorisedLeft = _taken(self.authorisedLeft, share.units);
            self.unitsVisitLeft = _taken(self.unitsVisitLeft, share.units);
            self.unitsPeriodLeft = _taken(self.unitsPeriodLeft, share.units);
            self.unitsLifetimeLeft = _taken(self.unitsLifetimeLeft, share.units);
            self.amountVisitLeft = _taken(self.amountVisitLeft, share.paid);
            self.amountPeriodLeft = _taken(self.amountPeriodLeft, share.paid);
            self.amountLifetimeLeft = _taken(self.amountLifetimeLeft, share.paid);
        }
    }

    // ------------------------------------------------------------------ small arithmetic

    /// @dev The first limit that cuts gives the reason for all that is not covered.
    function _cut(Share memory share, uint256 limit, IClaimTypes.Reason reason) private pure {
        if (share.units <= limit) return;
        share.units = limit;
        if (share.reason == 0) share.reason = uint256(reason);
    }

    function _cap(Share memory share, uint256 limit, IClaimTypes.Reason reason) private pure {
        if (share.paid <= limit) return;
        share.other += share.paid - limit;
        share.paid = limit;
        if (share.reason == 0) share.reason = uint256(reason);
    }

    /// @param limit in hundreds of what `used` is in, 0 for none
    function _limit(uint256 limit, uint256 used) private pure returns (uint256) {
        return limit == 0 ? NO_LIMIT : _left(limit * HUNDRED, used);
    }

    function _left(uint256 limit, uint256 used) private pure returns (uint256) {
        unchecked {
            return used < limit ? limit - used : 0;
        }
    }

    function _taken(uint256 left, uint256 used) private pure returns (uint256) {
        unchecked {
            return used < left ? left - used : 0;
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
