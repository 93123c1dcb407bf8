// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What has finally become of each of 48 units, in one word: 5 bits a unit, and above them the day on which the
///         word was last written. `tests/helpers/unit_facts.py` is its twin. From the low end:
///
///         48 × code 5 | day 16, days since 1970-01-01 (UTC)
///
///         A code is 0 for a unit in circulation; 1 to 11 for one that was dispensed 0 to 10 days before `day`; 12 for one
///         that was dispensed longer before that; 13 and above for the other facts. So a dispensing can be undone for ten
///         days and no longer, although no unit has a slot of its own.
type UnitFacts is uint256;

using UnitFactsLibrary for UnitFacts global;

/// @title Codes of the UnitFacts word
library UnitFactsLibrary {
    /// @dev Units in a word.
    uint256 internal constant UNITS = 48;
    /// @dev One bit for each of them.
    uint256 internal constant BITMAP = (1 << UNITS) - 1;
    /// @dev Bits of a code.
    uint256 internal constant CODE = 5;
    uint256 private constant CODE_MASK = 31;
    uint256 private constant DAY = 240;
    uint256 private constant JUST_DISPENSED = 1;
    uint256 private constant LONG_DISPENSED = 12;
    /// @dev IDrugSupplyChain.UnitFact.Dispensed, and how far the codes of the facts after it lie above them.
    uint256 private constant DISPENSED = 1;
    uint256 private constant OTHERS = 11;

    /// @param place of the unit in the word, 0 to 47
    /// @return IDrugSupplyChain.UnitFact as its number
    function factOf(UnitFacts self, uint256 place) internal pure returns (uint256) {
        uint256 code = _codeOf(self, place);
        if (code == 0) return 0;
        return code <= LONG_DISPENSED ? DISPENSED : code - OTHERS;
    }

    /// @param today days since 1970-01-01
    /// @return whether the unit was dispensed ten days ago or later
    function isUndoable(UnitFacts self, uint256 place, uint256 today) internal pure returns (bool) {
        uint256 code = _codeOf(self, place);
        // A chain's time never goes back, so today is not before the word's day.
        return code != 0 && code + (today - _day(self)) < LONG_DISPENSED;
    }

    /// @param place of the unit in the word, which must be in circulation
    /// @param fact_ IDrugSupplyChain.UnitFact as its number, not 0
    function with(UnitFacts self, uint256 place, uint256 fact_) internal pure returns (UnitFacts) {
        uint256 code = fact_ == DISPENSED ? JUST_DISPENSED : fact_ + OTHERS;
        return UnitFacts.wrap(UnitFacts.unwrap(self) | (code << (place * CODE)));
    }

    function without(UnitFacts self, uint256 place) internal pure returns (UnitFacts) {
        return UnitFacts.wrap(UnitFacts.unwrap(self) & ~(CODE_MASK << (place * CODE)));
    }

    /// @return the same facts as they stand on a day, which is not before the word's own
    function agedTo(UnitFacts self, uint256 today) internal pure returns (UnitFacts) {
        uint256 passed = today - _day(self);
        if (passed == 0) return self;
        uint256 aged = today << DAY;
        uint256 codes = UnitFacts.unwrap(self) & ((1 << DAY) - 1);
        unchecked {
            for (uint256 shift = 0; codes != 0; codes >>= CODE) {
                uint256 code = codes & CODE_MASK;
                if (code != 0) {
                    if (code < LONG_DISPENSED) {
                        code = code + passed < LONG_DISPENSED ? code + passed : LONG_DISPENSED;
                    }
                    aged |= code << shift;
                }
                shift += CODE;
            }
        }
        return UnitFacts.wrap(aged);
    }

    /// @param lanes 1 in the code of each unit that is asked about, see `lane`
    /// @return whether all of them are in circulation
    function haveCirculating(UnitFacts self, uint256 lanes) internal pure returns (bool) {
        unchecked {
            return UnitFacts.unwrap(self) & (lanes * CODE_MASK) == 0;
        }
    }

    /// @param lanes 1 in the code of each unit that is dispensed, all of them in circulation
    function withDispensed(UnitFacts self, uint256 lanes) internal pure returns (UnitFacts) {
        return UnitFacts.wrap(UnitFacts.unwrap(self) | lanes);
    }

    /// @param place of a unit in its word, 0 to 47
    /// @return a 1 where the code of the unit begins
    function lane(uint256 place) internal pure returns (uint256) {
        unchecked {
            return 1 << (place * CODE);
        }
    }

    /// @param from place of the first unit that is asked about
    /// @param until place after the last, at most 48
    /// @return whether all of them are in circulation
    function areCirculating(UnitFacts self, uint256 from, uint256 until) internal pure returns (bool) {
        uint256 codes = UnitFacts.unwrap(self) & ((1 << (until * CODE)) - 1);
        return codes >> (from * CODE) == 0;
    }

    function _codeOf(UnitFacts self, uint256 place) private pure returns (uint256) {
        return (UnitFacts.unwrap(self) >> (place * CODE)) & CODE_MASK;
    }

    function _day(UnitFacts self) private pure returns (uint256) {
        return UnitFacts.unwrap(self) >> DAY;
    }
}
