// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Adjudication} from "../libraries/Adjudication.sol";
import {BenefitRule} from "../types/BenefitRule.sol";
import {LineOutcome} from "../types/LineOutcome.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {ServiceLine} from "../types/ServiceLine.sol";

/// @title Shows Adjudication to tests: many claims in one call
contract AdjudicationProbe {
    using Adjudication for Adjudication.Benefits;

    uint256 private constant IN_NETWORK = 1;
    uint256 private constant REVIEWED = 2;
    uint256 private constant AFTER_OTHERS = 4;
    uint256 private constant OF_FAMILY = 8;

    /// @notice Judges claims that stand one after the other, each as these words:
    ///           lines | flags | denial | PlanTerms | the member's deductible and out-of-pocket | the family's two;
    ///           for each line: ServiceLine | BenefitRule | units and amount used in the period | those for life |
    ///             authorised | the reviewer's denial | the reviewer's cap
    ///         Lines stand in order of their categories, and all of a category have the same of what is not their own.
    /// @return outcomes a LineOutcome word for each line
    function judge(uint256[] calldata words) external pure returns (uint256[] memory outcomes) {
        outcomes = new uint256[](words.length / 9); // no claims have more lines than that
        uint256 judged = 0;
        for (uint256 start = 0; start < words.length;) {
            uint256 end = start + 8 + words[start] * 9;
            judged = _judge(words[start:end], outcomes, judged);
            start = end;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") { mstore(outcomes, judged) }
    }

    function _judge(
        uint256[] calldata claim,
        uint256[] memory outcomes,
        uint256 judged
    ) private pure returns (uint256) {
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Adjudication.Benefits memory benefits;
        benefits.inNetwork = claim[1] & IN_NETWORK != 0;
        benefits.reviewed = claim[1] & REVIEWED != 0;
        benefits.afterOthers = claim[1] & AFTER_OTHERS != 0;
        benefits.denial = claim[2];
        benefits.startClaim(PlanTerms.wrap(claim[3]), claim[4], claim[5]);
        if (claim[1] & OF_FAMILY != 0) benefits.startFamily(PlanTerms.wrap(claim[3]), claim[6], claim[7]);
        uint256 category = type(uint256).max; // of none
        uint256[] calldata lines = claim[8:];
        for (uint256 i = 0; i < lines.length; i += 9) {
            ServiceLine line = ServiceLine.wrap(lines[i]);
            if (line.category() != category) {
                category = line.category();
                benefits.startCategory(BenefitRule.wrap(lines[i + 1]));
                if (benefits.limited) {
                    benefits.startLimits(lines[i + 2], lines[i + 3], lines[i + 4], lines[i + 5], lines[i + 6]);
                }
            }
            LineOutcome outcome = benefits.judge(line, _isBundled(benefits, lines, line), lines[i + 7], lines[i + 8]);
            outcomes[judged++] = LineOutcome.unwrap(outcome);
        }
        return judged;
    }

    /// @dev As ClaimState has it.
    function _isBundled(
        Adjudication.Benefits memory benefits,
        uint256[] calldata lines,
        ServiceLine line
    ) private pure returns (bool) {
        uint256 into = benefits.rule.bundledInto();
        if (into == 0) return false;
        for (uint256 i = 0; i < lines.length; i += 9) {
            ServiceLine other = ServiceLine.wrap(lines[i]);
            if (other.category() == into && other.day() == line.day()) return true;
        }
        return false;
    }
}
