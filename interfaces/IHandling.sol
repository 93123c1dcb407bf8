// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrugSupplyTypes} from "./IDrugSupplyTypes.sol";

/// @title Handling: carriers, refusals, containers, cutting and merging, and what becomes of units
/// @notice `interval` is `lot << 24 | first unit`, as in ICustody, and callers are checked as there.
interface IHandling is IDrugSupplyTypes {
    // ------------------------------------------------------------------ carriers bring what belongs to others

    /// @notice Gives an interval, which the caller's organisation holds and owns, to a carrier who brings it to a
    ///         consignee. The carrier has to receive it.
    /// @param consignee as `to` of `ship`
    /// @dev Reverts as `ship` does, and with ShipmentPartnerInvalid for a carrier that is none.
    function consign(uint256 interval, uint32 carrier, uint32 consignee, ShipmentKind kind) external;

    /// @notice Ships on, to its consignee or to another carrier, what the caller's organisation holds and does not own; or
    ///         back to its owner, as undeliverable.
    /// @dev Reverts with OrganisationNotInStanding (IParticipants) for `to`, IntervalInTransit, ShipmentToSelf,
    ///      ShipmentOffRoute; unless it goes back also with IntervalHeldUp, IntervalIsRetired, LotExpired, LotNotReleased,
    ///      LotIsRecalled, LotChannelClosed, UnitIsRetired.
    function deliver(uint256 interval, uint32 to) external;

    /// @notice Says where an interval has to go that the caller's organisation owns and others hold.
    /// @param consignee as `to` of `ship`, or the owner itself
    /// @dev Reverts with OrganisationNotInStanding (IParticipants) for the consignee, IntervalNotYours if the owner holds
    ///      it, IntervalInTransit, ShipmentToSelf if the consignee has it, ShipmentPartnerInvalid, also if a holder who
    ///      does not only carry it might not ship there itself, and as `ship` does of the interval.
    function setConsignee(uint256 interval, uint32 consignee, ShipmentKind kind) external;

    /// @notice Makes the holder of an interval, who must not be a mere carrier, its owner. For the owner.
    /// @dev Reverts with OrganisationNotInStanding (IParticipants) for the holder, IntervalInTransit, IntervalNotYours if
    ///      it owns it already or the interval goes back, ShipmentPartnerInvalid, and as `ship` does forward.
    function passTitle(uint256 interval) external;

    // ------------------------------------------------------------------ what was shipped does not arrive

    /// @notice Takes a shipment back that was not received yet. For the holder.
    /// @dev Reverts with ShipmentNone.
    function cancelShipment(uint256 interval) external;

    /// @notice Refuses what was shipped to the caller's organisation; it stays with its holder. Of a shipment that is not
    ///         as announced, what is in order is cut out and received, and the rest refused.
    /// @dev Reverts with ShipmentNone.
    function refuseShipment(uint256 interval, RefusalReason reason) external;

    // ------------------------------------------------------------------ intervals are cut and merged

    /// @notice Makes a part of an interval of loose units an interval of its own. For its holder or its counterparty.
    /// @param from the first unit of the part
    /// @param until the unit after its last
    /// @dev Reverts with IntervalNotYours, IntervalIsPacked, IntervalRangeInvalid.
    function cut(uint256 interval, uint24 from, uint24 until) external;

    /// @notice Makes a closed container an interval of its own. For its holder or its counterparty.
    /// @param packer who packed it
    /// @dev Reverts with IntervalNotYours; ContainerUnknown if it is not there, not closed, or inside another that is.
    function cutContainer(uint256 interval, uint32 packer, uint64 sscc) external;

    /// @notice Makes an interval and the next one a single one, if they are alike. For the holder who owns them.
    /// @dev Reverts with IntervalInTransit, IntervalHeldUp, IntervalIsRetired, IntervalNotYours, IntervalUnknown if the lot
    ///      has no next one, IntervalsNotMergeable.
    function merge(uint256 interval) external;

    // ------------------------------------------------------------------ containers

    /// @notice Packs an interval into containers, one behind the other, that fill it exactly. For the holder. From here
    ///         it is cut only between containers. Loose units go into any number of containers; containers into one.
    /// @param ssccs of the containers, which must not stand for closed ones of the same packer
    /// @param ends for each container, the unit after its last, ascending to the interval's own
    /// @dev Reverts with IntervalInTransit, IntervalIsRetired, UnitIsRetired, ContainerTilingInvalid,
    ///      ContainerSsccInvalid, ContainerKnown.
    function pack(uint256 interval, uint64[] calldata ssccs, uint24[] calldata ends) external;

    /// @notice Opens a container, which must be an interval of its own. For the holder.
    /// @param packer who packed it
    /// @dev Reverts with IntervalInTransit, ContainerUnknown.
    function openContainer(uint256 interval, uint32 packer, uint64 sscc) external;

    // ------------------------------------------------------------------ what becomes of units

    /// @notice Takes a dispensing back, for ten days: on the day of dispensing and the ten days after it (UTC). For the
    ///         pharmacy or provider that dispensed: what was dispensed is shipped to nobody. Not of what may not be used.
    /// @dev Reverts with IntervalInTransit, IntervalHeldUp, IntervalIsRetired, UnitOutOfPlace, LotExpired, LotNotReleased,
    ///      LotIsRecalled, UnitNotUndoable.
    function undoDispense(uint256 interval, uint24 unit) external;

    /// @notice Records what has finally become of a unit. For the holder.
    /// @param fact Exported, Sampled, Destroyed, Stolen; for manufacturers and repackagers also Repackaged; of what others
    ///        own Destroyed and Stolen alone
    /// @dev Reverts with UnitFactInvalid, UnitOutOfPlace, IntervalIsPacked, IntervalInTransit unless it was stolen,
    ///      IntervalIsRetired, UnitIsRetired; Exported and Repackaged also as `dispenseUnit` does.
    function retireUnit(uint256 interval, uint24 unit, UnitFact fact) external;

    /// @notice Records what has finally become of a whole interval, packed or not. For the holder.
    /// @param fact as for `retireUnit`
    /// @dev Reverts as `retireUnit` does, but for IntervalIsPacked; UnitIsRetired if a unit of it was dispensed or
    ///      retired by itself.
    function retireInterval(uint256 interval, UnitFact fact) external;

    // ------------------------------------------------------------------ answers

    /// @notice The contract whose code runs for calls that neither DrugSupplyChain nor this part knows.
    function oversight() external view returns (address);
}
