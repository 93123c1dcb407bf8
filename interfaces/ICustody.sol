// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrugSupplyTypes} from "./IDrugSupplyTypes.sol";

/// @title Custody: what is called most
/// @notice Lots are registered and recalled, intervals shipped and received, units dispensed and verified.
///
///         `interval` is `lot << 24 | first unit`, and a hint: if no interval starts there (any longer), a call that
///         changes something reverts with IntervalUnknown. A key that does not speak for the organisation concerned, or
///         one that is not in standing, reverts with OperatorNotInStanding (IParticipants).
interface ICustody is IDrugSupplyTypes {
    // ------------------------------------------------------------------ a manufacturer registers and recalls lots

    /// @notice Registers a lot, all of it in the custody of the product's holder, for whom the caller must speak.
    /// @param number under which the holder keeps the lot: any that it has not used yet
    /// @param lotNumber salted commitment to the lot number, not zero
    /// @param production day, today or earlier
    /// @param expiry the last day on which it may be used, after production, today or later
    /// @param units 1 to 16,777,215
    /// @param channel 0 if it may go to any trading partner, else a channel of the manufacturer
    /// @param serialRoot root (RFC 9162) of the serial numbers, leaf index = unit; not zero
    /// @return lot `manufacturer << 32 | number`
    /// @dev Reverts with ProductUnknown, LotUnitsZero, LotCommitmentZero, LotExpiryBeforeProduction, LotDatesInvalid,
    ///      LotKnown.
    function registerLot(
        uint64 gtin,
        uint32 number,
        bytes32 lotNumber,
        uint16 production,
        uint16 expiry,
        uint24 units,
        uint8 channel,
        bytes32 serialRoot
    ) external returns (uint64 lot);

    /// @notice Recalls a whole lot, or makes its recall graver. From this transaction on, nothing of it moves forward. For
    ///         the lot's manufacturer; regulators have `orderRecall`.
    /// @param notice class 8 bits, 1 to 3, 1 being the most dangerous (21 CFR 7.3(m)) | RecallReason 8
    /// @dev Any key of the manufacturer may, in standing or not. Reverts with LotAuthorityMissing, LotUnknown,
    ///      RecallNoticeInvalid, also unless the recall becomes graver.
    function announceRecall(uint64 lot, uint16 notice) external;

    // ------------------------------------------------------------------ a holder ships, a counterparty receives

    /// @notice Ships a whole interval, of any size, which the caller's organisation holds and owns.
    /// @param to whom: down the chain for a Sale or Transfer, up the chain for a Return; a Transfer also to a carrier that
    ///        keeps it as a warehouse. By a carrier: see `consign`
    /// @dev Reverts with OrganisationNotInStanding (IParticipants) for `to`, IntervalInTransit, ShipmentToSelf,
    ///      ShipmentOffRoute if the holder is not the owner, ShipmentPartnerInvalid, IntervalIsRetired, UnitIsRetired if a
    ///      unit of it was dispensed or retired; forward also with IntervalHeldUp, LotExpired, LotNotReleased,
    ///      LotIsRecalled, LotChannelClosed; back to a wholesaler with LotChannelClosed, and IntervalHeldUp from
    ///      quarantine on.
    function ship(uint256 interval, uint32 to, ShipmentKind kind) external;

    /// @notice Ships a part of an interval of loose units.
    /// @param from the first unit that is shipped
    /// @param until the unit after the last
    /// @dev Reverts as `ship` does, and with IntervalIsPacked, IntervalRangeInvalid.
    function splitAndShip(uint256 interval, uint256 from, uint256 until, uint32 to, ShipmentKind kind) external;

    /// @notice Takes an interval that was shipped to the caller's organisation into its custody and, if it is the
    ///         consignee of a Sale or a Return, its ownership. What was returned is unverified from here.
    /// @param end the unit after the last, as the counterparty has counted: it takes nothing that it has not seen
    /// @dev Reverts with ShipmentNone, ShipmentMiscounted.
    function receiveShipment(uint256 interval, uint24 end) external;

    // ------------------------------------------------------------------ a pharmacy dispenses

    /// @notice Dispenses a unit of an interval that the caller's organisation, a pharmacy or a provider, holds.
    /// @dev Reverts with IntervalInTransit, IntervalIsPacked, IntervalHeldUp, IntervalIsRetired, ShipmentOffRoute if it is
    ///      only carried to somebody, LotExpired, LotNotReleased, LotIsRecalled, LotChannelClosed, UnitOutOfPlace,
    ///      UnitIsRetired.
    function dispenseUnit(uint256 interval, uint24 unit) external;

    /// @notice Dispenses units of an interval: all or none of them.
    /// @param words as UnitsDispensed has them: 48 bits, one for each of the units from 48 × word on, and above them the
    ///        word; at least one word, and at least one unit in each
    /// @dev Reverts as `dispenseUnit` does.
    function dispenseUnits(uint256 interval, uint256[] calldata words) external;

    // ------------------------------------------------------------------ answers

    /// @notice Is this pack genuine, and may it be used? Never reverts.
    /// @param interval that has the unit now
    /// @param unit its number, the index of its leaf
    /// @param leaf made from what is printed on the pack itself, see docs/SPECIFICATION.md; never taken from whoever
    ///        offers the pack
    /// @param proof inclusion proof of RFC 9162 section 2.1.3
    /// @return verdict what to do with it
    /// @return reason why: the gravest, if there are several
    /// @return holder who has it, 0 if it is not shown to be genuine
    /// @return expiry the last day on which it may be used, 0 if it is not shown to be genuine
    function verifyPack(
        uint256 interval,
        uint24 unit,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (Verdict verdict, Reason reason, uint32 holder, uint16 expiry);

    /// @notice The contract whose code runs for calls that are not of this interface.
    function handling() external view returns (address);
}
