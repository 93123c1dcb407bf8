// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IOversight} from "../../interfaces/IOversight.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {GS1} from "../libraries/GS1.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {Container} from "../types/Container.sol";
import {Custody} from "../types/Custody.sol";
import {LotState} from "../types/LotState.sol";
import {Roles} from "../types/Roles.sol";
import {UnitFactsLibrary} from "../types/UnitFacts.sol";
import {SupplyState} from "./SupplyState.sol";

/// @title Oversight
/// @notice The part of DrugSupplyChain for products, inspection, recalls by regulators, suspicion, holds, committed events,
///         and what is known.
/// @dev Its code runs in the storage of DrugSupplyChain; what is called on it directly concerns nobody.
contract Oversight is IOversight, SupplyState {
    using Standing for IParticipants;
    using MerkleLog for MerkleLog.Log;

    uint256 private constant RECALL_RANGES_MAX = 32;
    uint256 private constant INTERVALS_MAX = 1_000; // told at a time

    /// @param participants_ the register of accredited organisations
    constructor(IParticipants participants_) SupplyState(participants_) {}

    // ------------------------------------------------------------------ a regulator authorises products

    /// @inheritdoc IOversight
    function authoriseProduct(uint64 gtin, uint32 holder, int16 low, int16 high) external {
        uint32 regulator = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        if (!GS1.isGtin(gtin)) revert ProductGtinInvalid(gtin);
        if (low >= high) revert ProductStorageInvalid(low, high);
        _participants.requireGood(holder, MAKERS);
        _products[gtin] = Product(holder, low, high);
        emit ProductAuthorised(gtin, holder, low, high, regulator);
    }

    /// @inheritdoc IOversight
    function withdrawProduct(uint64 gtin) external {
        uint32 regulator = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        if (_products[gtin].holder == 0) revert ProductUnknown(gtin);
        delete _products[gtin];
        emit ProductWithdrawn(gtin, regulator);
    }

    // ------------------------------------------------------------------ a manufacturer keeps its lots

    /// @inheritdoc IOversight
    function declareSource(uint64 lot, uint256 source) external {
        uint32 manufacturer = _manufacturerOf(lot);
        _participants.requireCallerFor(manufacturer, MAKERS);
        Custody custody = _load(source);
        bool isOwn = custody.fact() == uint256(UnitFact.Repackaged) && custody.holder() == manufacturer;
        bool lasts = _requireLot(lot).expiry() <= _stateOf(source, custody).expiry();
        // What was repackaged goes nowhere: the mark of a title says that a lot has it.
        if (!isOwn || !lasts || custody.titled()) revert LotSourceInvalid(lot, source);
        _intervals[source] = custody.withRoute(0, 0, false, true);
        emit LotSourceDeclared(lot, _lotOf(source), source);
    }

    /// @inheritdoc IOversight
    function setChannelMember(uint8 channel, uint32 member, bool admitted) external {
        uint32 manufacturer = _participants.requireOperator(msg.sender, MAKERS);
        if (channel == 0) revert LotChannelZero();
        _members[_channelKey(manufacturer, channel)][member] = admitted;
        emit ChannelMemberSet(manufacturer, channel, member, admitted);
    }

    /// @inheritdoc IOversight
    function setLotChannel(uint64 lot, uint8 channel) external {
        LotState state = _requireLot(lot);
        _participants.requireCallerFor(_manufacturerOf(lot), 0);
        _writeLot(lot, state.withChannel(channel));
        emit LotChannelSet(lot, channel);
    }

    // ------------------------------------------------------------------ an inspector releases them

    /// @inheritdoc IOversight
    function inspectLot(uint64 lot, Quality quality, bytes32 certificate) external {
        LotState state = _requireLot(lot);
        // A regulator bars a lot, and lifts that; then it is rejected until an inspector releases it.
        bool forRegulator = quality == Quality.Barred || state.quality() == uint256(Quality.Barred);
        uint32 role = forRegulator ? Roles.REGULATOR : Roles.INSPECTOR;
        uint32 inspector = _participants.requireOperator(msg.sender, role);
        bool lifts = state.quality() == uint256(Quality.Barred) && quality == Quality.Released;
        if (quality == Quality.Pending || uint256(quality) == state.quality() || lifts) {
            revert LotQualityUnchanged(lot, quality);
        }
        _writeLot(lot, state.withQuality(uint256(quality)));
        emit LotInspected(lot, inspector, quality, certificate);
    }

    // ------------------------------------------------------------------ recall

    /// @inheritdoc IOversight
    function orderRecall(uint64 lot, uint16 notice) external {
        uint32 regulator = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        _recall(lot, _requireLot(lot), notice, regulator);
    }

    /// @inheritdoc IOversight
    function recallUnits(uint64 lot, uint32 by, uint24 from, uint24 until, uint16 notice) external {
        _requireAuthority(lot, by);
        LotState state = _requireLot(lot);
        if (from >= until || until > state.units()) revert RecallRangeInvalid(lot, from, until);
        RecallRange[] storage ranges = _recallRanges[lot];
        if (ranges.length == RECALL_RANGES_MAX) revert RecallRangesFull(lot, RECALL_RANGES_MAX);
        _requireNotice(notice);
        ranges.push(RecallRange(from, until, uint8(notice)));
        _writeLot(lot, state.withRecall(state.recallClass(), true, _nextRecall(state)));
        emit UnitsRecalled(lot, notice | (uint256(by) << NOTICE_BITS), from, until);
    }

    /// @inheritdoc IOversight
    function endRecall(uint64 lot) external {
        uint32 regulator = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        LotState state = _requireLot(lot);
        if (state.recallClass() == 0 && !state.isPartial()) revert RecallNone(lot);
        delete _recallRanges[lot];
        _writeLot(lot, state.withRecall(0, false, state.recall()));
        emit RecallEnded(lot, regulator);
    }

    /// @inheritdoc IOversight
    function acknowledgeRecall(uint256 interval) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        _participants.requireCallerFor(holder, 0);
        uint64 lot = _lotOf(interval);
        LotState state = _stateOf(interval, custody);
        uint32 units = _recalledUnits(lot, state, uint24(interval), custody.end());
        if (units == 0) revert RecallNone(lot);
        if (custody.acknowledged() == state.recall() || custody.acknowledged() == CAME_BACK) {
            revert RecallAcknowledgedAlready(interval, custody.acknowledged());
        }
        custody = custody.withAcknowledged(state.recall());
        _intervals[interval] = custody;
        _progressOf(lot, state).acknowledged += units;
        emit RecallAcknowledged(lot, holder, units, custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ suspicion, condition, returns

    /// @inheritdoc IOversight
    function investigate(uint256 interval, uint32 by, Investigation next, bytes32 evidence) external {
        Custody custody = _load(interval);
        _requireNotRetired(interval, custody);
        Investigation current = Investigation(custody.investigation());
        bool valid;
        if (next == Investigation.Suspect || next == Investigation.Quarantined) {
            // Anybody concerned may report and isolate; nothing becomes milder by it.
            _requireConcerned(interval, custody, by);
            valid = next > current;
        } else {
            bool isRegulator = _requireAuthority(_lotOf(interval), by) & Roles.REGULATOR != 0;
            bool isKnown = current == Investigation.None || current == next;
            valid = !isKnown && (isRegulator || current != Investigation.Illegitimate);
        }
        if (!valid) revert InvestigationInvalid(interval, current, next);
        custody = custody.withInvestigation(uint256(next));
        _intervals[interval] = custody;
        emit InvestigationChanged(_lotOf(interval), next, by, custody.toEvent(interval), evidence);
    }

    /// @inheritdoc IOversight
    function hold(uint256 interval, uint32 by, bytes32 evidence) external {
        Custody custody = _load(interval);
        _requireConcerned(interval, custody, by);
        _hold(interval, custody, by, evidence);
    }

    /// @inheritdoc IOversight
    function holdByRecord(uint256 interval, uint256 consignment) external {
        if (msg.sender != _coldChain) revert ColdChainOnly(msg.sender);
        _hold(interval, _load(interval), 0, bytes32(consignment));
    }

    /// @inheritdoc IOversight
    function decideHold(uint256 interval, bool fit, bytes32 report) external {
        Custody custody = _load(interval);
        uint32 inspector = _participants.requireOperator(msg.sender, Roles.INSPECTOR);
        // Nobody judges what is their own, or in their hands.
        if (_isParty(custody, inspector)) revert IntervalNotYours(interval, inspector);
        Condition current = Condition(custody.condition());
        Condition next = fit ? Condition.Fit : Condition.Rejected;
        if (current == Condition.Fit || current == next) revert ConditionInvalid(interval, current, next);
        custody = custody.withCondition(uint256(next));
        _intervals[interval] = custody;
        emit ConditionChanged(_lotOf(interval), next, inspector, custody.toEvent(interval), report);
    }

    /// @inheritdoc IOversight
    function verifyReturn(uint256 interval, uint32 by) external {
        Custody custody = _load(interval);
        _requireAuthority(_lotOf(interval), by);
        if (!custody.unverified()) revert ReturnNone(interval);
        custody = custody.withUnverified(false);
        _intervals[interval] = custody;
        emit ReturnVerified(_lotOf(interval), by, custody.toEvent(interval));
    }

    /// @inheritdoc IOversight
    function orderHandover(uint256 interval, uint32 to) external {
        Custody custody = _load(interval);
        uint32 regulator = _participants.requireOperator(msg.sender, Roles.REGULATOR);
        _participants.requireGood(to, ENDS | Roles.WHOLESALER);
        _requireNotRetired(interval, custody);
        if (to == custody.holder()) revert ShipmentToSelf(to);
        custody = custody.withRoute(to, to, true, false);
        _intervals[interval] = custody;
        emit HandoverOrdered(_lotOf(interval), regulator, custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ events of EPCIS

    /// @inheritdoc IOversight
    function anchorEvents(uint32 count, uint64 corrects, bytes32 root) external returns (uint64 index) {
        uint32 organisation = _participants.requireOperator(msg.sender, 0);
        MerkleLog.Log storage log = _eventLogs[organisation];
        if (count == 0 || root == 0 || corrects > log.size) revert EventBatchInvalid(count, root, corrects, log.size);
        bytes memory entry = abi.encodePacked(organisation, uint40(block.timestamp), corrects, count, root);
        index = log.append(MerkleLog.hashLeaf(entry));
        emit EventsAnchored(organisation, index, corrects, count, root);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IOversight
    function lotOf(uint64 lot) external view returns (Lot memory) {
        LotState state = _requireLot(lot);
        return Lot({
            low: state.low(),
            high: state.high(),
            units: state.units(),
            expiry: state.expiry(),
            quality: Quality(state.quality()),
            channel: state.channel(),
            recallClass: uint8(state.recallClass()),
            recall: uint8(state.recall()),
            recallRanges: _recallRanges[lot],
            serialRoot: _serialRoots[lot]
        });
    }

    /// @inheritdoc IOversight
    function intervalOf(uint256 interval) external view returns (Interval memory) {
        return _view(interval, _load(interval));
    }

    /// @inheritdoc IOversight
    function intervalsOf(uint64 lot, uint24 from, uint256 most) external view returns (Interval[] memory found) {
        uint24 units = _requireLot(lot).units();
        if (most > INTERVALS_MAX) most = INTERVALS_MAX;
        found = new Interval[](most);
        uint256 count = 0;
        for (uint24 first = from; first < units && count < most; ++count) {
            uint256 interval = (uint256(lot) << UNIT_BITS) | first;
            found[count] = _view(interval, _load(interval));
            first = found[count].end;
        }
        // As many as were found.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @inheritdoc IOversight
    function factOf(uint256 interval, uint24 unit) external view returns (UnitFact) {
        uint256 fact = _unitFacts[_factsKey(_lotOf(interval), unit)].factOf(unit % UnitFactsLibrary.UNITS);
        return UnitFact(fact != 0 ? fact : _intervals[interval].fact());
    }

    /// @inheritdoc IOversight
    function containerOf(uint32 packer, uint64 sscc) external view returns (PackedContainer memory) {
        Container container = _containers[_containerKey(packer, sscc)];
        return PackedContainer(
            container.lot(), container.first(), container.end(), uint8(container.tier()), container.isClosed()
        );
    }

    /// @inheritdoc IOversight
    function productOf(uint64 gtin) external view returns (Product memory) {
        return _products[gtin];
    }

    /// @inheritdoc IOversight
    function isChannelMember(uint32 manufacturer, uint8 channel, uint32 organisation) external view returns (bool) {
        return _members[_channelKey(manufacturer, channel)][organisation];
    }

    /// @inheritdoc IOversight
    function coldChain() external view returns (address) {
        return _coldChain;
    }

    /// @inheritdoc IOversight
    function participants() external view returns (IParticipants) {
        return _participants;
    }

    /// @inheritdoc IOversight
    function recallProgress(uint64 lot) external view returns (RecallProgress memory) {
        return _progressOf(lot, LotState.wrap(Custody.unwrap(_intervals[uint256(lot) << UNIT_BITS])));
    }

    /// @inheritdoc IOversight
    function eventLogOf(uint32 organisation) external view returns (uint64 size, bytes32 root) {
        MerkleLog.Log storage log = _eventLogs[organisation];
        return (log.size, log.root());
    }

    /// @inheritdoc IOversight
    function eventLogIncludes(
        uint32 organisation,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _eventLogs[organisation].includes(MerkleLog.hashLeaf(entry), index, proof);
    }

    /// @inheritdoc IOversight
    function eventLogContinues(
        uint32 organisation,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _eventLogs[organisation].continues(oldSize, oldRoot, proof);
    }

    // ------------------------------------------------------------------ internals

    function _hold(uint256 interval, Custody custody, uint32 by, bytes32 evidence) private {
        _requireNotRetired(interval, custody);
        Condition current = Condition(custody.condition());
        if (current != Condition.Fit) revert ConditionInvalid(interval, current, Condition.Held);
        custody = custody.withCondition(uint256(Condition.Held));
        _intervals[interval] = custody;
        emit ConditionChanged(_lotOf(interval), Condition.Held, by, custody.toEvent(interval), evidence);
    }

    /// @dev The lot's manufacturer, or a regulator.
    function _requireAuthority(uint64 lot, uint32 by) private view returns (uint32 roles) {
        return _participants.rolesOfCallerFor(by, by == _manufacturerOf(lot) ? 0 : Roles.REGULATOR);
    }

    function _isParty(Custody custody, uint32 organisation) private pure returns (bool) {
        return
            organisation == custody.holder() || organisation == custody.counterparty()
                || organisation == custody.owner();
    }

    /// @dev Whoever has to do with an interval: its parties, the lot's manufacturer, or a regulator.
    function _requireConcerned(uint256 interval, Custody custody, uint32 by) private view {
        bool isConcerned = _isParty(custody, by) || by == _manufacturerOf(_lotOf(interval));
        _participants.requireCallerFor(by, isConcerned ? 0 : Roles.REGULATOR);
    }

    function _view(uint256 interval, Custody custody) private pure returns (Interval memory) {
        return Interval({
            first: uint24(interval),
            end: custody.end(),
            holder: custody.holder(),
            owner: custody.owner(),
            counterparty: custody.counterparty(),
            consignee: custody.consignee(),
            investigation: Investigation(custody.investigation()),
            condition: Condition(custody.condition()),
            returning: custody.returning(),
            titled: custody.titled(),
            unverified: custody.unverified(),
            opened: custody.opened(),
            tier: uint8(custody.tier()),
            acknowledged: uint8(custody.acknowledged()),
            fact: UnitFact(custody.fact())
        });
    }
}
