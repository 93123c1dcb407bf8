// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrugSupplyTypes} from "./IDrugSupplyTypes.sol";
import {IParticipants} from "./IParticipants.sol";

/// @title Oversight: products, inspection, recalls by regulators, suspicion, holds, committed events, and what is known
/// @notice `interval` is `lot << 24 | first unit`, as in ICustody, and callers are checked as there. `by` is the
///         organisation for which the caller speaks.
interface IOversight is IDrugSupplyTypes {
    // ------------------------------------------------------------------ a regulator authorises products

    /// @notice Authorises a product, or changes who may register lots of it and how it is stored. For a regulator.
    /// @param gtin up to 14 digits, check digit included
    /// @param holder the organisation that may register lots: a manufacturer or a repackager
    /// @param low coldest storage, hundredths of a degree Celsius
    /// @param high warmest storage, hundredths of a degree Celsius
    /// @dev Reverts with OperatorNotInStanding (IParticipants) if the caller is no regulator, OrganisationNotInStanding
    ///      (IParticipants) if the holder is not in standing, ProductGtinInvalid, ProductStorageInvalid.
    function authoriseProduct(uint64 gtin, uint32 holder, int16 low, int16 high) external;

    /// @notice Lets no further lots of a product be registered. Lots that are, stay. For a regulator.
    /// @dev Reverts with OperatorNotInStanding (IParticipants), ProductUnknown.
    function withdrawProduct(uint64 gtin) external;

    // ------------------------------------------------------------------ a manufacturer keeps its lots

    /// @notice Says which units went into a lot, that expires no later. For the lot's manufacturer, who must have recorded
    ///         an interval, which it holds, as repackaged; each goes into one lot.
    /// @param source the interval
    /// @dev Reverts with LotUnknown, OperatorNotInStanding (IParticipants), LotSourceInvalid.
    function declareSource(uint64 lot, uint256 source) external;

    /// @notice Admits an organisation to a channel, or removes it. A lot that is restricted to the channel is shipped to
    ///         no other consignee. For a manufacturer or repackager.
    /// @param channel 1 to 255
    /// @dev Reverts with OperatorNotInStanding (IParticipants), LotChannelZero.
    function setChannelMember(uint8 channel, uint32 member, bool admitted) external;

    /// @notice Restricts a lot to a channel of its manufacturer, for which the caller must speak.
    /// @param channel 0 for any trading partner
    /// @dev Reverts with LotUnknown, OperatorNotInStanding (IParticipants).
    function setLotChannel(uint64 lot, uint8 channel) external;

    // ------------------------------------------------------------------ an inspector releases them

    /// @notice Releases a lot, or refuses or takes back its release. For an inspector. A regulator bars it, and lifts that by
    ///         Rejected.
    /// @param quality Released, Rejected or Barred, not what it is already
    /// @param certificate reference to the certificate of analysis, or its hash
    /// @dev Reverts with OperatorNotInStanding (IParticipants), LotUnknown, LotQualityUnchanged.
    function inspectLot(uint64 lot, Quality quality, bytes32 certificate) external;

    // ------------------------------------------------------------------ recall

    /// @notice Recalls a whole lot, or changes the class of its recall. For a regulator.
    /// @param notice as for `announceRecall`
    /// @dev Reverts with LotUnknown, RecallNoticeInvalid.
    function orderRecall(uint64 lot, uint16 notice) external;

    /// @notice Recalls some units of a lot: an interval, or a single one. For the lot's manufacturer or a regulator.
    /// @param from the first unit
    /// @param until the unit after the last, at most the lot's units
    /// @param notice as for `announceRecall`
    /// @dev Reverts with LotUnknown, RecallNoticeInvalid, RecallRangeInvalid, RecallRangesFull.
    function recallUnits(uint64 lot, uint32 by, uint24 from, uint24 until, uint16 notice) external;

    /// @notice Ends the recall of a lot and of all units of it. For a regulator.
    /// @dev Reverts with LotUnknown, RecallNone.
    function endRecall(uint64 lot) external;

    /// @notice Says that the holder of an interval knows of the recall of units in it. For the holder.
    /// @dev Reverts with RecallNone, RecallAcknowledgedAlready.
    function acknowledgeRecall(uint256 interval) external;

    // ------------------------------------------------------------------ suspicion, condition, returns

    /// @notice Moves an investigation on. Suspect and Quarantined: for the holder, its counterparty, the owner, the lot's
    ///         manufacturer or a regulator, and only to something graver. Illegitimate, or None to clear: for the lot's
    ///         manufacturer or a regulator; what is Illegitimate, a regulator alone clears.
    /// @param evidence hash of what it rests on
    /// @dev Reverts with InvestigationInvalid, IntervalIsRetired.
    function investigate(uint256 interval, uint32 by, Investigation next, bytes32 evidence) external;

    /// @notice Puts an interval on hold, as after an excursion of temperature. For the holder, its counterparty, the
    ///         owner, the lot's manufacturer or a regulator.
    /// @param evidence hash of what it rests on
    /// @dev Reverts with ConditionInvalid unless it is Fit, IntervalIsRetired.
    function hold(uint256 interval, uint32 by, bytes32 evidence) external;

    /// @notice Puts an interval on hold because a sensor's record proves an excursion. For ColdChain alone.
    /// @param consignment of ColdChain
    /// @dev Reverts with ColdChainOnly, ConditionInvalid unless it is Fit, IntervalIsRetired.
    function holdByRecord(uint256 interval, uint256 consignment) external;

    /// @notice Decides about an interval that is not Fit. For an inspector who does not hold or own it.
    /// @param fit whether it may be used; if not it is rejected
    /// @param report hash of the report
    /// @dev Reverts with IntervalNotYours if the inspector is a party to it, ConditionInvalid if it is Fit or decided so already.
    function decideHold(uint256 interval, bool fit, bytes32 report) external;

    /// @notice Says that what came back was verified, so that it may be sold again (DSCSA section 582(c)(4)(D)). For the
    ///         lot's manufacturer or a regulator.
    /// @dev Reverts with ReturnNone.
    function verifyReturn(uint256 interval, uint32 by) external;

    /// @notice Orders an interval to be handed over to a maker, a wholesaler or a returns processor, who then receives it
    ///         as a return without title: of a holder or an owner who was suspended, say. For a regulator.
    /// @dev Reverts with OrganisationNotInStanding (IParticipants) for `to`, IntervalIsRetired, ShipmentToSelf.
    function orderHandover(uint256 interval, uint32 to) external;

    // ------------------------------------------------------------------ events of EPCIS

    /// @notice Commits to events of EPCIS, in the log of the caller's organisation (RFC 9162). Its entry is 53 bytes:
    ///         uint32 organisation | uint40 at, Unix seconds of the block | uint64 corrects | uint32 count | bytes32 root.
    /// @param count events, at least 1
    /// @param corrects index of an earlier entry that this one corrects, plus one; 0 if none
    /// @param root RFC 9162 root over the events' CBV hashes, 32 bytes each
    /// @return index of the entry, counted from 0
    /// @dev Reverts with EventBatchInvalid.
    function anchorEvents(uint32 count, uint64 corrects, bytes32 root) external returns (uint64 index);

    // ------------------------------------------------------------------ answers

    /// @notice All that is known of a lot.
    /// @dev Reverts with LotUnknown.
    function lotOf(uint64 lot) external view returns (Lot memory);

    /// @notice An interval as it stands.
    /// @dev Reverts with IntervalUnknown.
    function intervalOf(uint256 interval) external view returns (Interval memory);

    /// @notice The intervals of a lot one after the other: who has its units now. Each begins where the one before ends.
    /// @param from first unit of an interval: 0, or the end of the last one of an earlier answer
    /// @param most how many at most; 1,000 are told at a time, whatever is asked
    /// @dev Reverts with LotUnknown, IntervalUnknown.
    function intervalsOf(uint64 lot, uint24 from, uint256 most) external view returns (Interval[] memory);

    /// @notice What has finally become of a unit. Never reverts.
    /// @param interval that has the unit
    function factOf(uint256 interval, uint24 unit) external view returns (UnitFact);

    /// @notice A container as it was packed; all zero if there is none. Never reverts.
    function containerOf(uint32 packer, uint64 sscc) external view returns (PackedContainer memory);

    /// @notice A product as it is authorised; all zero if it is not. Never reverts.
    function productOf(uint64 gtin) external view returns (Product memory);

    /// @notice Whether an organisation is in a manufacturer's channel. Never reverts.
    function isChannelMember(uint32 manufacturer, uint8 channel, uint32 organisation) external view returns (bool);

    /// @notice The contract that keeps the sensors' records, and may put intervals on hold.
    function coldChain() external view returns (address);

    /// @notice Knows who speaks for an organisation, and its standing.
    function participants() external view returns (IParticipants);

    /// @notice How far the lot's last recall has come. Never reverts.
    function recallProgress(uint64 lot) external view returns (RecallProgress memory);

    /// @notice How long an organisation's log of events is, and its root. Never reverts.
    function eventLogOf(uint32 organisation) external view returns (uint64 size, bytes32 root);

    /// @notice Does the log, as it is now, hold this entry at this index? Never reverts.
    /// @param entry the bytes described above
    /// @param proof inclusion proof of RFC 9162 section 2.1.3 at the log's present size
    function eventLogIncludes(
        uint32 organisation,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Is a log of this earlier size and root a beginning of the log as it is now? Never reverts.
    /// @param proof consistency proof of RFC 9162 section 2.1.4
    function eventLogContinues(
        uint32 organisation,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool);
}
