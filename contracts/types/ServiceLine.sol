// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A service that a provider claims for, in one word. Amounts are in minor units of the currency. From the low end:
///
///         charge 34 | allowed 34 | priorPatient 34 | units 24 | entry 24 | day 16 | number 10 | category 8 | zero 72
///
///         - charge: what the provider asks.
///         - allowed: for one unit, as the plan's fee schedule has it; 0 if there is no such schedule, or it is not listed.
///         - priorPatient: what is left of the charge after other payers, where the claim tells of them.
///         - units: hundredths, 1 or more.
///         - entry: index of the procedure in the fee schedule.
///         - day: of the service, days since 1970-01-01.
///         - number: of the line in the provider's claim, 1 or more.
///         - category: of the service, as the plan has them.
type ServiceLine is uint256;

using ServiceLineLibrary for ServiceLine global;

/// @title Fields of the ServiceLine word
library ServiceLineLibrary {
    uint256 private constant ALLOWED = 34;
    uint256 private constant PRIOR_PATIENT = 68;
    uint256 private constant UNITS = 102;
    uint256 private constant ENTRY = 126;
    uint256 private constant DAY = 150;
    uint256 private constant NUMBER = 166;
    uint256 private constant CATEGORY = 176;

    function charge(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self)) & ((1 << 34) - 1));
    }

    function allowed(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> ALLOWED) & ((1 << 34) - 1));
    }

    function priorPatient(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> PRIOR_PATIENT) & ((1 << 34) - 1));
    }

    /// @return hundredths of a unit
    function units(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> UNITS) & 0xffffff);
    }

    /// @return index in the fee schedule
    function entry(ServiceLine self) internal pure returns (uint64) {
        return uint64((ServiceLine.unwrap(self) >> ENTRY) & 0xffffff);
    }

    /// @return days since 1970-01-01
    function day(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> DAY) & 0xffff);
    }

    function number(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> NUMBER) & ((1 << 10) - 1));
    }

    function category(ServiceLine self) internal pure returns (uint256) {
        return uint256((ServiceLine.unwrap(self) >> CATEGORY) & 0xff);
    }

    /// @return whether it says what a line has to say, and nothing else
    function isWellFormed(ServiceLine self) internal pure returns (bool) {
        return ServiceLine.unwrap(self) >> (CATEGORY + 8) == 0 && self.units() != 0 && self.number() != 0
            && self.priorPatient() <= self.charge();
    }
}
