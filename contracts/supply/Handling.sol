// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IHandling} from "../../interfaces/IHandling.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {GS1} from "../libraries/GS1.sol";
import {Parts} from "../libraries/Parts.sol";
import {Standing} from "../libraries/Standing.sol";
import {Container, ContainerLibrary} from "../types/Container.sol";
import {Custody} from "../types/Custody.sol";
import {LotState} from "../types/LotState.sol";
import {Roles} from "../types/Roles.sol";
import {UnitFacts, UnitFactsLibrary} from "../types/UnitFacts.sol";
import {SupplyState} from "./SupplyState.sol";

/// @title Handling
/// @notice The part of DrugSupplyChain for carriers, refusals, containers, cutting and merging, and what becomes of units.
/// @dev Its code runs in the storage of DrugSupplyChain; what is called on it directly concerns nobody. A call that it
///      does not know runs by the code of `oversight`.
contract Handling is IHandling, SupplyState {
    using Standing for IParticipants;
    uint256 private constant TIERS = 3;

    /// @inheritdoc IHandling
    address public immutable oversight;

    /// @param participants_ the register of accredited organisations
    /// @param oversight_ the part that knows what this one does not
    constructor(IParticipants participants_, address oversight_) SupplyState(participants_) {
        _requirePart(oversight_);
        oversight = oversight_;
    }

    // ------------------------------------------------------------------ carriers bring what belongs to others

    /// @inheritdoc IHandling
    function consign(uint256 interval, uint32 carrier, uint32 consignee, ShipmentKind kind) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        (uint32 roles, uint32 toRoles) = _participants.requireHandover(holder, consignee);
        // slither-disable-next-line unused-return
        (, uint32 carrierRoles) = _participants.requireHandover(holder, carrier);
        _requireStill(interval, custody);
        if (consignee == holder || carrier == holder) revert ShipmentToSelf(holder);
        if (holder != custody.owner()) revert ShipmentOffRoute(interval, custody.consignee(), consignee);
        if (carrierRoles & Roles.CARRIER == 0) revert ShipmentPartnerInvalid(carrier, roles, carrierRoles, kind);
        _requirePartner(consignee, roles, toRoles, uint256(kind));
        custody = _requireRoute(interval, custody, consignee, toRoles, kind == ShipmentKind.Return);
        custody = custody.withRoute(carrier, consignee, kind == ShipmentKind.Return, kind != ShipmentKind.Transfer);
        _intervals[interval] = custody;
        emit Shipped(_lotOf(interval), custody.toEvent(interval));
    }

    /// @inheritdoc IHandling
    function deliver(uint256 interval, uint32 to) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        // slither-disable-next-line unused-return
        (, uint32 toRoles) = _participants.requireHandover(holder, to);
        _requireStill(interval, custody);
        (uint32 owner, uint32 consignee) = (custody.owner(), custody.consignee());
        if (to == holder) revert ShipmentToSelf(to);
        if (holder == owner) revert ShipmentOffRoute(interval, consignee, to);
        (bool returning, bool titled) = (custody.returning(), custody.titled());
        if (to == owner && consignee != owner) {
            (consignee, returning, titled) = (owner, true, false);
        } else if (to != consignee && (consignee == 0 || toRoles & Roles.CARRIER == 0)) {
            revert ShipmentOffRoute(interval, consignee, to);
        }
        // On the way back it was asked when the way was set whether the consignee is fit for it.
        custody = _requireRoute(interval, custody, consignee, ENDS, returning);
        custody = custody.withRoute(to, consignee, returning, titled);
        _intervals[interval] = custody;
        emit Shipped(_lotOf(interval), custody.toEvent(interval));
    }

    /// @inheritdoc IHandling
    function setConsignee(uint256 interval, uint32 consignee, ShipmentKind kind) external {
        Custody custody = _load(interval);
        uint32 owner = custody.owner();
        (uint32 roles, uint32 toRoles) = _participants.requireHandover(owner, consignee);
        if (owner == custody.holder()) revert IntervalNotYours(interval, owner);
        // What stands at somebody's door is theirs to receive or to refuse first.
        _requireStill(interval, custody);
        if (consignee == custody.holder()) revert ShipmentToSelf(consignee);
        _requireNotRetired(interval, custody);
        bool isHome = consignee == owner;
        bool returning = isHome || kind == ShipmentKind.Return;
        if (!isHome) {
            _requirePartner(consignee, roles, toRoles, uint256(kind));
            // slither-disable-next-line unused-return
            (, uint32 holderRoles) = _participants.requireHandover(owner, custody.holder());
            // Whoever does not only carry it ships as what it is: a pharmacy's stock does not go to wholesalers this way.
            if (holderRoles & Roles.CARRIER == 0) _requirePartner(consignee, holderRoles, toRoles, uint256(kind));
            _requireRoute(interval, custody, consignee, toRoles, returning);
        }
        custody = custody.withRoute(0, consignee, returning, !isHome && kind != ShipmentKind.Transfer);
        _intervals[interval] = custody;
        emit ConsigneeSet(_lotOf(interval), consignee, custody.toEvent(interval));
    }

    /// @inheritdoc IHandling
    function passTitle(uint256 interval) external {
        Custody custody = _load(interval);
        (uint32 owner, uint32 holder) = (custody.owner(), custody.holder());
        (uint32 roles, uint32 holderRoles) = _participants.requireHandover(owner, holder);
        _requireStill(interval, custody);
        // What goes back has its title from whoever takes it back.
        if (owner == holder || custody.returning()) revert IntervalNotYours(interval, holder);
        _requirePartner(holder, roles, holderRoles, uint256(ShipmentKind.Sale));
        custody = _requireRoute(interval, custody, holder, holderRoles, false);
        custody = custody.withOwner(holder).withoutRoute();
        _intervals[interval] = custody;
        emit TitlePassed(_lotOf(interval), holder, owner, custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ what was shipped does not arrive

    /// @inheritdoc IHandling
    function cancelShipment(uint256 interval) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        _participants.requireCallerFor(holder, 0);
        if (custody.counterparty() == 0) revert ShipmentNone(interval);
        custody = holder == custody.owner() ? custody.withoutRoute() : custody.withCounterparty(0);
        _intervals[interval] = custody;
        emit ShipmentCancelled(_lotOf(interval), holder, custody.toEvent(interval));
    }

    /// @inheritdoc IHandling
    function refuseShipment(uint256 interval, RefusalReason reason) external {
        Custody custody = _load(interval);
        uint32 counterparty = custody.counterparty();
        if (counterparty == 0) revert ShipmentNone(interval);
        _participants.requireCallerFor(counterparty, 0);
        if (custody.holder() == custody.owner()) {
            custody = custody.withoutRoute();
        } else if (counterparty == custody.consignee()) {
            // It goes back, by whoever carries it.
            custody = custody.withRoute(0, custody.owner(), true, false);
        } else {
            custody = custody.withCounterparty(0);
        }
        if (reason >= RefusalReason.Missing && custody.investigation() == uint256(Investigation.None)) {
            custody = custody.withInvestigation(uint256(Investigation.Suspect));
        }
        _intervals[interval] = custody;
        emit ShipmentRefused(_lotOf(interval), counterparty, reason, custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ intervals are cut and merged

    /// @inheritdoc IHandling
    function cut(uint256 interval, uint24 from, uint24 until) external {
        Custody custody = _load(interval);
        _requireEitherSide(interval, custody);
        _requireLoose(interval, custody);
        _cutOut(interval, custody, from, until);
    }

    /// @inheritdoc IHandling
    function cutContainer(uint256 interval, uint32 packer, uint64 sscc) external {
        Custody custody = _load(interval);
        _requireEitherSide(interval, custody);
        Container container = _containers[_containerKey(packer, sscc)];
        if (!_isIn(container, interval, custody)) revert ContainerUnknown(packer, sscc);
        _cutOut(interval, custody, container.first(), container.end());
    }

    /// @inheritdoc IHandling
    function merge(uint256 interval) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        _participants.requireCallerFor(holder, 0);
        // Else others would decide about more than they have seen: whom it is shipped to, who owns it, who judges it.
        _requireStill(interval, custody);
        _requireClear(interval, custody);
        if (holder != custody.owner()) revert IntervalNotYours(interval, holder);
        uint256 next = _beside(interval, custody.end());
        Custody neighbour = _load(next);
        if (!custody.isLike(neighbour)) revert IntervalsNotMergeable(interval, next);
        _intervals[next] = Custody.wrap(0);
        custody = custody.withEnd(neighbour.end()).withOpened(custody.opened() || neighbour.opened());
        _intervals[interval] = custody;
        emit IntervalsMerged(_lotOf(interval), custody.toEvent(interval));
    }

    // ------------------------------------------------------------------ containers

    /// @inheritdoc IHandling
    function pack(uint256 interval, uint64[] calldata ssccs, uint24[] calldata ends) external {
        Custody custody = _load(interval);
        uint32 packer = custody.holder();
        _participants.requireCallerFor(packer, 0);
        _requireStill(interval, custody);
        _requireNotRetired(interval, custody);
        if (custody.opened()) custody = _requireUntouched(interval, custody);
        uint256 tier = custody.tier() + 1;
        // Containers go into one at a time, so that none of them is torn.
        bool fits = ssccs.length == ends.length && ends.length != 0 && ends[ends.length - 1] == custody.end();
        if (!fits || tier > TIERS || (tier > 1 && ends.length != 1)) revert ContainerTilingInvalid(interval);
        uint64 lot = _lotOf(interval);
        uint24 first = uint24(interval);
        for (uint256 i = 0; i < ends.length; ++i) {
            (uint64 sscc, uint24 end) = (ssccs[i], ends[i]);
            if (end <= first) revert ContainerTilingInvalid(interval);
            if (!GS1.isSscc(sscc)) revert ContainerSsccInvalid(sscc);
            uint256 key = _containerKey(packer, sscc);
            if (_containers[key].isClosed()) revert ContainerKnown(packer, sscc);
            _containers[key] = ContainerLibrary.make(lot, first, end, tier);
            emit ContainerPacked(lot, packer, sscc, first, end, uint8(tier));
            first = end;
        }
        _intervals[interval] = custody.withTier(tier);
    }

    /// @inheritdoc IHandling
    function openContainer(uint256 interval, uint32 packer, uint64 sscc) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        _participants.requireCallerFor(holder, 0);
        _requireStill(interval, custody);
        uint256 key = _containerKey(packer, sscc);
        Container container = _containers[key];
        bool isAll = container.first() == uint24(interval) && container.end() == custody.end();
        if (!isAll || !_isIn(container, interval, custody)) revert ContainerUnknown(packer, sscc);
        _containers[key] = container.asOpened();
        _intervals[interval] = custody.withTier(custody.tier() - 1);
        emit ContainerOpened(_lotOf(interval), packer, sscc, holder);
    }

    // ------------------------------------------------------------------ what becomes of units

    /// @inheritdoc IHandling
    function undoDispense(uint256 interval, uint24 unit) external {
        Custody custody = _load(interval);
        uint32 holder = custody.holder();
        _participants.requireCallerFor(holder, DISPENSERS);
        _requireStill(interval, custody);
        _requireClear(interval, custody);
        _requirePlace(interval, custody, unit);
        uint64 lot = _lotOf(interval);
        _requireMarketable(lot, _stateOf(interval, custody), unit, uint256(unit) + 1);
        uint256 key = _factsKey(lot, unit);
        UnitFacts facts = _unitFacts[key];
        uint256 place = unit % UnitFactsLibrary.UNITS;
        if (!facts.isUndoable(place, _today())) revert UnitNotUndoable(lot, unit);
        _unitFacts[key] = facts.without(place);
        emit DispenseUndone(lot, holder, unit);
    }

    /// @inheritdoc IHandling
    function retireUnit(uint256 interval, uint24 unit, UnitFact fact) external {
        Custody custody = _load(interval);
        uint32 holder = _requireRetirable(interval, custody, fact, unit, uint256(unit) + 1);
        _requireLoose(interval, custody);
        _requirePlace(interval, custody, unit);
        if (!custody.opened()) _intervals[interval] = custody.withOpened(true);
        uint64 lot = _lotOf(interval);
        uint256 key = _factsKey(lot, unit);
        UnitFacts facts = _unitFacts[key].agedTo(_today());
        uint256 place = unit % UnitFactsLibrary.UNITS;
        if (facts.factOf(place) != 0) revert UnitIsRetired(lot, unit, UnitFact(facts.factOf(place)));
        _unitFacts[key] = facts.with(place, uint256(fact));
        emit UnitRetired(lot, holder, fact, unit);
    }

    /// @inheritdoc IHandling
    function retireInterval(uint256 interval, UnitFact fact) external {
        Custody custody = _load(interval);
        uint32 holder = _requireRetirable(interval, custody, fact, uint24(interval), custody.end());
        if (custody.opened()) custody = _requireUntouched(interval, custody);
        custody = custody.withFact(uint256(fact)).withoutRoute();
        _intervals[interval] = custody;
        emit IntervalRetired(_lotOf(interval), holder, fact, custody.toEvent(interval));
    }

    /// @dev What is not here is known to Oversight.
    fallback() external {
        Parts.run(oversight);
    }

    // ------------------------------------------------------------------ internals

    /// @dev Refuses what may not go this way: back, if it is gone; forward, if anything speaks against it.
    /// @return the custody with which it may
    function _requireRoute(
        uint256 interval,
        Custody custody,
        uint32 consignee,
        uint32 toRoles,
        bool returning
    ) private view returns (Custody) {
        LotState state = _stateOf(interval, custody);
        if (returning) return _requireReturn(interval, custody, state, consignee, toRoles);
        _requireOpen(interval, custody, state, consignee);
        return _requireUnobstructed(interval, custody);
    }

    function _cutOut(uint256 interval, Custody custody, uint24 from, uint24 until) private {
        Custody part = _cut(interval, custody, from, until);
        uint256 partInterval = _beside(interval, from);
        _intervals[partInterval] = part;
        emit IntervalCut(_lotOf(interval), part.toEvent(partInterval));
    }

    /// @return whether the container is closed, in the interval, and not inside of another that is closed
    function _isIn(Container container, uint256 interval, Custody custody) private pure returns (bool) {
        return container.isClosed() && container.lot() == _lotOf(interval) && container.tier() == custody.tier()
            && container.first() >= uint24(interval) && container.end() <= custody.end();
    }

    function _requireEitherSide(uint256 interval, Custody custody) private view {
        uint32 organisation = _participants.requireOperator(msg.sender, 0);
        if (organisation != custody.holder() && organisation != custody.counterparty()) {
            revert IntervalNotYours(interval, organisation);
        }
    }

    function _requirePlace(uint256 interval, Custody custody, uint24 unit) private pure {
        if (unit < uint24(interval) || unit >= custody.end()) revert UnitOutOfPlace(interval, unit);
    }

    function _requireRetirable(
        uint256 interval,
        Custody custody,
        UnitFact fact,
        uint256 from,
        uint256 until
    ) private view returns (uint32 holder) {
        holder = custody.holder();
        if (fact <= UnitFact.Dispensed) revert UnitFactInvalid(fact);
        // Of what belongs to others, its holder records that it is lost, and nothing else.
        bool isLoss = fact == UnitFact.Destroyed || fact == UnitFact.Stolen;
        if (holder != custody.owner() && !isLoss) revert UnitFactInvalid(fact);
        _participants.requireCallerFor(holder, fact == UnitFact.Repackaged ? MAKERS : 0);
        // What is on its way can be stolen, and nothing else.
        if (fact != UnitFact.Stolen) _requireStill(interval, custody);
        _requireNotRetired(interval, custody);
        if (fact == UnitFact.Exported || fact == UnitFact.Repackaged) {
            _requireClear(interval, custody);
            _requireMarketable(_lotOf(interval), _stateOf(interval, custody), from, until);
        }
    }
}
