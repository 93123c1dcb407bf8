// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What became of a line, in one word: every cent of its charge. Amounts are in minor units. From the low end:
///
///         paid 34 | contractual 34 | deductible 34 | coinsurance 34 | prior 34 | other 34 | copay 24 | units 24 | reason 4
///
///         charge = paid + contractual + deductible + coinsurance + prior + other + copay.
///         - contractual: above what the plan allows (CARC 45).
///         - deductible, coinsurance, copay: the patient's (PR 1, 2, 3).
///         - prior: other payers' (OA 23).
///         - other: not paid for `reason`.
///         - units: hundredths that the plan covers.
///         - reason: why not all is paid besides these, IClaimTypes.Reason as its number; 0 if there is none.
type LineOutcome is uint256;

using LineOutcomeLibrary for LineOutcome global;

/// @title Fields of the LineOutcome word
library LineOutcomeLibrary {
    uint256 private constant CONTRACTUAL = 34;
    uint256 private constant DEDUCTIBLE = 68;
    uint256 private constant COINSURANCE = 102;
    uint256 private constant PRIOR = 136;
    uint256 private constant OTHER = 170;
    uint256 private constant COPAY = 204;
    uint256 private constant UNITS = 228;
    uint256 private constant REASON = 252;

    function paid(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self)) & ((1 << 34) - 1));
    }

    function contractual(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> CONTRACTUAL) & ((1 << 34) - 1));
    }

    function deductible(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> DEDUCTIBLE) & ((1 << 34) - 1));
    }

    function coinsurance(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> COINSURANCE) & ((1 << 34) - 1));
    }

    function prior(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> PRIOR) & ((1 << 34) - 1));
    }

    function other(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> OTHER) & ((1 << 34) - 1));
    }

    function copay(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> COPAY) & 0xffffff);
    }

    /// @return hundredths of a unit
    function units(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> UNITS) & 0xffffff);
    }

    function reason(LineOutcome self) internal pure returns (uint256) {
        return uint256((LineOutcome.unwrap(self) >> REASON) & 0xf);
    }

    /// @return what counts towards the out-of-pocket maximum
    function share(LineOutcome self) internal pure returns (uint256) {
        unchecked {
            return self.deductible() + self.coinsurance() + self.copay();
        }
    }

    /// @return all of it, which is the charge
    function total(LineOutcome self) internal pure returns (uint256) {
        unchecked {
            return self.paid() + self.contractual() + self.share() + self.prior() + self.other();
        }
    }

    /// @return a line of which nothing is paid
    function denied(uint256 charge, uint256 reason_) internal pure returns (LineOutcome) {
        return LineOutcome.wrap((charge << OTHER) | (reason_ << REASON));
    }

    /// @dev Each amount is part of a charge, so that it fits its field.
    function make(
        uint256 paid_,
        uint256 contractual_,
        uint256 deductible_,
        uint256 coinsurance_,
        uint256 copay_,
        uint256 prior_,
        uint256 other_,
        uint256 units_,
        uint256 reason_
    ) internal pure returns (LineOutcome) {
        uint256 word = paid_ | (contractual_ << CONTRACTUAL) | (deductible_ << DEDUCTIBLE);
        word |= (coinsurance_ << COINSURANCE) | (prior_ << PRIOR) | (other_ << OTHER);
        return LineOutcome.wrap(word | (copay_ << COPAY) | (units_ << UNITS) | (reason_ << REASON));
    }
}
