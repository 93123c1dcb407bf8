// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The state of a lot. It stands above the custody of the lot's first interval, in the same word, so that a lot
///         that was never split is one storage slot; here, that whole word.
///         From the low end, all of it from bit 168 on:
///
///         low 16 | high 16 | units 24 | expiry 16 | quality 2 | recallClass 2 | partial 1 | recall 3 | channel 8
///
///         - low, high: how it is stored, hundredths of a degree Celsius, as its product was authorised when the lot was
///           registered.
///         - units: how many there are. expiry: the last day on which it may be used, days since 1970-01-01 (UTC).
///         - quality: IDrugSupplyChain.Quality as its number.
///         - recallClass: 1 to 3 if the whole lot is recalled, else 0. partial: intervals of it are.
///         - recall: which of its recalls is the last, 1 to 6, and 6 for all after it; 0 before the first.
///         - channel: where it may be shipped; 0 for any trading partner.
type LotState is uint256;

using LotStateLibrary for LotState global;

/// @title Fields of the LotState word
library LotStateLibrary {
    uint256 private constant LOW = 168;
    uint256 private constant HIGH = 184;
    uint256 private constant UNITS = 200;
    uint256 private constant EXPIRY = 224;
    uint256 private constant QUALITY = 240;
    uint256 private constant RECALL_CLASS = 242;
    uint256 private constant PARTIAL = 244;
    uint256 private constant RECALL = 245;
    uint256 private constant CHANNEL = 248;

    function make(
        int16 low_,
        int16 high_,
        uint24 units_,
        uint16 expiry_,
        uint8 channel_
    ) internal pure returns (LotState) {
        return LotState.wrap(
            (uint256(uint16(low_)) << LOW) | (uint256(uint16(high_)) << HIGH) | (uint256(units_) << UNITS)
                | (uint256(expiry_) << EXPIRY) | (uint256(channel_) << CHANNEL)
        );
    }

    /// @return hundredths of a degree Celsius
    function low(LotState self) internal pure returns (int16) {
        return int16(uint16(LotState.unwrap(self) >> LOW));
    }

    /// @return hundredths of a degree Celsius
    function high(LotState self) internal pure returns (int16) {
        return int16(uint16(LotState.unwrap(self) >> HIGH));
    }

    function units(LotState self) internal pure returns (uint24) {
        return uint24(LotState.unwrap(self) >> UNITS);
    }

    /// @return days since 1970-01-01 (UTC), the last on which it may be used
    function expiry(LotState self) internal pure returns (uint16) {
        return uint16(LotState.unwrap(self) >> EXPIRY);
    }

    function quality(LotState self) internal pure returns (uint256) {
        return (LotState.unwrap(self) >> QUALITY) & 3;
    }

    function recallClass(LotState self) internal pure returns (uint256) {
        return (LotState.unwrap(self) >> RECALL_CLASS) & 3;
    }

    function isPartial(LotState self) internal pure returns (bool) {
        return (LotState.unwrap(self) >> PARTIAL) & 1 != 0;
    }

    function recall(LotState self) internal pure returns (uint256) {
        return (LotState.unwrap(self) >> RECALL) & 7;
    }

    function channel(LotState self) internal pure returns (uint8) {
        return uint8(LotState.unwrap(self) >> CHANNEL);
    }

    /// @param today days since 1970-01-01
    /// @return whether it is marketable, was never recalled, and may go to any trading partner: what holds for most, asked
    ///         at once
    function isOpen(LotState self, uint256 today) internal pure returns (bool) {
        // Above expiry there is nothing but that it is released.
        uint256 number = LotState.unwrap(self) >> EXPIRY;
        if (number >> 16 != 1) return false;
        unchecked {
            return number - (1 << 16) >= today;
        }
    }

    /// @param today days since 1970-01-01
    /// @return whether the lot is released, not expired, and nothing of it is recalled
    function isMarketable(LotState self, uint256 today) internal pure returns (bool) {
        return (LotState.unwrap(self) >> QUALITY) & 31 == 1 && today <= self.expiry();
    }

    function withQuality(LotState self, uint256 quality_) internal pure returns (LotState) {
        return _with(self, QUALITY, 3, quality_);
    }

    function withChannel(LotState self, uint8 channel_) internal pure returns (LotState) {
        return _with(self, CHANNEL, type(uint8).max, channel_);
    }

    /// @param class 0 to 3
    /// @param recall_ 0 to 7
    function withRecall(
        LotState self,
        uint256 class,
        bool isPartial_,
        uint256 recall_
    ) internal pure returns (LotState) {
        uint256 kept = LotState.unwrap(self) & ~(uint256(63) << RECALL_CLASS);
        return LotState.wrap(kept | (class << RECALL_CLASS) | _bit(isPartial_, PARTIAL) | (recall_ << RECALL));
    }

    function _bit(bool set, uint256 shift) private pure returns (uint256) {
        return set ? 1 << shift : 0;
    }

    function _with(LotState self, uint256 shift, uint256 mask, uint256 value) private pure returns (LotState) {
        return LotState.wrap((LotState.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
