// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Authorisation, AuthorisationLibrary} from "../types/Authorisation.sol";
import {BenefitRule} from "../types/BenefitRule.sol";
import {ClaimCase, ClaimCaseLibrary} from "../types/ClaimCase.sol";
import {ClaimTerms} from "../types/ClaimTerms.sol";
import {Coverage, CoverageLibrary} from "../types/Coverage.sol";
import {LineOutcome, LineOutcomeLibrary} from "../types/LineOutcome.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {ProviderTerms} from "../types/ProviderTerms.sol";
import {Reserve, ReserveLibrary} from "../types/Reserve.sol";
import {ServiceLine} from "../types/ServiceLine.sol";

/// @title Shows the packed words of claims to tests
/// @notice What a word has is told in the order of its layout, without what has no meaning.
contract ClaimWordsProbe {
    // ------------------------------------------------------------------ what a claim says

    function claimTermsOf(uint256 word) external pure returns (uint256[8] memory) {
        ClaimTerms self = ClaimTerms.wrap(word);
        return [
            uint256(uint160(self.member())),
            self.coverage(),
            self.version(),
            self.authorisation(),
            self.replaces(),
            self.currency(),
            _bit(self.priorTold()),
            _bit(self.liability())
        ];
    }

    function isClaimTerms(uint256 word) external pure returns (bool) {
        return ClaimTerms.wrap(word).isWellFormed();
    }

    function serviceLineOf(uint256 word) external pure returns (uint256[8] memory) {
        ServiceLine self = ServiceLine.wrap(word);
        return [
            self.charge(),
            self.allowed(),
            self.priorPatient(),
            self.units(),
            self.entry(),
            self.day(),
            self.number(),
            self.category()
        ];
    }

    function isServiceLine(uint256 word) external pure returns (bool) {
        return ServiceLine.wrap(word).isWellFormed();
    }

    function lineOutcomeOf(uint256 word) external pure returns (uint256[9] memory) {
        LineOutcome self = LineOutcome.wrap(word);
        return [
            self.paid(),
            self.contractual(),
            self.deductible(),
            self.coinsurance(),
            self.prior(),
            self.other(),
            self.copay(),
            self.units(),
            self.reason()
        ];
    }

    function lineOutcomeSums(uint256 word) external pure returns (uint256 share, uint256 total) {
        LineOutcome self = LineOutcome.wrap(word);
        return (self.share(), self.total());
    }

    function makeLineOutcome(uint256[9] calldata values) external pure returns (uint256) {
        return LineOutcome.unwrap(
            LineOutcomeLibrary.make(
                values[0], values[1], values[2], values[3], values[6], values[4], values[5], values[7], values[8]
            )
        );
    }

    function makeDenied(uint256 charge, uint256 reason) external pure returns (uint256) {
        return LineOutcome.unwrap(LineOutcomeLibrary.denied(charge, reason));
    }

    // ------------------------------------------------------------------ what a plan says

    function planTermsOf(uint256 word) external pure returns (uint256[12] memory) {
        PlanTerms self = PlanTerms.wrap(word);
        return [
            self.from(),
            self.until(),
            self.deductible(),
            self.familyDeductible(),
            self.outOfPocket(),
            self.familyOutOfPocket(),
            self.ceiling(),
            self.timelyFiling(),
            self.currency(),
            self.memberVelocity(),
            self.providerVelocity(),
            _bit(self.copayFirst())
        ];
    }

    function isPlanTerms(uint256 word) external pure returns (bool) {
        return PlanTerms.wrap(word).isWellFormed();
    }

    function planEndedOn(uint256 word, uint256 until) external pure returns (uint256) {
        return PlanTerms.unwrap(PlanTerms.wrap(word).endedOn(until));
    }

    function benefitRuleOf(uint256 word) external pure returns (uint256[20] memory values) {
        BenefitRule self = BenefitRule.wrap(word);
        values[0] = _bit(self.known());
        values[1] = _bit(self.covered());
        values[2] = _bit(self.coveredOut());
        values[3] = _bit(self.authorised());
        values[4] = _bit(self.scheduled());
        values[5] = _bit(self.deducted());
        values[6] = _bit(self.reviewed());
        values[7] = self.coinsurance();
        values[8] = self.coinsuranceOut();
        values[9] = self.copay();
        values[10] = self.copayOut();
        values[11] = self.allowed();
        values[12] = self.outRate();
        values[13] = self.unitsLine();
        values[14] = self.unitsVisit();
        values[15] = self.unitsYear();
        values[16] = self.unitsLifetime();
        values[17] = self.amountVisit();
        values[18] = self.amountYear();
        values[19] = self.amountLifetime();
    }

    function bundledInto(uint256 word) external pure returns (uint256) {
        return BenefitRule.wrap(word).bundledInto();
    }

    function isBenefitRule(uint256 word) external pure returns (bool) {
        return BenefitRule.wrap(word).isWellFormed();
    }

    // ------------------------------------------------------------------ what a payer knows

    function coverageOf(uint256 word) external pure returns (uint256[10] memory) {
        Coverage self = Coverage.wrap(word);
        return [
            uint256(self.plan()),
            self.firstDay(),
            self.lastDay() - self.firstDay(),
            _bit(self.secondary()),
            self.family(),
            self.deductible(),
            self.outOfPocket(),
            self.week(),
            self.claims(),
            self.marks()
        ];
    }

    function makeCoverage(
        uint256 plan,
        uint256 firstDay,
        uint256 lastDay,
        uint256 family,
        bool secondary
    ) external pure returns (uint256) {
        return Coverage.unwrap(CoverageLibrary.make(plan, firstDay, lastDay, family, secondary));
    }

    function coverageWithTerms(uint256 word, uint256 lastDay, bool secondary) external pure returns (uint256) {
        return Coverage.unwrap(Coverage.wrap(word).withTerms(lastDay, secondary));
    }

    function coverageWithMore(uint256 word, uint256 deductible, uint256 share) external pure returns (uint256) {
        return Coverage.unwrap(Coverage.wrap(word).withMore(deductible, share));
    }

    function coverageWithLess(uint256 word, uint256 deductible, uint256 share) external pure returns (uint256) {
        return Coverage.unwrap(Coverage.wrap(word).withLess(deductible, share));
    }

    function coverageWithoutMark(uint256 word, uint256 mark) external pure returns (uint256) {
        return Coverage.unwrap(Coverage.wrap(word).withoutMark(mark));
    }

    function coverageWithClaim(uint256 word, uint256 week, uint256 mark) external pure returns (uint256) {
        return Coverage.unwrap(Coverage.wrap(word).withClaim(week, mark));
    }

    function reserveOf(uint256 word) external pure returns (uint256[4] memory) {
        Reserve self = Reserve.wrap(word);
        return [uint256(uint160(self.token())), self.funds(), self.encumbered(), self.scale()];
    }

    function makeReserve(address token, uint256 scale) external pure returns (uint256) {
        return Reserve.unwrap(ReserveLibrary.make(token, scale));
    }

    function reserveWithFunds(uint256 word, uint256 funds, uint256 encumbered) external pure returns (uint256) {
        return Reserve.unwrap(Reserve.wrap(word).withFunds(funds, encumbered));
    }

    function providerTermsOf(uint192 word) external pure returns (uint256[5] memory) {
        ProviderTerms self = ProviderTerms.wrap(word);
        return [self.firstDay(), self.lastDay(), _bit(self.barred()), self.day(), self.claims()];
    }

    function providerWithNetwork(uint192 word, uint256 firstDay, uint256 lastDay) external pure returns (uint192) {
        return ProviderTerms.unwrap(ProviderTerms.wrap(word).withNetwork(firstDay, lastDay));
    }

    function providerWithBarred(uint192 word, bool barred) external pure returns (uint192) {
        return ProviderTerms.unwrap(ProviderTerms.wrap(word).withBarred(barred));
    }

    function providerWithClaim(uint192 word, uint256 day) external pure returns (uint192) {
        return ProviderTerms.unwrap(ProviderTerms.wrap(word).withClaim(day));
    }

    function authorisationOf(uint256 word) external pure returns (uint256[6] memory) {
        Authorisation self = Authorisation.wrap(word);
        return [
            uint256(uint160(self.member())),
            self.provider(),
            self.category(),
            self.firstDay(),
            self.lastDay(),
            self.units()
        ];
    }

    function makeAuthorisation(address member, uint256[5] calldata values) external pure returns (uint256) {
        return
            Authorisation.unwrap(
                AuthorisationLibrary.make(member, values[0], values[1], values[2], values[3], values[4])
            );
    }

    function authorisationWithUnits(uint256 word, uint256 units) external pure returns (uint256) {
        return Authorisation.unwrap(Authorisation.wrap(word).withUnits(units));
    }

    // ------------------------------------------------------------------ where a claim stands

    function claimCaseOf(uint256 word) external pure returns (uint256[14] memory values) {
        ClaimCase self = ClaimCase.wrap(word);
        values[0] = self.stage();
        values[1] = self.reasons();
        values[2] = self.deadline();
        values[3] = self.payBy();
        values[4] = self.firstReviewer();
        values[5] = self.secondReviewer();
        values[6] = self.encumbered();
        values[7] = _bit(self.refund());
        values[8] = _bit(self.confirmed());
        values[9] = _bit(self.disputed());
        values[10] = _bit(self.replaced());
        values[11] = self.refundReason();
        values[12] = self.thirdReviewer();
        values[13] = _bit(self.ruled());
    }

    function makeClaimCase(uint256[5] calldata values) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCaseLibrary.make(values[0], values[1], values[2], values[3], values[4]));
    }

    function caseWithStage(uint256 word, uint256 stage, uint256 deadline) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withStage(stage, deadline));
    }

    function caseWithPayBy(uint256 word, uint256 payBy) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withPayBy(payBy));
    }

    function caseWithReviewer(uint256 word, uint256 reviewer) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withReviewer(reviewer));
    }

    function caseWithEncumbered(uint256 word, uint256 encumbered) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withEncumbered(encumbered));
    }

    function caseWithRefund(uint256 word, bool refund) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withRefund(refund));
    }

    function caseWithRefundReason(uint256 word, uint8 reason) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withRefundReason(reason));
    }

    function caseWithConfirmed(uint256 word) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withConfirmed());
    }

    function caseWithDisputed(uint256 word) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withDisputed());
    }

    function caseWithReplaced(uint256 word) external pure returns (uint256) {
        return ClaimCase.unwrap(ClaimCase.wrap(word).withReplaced());
    }

    function _bit(bool flag) private pure returns (uint256) {
        return flag ? 1 : 0;
    }
}
