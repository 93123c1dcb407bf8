// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A sensor, in the note of its log's size slot, so that a batch of readings writes one slot less. From the low
///         end: operator 32 | until 40 | cadence 24 | calibratedUntil 16 | retired 1. All zero: no such sensor.
///
///         - operator: the organisation that answers for it; never 0.
///         - until: time of the last reading that is on record, Unix seconds; when it was registered before the first.
///         - cadence: seconds within which the next reading has to follow.
///         - calibratedUntil: the last day of its calibration, days since 1970-01-01 (UTC).
type Sensor is uint192;

using SensorLibrary for Sensor global;

/// @title Fields of the Sensor word
library SensorLibrary {
    uint192 private constant UNTIL = 32;
    uint192 private constant CADENCE = 72;
    uint192 private constant CALIBRATED_UNTIL = 96;
    uint192 private constant RETIRED = 1 << 112;

    function make(
        uint32 operator_,
        uint40 until_,
        uint24 cadence_,
        uint16 calibratedUntil_
    ) internal pure returns (Sensor) {
        return Sensor.wrap(
            uint192(operator_) | (uint192(until_) << UNTIL) | (uint192(cadence_) << CADENCE)
                | (uint192(calibratedUntil_) << CALIBRATED_UNTIL)
        );
    }

    function operator(Sensor self) internal pure returns (uint32) {
        return uint32(Sensor.unwrap(self));
    }

    function until(Sensor self) internal pure returns (uint40) {
        return uint40(Sensor.unwrap(self) >> UNTIL);
    }

    function cadence(Sensor self) internal pure returns (uint24) {
        return uint24(Sensor.unwrap(self) >> CADENCE);
    }

    function calibratedUntil(Sensor self) internal pure returns (uint16) {
        return uint16(Sensor.unwrap(self) >> CALIBRATED_UNTIL);
    }

    function isRetired(Sensor self) internal pure returns (bool) {
        return Sensor.unwrap(self) & RETIRED != 0;
    }

    function withUntil(Sensor self, uint40 until_) internal pure returns (Sensor) {
        uint192 kept = Sensor.unwrap(self) & ~(uint192(type(uint40).max) << UNTIL);
        return Sensor.wrap(kept | (uint192(until_) << UNTIL));
    }

    function withCalibratedUntil(Sensor self, uint16 calibratedUntil_) internal pure returns (Sensor) {
        uint192 kept = Sensor.unwrap(self) & ~(uint192(type(uint16).max) << CALIBRATED_UNTIL);
        return Sensor.wrap(kept | (uint192(calibratedUntil_) << CALIBRATED_UNTIL));
    }

    function asRetired(Sensor self) internal pure returns (Sensor) {
        return Sensor.wrap(Sensor.unwrap(self) | RETIRED);
    }
}
