// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Multicallable} from "solady/utils/Multicallable.sol";

import {IDrugSupplyTypes} from "../../interfaces/IDrugSupplyTypes.sol";
import {IOversight} from "../../interfaces/IOversight.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {Container} from "../types/Container.sol";
import {Custody} from "../types/Custody.sol";
import {LotState} from "../types/LotState.sol";
import {Roles} from "../types/Roles.sol";
import {UnitFacts, UnitFactsLibrary} from "../types/UnitFacts.sol";

/// @title SupplyState
/// @notice What the parts of DrugSupplyChain have in common: all of its storage, and the rules that each of them asks.
/// @dev The parts run in the storage of DrugSupplyChain, so all of it is declared here and nowhere else.
abstract contract SupplyState is IDrugSupplyTypes, Multicallable {
    using Standing for IParticipants;

    uint256 internal constant UNIT_BITS = 24;
    uint256 internal constant UNIT_MASK = (1 << UNIT_BITS) - 1;
    uint256 internal constant NOTICE_BITS = 16;
    /// @dev Recalls of a lot that are told apart; and what stands in the place of an acknowledgement once recalled units
    ///      have come back, so that they are counted once.
    uint256 internal constant RECALLS = 6;
    uint256 internal constant CAME_BACK = 7;
    uint256 internal constant TRANSFER = uint256(ShipmentKind.Transfer);
    uint256 internal constant RETURN = uint256(ShipmentKind.Return);
    uint32 internal constant MAKERS = Roles.MANUFACTURER | Roles.REPACKAGER;
    uint32 internal constant SUPPLIERS = MAKERS | Roles.WHOLESALER;
    uint32 internal constant DISPENSERS = Roles.PHARMACY | Roles.PROVIDER;
    /// @dev Who may sell; who may own; who may have bought from a wholesaler; and where the way back ends.
    uint32 internal constant SELLERS = SUPPLIERS | DISPENSERS;
    uint32 internal constant OWNERS = SELLERS | Roles.RETURNS_PROCESSOR;
    uint32 internal constant BUYERS = DISPENSERS | Roles.WHOLESALER;
    uint32 internal constant ENDS = MAKERS | Roles.RETURNS_PROCESSOR;
    uint32 internal constant HOLDERS = OWNERS | Roles.CARRIER;

    /// @dev Knows who speaks for an organisation, and its standing.
    IParticipants internal immutable _participants;

    // Each part writes some of these, and Slither looks at the parts one by one.
    // slither-disable-start uninitialized-state

    /// @dev By interval, `lot << 24 | first unit`: its Custody and, for a lot's first interval, above it the LotState.
    mapping(uint256 interval => Custody) internal _intervals;
    mapping(uint64 lot => bytes32) internal _serialRoots;
    /// @dev By `lot << 24 | unit / 48`.
    mapping(uint256 lotWord => UnitFacts) internal _unitFacts;
    mapping(uint64 lot => RecallRange[]) internal _recallRanges;
    mapping(uint256 lotRecall => RecallProgress) internal _progress;
    mapping(uint64 gtin => Product) internal _products;
    mapping(uint256 manufacturerChannel => mapping(uint32 organisation => bool)) internal _members;
    mapping(uint256 packerSscc => Container) internal _containers;
    mapping(uint32 organisation => MerkleLog.Log) internal _eventLogs;
    /// @dev Keeps the sensors' records; set once, when DrugSupplyChain is deployed.
    address internal _coldChain;

    // slither-disable-end uninitialized-state

    constructor(IParticipants participants_) {
        _participants = participants_;
    }

    /// @dev Refuses a part that is none, or asks another register. For constructors.
    function _requirePart(address part) internal view {
        if (part.code.length == 0) revert PartInvalid(part);
        if (address(IOversight(part).participants()) != address(_participants)) revert PartInvalid(part);
    }

    // ------------------------------------------------------------------ who

    /// @dev Refuses an organisation to which another may not ship in this way.
    /// @param roles of the shipper
    /// @param toRoles of the other
    /// @param kind ShipmentKind as its number
    function _requirePartner(uint32 to, uint256 roles, uint256 toRoles, uint256 kind) internal pure {
        uint256 allowed = 0;
        if (kind != RETURN) {
            // Down the chain, each kind to those after it; those who dispense among themselves too.
            if (roles & SELLERS != 0) allowed = DISPENSERS;
            if (roles & SUPPLIERS != 0) allowed |= Roles.WHOLESALER | Roles.REPACKAGER;
            if (roles & MAKERS != 0) allowed |= Roles.MANUFACTURER;
            // To a carrier as to a warehouse, without title.
            if (kind == TRANSFER) allowed |= Roles.CARRIER;
        } else {
            // Up the chain, to its two ends from anywhere, and to wholesalers from those who have it from them.
            if (roles & OWNERS != 0) allowed = ENDS;
            if (roles & BUYERS != 0) allowed |= Roles.WHOLESALER;
        }
        if (toRoles & allowed == 0) {
            revert ShipmentPartnerInvalid(to, uint32(roles), uint32(toRoles), ShipmentKind(kind));
        }
    }

    /// @dev Refuses what may not go back to this organisation. What was dispensed of it stays: its units are cut out first.
    /// @return the custody with which it may
    function _requireReturn(
        uint256 interval,
        Custody custody,
        LotState state,
        uint32 to,
        uint256 toRoles
    ) internal view returns (Custody) {
        _requireNotRetired(interval, custody);
        if (toRoles & ENDS == 0) {
            // What may be counterfeit does not go back to where others could have it again.
            if (custody.investigation() >= uint256(Investigation.Quarantined)) _refuseHeldUp(interval, custody);
            _requireChannel(_lotOf(interval), state, to);
        }
        return custody.opened() ? _requireUntouched(interval, custody) : custody;
    }

    /// @dev Refuses an organisation that is not in the channel to which the lot is restricted.
    function _requireChannel(uint64 lot, LotState state, uint32 organisation) internal view {
        uint8 channel = state.channel();
        if (channel != 0 && !_members[_channelKey(_manufacturerOf(lot), channel)][organisation]) {
            revert LotChannelClosed(lot, channel, organisation);
        }
    }

    // ------------------------------------------------------------------ lots

    function _requireLot(uint64 lot) internal view returns (LotState state) {
        Custody first = _intervals[uint256(lot) << UNIT_BITS];
        if (first.holder() == 0) revert LotUnknown(lot);
        return LotState.wrap(Custody.unwrap(first));
    }

    /// @param custody of the interval
    function _stateOf(uint256 interval, Custody custody) internal view returns (LotState) {
        Custody first = interval & UNIT_MASK == 0 ? custody : _intervals[interval & ~UNIT_MASK];
        return LotState.wrap(Custody.unwrap(first));
    }

    function _writeLot(uint64 lot, LotState state) internal {
        _intervals[uint256(lot) << UNIT_BITS] = Custody.wrap(LotState.unwrap(state));
    }

    /// @dev Refuses units of a lot that nobody may use or sell.
    function _requireMarketable(uint64 lot, LotState state, uint256 from, uint256 until) internal view {
        if (state.isMarketable(_today())) return;
        if (_today() > state.expiry()) revert LotExpired(lot, state.expiry());
        if (state.quality() != uint256(Quality.Released)) revert LotNotReleased(lot, Quality(state.quality()));
        uint256 class = _recallClassOf(lot, state, from, until);
        if (class != 0) revert LotIsRecalled(lot, uint8(class));
    }

    /// @return class of the most dangerous recall of any of these units, 0 if none is recalled
    function _recallClassOf(
        uint64 lot,
        LotState state,
        uint256 from,
        uint256 until
    ) internal view returns (uint256 class) {
        class = state.recallClass();
        if (!state.isPartial()) return class;
        RecallRange[] storage ranges = _recallRanges[lot];
        for (uint256 i = 0; i < ranges.length; ++i) {
            RecallRange memory range = ranges[i];
            bool touched = range.from < until && from < range.until;
            if (touched && (class == 0 || range.class < class)) class = range.class;
        }
    }

    /// @return affected how many of these units are recalled
    function _recalledUnits(
        uint64 lot,
        LotState state,
        uint24 from,
        uint24 until
    ) internal view returns (uint32 affected) {
        if (state.recallClass() != 0) return until - from;
        if (!state.isPartial()) return 0;
        RecallRange[] memory ranges = _recallRanges[lot];
        // Ranges may overlap: from one of their bounds to the next, units are recalled or they are not.
        uint24 next;
        for (uint24 unit = from; unit < until; unit = next) {
            next = until;
            bool recalled = false;
            for (uint256 i = 0; i < ranges.length; ++i) {
                (uint24 start, uint24 end) = (ranges[i].from, ranges[i].until);
                if (start <= unit && unit < end) {
                    recalled = true;
                    if (end < next) next = end;
                } else if (unit < start && start < next) {
                    next = start;
                }
            }
            if (recalled) affected += next - unit;
        }
    }

    function _progressOf(uint64 lot, LotState state) internal view returns (RecallProgress storage) {
        return _progress[_recallKey(lot, state.recall())];
    }

    /// @dev Recalls a whole lot.
    function _recall(uint64 lot, LotState state, uint256 notice, uint32 by) internal {
        _requireNotice(notice);
        _writeLot(lot, state.withRecall(notice & 255, state.isPartial(), _nextRecall(state)));
        emit LotRecalled(lot, notice | (uint256(by) << NOTICE_BITS));
    }

    /// @param notice class 8 bits | RecallReason 8
    function _requireNotice(uint256 notice) internal pure {
        unchecked {
            if ((notice & 255) - 1 > 2) revert RecallNoticeInvalid(notice); // 0 wraps around
        }
        if (notice >> 8 > uint256(type(RecallReason).max)) revert RecallNoticeInvalid(notice);
    }

    /// @dev A recall of its own number, so that what was acknowledged of an earlier one does not count for it. The sixth and
    ///      those after it share one: of more there is no room to tell.
    function _nextRecall(LotState state) internal pure returns (uint256 recall) {
        recall = state.recall();
        unchecked {
            if (recall != RECALLS) ++recall;
        }
    }

    // ------------------------------------------------------------------ intervals

    function _load(uint256 interval) internal view returns (Custody custody) {
        custody = _intervals[interval];
        if (custody.holder() == 0) revert IntervalUnknown(_lotOf(interval), uint24(interval));
    }

    /// @dev Writes what remains before and behind. What is cut out is for the caller to write, under `from`.
    /// @return part its custody
    function _cut(uint256 interval, Custody custody, uint256 from, uint256 until) internal returns (Custody part) {
        uint256 end = custody.end();
        uint256 first = interval & UNIT_MASK;
        if (from < first) revert IntervalRangeInvalid(interval, from, until);
        if (from >= until) revert IntervalRangeInvalid(interval, from, until);
        if (until > end) revert IntervalRangeInvalid(interval, from, until);
        part = custody.withEnd(until);
        if (from != first) {
            _intervals[interval] = custody.withEnd(from);
            part = part.bare();
        }
        if (until != end) _intervals[_beside(interval, until)] = custody.bare();
    }

    /// @return the interval of the same lot that starts at another unit
    function _beside(uint256 interval, uint256 first) internal pure returns (uint256) {
        return (interval & ~UNIT_MASK) | first;
    }

    function _requireStill(uint256 interval, Custody custody) internal pure {
        if (custody.counterparty() != 0) revert IntervalInTransit(interval, custody.counterparty());
    }

    function _requireLoose(uint256 interval, Custody custody) internal pure {
        if (custody.tier() != 0) revert IntervalIsPacked(interval, custody.tier());
    }

    function _requireNotRetired(uint256 interval, Custody custody) internal pure {
        if (custody.fact() != 0) revert IntervalIsRetired(interval, UnitFact(custody.fact()));
    }

    function _requireClear(uint256 interval, Custody custody) internal pure {
        if (custody.isClear()) return;
        _requireNotRetired(interval, custody);
        _refuseHeldUp(interval, custody);
    }

    function _refuseHeldUp(uint256 interval, Custody custody) internal pure {
        revert IntervalHeldUp(
            interval, Investigation(custody.investigation()), Condition(custody.condition()), custody.unverified()
        );
    }

    /// @dev Refuses an interval that itself is not fit to move towards patients.
    /// @return the custody with which it is
    function _requireUnobstructed(uint256 interval, Custody custody) internal view returns (Custody) {
        _requireClear(interval, custody);
        return custody.opened() ? _requireUntouched(interval, custody) : custody;
    }

    /// @dev Refuses an interval of a lot that is not fit to move towards patients, or not to this consignee.
    function _requireOpen(uint256 interval, Custody custody, LotState state, uint32 consignee) internal view {
        uint64 lot = _lotOf(interval);
        _requireMarketable(lot, state, interval & UNIT_MASK, custody.end());
        _requireChannel(lot, state, consignee);
    }

    /// @dev Refuses an interval of which a unit was dispensed or retired.
    /// @return the custody of one that is opened no longer: all that was dispensed of it was taken back
    function _requireUntouched(uint256 interval, Custody custody) internal view returns (Custody) {
        uint64 lot = _lotOf(interval);
        uint256 end = custody.end();
        for (uint256 unit = uint24(interval); unit < end;) {
            uint256 place = unit % UnitFactsLibrary.UNITS;
            uint256 until = place + (end - unit);
            if (until > UnitFactsLibrary.UNITS) until = UnitFactsLibrary.UNITS;
            UnitFacts facts = _unitFacts[_factsKey(lot, unit)];
            if (!facts.areCirculating(place, until)) {
                for (; facts.factOf(place) == 0; ++place) {
                    ++unit;
                }
                revert UnitIsRetired(lot, uint24(unit), UnitFact(facts.factOf(place)));
            }
            unit += until - place;
        }
        return custody.withOpened(false);
    }

    // ------------------------------------------------------------------ keys

    function _today() internal view returns (uint256) {
        return block.timestamp / 1 days;
    }

    function _lotOf(uint256 interval) internal pure returns (uint64) {
        return uint64(interval >> UNIT_BITS);
    }

    function _factsKey(uint64 lot, uint256 unit) internal pure returns (uint256) {
        return (uint256(lot) << UNIT_BITS) | (unit / UnitFactsLibrary.UNITS);
    }

    function _manufacturerOf(uint64 lot) internal pure returns (uint32) {
        return uint32(lot >> 32);
    }

    function _channelKey(uint32 manufacturer, uint8 channel) internal pure returns (uint256) {
        return (uint256(manufacturer) << 8) | channel;
    }

    function _recallKey(uint64 lot, uint256 recall) internal pure returns (uint256) {
        return (uint256(lot) << 8) | recall;
    }

    function _containerKey(uint32 packer, uint64 sscc) internal pure returns (uint256) {
        return (uint256(packer) << 64) | sscc;
    }
}
