// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICustody} from "../interfaces/ICustody.sol";
import {IDrugSupplyChain} from "../interfaces/IDrugSupplyChain.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ColdChain} from "./ColdChain.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {Parts} from "./libraries/Parts.sol";
import {Standing} from "./libraries/Standing.sol";
import {SupplyState} from "./supply/SupplyState.sol";
import {Custody, CustodyLibrary} from "./types/Custody.sol";
import {LotState, LotStateLibrary} from "./types/LotState.sol";
import {Roles} from "./types/Roles.sol";
import {UnitFacts, UnitFactsLibrary} from "./types/UnitFacts.sol";

/// @title DrugSupplyChain
/// @notice Custody of serialised medicines, pack by pack, from the manufacturer to the patient and back.
///
///         Trusts: Participants for who speaks for an organisation and in which roles; regulators to authorise products
///         and to end recalls; inspectors to release lots and to judge what was on hold; its ColdChain, which it deploys,
///         to put intervals on hold.
///         Stopped by: an organisation's suspension stops what it does, and what is shipped to it. What never stops: a
///         regulator's recall, quarantine and hold, and every answer.
///         Immutable: no proxy, no pause. A later version is another deployment.
///         Several steps that belong together go into one transaction by `multicall`: all of them or none.
/// @dev One contract does not hold all of it: here is what is called most, and calls that it does not know run in its
///      storage by the code of `handling`, which hands on to Oversight what it does not know. All three are immutable and
///      have their storage from SupplyState. The interface of the whole is IDrugSupplyChain.
///
///      Warning: the chain knows packs by number. That the pack in somebody's hands is the one of the number, its serial
///      number shows; that a pack is where its holder says, is the holder's word and its counterparty's.
contract DrugSupplyChain is ICustody, SupplyState {
    using Standing for IParticipants;
    /// @inheritdoc ICustody
    address public immutable handling;

    /// @param participants_ the register of accredited organisations
    /// @param handling_ the part that knows what this one does not
    constructor(IParticipants participants_, address handling_) SupplyState(participants_) {
        _requirePart(handling_);
        handling = handling_;
        _coldChain = address(new ColdChain(participants_, IDrugSupplyChain(address(this))));
    }

    // ------------------------------------------------------------------ a manufacturer registers and recalls lots

    /// @inheritdoc ICustody
    function registerLot(
        uint64 gtin,
        uint32 number,
        bytes32 lotNumber,
        uint16 production,
        uint16 expiry,
        uint24 units,
        uint8 channel,
        bytes32 serialRoot
    ) external returns (uint64 lot) {
        Product memory product = _products[gtin];
        if (product.holder == 0) revert ProductUnknown(gtin);
        _participants.requireCallerFor(product.holder, MAKERS);
        if (units == 0) revert LotUnitsZero();
        if (lotNumber == 0 || serialRoot == 0) revert LotCommitmentZero();
        if (expiry <= production) revert LotExpiryBeforeProduction(production, expiry);
        if (production > _today() || expiry < _today()) revert LotDatesInvalid(production, expiry, _today());
        lot = (uint64(product.holder) << 32) | number;
        uint256 interval = uint256(lot) << UNIT_BITS;
        if (_intervals[interval].holder() != 0) revert LotKnown(lot);
        LotState state = LotStateLibrary.make(product.low, product.high, units, expiry, channel);
        Custody custody = CustodyLibrary.make(units, product.holder);
        _intervals[interval] = Custody.wrap(Custody.unwrap(custody) | LotState.unwrap(state));
        _serialRoots[lot] = serialRoot;
        emit LotRegistered(lot, gtin, lotNumber, production, expiry, units, channel, serialRoot);
    }

    /// @inheritdoc ICustody
    function announceRecall(uint64 lot, uint16 notice) external {
        uint32 manufacturer = _manufacturerOf(lot);
        // In standing or not: nothing stops a recall.
        if (!_participants.speaksFor(manufacturer)) revert LotAuthorityMissing(lot, msg.sender);
        LotState state = _requireLot(lot);
        // A manufacturer makes its recall graver; anything else about it is for a regulator to say.
        unchecked {
            // Where none is recalled yet, 0 wraps around.
            if ((uint256(notice) & 255) - 1 >= state.recallClass() - 1) revert RecallNoticeInvalid(notice);
        }
        _recall(lot, state, notice, manufacturer);
    }

    // ------------------------------------------------------------------ a holder ships, a counterparty receives

    /// @inheritdoc ICustody
    function ship(uint256 interval, uint32 to, ShipmentKind kind) external {
        Custody custody = _load(interval);
        _ship(interval, custody, _stateOf(interval, custody), to, uint256(kind));
    }

    /// @inheritdoc ICustody
    function splitAndShip(uint256 interval, uint256 from, uint256 until, uint32 to, ShipmentKind kind) external {
        Custody custody = _load(interval);
        _requireLoose(interval, custody);
        LotState state = _stateOf(interval, custody);
        custody = _cut(interval, custody, from, until);
        _ship(_beside(interval, from), custody, state, to, uint256(kind));
    }

    /// @inheritdoc ICustody
    function receiveShipment(uint256 interval, uint24 end) external {
        Custody custody = _load(interval);
        uint32 counterparty = custody.counterparty();
        if (counterparty == 0) revert ShipmentNone(interval);
        if (end != custody.end()) revert ShipmentMiscounted(interval, custody.end(), end);
        uint32 roles = _participants.rolesOfCallerFor(counterparty, HOLDERS);
        uint32 from = custody.holder();
        if (counterparty != custody.consignee()) {
            custody = custody.withHolder(counterparty).withCounterparty(0);
        } else {
            bool returned = custody.returning();
            custody = custody.received();
            if (returned) custody = _takeBack(interval, custody, roles);
        }
        _intervals[interval] = custody;
        emit Received(_lotOf(interval), counterparty, from, custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ a pharmacy dispenses

    /// @inheritdoc ICustody
    function dispenseUnit(uint256 interval, uint24 unit) external {
        Custody custody = _load(interval);
        uint32 holder = _requireDispensing(interval, custody);
        uint64 lot = _lotOf(interval);
        if (unit < interval & UNIT_MASK || unit >= custody.end()) revert UnitOutOfPlace(interval, unit);
        LotState state = _stateOf(interval, custody);
        _requireMarketable(lot, state, unit, uint256(unit) + 1);
        _requireChannel(lot, state, holder);
        uint256 place = unit % UnitFactsLibrary.UNITS;
        _dispense(lot, unit / UnitFactsLibrary.UNITS, 1 << place, UnitFactsLibrary.lane(place), holder);
    }

    /// @inheritdoc ICustody
    function dispenseUnits(uint256 interval, uint256[] calldata words) external {
        Custody custody = _load(interval);
        uint32 holder = _requireDispensing(interval, custody);
        LotState state = _stateOf(interval, custody);
        uint64 lot = _lotOf(interval);
        if (words.length == 0) revert UnitOutOfPlace(interval, interval & UNIT_MASK);
        _requireChannel(lot, state, holder);
        if (!state.isPartial()) _requireMarketable(lot, state, interval & UNIT_MASK, custody.end());
        for (uint256 i = 0; i < words.length; ++i) {
            (uint256 word, uint256 bitmap) = (words[i] >> UnitFactsLibrary.UNITS, words[i] & UnitFactsLibrary.BITMAP);
            uint256 lanes = _lanesOf(interval, custody.end(), word, bitmap);
            if (state.isPartial()) _requireEachMarketable(lot, state, word, bitmap);
            _dispense(lot, word, bitmap, lanes, holder);
        }
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc ICustody
    function verifyPack(
        uint256 interval,
        uint24 unit,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (Verdict verdict, Reason reason, uint32 holder, uint16 expiry) {
        uint64 lot = _lotOf(interval);
        Custody custody = _intervals[interval];
        LotState state = _stateOf(interval, custody);
        if (state.units() == 0) return (Verdict.Unverified, Reason.LotUnknown, 0, 0);
        if (!MerkleLog.verifyInclusion(leaf, unit, state.units(), proof, _serialRoots[lot])) {
            return (Verdict.Unverified, Reason.ProofInvalid, 0, 0);
        }
        if (unit < uint24(interval) || unit >= custody.end()) {
            return (Verdict.Unverified, Reason.IntervalUnknown, 0, 0);
        }
        reason = _reasonAgainst(lot, state, custody, unit);
        if (reason != Reason.InOrder) verdict = Verdict.Blocked;
        else verdict = custody.counterparty() == 0 ? Verdict.Supply : Verdict.InTransit;
        return (verdict, reason, custody.holder(), state.expiry());
    }

    /// @dev What is not here is known to Handling or, behind it, to Oversight.
    fallback() external {
        Parts.run(handling);
    }

    // ------------------------------------------------------------------ internals

    /// @param state of the lot, before anything was cut out of it
    /// @param kind ShipmentKind as its number
    function _ship(uint256 interval, Custody custody, LotState state, uint32 to, uint256 kind) private {
        uint32 holder = custody.holder();
        (uint32 roles, uint32 toRoles) = _participants.requireHandover(holder, to);
        if (to == holder) revert ShipmentToSelf(to);
        _requirePartner(to, roles, toRoles, kind);
        // Most have nothing against them, which is asked at once; for all others the reason is found.
        bool free = custody.isFree(holder);
        if (!free) {
            _requireStill(interval, custody);
            if (holder != custody.owner()) revert ShipmentOffRoute(interval, custody.consignee(), to);
        }
        bool returning = kind == RETURN;
        if (returning) {
            custody = _requireReturn(interval, custody, state, to, toRoles);
        } else {
            if (!free) custody = _requireUnobstructed(interval, custody);
            if (!state.isOpen(_today())) _requireOpen(interval, custody, state, to);
        }
        custody = custody.withRoute(to, to, returning, kind != TRANSFER);
        _intervals[interval] = custody;
        emit Shipped(_lotOf(interval), custody.toEvent(interval));
    }

    /// @dev What came back is to be verified before it is sold again; and if it is recalled, it is counted where the way
    ///      back ends.
    function _takeBack(uint256 interval, Custody custody, uint32 roles) private returns (Custody) {
        custody = custody.withUnverified(true);
        LotState state = _stateOf(interval, custody);
        bool isEnd = custody.holder() == _manufacturerOf(_lotOf(interval)) || roles & Roles.RETURNS_PROCESSOR != 0;
        if (!isEnd || custody.acknowledged() == CAME_BACK) return custody;
        uint64 lot = _lotOf(interval);
        uint32 units = _recalledUnits(lot, state, uint24(interval), custody.end());
        if (units == 0) return custody;
        custody = custody.withAcknowledged(CAME_BACK);
        _progressOf(lot, state).returned += units;
        emit RecalledUnitsReturned(lot, custody.holder(), units, custody.toEvent(interval));
        return custody;
    }

    /// @return holder who may dispense of the interval
    function _requireDispensing(uint256 interval, Custody custody) private returns (uint32 holder) {
        holder = custody.holder();
        _participants.requireCallerFor(holder, DISPENSERS);
        _requireStill(interval, custody);
        _requireLoose(interval, custody);
        _requireClear(interval, custody);
        // What is only carried is for its consignee.
        if (custody.consignee() != 0) revert ShipmentOffRoute(interval, custody.consignee(), holder);
        if (!custody.opened()) _intervals[interval] = custody.withOpened(true);
    }

    function _reasonAgainst(uint64 lot, LotState state, Custody custody, uint24 unit) private view returns (Reason) {
        Investigation investigation = Investigation(custody.investigation());
        if (investigation == Investigation.Illegitimate) return Reason.Illegitimate;
        uint256 fact = 0;
        if (custody.opened()) fact = _unitFacts[_factsKey(lot, unit)].factOf(unit % UnitFactsLibrary.UNITS);
        if (fact == 0 && custody.isClear() && state.isMarketable(_today())) {
            return Reason.InOrder; // as most are
        }
        if (fact == 0) fact = custody.fact();
        if (fact == uint256(UnitFact.Stolen)) return Reason.Stolen;
        uint256 class = _recallClassOf(lot, state, unit, uint256(unit) + 1);
        if (class == 1) return Reason.RecalledClass1;
        if (fact != 0) return Reason(uint256(Reason.Dispensed) + fact - uint256(UnitFact.Dispensed));
        if (class != 0) return class == 2 ? Reason.RecalledClass2 : Reason.RecalledClass3;
        if (state.quality() == uint256(Quality.Pending)) return Reason.NotReleased;
        if (state.quality() != uint256(Quality.Released)) return Reason.Rejected;
        Condition condition = Condition(custody.condition());
        if (condition == Condition.Rejected) return Reason.Unfit;
        if (_today() > state.expiry()) return Reason.Expired;
        if (investigation == Investigation.Suspect) return Reason.Suspect;
        if (investigation == Investigation.Quarantined) return Reason.Quarantined;
        if (condition == Condition.Held) return Reason.OnHold;
        return custody.unverified() ? Reason.Unverified : Reason.InOrder;
    }

    /// @param word of the facts, unit / 48
    /// @param bitmap of its units that are dispensed
    /// @param lanes the same as UnitFacts has them
    function _dispense(uint64 lot, uint256 word, uint256 bitmap, uint256 lanes, uint32 holder) private {
        uint256 key = (uint256(lot) << UNIT_BITS) | word;
        UnitFacts facts = _unitFacts[key].agedTo(_today());
        if (!facts.haveCirculating(lanes)) _refuseRetired(lot, word, bitmap, facts);
        _unitFacts[key] = facts.withDispensed(lanes);
        emit UnitsDispensed(lot, holder, (word << UnitFactsLibrary.UNITS) | bitmap);
    }

    /// @param end the unit after the interval's last
    /// @return lanes for the units of a bitmap, of which there is one, and all of them in the interval
    function _lanesOf(
        uint256 interval,
        uint256 end,
        uint256 word,
        uint256 bitmap
    ) private pure returns (uint256 lanes) {
        uint256 first = interval & UNIT_MASK;
        uint256 unit = word * UnitFactsLibrary.UNITS;
        if (bitmap == 0) revert UnitOutOfPlace(interval, unit);
        unchecked {
            for (uint256 lane = 1; bitmap != 0; bitmap >>= 1) {
                if (bitmap & 1 != 0) {
                    if (unit < first || unit >= end) revert UnitOutOfPlace(interval, unit);
                    lanes |= lane;
                }
                lane <<= UnitFactsLibrary.CODE;
                ++unit;
            }
        }
    }

    /// @dev Where some units of a lot are recalled by themselves.
    function _requireEachMarketable(uint64 lot, LotState state, uint256 word, uint256 bitmap) private view {
        for (uint256 unit = word * UnitFactsLibrary.UNITS; bitmap != 0; bitmap >>= 1) {
            if (bitmap & 1 != 0) _requireMarketable(lot, state, unit, unit + 1);
            ++unit;
        }
    }

    /// @dev Names the first unit of which something has become already.
    function _refuseRetired(uint64 lot, uint256 word, uint256 bitmap, UnitFacts facts) private pure {
        for (uint256 place = 0; place < UnitFactsLibrary.UNITS; ++place) {
            uint256 fact = facts.factOf(place);
            if ((bitmap >> place) & 1 != 0 && fact != 0) {
                revert UnitIsRetired(lot, word * UnitFactsLibrary.UNITS + place, UnitFact(fact));
            }
        }
    }
}
