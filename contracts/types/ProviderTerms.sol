// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a payer knows of a provider, in the note of their log. From the low end:
///
///         firstDay 16 | lastDay 16 | barred 1 | zero 7 | day 16 | claims 16 | zero 120
///
///         - firstDay, lastDay: of service, both inclusive, on which it is in the payer's network; 0 if never.
///         - barred: by the payer; its claims go to a reviewer.
///         - day, claims: the day on which a claim came last, and how many came on it.
type ProviderTerms is uint192;

using ProviderTermsLibrary for ProviderTerms global;

/// @title Fields of the ProviderTerms word
library ProviderTermsLibrary {
    uint256 private constant LAST_DAY = 16;
    uint256 private constant BARRED = 32;
    uint256 private constant DAY = 40;
    uint256 private constant CLAIMS = 56;

    function firstDay(ProviderTerms self) internal pure returns (uint256) {
        return uint256((ProviderTerms.unwrap(self)) & 0xffff);
    }

    function lastDay(ProviderTerms self) internal pure returns (uint256) {
        return uint256((ProviderTerms.unwrap(self) >> LAST_DAY) & 0xffff);
    }

    function barred(ProviderTerms self) internal pure returns (bool) {
        return (ProviderTerms.unwrap(self) >> BARRED) & 1 != 0;
    }

    function day(ProviderTerms self) internal pure returns (uint256) {
        return uint256((ProviderTerms.unwrap(self) >> DAY) & 0xffff);
    }

    function claims(ProviderTerms self) internal pure returns (uint256) {
        return uint256((ProviderTerms.unwrap(self) >> CLAIMS) & 0xffff);
    }

    /// @return whether a day of service is within the time in the network
    function isInNetwork(ProviderTerms self, uint256 day_) internal pure returns (bool) {
        return self.firstDay() != 0 && self.firstDay() <= day_ && day_ <= self.lastDay();
    }

    function withNetwork(
        ProviderTerms self,
        uint256 firstDay_,
        uint256 lastDay_
    ) internal pure returns (ProviderTerms) {
        uint256 kept = (uint256(ProviderTerms.unwrap(self)) >> 32) << 32;
        return ProviderTerms.wrap(uint192(kept | firstDay_ | (lastDay_ << LAST_DAY)));
    }

    function withBarred(ProviderTerms self, bool barred_) internal pure returns (ProviderTerms) {
        uint256 kept = ProviderTerms.unwrap(self) & ~(uint256(1) << BARRED);
        return ProviderTerms.wrap(uint192(kept | (barred_ ? 1 << BARRED : 0)));
    }

    /// @return after one claim more on that day; it stays at 65535
    function withClaim(ProviderTerms self, uint256 day_) internal pure returns (ProviderTerms) {
        unchecked {
            uint256 word = ProviderTerms.unwrap(self);
            uint256 before = (word >> DAY) & type(uint16).max == day_ ? word >> CLAIMS : 0;
            if (before != type(uint16).max) ++before;
            word = (word & ((1 << DAY) - 1)) | (day_ << DAY) | (before << CLAIMS);
            return ProviderTerms.wrap(uint192(word));
        }
    }
}
