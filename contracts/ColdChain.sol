// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IColdChain} from "../interfaces/IColdChain.sol";
import {IDrugSupplyChain} from "../interfaces/IDrugSupplyChain.sol";
import {IDrugSupplyTypes} from "../interfaces/IDrugSupplyTypes.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {Standing} from "./libraries/Standing.sol";
import {Roles} from "./types/Roles.sol";
import {Sensor, SensorLibrary} from "./types/Sensor.sol";

/// @title ColdChain
/// @notice What sensors have recorded of medicines under way and in store, in logs that can only grow, and the proof of
///         anybody that units were not kept as they should be.
///
///         Trusts: Participants for who speaks for an organisation; DrugSupplyChain for who holds what; inspectors to
///         judge readings; an operator for what its sensors say.
///         Stopped by: an operator's suspension stops its sensors' readings, which is then silence. Proving is stopped by
///         nothing.
///         Immutable: no proxy, no pause. A later version is another deployment.
contract ColdChain is IColdChain {
    using MerkleLog for MerkleLog.Log;
    using Standing for IParticipants;

    uint256 private constant READINGS_LENGTH = 60;
    uint256 private constant EXPOSURE_LENGTH = 69;
    uint8 private constant READINGS = 0;
    uint8 private constant EXPOSURE = 1;

    /// @inheritdoc IColdChain
    IParticipants public immutable participants;
    /// @inheritdoc IColdChain
    IDrugSupplyChain public immutable supply;

    /// @inheritdoc IColdChain
    uint32 public sensorCount;
    /// @inheritdoc IColdChain
    uint64 public consignmentCount;

    /// @dev Each with its Sensor in the note.
    mapping(uint32 sensor => MerkleLog.Log) private _logs;
    mapping(uint64 consignment => Consignment) private _consignments;

    /// @param participants_ the register of accredited organisations
    /// @param supply_ the contract whose units these are
    constructor(IParticipants participants_, IDrugSupplyChain supply_) {
        participants = participants_;
        supply = supply_;
    }

    // ------------------------------------------------------------------ an operator keeps its sensors

    /// @inheritdoc IColdChain
    function registerSensor(
        uint24 cadence,
        uint16 calibratedUntil,
        bytes32 certificate
    ) external returns (uint32 sensor) {
        uint32 operator = participants.requireOperator(msg.sender, Roles.SENSOR_OPERATOR);
        _requireTerms(cadence, calibratedUntil);
        sensor = ++sensorCount;
        Sensor made = SensorLibrary.make(operator, uint40(block.timestamp), cadence, calibratedUntil);
        _logs[sensor].note = Sensor.unwrap(made);
        emit SensorRegistered(sensor, operator, cadence, calibratedUntil, certificate);
    }

    /// @inheritdoc IColdChain
    function calibrateSensor(uint32 sensor, uint16 calibratedUntil, bytes32 certificate) external {
        Sensor current = _requireSensor(sensor);
        participants.requireCallerFor(current.operator(), Roles.SENSOR_OPERATOR);
        _requireTerms(current.cadence(), calibratedUntil);
        _logs[sensor].note = Sensor.unwrap(current.withCalibratedUntil(calibratedUntil));
        emit SensorCalibrated(sensor, calibratedUntil, certificate);
    }

    /// @inheritdoc IColdChain
    function retireSensor(uint32 sensor) external {
        Sensor current = _requireSensor(sensor);
        participants.requireCallerFor(current.operator(), Roles.SENSOR_OPERATOR);
        _logs[sensor].note = Sensor.unwrap(current.asRetired());
        emit SensorRetired(sensor);
    }

    /// @inheritdoc IColdChain
    function anchorReadings(
        uint32 sensor,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index) {
        Sensor current = _requireSensor(sensor);
        participants.requireCallerFor(current.operator(), Roles.SENSOR_OPERATOR);
        _requireInUse(sensor, current);
        uint40 last = current.until();
        if (from <= last) revert ReadingsInvalid(from, until, last, count, root);
        if (until < from) revert ReadingsInvalid(from, until, last, count, root);
        if (until > block.timestamp) revert ReadingsInvalid(from, until, last, count, root);
        if (count == 0) revert ReadingsInvalid(from, until, last, count, root);
        if (root == 0) revert ReadingsInvalid(from, until, last, count, root);
        uint32 gap;
        unchecked {
            // So many readings cannot keep the cadence over a longer time.
            if (until - from > (uint256(count) - 1) * current.cadence()) {
                revert ReadingsInvalid(from, until, last, count, root);
            }
            gap = uint32(from - last);
        }
        MerkleLog.Log storage log = _logs[sensor];
        bytes memory entry = abi.encodePacked(READINGS, sensor, uint40(block.timestamp), from, until, count, gap, root);
        index = log.append(MerkleLog.hashLeaf(entry), Sensor.unwrap(current.withUntil(until)));
        emit ReadingsAnchored(sensor, _batchInEvent(index, from, until, count, gap), root);
    }

    /// @inheritdoc IColdChain
    function attestExposure(uint64 consignment, Exposure calldata exposure) external returns (uint64 index) {
        Consignment storage consigned = _requireConsignment(consignment);
        uint32 sensor = consigned.sensor;
        uint32 by = participants.requireOperator(msg.sender, Roles.SENSOR_OPERATOR | Roles.INSPECTOR);
        MerkleLog.Log storage log = _logs[sensor];
        // Of the operators, it is for the sensor's own; an inspector of the same rank is not bound to one.
        if (by != Sensor.wrap(log.note).operator()) participants.requireCallerFor(by, Roles.INSPECTOR);
        if (exposure.entries == 0 || exposure.entries > log.size) revert EntriesInvalid(exposure.entries, log.size);
        bytes memory head = abi.encodePacked(EXPOSURE, sensor, uint40(block.timestamp), by, consignment);
        bytes memory entry = abi.encodePacked(
            head,
            exposure.entries,
            exposure.meanKinetic,
            exposure.lowest,
            exposure.highest,
            exposure.within,
            exposure.report
        );
        index = log.append(MerkleLog.hashLeaf(entry));
        emit ExposureAttested(consignment, by, index, exposure);
    }

    // ------------------------------------------------------------------ a holder puts units under a sensor's eye

    /// @inheritdoc IColdChain
    function startConsignment(uint32 sensor, uint256 interval) external returns (uint64 consignment) {
        IDrugSupplyTypes.Interval memory units = supply.intervalOf(interval);
        participants.requireCallerFor(units.holder, 0);
        _requireInUse(sensor, _requireSensor(sensor));
        uint64 lot = uint64(interval >> 24);
        IDrugSupplyTypes.Lot memory known = supply.lotOf(lot);
        consignment = ++consignmentCount;
        _consignments[consignment] = Consignment({
            sensor: sensor,
            lot: lot,
            first: units.first,
            end: units.end,
            startedBy: units.holder,
            since: uint40(block.timestamp),
            until: 0,
            low: known.low,
            high: known.high,
            judged: 0,
            judgedAt: 0
        });
        emit ConsignmentStarted(consignment, sensor, lot, units.first, units.end, units.holder);
    }

    /// @inheritdoc IColdChain
    function endConsignment(uint64 consignment, uint256 interval) external {
        Consignment storage consigned = _requireConsignment(consignment);
        if (consigned.until != 0) revert ConsignmentOver(consignment, consigned.until);
        uint32 by = participants.requireOperator(msg.sender, 0);
        if (by != consigned.startedBy && by != Sensor.wrap(_logs[consigned.sensor].note).operator()) {
            IDrugSupplyTypes.Interval memory units = _unitsOf(consignment, consigned, interval);
            bool hasAll = units.first <= consigned.first && consigned.end <= units.end;
            if (by != units.holder || !hasAll) revert ConsignmentNotYours(consignment, by);
        }
        consigned.until = uint40(block.timestamp);
        emit ConsignmentEnded(consignment, by);
    }

    // ------------------------------------------------------------------ anybody proves

    /// @inheritdoc IColdChain
    function proveExcursion(uint64 consignment, uint256 interval, ReadingProof calldata proof) external {
        Consignment storage consigned = _requireConsignment(consignment);
        _requireEntry(consigned, proof.entry, proof.index, proof.entryProof);
        (uint40 at, int32 celsius) = (proof.at, proof.celsius);
        bytes32 leaf = MerkleLog.hashLeaf(abi.encodePacked(at, celsius));
        if (
            proof.entry.length != READINGS_LENGTH
                || !MerkleLog.verifyInclusion(
                    leaf,
                    proof.place,
                    uint32(bytes4(proof.entry[20:24])),
                    proof.readingProof,
                    bytes32(proof.entry[28:60])
                )
        ) revert ReadingNotProven(at, celsius, proof.place);
        bool during = at >= consigned.since && (consigned.until == 0 || at < consigned.until);
        // A batch has no readings out of its own time.
        during = during && at >= uint40(bytes5(proof.entry[10:15])) && at <= uint40(bytes5(proof.entry[15:20]));
        if (!during || (celsius >= consigned.low && celsius <= consigned.high)) revert ReadingHarmless(at, celsius);
        emit ExcursionProven(consignment, interval, at, celsius);
        _hold(consignment, consigned, interval);
    }

    /// @inheritdoc IColdChain
    function proveEntry(
        uint64 consignment,
        uint256 interval,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external {
        Consignment storage consigned = _requireConsignment(consignment);
        _requireEntry(consigned, entry, index, proof);
        bool speaks;
        if (entry.length == READINGS_LENGTH) {
            (uint40 from, uint32 gap) = (uint40(bytes5(entry[10:15])), uint32(bytes4(entry[24:28])));
            // From when on a reading was missed: of this consignment, for longer than the cadence within it.
            uint256 last = uint256(from) - gap;
            if (last < consigned.since) last = consigned.since;
            if (last < consigned.judgedAt) last = consigned.judgedAt;
            uint256 late = last + Sensor.wrap(_logs[consigned.sensor].note).cadence();
            speaks = late < from && (consigned.until == 0 || late < consigned.until);
        } else {
            speaks = entry.length == EXPOSURE_LENGTH && uint64(bytes8(entry[14:22])) == consignment && entry[36] == 0;
        }
        if (!speaks) revert EntryHarmless(consignment, index);
        emit EntryProven(consignment, interval, index);
        _hold(consignment, consigned, interval);
    }

    /// @inheritdoc IColdChain
    function reportSilence(uint64 consignment, uint256 interval) external {
        Consignment storage consigned = _requireConsignment(consignment);
        Sensor current = Sensor.wrap(_logs[consigned.sensor].note);
        uint40 last = current.until() > consigned.since ? current.until() : consigned.since;
        if (consigned.judgedAt > last) last = consigned.judgedAt;
        uint256 dueAt = uint256(last) + current.cadence();
        uint256 until = consigned.until == 0 ? block.timestamp : consigned.until;
        if (until <= dueAt) revert SensorNotSilent(consigned.sensor, dueAt);
        emit SilenceReported(consignment, interval, last);
        _hold(consignment, consigned, interval);
    }

    // ------------------------------------------------------------------ an inspector judges

    /// @inheritdoc IColdChain
    function judgeReadings(uint64 consignment, uint64 entries, bytes32 report) external {
        uint32 inspector = participants.requireOperator(msg.sender, Roles.INSPECTOR);
        Consignment storage consigned = _requireConsignment(consignment);
        MerkleLog.Log storage log = _logs[consigned.sensor];
        if (inspector == consigned.startedBy || inspector == Sensor.wrap(log.note).operator()) {
            revert ConsignmentNotYours(consignment, inspector);
        }
        if (entries < consigned.judged || entries > log.size) revert EntriesInvalid(entries, log.size);
        consigned.judged = entries;
        consigned.judgedAt = uint40(block.timestamp);
        emit ReadingsJudged(consignment, inspector, entries, report);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IColdChain
    function sensorOf(uint32 sensor) external view returns (SensorView memory) {
        Sensor current = Sensor.wrap(_logs[sensor].note);
        return SensorView(
            current.operator(), current.until(), current.cadence(), current.calibratedUntil(), current.isRetired()
        );
    }

    /// @inheritdoc IColdChain
    function consignmentOf(uint64 consignment) external view returns (Consignment memory) {
        return _requireConsignment(consignment);
    }

    /// @inheritdoc IColdChain
    function logOf(uint32 sensor) external view returns (uint64 size, bytes32 root) {
        MerkleLog.Log storage log = _logs[sensor];
        return (log.size, log.root());
    }

    /// @inheritdoc IColdChain
    function logIncludes(
        uint32 sensor,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _logs[sensor].includes(MerkleLog.hashLeaf(entry), index, proof);
    }

    /// @inheritdoc IColdChain
    function logContinues(
        uint32 sensor,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _logs[sensor].continues(oldSize, oldRoot, proof);
    }

    // ------------------------------------------------------------------ internals

    function _batchInEvent(
        uint64 index,
        uint40 from,
        uint40 until,
        uint32 count,
        uint32 gap
    ) private pure returns (uint256) {
        return gap | (uint256(count) << 32) | (uint256(until) << 64) | (uint256(from) << 104) | (uint256(index) << 144);
    }

    function _requireTerms(uint24 cadence, uint16 calibratedUntil) private view {
        if (cadence == 0 || calibratedUntil < block.timestamp / 1 days) {
            revert SensorTermsInvalid(cadence, calibratedUntil);
        }
    }

    function _requireSensor(uint32 sensor) private view returns (Sensor current) {
        current = Sensor.wrap(_logs[sensor].note);
        if (current.operator() == 0) revert SensorUnknown(sensor);
    }

    function _requireInUse(uint32 sensor, Sensor current) private view {
        if (current.isRetired() || current.calibratedUntil() < block.timestamp / 1 days) {
            revert SensorNotInUse(sensor, current.isRetired(), current.calibratedUntil());
        }
    }

    function _requireConsignment(uint64 consignment) private view returns (Consignment storage consigned) {
        consigned = _consignments[consignment];
        if (consigned.sensor == 0) revert ConsignmentUnknown(consignment);
    }

    function _requireEntry(
        Consignment storage consigned,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) private view {
        uint32 sensor = consigned.sensor;
        bool judged = index < consigned.judged;
        if (judged || !_logs[sensor].includes(MerkleLog.hashLeaf(entry), index, proof)) {
            revert EntryInvalid(sensor, index);
        }
    }

    /// @return units the interval, which must have units of the consignment
    function _unitsOf(
        uint64 consignment,
        Consignment storage consigned,
        uint256 interval
    ) private view returns (IDrugSupplyTypes.Interval memory units) {
        units = supply.intervalOf(interval);
        bool here =
            uint64(interval >> 24) == consigned.lot && units.first < consigned.end && consigned.first < units.end;
        if (!here) revert ConsignmentElsewhere(consignment, interval);
    }

    function _hold(uint64 consignment, Consignment storage consigned, uint256 interval) private {
        // The interval is looked at for the check alone.
        // slither-disable-next-line unused-return
        _unitsOf(consignment, consigned, interval);
        supply.holdByRecord(interval, consignment);
    }
}
