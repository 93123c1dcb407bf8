// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrugSupplyChain} from "./IDrugSupplyChain.sol";
import {IParticipants} from "./IParticipants.sol";

/// @title ColdChain: what sensors have recorded, and what follows from it
/// @notice A *sensor* belongs to an accredited operator, who puts roots of its readings into a log of RFC 9162, in the
///         order of time. A *consignment* is an interval of a lot's units that travels, or is stored, under a sensor's eye.
///         A reading outside of the storage that the product is authorised for, silence for longer than the sensor's
///         cadence, or an attested exposure beyond what is allowed, puts the consignment's units on hold: by the proof of
///         anybody. Whether they can still be used is for an inspector to decide.
///
///         A reading is 9 bytes: uint40 at, Unix seconds | int32 hundredths of a degree Celsius. The root of a batch is
///         that of RFC 9162 over its readings, one a leaf, in their order.
///
///         An entry of a sensor's log is made of these bytes, integers big-endian, nothing between them:
///           readings, 60 bytes:  uint8 0 | uint32 sensor | uint40 at, of the block | uint40 from | uint40 until |
///                                uint32 count | uint32 gap | bytes32 root
///           exposure, 69 bytes:  uint8 1 | uint32 sensor | uint40 at, of the block | uint32 by | uint64 consignment |
///                                uint64 entries | int16 meanKinetic | int16 lowest | int16 highest | uint8 within |
///                                bytes32 report
///         Temperatures are hundredths of a degree Celsius; `gap` is seconds from the last reading before to `from`.
/// @dev Warning: that a sensor was with the units, and that its readings are true, is the word of its operator and of
///      whoever put it there.
interface IColdChain {
    /// @notice A sensor as it stands.
    struct SensorView {
        uint32 operator; // the organisation that answers for it; 0 if there is no such sensor
        uint40 until; // Unix seconds, the last reading on record; before the first, when it was registered
        uint24 cadence; // seconds within which the next reading has to follow
        uint16 calibratedUntil; // day, the last of its calibration
        bool retired;
    }

    /// @notice Units under a sensor's eye.
    struct Consignment {
        uint32 sensor;
        uint64 lot;
        uint24 first;
        uint24 end; // the unit after the last
        uint32 startedBy; // organisation
        uint40 since; // Unix seconds
        uint40 until; // Unix seconds, exclusive; 0 while it goes on
        int16 low; // coldest storage, hundredths of a degree Celsius
        int16 high; // warmest storage, hundredths of a degree Celsius
        uint64 judged; // entries of the sensor's log that an inspector has judged: they put nothing on hold any longer
        uint40 judgedAt; // Unix seconds; silence before it was judged, too
    }

    /// @notice What was worked out of the readings, off chain.
    struct Exposure {
        uint64 entries; // of the sensor's log that were considered, from the first on
        int16 meanKinetic; // mean kinetic temperature, hundredths of a degree Celsius
        int16 lowest; // hundredths of a degree Celsius
        int16 highest; // hundredths of a degree Celsius
        bool within; // of what is allowed
        bytes32 report; // hash of the report
    }

    /// @notice A reading, and where it stands: in which batch, and where this stands in the sensor's log.
    struct ReadingProof {
        uint40 at; // Unix seconds
        int32 celsius; // hundredths of a degree
        uint32 place; // of the reading in its batch, counted from 0
        bytes32[] readingProof; // inclusion proof in the batch, RFC 9162 section 2.1.3
        bytes entry; // of the batch
        uint64 index; // of the entry in the log, counted from 0
        bytes32[] entryProof; // inclusion proof in the log at its present size
    }

    /// @notice A sensor was registered.
    /// @param cadence seconds
    /// @param calibratedUntil day, the last
    /// @param certificate of its calibration: a reference, or the hash
    event SensorRegistered(
        uint32 indexed sensor, uint32 indexed operator, uint24 cadence, uint16 calibratedUntil, bytes32 certificate
    );
    /// @notice A sensor was calibrated.
    /// @param calibratedUntil day, the last
    event SensorCalibrated(uint32 indexed sensor, uint16 calibratedUntil, bytes32 certificate);
    /// @notice A sensor records nothing any more.
    event SensorRetired(uint32 indexed sensor);
    /// @notice An interval came under a sensor's eye.
    event ConsignmentStarted(
        uint64 indexed consignment, uint32 indexed sensor, uint64 indexed lot, uint24 first, uint24 end, uint32 by
    );
    /// @notice It is under the sensor's eye no longer.
    event ConsignmentEnded(uint64 indexed consignment, uint32 by);
    /// @notice A batch of readings was committed to.
    /// @param batch from the low end: gap 32, seconds since the last reading before | count 32, readings | until 40, Unix
    ///        seconds, the last reading | from 40, Unix seconds, the first reading | index 64, of the entry, from 0
    event ReadingsAnchored(uint32 indexed sensor, uint256 batch, bytes32 root);
    /// @notice Somebody has worked out what the units were exposed to.
    /// @param index of the entry in the sensor's log, counted from 0
    /// @param by the sensor's operator, or an inspector
    event ExposureAttested(uint64 indexed consignment, uint32 indexed by, uint64 index, Exposure exposure);
    /// @notice A reading outside of the storage that is authorised was proven.
    event ExcursionProven(uint64 indexed consignment, uint256 indexed interval, uint40 at, int32 celsius);
    /// @notice An entry of the log was proven that speaks against the units: a gap, or an exposure beyond what is allowed.
    event EntryProven(uint64 indexed consignment, uint256 indexed interval, uint64 index);
    /// @notice The sensor was silent for longer than its cadence.
    /// @param until Unix seconds, the last that was known
    event SilenceReported(uint64 indexed consignment, uint256 indexed interval, uint40 until);
    /// @notice An inspector has judged the readings of a consignment.
    /// @param entries of the sensor's log, from the first on
    event ReadingsJudged(uint64 indexed consignment, uint32 indexed inspector, uint64 entries, bytes32 report);

    /// @notice There is no sensor of this number.
    error SensorUnknown(uint32 sensor);
    /// @notice The sensor is retired, or its calibration has run out.
    error SensorNotInUse(uint32 sensor, bool retired, uint16 calibratedUntil);
    /// @notice A cadence is 1 second or more, and a calibration lasts until today or longer.
    error SensorTermsInvalid(uint24 cadence, uint16 calibratedUntil);
    /// @notice There is no consignment of this number.
    error ConsignmentUnknown(uint64 consignment);
    /// @notice The consignment has ended.
    error ConsignmentOver(uint64 consignment, uint40 until);
    /// @notice The interval has no unit of the consignment.
    error ConsignmentElsewhere(uint64 consignment, uint256 interval);
    /// @notice The consignment is not the organisation's to end, or too much its own to judge.
    error ConsignmentNotYours(uint64 consignment, uint32 organisation);
    /// @notice The batch is empty, ends before it begins, begins before the last one ends, lies in the future, or has too
    ///         few readings to keep the cadence.
    /// @param last Unix seconds, the last reading on record
    error ReadingsInvalid(uint40 from, uint40 until, uint40 last, uint32 count, bytes32 root);
    /// @notice The entry is not in the sensor's log at this index, or an inspector has judged it.
    error EntryInvalid(uint32 sensor, uint64 index);
    /// @notice The entry does not speak against the consignment.
    error EntryHarmless(uint64 consignment, uint64 index);
    /// @notice The reading is not in the batch at this place.
    error ReadingNotProven(uint40 at, int32 celsius, uint32 place);
    /// @notice The reading was made before or after, or lies within the storage that is authorised.
    error ReadingHarmless(uint40 at, int32 celsius);
    /// @notice The sensor is not silent: the next reading is still in time.
    error SensorNotSilent(uint32 sensor, uint256 dueAt);
    /// @notice So many entries were never made, or fewer than were judged or considered before.
    error EntriesInvalid(uint64 entries, uint64 size);

    // ------------------------------------------------------------------ an operator keeps its sensors

    /// @notice Registers a sensor. For a sensor operator.
    /// @param cadence seconds within which the next reading has to follow, 1 or more
    /// @param calibratedUntil the last day of its calibration, today or later
    /// @param certificate of its calibration: a reference, or the hash
    /// @return sensor its number, counted from 1
    /// @dev Reverts with OperatorNotInStanding (IParticipants), SensorTermsInvalid.
    function registerSensor(
        uint24 cadence,
        uint16 calibratedUntil,
        bytes32 certificate
    ) external returns (uint32 sensor);

    /// @notice Notes a new calibration. For the sensor's operator.
    /// @dev Reverts with SensorUnknown, OperatorNotInStanding (IParticipants), SensorTermsInvalid.
    function calibrateSensor(uint32 sensor, uint16 calibratedUntil, bytes32 certificate) external;

    /// @notice Ends a sensor for good. For its operator.
    /// @dev Reverts with SensorUnknown, OperatorNotInStanding (IParticipants).
    function retireSensor(uint32 sensor) external;

    /// @notice Commits to a batch of readings of any size. For the sensor's operator.
    /// @param from Unix seconds, the first reading, after the last one on record
    /// @param until Unix seconds, the last reading, not in the future
    /// @param count readings, at least 1, and so many that they can keep the cadence
    /// @param root of the batch, not zero
    /// @return index of the entry, counted from 0
    /// @dev Reverts with SensorUnknown, OperatorNotInStanding (IParticipants), SensorNotInUse, ReadingsInvalid.
    function anchorReadings(
        uint32 sensor,
        uint40 from,
        uint40 until,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index);

    /// @notice Attests what a consignment was exposed to. For the sensor's operator or an inspector.
    /// @return index of the entry in the sensor's log, counted from 0
    /// @dev Reverts with ConsignmentUnknown, OperatorNotInStanding (IParticipants), EntriesInvalid.
    function attestExposure(uint64 consignment, Exposure calldata exposure) external returns (uint64 index);

    // ------------------------------------------------------------------ a holder puts units under a sensor's eye

    /// @notice Starts a consignment of an interval. For its holder.
    /// @return consignment its number, counted from 1
    /// @dev Reverts with IntervalUnknown (IDrugSupplyTypes), OperatorNotInStanding (IParticipants), SensorUnknown,
    ///      SensorNotInUse.
    function startConsignment(uint32 sensor, uint256 interval) external returns (uint64 consignment);

    /// @notice Ends a consignment. For whoever started it, the sensor's operator, or who holds all of its units.
    /// @param interval that has all of its units, if the caller's organisation is but their holder
    /// @dev Reverts with ConsignmentUnknown, ConsignmentOver, OperatorNotInStanding (IParticipants), ConsignmentNotYours,
    ///      and where the interval counts with ConsignmentElsewhere and IntervalUnknown (IDrugSupplyTypes).
    function endConsignment(uint64 consignment, uint256 interval) external;

    // ------------------------------------------------------------------ anybody proves

    /// @notice Puts units on hold, because a reading lies outside of the storage that is authorised.
    /// @param interval that has units of the consignment now
    /// @dev Reverts with ConsignmentUnknown, EntryInvalid, ReadingNotProven, ReadingHarmless, ConsignmentElsewhere, and
    ///      with IntervalUnknown, ConditionInvalid, IntervalIsRetired (IDrugSupplyTypes).
    function proveExcursion(uint64 consignment, uint256 interval, ReadingProof calldata proof) external;

    /// @notice Puts units on hold, because an entry of the log speaks against them: readings with a gap before them that is
    ///         longer than the sensor's cadence, or an exposure of this consignment that is not within what is allowed.
    /// @param interval that has units of the consignment now
    /// @param entry the bytes described above
    /// @param index of the entry, counted from 0
    /// @param proof inclusion proof at the log's present size
    /// @dev Reverts with ConsignmentUnknown, EntryInvalid, EntryHarmless, ConsignmentElsewhere, and as DrugSupplyChain
    ///      does.
    function proveEntry(
        uint64 consignment,
        uint256 interval,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external;

    /// @notice Puts units on hold, because nothing has come of their sensor for longer than its cadence, up to now or to the
    ///         end of the consignment.
    /// @param interval that has units of the consignment now
    /// @dev Reverts with ConsignmentUnknown, SensorNotSilent, ConsignmentElsewhere, and as
    ///      DrugSupplyChain does.
    function reportSilence(uint64 consignment, uint256 interval) external;

    // ------------------------------------------------------------------ an inspector judges

    /// @notice Says that the first entries of the sensor's log, and its silence until now, have been judged for a
    ///         consignment: they put nothing of it on hold again. For an inspector who has not started it and is not the
    ///         sensor's operator; about what is on hold it decides in DrugSupplyChain.
    /// @param entries how many, not fewer than before
    /// @param report hash of the report
    /// @dev Reverts with OperatorNotInStanding (IParticipants), ConsignmentUnknown, ConsignmentNotYours, EntriesInvalid.
    function judgeReadings(uint64 consignment, uint64 entries, bytes32 report) external;

    // ------------------------------------------------------------------ answers

    /// @notice How many sensors were registered; their numbers are 1 to this.
    function sensorCount() external view returns (uint32);

    /// @notice How many consignments were started; their numbers are 1 to this.
    function consignmentCount() external view returns (uint64);

    /// @notice A sensor as it stands; all zero if there is none. Never reverts.
    function sensorOf(uint32 sensor) external view returns (SensorView memory);

    /// @notice A consignment as it stands.
    /// @dev Reverts with ConsignmentUnknown.
    function consignmentOf(uint64 consignment) external view returns (Consignment memory);

    /// @notice How long a sensor's log is, and its root. Never reverts.
    function logOf(uint32 sensor) external view returns (uint64 size, bytes32 root);

    /// @notice Does the log, as it is now, hold this entry at this index? Never reverts.
    function logIncludes(
        uint32 sensor,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Is a log of this earlier size and root a beginning of the log as it is now? Never reverts.
    function logContinues(
        uint32 sensor,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice The contract whose units these are, and which deployed this one.
    function supply() external view returns (IDrugSupplyChain);

    /// @notice Knows who speaks for an organisation, and its standing.
    function participants() external view returns (IParticipants);
}
