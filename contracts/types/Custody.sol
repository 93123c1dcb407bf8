// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Who has an interval of a lot's units, and what may happen to it, in one word. `carechain/supply/words.py`
///         is its twin. From the low end:
///
///         end 24 | holder 32 | owner 32 | counterparty 32 | consignee 32 | investigation 2 | condition 2 | returning 1 |
///         titled 1 | unverified 1 | opened 1 | tier 2 | acknowledged 3 | fact 3 | 88 bits that are not custody's
///
///         - end: the unit after the interval's last. Its first is what it is found under.
///         - holder, owner: organisations. An interval that exists has both.
///         - counterparty: whom it was shipped to and who has not received it yet; 0 if it is not on its way.
///         - consignee: where it has to go in the end, as its owner said; 0 if nowhere.
///         - investigation, condition, fact: the enums of IDrugSupplyChain as their numbers.
///         - returning: it is on its way back. titled: the consignee becomes the owner by receiving it.
///         - unverified: it came back, and nobody has verified it since. opened: facts about single units of it are
///           recorded.
///         - tier: 0 for loose units, else the level of the containers that it is made of.
///         - acknowledged: the number of the lot's recall that its holder has acknowledged, 0 if none; 7 once it came back.
///
///         In storage, the 88 bits of a lot's first interval are the lot's own state, see LotState, and every change of
///         custody keeps them; of others they are zero. In events they are the interval's first unit.
type Custody is uint256;

using CustodyLibrary for Custody global;

/// @title Fields of the Custody word
library CustodyLibrary {
    uint256 private constant HOLDER = 24;
    uint256 private constant OWNER = 56;
    uint256 private constant COUNTERPARTY = 88;
    uint256 private constant CONSIGNEE = 120;
    uint256 private constant INVESTIGATION = 152;
    uint256 private constant CONDITION = 154;
    uint256 private constant RETURNING = 156;
    uint256 private constant TITLED = 157;
    uint256 private constant UNVERIFIED = 158;
    uint256 private constant OPENED = 159;
    uint256 private constant TIER = 160;
    uint256 private constant ACKNOWLEDGED = 162;
    uint256 private constant FACT = 165;
    uint256 private constant BITS = 168;
    uint256 private constant ALL = (1 << BITS) - 1;

    /// @dev What keeps an interval from moving forward, whatever it is: investigation, condition, unverified, fact.
    uint256 private constant OBSTACLES =
        (uint256(3) << INVESTIGATION) | (uint256(3) << CONDITION) | (1 << UNVERIFIED) | (uint256(7) << FACT);
    uint256 private constant IN_TRANSIT = uint256(type(uint32).max) << COUNTERPARTY;
    uint256 private constant ROUTE = (uint256(type(uint64).max) << COUNTERPARTY) | (uint256(3) << RETURNING);

    /// @param end_ the unit after the last
    /// @param holder_ also the owner
    function make(uint24 end_, uint32 holder_) internal pure returns (Custody) {
        return Custody.wrap(uint256(end_) | (uint256(holder_) << HOLDER) | (uint256(holder_) << OWNER));
    }

    // ------------------------------------------------------------------ reading

    function end(Custody self) internal pure returns (uint24) {
        return uint24(Custody.unwrap(self));
    }

    function holder(Custody self) internal pure returns (uint32) {
        return uint32(Custody.unwrap(self) >> HOLDER);
    }

    function owner(Custody self) internal pure returns (uint32) {
        return uint32(Custody.unwrap(self) >> OWNER);
    }

    function counterparty(Custody self) internal pure returns (uint32) {
        return uint32(Custody.unwrap(self) >> COUNTERPARTY);
    }

    function consignee(Custody self) internal pure returns (uint32) {
        return uint32(Custody.unwrap(self) >> CONSIGNEE);
    }

    function investigation(Custody self) internal pure returns (uint256) {
        return (Custody.unwrap(self) >> INVESTIGATION) & 3;
    }

    function condition(Custody self) internal pure returns (uint256) {
        return (Custody.unwrap(self) >> CONDITION) & 3;
    }

    function returning(Custody self) internal pure returns (bool) {
        return (Custody.unwrap(self) >> RETURNING) & 1 != 0;
    }

    function titled(Custody self) internal pure returns (bool) {
        return (Custody.unwrap(self) >> TITLED) & 1 != 0;
    }

    function unverified(Custody self) internal pure returns (bool) {
        return (Custody.unwrap(self) >> UNVERIFIED) & 1 != 0;
    }

    function opened(Custody self) internal pure returns (bool) {
        return (Custody.unwrap(self) >> OPENED) & 1 != 0;
    }

    function tier(Custody self) internal pure returns (uint256) {
        return (Custody.unwrap(self) >> TIER) & 3;
    }

    function acknowledged(Custody self) internal pure returns (uint256) {
        return (Custody.unwrap(self) >> ACKNOWLEDGED) & 7;
    }

    function fact(Custody self) internal pure returns (uint256) {
        return (Custody.unwrap(self) >> FACT) & 7;
    }

    /// @return whether nothing about the interval itself keeps it from moving forward
    function isClear(Custody self) internal pure returns (bool) {
        return Custody.unwrap(self) & OBSTACLES == 0;
    }

    /// @param holder_ its holder
    /// @return whether the holder owns it and has it in hand, and nothing about it keeps it from moving forward: what
    ///         holds for most, asked at once
    function isFree(Custody self, uint32 holder_) internal pure returns (bool) {
        uint256 word = Custody.unwrap(self);
        return (word & (OBSTACLES | IN_TRANSIT | (1 << OPENED))) | (uint32(word >> OWNER) ^ holder_) == 0;
    }

    // ------------------------------------------------------------------ writing

    /// @param end_ the unit after the last, below 2^24
    function withEnd(Custody self, uint256 end_) internal pure returns (Custody) {
        return _with(self, 0, type(uint24).max, end_);
    }

    function withHolder(Custody self, uint32 holder_) internal pure returns (Custody) {
        return _with(self, HOLDER, type(uint32).max, holder_);
    }

    function withOwner(Custody self, uint32 owner_) internal pure returns (Custody) {
        return _with(self, OWNER, type(uint32).max, owner_);
    }

    function withCounterparty(Custody self, uint32 counterparty_) internal pure returns (Custody) {
        return _with(self, COUNTERPARTY, type(uint32).max, counterparty_);
    }

    function withCondition(Custody self, uint256 condition_) internal pure returns (Custody) {
        return _with(self, CONDITION, 3, condition_);
    }

    function withInvestigation(Custody self, uint256 investigation_) internal pure returns (Custody) {
        return _with(self, INVESTIGATION, 3, investigation_);
    }

    function withUnverified(Custody self, bool unverified_) internal pure returns (Custody) {
        return _with(self, UNVERIFIED, 1, unverified_ ? 1 : 0);
    }

    function withOpened(Custody self, bool opened_) internal pure returns (Custody) {
        return _with(self, OPENED, 1, opened_ ? 1 : 0);
    }

    function withTier(Custody self, uint256 tier_) internal pure returns (Custody) {
        return _with(self, TIER, 3, tier_);
    }

    function withAcknowledged(Custody self, uint256 recall) internal pure returns (Custody) {
        return _with(self, ACKNOWLEDGED, 7, recall);
    }

    function withFact(Custody self, uint256 fact_) internal pure returns (Custody) {
        return _with(self, FACT, 7, fact_);
    }

    /// @notice Where the interval goes next, where in the end, and on which terms. What moves forward is not recalled, so
    ///         what was acknowledged of an earlier recall, or came back in it, is over then.
    function withRoute(
        Custody self,
        uint32 counterparty_,
        uint32 consignee_,
        bool returning_,
        bool titled_
    ) internal pure returns (Custody) {
        uint256 replaced = returning_ ? ROUTE : ROUTE | (uint256(7) << ACKNOWLEDGED);
        return Custody.wrap(
            (Custody.unwrap(self) & ~replaced) | (uint256(counterparty_) << COUNTERPARTY)
                | (uint256(consignee_) << CONSIGNEE) | _bit(returning_, RETURNING) | _bit(titled_, TITLED)
        );
    }

    /// @return the custody when the counterparty, who is the consignee, has taken it: and the title, if that goes along
    function received(Custody self) internal pure returns (Custody) {
        uint32 counterparty_ = self.counterparty();
        Custody taken = self.withHolder(counterparty_);
        if (self.titled()) taken = taken.withOwner(counterparty_);
        return taken.withoutRoute();
    }

    function withoutRoute(Custody self) internal pure returns (Custody) {
        return Custody.wrap(Custody.unwrap(self) & ~ROUTE);
    }

    /// @return the same without what is not custody's, as a part of the interval has it that is not the lot's first
    function bare(Custody self) internal pure returns (Custody) {
        return Custody.wrap(Custody.unwrap(self) & ALL);
    }

    /// @return whether two intervals are alike in everything but where they lie and whether they are opened
    function isLike(Custody self, Custody other) internal pure returns (bool) {
        uint256 differing = (Custody.unwrap(self) ^ Custody.unwrap(other)) & ALL & ~(1 << OPENED);
        return differing >> HOLDER == 0;
    }

    /// @param interval of which this is the custody; its low 24 bits are its first unit
    /// @return the word that events carry
    function toEvent(Custody self, uint256 interval) internal pure returns (uint256) {
        return (Custody.unwrap(self) & ALL) | ((interval & type(uint24).max) << BITS);
    }

    function _bit(bool set, uint256 shift) private pure returns (uint256) {
        return set ? 1 << shift : 0;
    }

    function _with(Custody self, uint256 shift, uint256 mask, uint256 value) private pure returns (Custody) {
        return Custody.wrap((Custody.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
