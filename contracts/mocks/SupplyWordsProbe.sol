// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Container, ContainerLibrary} from "../types/Container.sol";
import {Custody, CustodyLibrary} from "../types/Custody.sol";
import {LotState, LotStateLibrary} from "../types/LotState.sol";
import {Sensor, SensorLibrary} from "../types/Sensor.sol";
import {UnitFacts, UnitFactsLibrary} from "../types/UnitFacts.sol";

/// @title Shows the packed words of the supply chain and their libraries to tests
contract SupplyWordsProbe {
    // ------------------------------------------------------------------ Custody

    function makeCustody(uint24 end, uint32 holder) external pure returns (uint256) {
        return Custody.unwrap(CustodyLibrary.make(end, holder));
    }

    /// @return fields in the order of IDrugSupplyTypes.Interval, without the first unit
    function custodyOf(uint256 word) external pure returns (uint256[14] memory fields) {
        Custody custody = Custody.wrap(word);
        fields = [
            custody.end(),
            custody.holder(),
            custody.owner(),
            custody.counterparty(),
            custody.consignee(),
            custody.investigation(),
            custody.condition(),
            _number(custody.returning()),
            _number(custody.titled()),
            _number(custody.unverified()),
            _number(custody.opened()),
            custody.tier(),
            custody.acknowledged(),
            custody.fact()
        ];
    }

    /// @return words with one field changed: end, holder, owner, counterparty, investigation, condition, unverified,
    ///         opened, tier, acknowledged, fact
    function custodyWith(uint256 word, uint32 value) external pure returns (uint256[11] memory words) {
        Custody custody = Custody.wrap(word);
        bool flag = value & 1 != 0;
        words = [
            Custody.unwrap(custody.withEnd(uint24(value))),
            Custody.unwrap(custody.withHolder(value)),
            Custody.unwrap(custody.withOwner(value)),
            Custody.unwrap(custody.withCounterparty(value)),
            Custody.unwrap(custody.withInvestigation(value & 3)),
            Custody.unwrap(custody.withCondition(value & 3)),
            Custody.unwrap(custody.withUnverified(flag)),
            Custody.unwrap(custody.withOpened(flag)),
            Custody.unwrap(custody.withTier(value & 3)),
            Custody.unwrap(custody.withAcknowledged(value & 7)),
            Custody.unwrap(custody.withFact(value & 7))
        ];
    }

    function withRoute(
        uint256 word,
        uint32 counterparty,
        uint32 consignee,
        bool returning,
        bool titled
    ) external pure returns (uint256) {
        return Custody.unwrap(Custody.wrap(word).withRoute(counterparty, consignee, returning, titled));
    }

    function withoutRoute(uint256 word) external pure returns (uint256) {
        return Custody.unwrap(Custody.wrap(word).withoutRoute());
    }

    function received(uint256 word) external pure returns (uint256) {
        return Custody.unwrap(Custody.wrap(word).received());
    }

    function bare(uint256 word) external pure returns (uint256) {
        return Custody.unwrap(Custody.wrap(word).bare());
    }

    function toEvent(uint256 word, uint256 interval) external pure returns (uint256) {
        return Custody.wrap(word).toEvent(interval);
    }

    function isClear(uint256 word) external pure returns (bool) {
        return Custody.wrap(word).isClear();
    }

    function isFree(uint256 word, uint32 holder) external pure returns (bool) {
        return Custody.wrap(word).isFree(holder);
    }

    function isLike(uint256 word, uint256 other) external pure returns (bool) {
        return Custody.wrap(word).isLike(Custody.wrap(other));
    }

    // ------------------------------------------------------------------ LotState

    function makeLot(
        int16 low,
        int16 high,
        uint24 units,
        uint16 expiry,
        uint8 channel
    ) external pure returns (uint256) {
        return LotState.unwrap(LotStateLibrary.make(low, high, units, expiry, channel));
    }

    /// @return storageRange coldest and warmest
    /// @return fields units, expiry, quality, recallClass, partial, recall, channel
    function lotOf(uint256 word) external pure returns (int16[2] memory storageRange, uint256[7] memory fields) {
        LotState state = LotState.wrap(word);
        storageRange = [state.low(), state.high()];
        fields = [
            state.units(),
            state.expiry(),
            state.quality(),
            state.recallClass(),
            _number(state.isPartial()),
            state.recall(),
            state.channel()
        ];
    }

    function withQuality(uint256 word, uint256 quality) external pure returns (uint256) {
        return LotState.unwrap(LotState.wrap(word).withQuality(quality));
    }

    function withChannel(uint256 word, uint8 channel) external pure returns (uint256) {
        return LotState.unwrap(LotState.wrap(word).withChannel(channel));
    }

    function withRecall(uint256 word, uint256 class, bool isPartial, uint256 recall) external pure returns (uint256) {
        return LotState.unwrap(LotState.wrap(word).withRecall(class, isPartial, recall));
    }

    /// @return open as LotState has it
    /// @return marketable as LotState has it
    function lotOn(uint256 word, uint256 today) external pure returns (bool open, bool marketable) {
        LotState state = LotState.wrap(word);
        return (state.isOpen(today), state.isMarketable(today));
    }

    // ------------------------------------------------------------------ UnitFacts

    /// @return facts of all units of the word
    /// @return undoable bitmap of the units whose dispensing can be taken back that day
    function factsOf(uint256 word, uint256 today) external pure returns (uint256[48] memory facts, uint256 undoable) {
        UnitFacts self = UnitFacts.wrap(word);
        for (uint256 place = 0; place < 48; ++place) {
            facts[place] = self.factOf(place);
            if (self.isUndoable(place, today)) undoable |= 1 << place;
        }
    }

    function agedTo(uint256 word, uint256 today) external pure returns (uint256) {
        return UnitFacts.unwrap(UnitFacts.wrap(word).agedTo(today));
    }

    function withFact(uint256 word, uint256 place, uint256 fact) external pure returns (uint256) {
        return UnitFacts.unwrap(UnitFacts.wrap(word).with(place, fact));
    }

    function withoutFact(uint256 word, uint256 place) external pure returns (uint256) {
        return UnitFacts.unwrap(UnitFacts.wrap(word).without(place));
    }

    /// @param bitmap of the units that are asked about
    /// @return circulating whether all of them are in circulation
    /// @return dispensed the word with all of them dispensed
    function dispensed(uint256 word, uint256 bitmap) external pure returns (bool circulating, uint256) {
        uint256 lanes = 0;
        for (uint256 place = 0; place < 48; ++place) {
            if ((bitmap >> place) & 1 != 0) lanes |= UnitFactsLibrary.lane(place);
        }
        UnitFacts self = UnitFacts.wrap(word);
        return (self.haveCirculating(lanes), UnitFacts.unwrap(self.withDispensed(lanes)));
    }

    function areCirculating(uint256 word, uint256 from, uint256 until) external pure returns (bool) {
        return UnitFacts.wrap(word).areCirculating(from, until);
    }

    // ------------------------------------------------------------------ Container

    function makeContainer(uint64 lot, uint24 first, uint24 end, uint8 tier) external pure returns (uint256) {
        return Container.unwrap(ContainerLibrary.make(lot, first, end, tier));
    }

    /// @return fields lot, first, end, tier, whether it is closed
    /// @return opened the word once it is opened
    function containerOf(uint256 word) external pure returns (uint256[5] memory fields, uint256 opened) {
        Container container = Container.wrap(word);
        fields = [container.lot(), container.first(), container.end(), container.tier(), _number(container.isClosed())];
        opened = Container.unwrap(container.asOpened());
    }

    // ------------------------------------------------------------------ Sensor

    function makeSensor(
        uint32 operator,
        uint40 until,
        uint24 cadence,
        uint16 calibratedUntil
    ) external pure returns (uint192) {
        return Sensor.unwrap(SensorLibrary.make(operator, until, cadence, calibratedUntil));
    }

    /// @return fields operator, until, cadence, calibratedUntil, whether it is retired
    function sensorOf(uint192 word) external pure returns (uint256[5] memory fields) {
        Sensor sensor = Sensor.wrap(word);
        fields = [
            sensor.operator(), sensor.until(), sensor.cadence(), sensor.calibratedUntil(), _number(sensor.isRetired())
        ];
    }

    /// @return words with another until, another calibratedUntil, and retired
    function sensorWith(
        uint192 word,
        uint40 until,
        uint16 calibratedUntil
    ) external pure returns (uint192[3] memory words) {
        Sensor sensor = Sensor.wrap(word);
        words = [
            Sensor.unwrap(sensor.withUntil(until)),
            Sensor.unwrap(sensor.withCalibratedUntil(calibratedUntil)),
            Sensor.unwrap(sensor.asRetired())
        ];
    }

    function _number(bool flag) private pure returns (uint256) {
        return flag ? 1 : 0;
    }
}
