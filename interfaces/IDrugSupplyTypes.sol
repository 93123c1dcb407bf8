// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title What DrugSupplyChain and its parts speak of: enums, structs, events and errors
/// @notice Days are counted from 1970-01-01, UTC. Events carry an interval as one word, `interval`: its Custody (see
///         contracts/types/Custody.sol), and its first unit from bit 168 on. `carechain/supply/words.py` reads it.
interface IDrugSupplyTypes {
    /// @dev What quality inspection says of a lot.
    enum Quality {
        Pending, // not inspected yet
        Released, // may leave the manufacturer
        Rejected, // its release was refused or taken back
        Barred // the same by a regulator, who alone can lift it
    }

    /// @dev Why a lot, or a part of it, is recalled.
    enum RecallReason {
        Other,
        Sterility,
        Contamination,
        Potency,
        Mislabelling,
        Container, // defects of package or closure
        Temperature,
        Counterfeit,
        Stability,
        Manufacturing // deviations from good manufacturing practice
    }

    /// @notice A product, as a regulator has authorised it.
    struct Product {
        uint32 holder; // the organisation that may register lots of it; 0 if it is not authorised
        int16 low; // coldest storage, hundredths of a degree Celsius
        int16 high; // warmest storage, hundredths of a degree Celsius
    }

    /// @notice Units of a lot that are recalled while others are not.
    struct RecallRange {
        uint24 from;
        uint24 until; // the unit after the last
        uint8 class; // 1 to 3
    }

    /// @notice How far a recall has come, in units.
    struct RecallProgress {
        uint32 acknowledged; // in intervals whose holder has said that it knows
        uint32 returned; // that came back to the manufacturer or to a returns processor
    }

    /// @notice A lot as it stands.
    struct Lot {
        int16 low; // coldest storage, hundredths of a degree Celsius
        int16 high; // warmest storage, hundredths of a degree Celsius
        uint24 units;
        uint16 expiry; // the last day on which it may be used
        Quality quality;
        uint8 channel; // 0: may go to any trading partner
        uint8 recallClass; // 1 to 3 if the whole lot is recalled, else 0
        uint8 recall; // which of its recalls is the last, 0 before the first
        RecallRange[] recallRanges; // units that are recalled by themselves
        bytes32 serialRoot;
    }

    /// @notice A regulator authorised a product, or changed its storage.
    /// @param low hundredths of a degree Celsius
    /// @param high hundredths of a degree Celsius
    event ProductAuthorised(uint64 indexed gtin, uint32 indexed holder, int16 low, int16 high, uint32 regulator);
    /// @notice No further lots of the product are registered.
    event ProductWithdrawn(uint64 indexed gtin, uint32 regulator);
    /// @notice A lot was registered. All of it is in the manufacturer's custody.
    /// @param lotNumber salted commitment to the lot number
    /// @param production day
    /// @param expiry the last day on which it may be used
    /// @param channel 0 if it may go to any trading partner
    /// @param serialRoot of the serial numbers
    event LotRegistered(
        uint64 indexed lot,
        uint64 indexed gtin,
        bytes32 lotNumber,
        uint16 production,
        uint16 expiry,
        uint24 units,
        uint8 channel,
        bytes32 serialRoot
    );
    /// @notice Units of another lot went into this one, as in repackaging.
    /// @param source interval that was used up
    event LotSourceDeclared(uint64 indexed lot, uint64 indexed sourceLot, uint256 source);
    /// @notice An inspector released the lot, or refused or took back its release.
    /// @param certificate reference to the certificate of analysis, or its hash
    event LotInspected(uint64 indexed lot, uint32 indexed inspector, Quality quality, bytes32 certificate);
    /// @notice An organisation was admitted to a manufacturer's channel, or removed from it.
    event ChannelMemberSet(uint32 indexed manufacturer, uint8 indexed channel, uint32 indexed member, bool admitted);
    /// @notice From here the lot may go to other organisations than before.
    event LotChannelSet(uint64 indexed lot, uint8 channel);
    /// @notice A whole lot is recalled.
    /// @param notice class 8 bits, 1 to 3, 1 being the most dangerous (21 CFR 7.3(m)) | RecallReason 8 | by whom 32: the
    ///        manufacturer or a regulator
    event LotRecalled(uint64 indexed lot, uint256 notice);
    /// @notice Some units of a lot are recalled.
    /// @param notice as in LotRecalled
    /// @param from the first unit
    /// @param until the unit after the last
    event UnitsRecalled(uint64 indexed lot, uint256 notice, uint24 from, uint24 until);
    /// @notice Nothing of the lot is recalled any longer.
    event RecallEnded(uint64 indexed lot, uint32 regulator);

    /// @notice The number is no GTIN, or its check digit is wrong.
    error ProductGtinInvalid(uint64 gtin);
    /// @notice Nobody is authorised to place this GTIN on the market.
    error ProductUnknown(uint64 gtin);
    /// @notice The coldest storage is not below the warmest.
    error ProductStorageInvalid(int16 low, int16 high);
    /// @notice There is no lot of this identifier.
    error LotUnknown(uint64 lot);
    /// @notice A lot of this number is registered already.
    error LotKnown(uint64 lot);
    /// @notice Expiry is not after production.
    error LotExpiryBeforeProduction(uint16 production, uint16 expiry);
    /// @notice Production lies in the future, or expiry in the past.
    error LotDatesInvalid(uint16 production, uint16 expiry, uint256 today);
    /// @notice A lot has at least one unit.
    error LotUnitsZero();
    /// @notice A commitment is zero: nothing was committed to.
    error LotCommitmentZero();
    /// @notice The lot was not released, or its release was taken back, so nothing of it may move forward.
    error LotNotReleased(uint64 lot, Quality quality);
    /// @notice The lot has expired, so nothing of it may move forward.
    /// @param expiry the last day on which it could be used
    error LotExpired(uint64 lot, uint16 expiry);
    /// @notice Units that would move forward are recalled.
    error LotIsRecalled(uint64 lot, uint8 class);
    /// @notice The key does not speak for the lot's manufacturer.
    error LotAuthorityMissing(uint64 lot, address operator);
    /// @notice The organisation is not in the channel to which the lot is restricted.
    error LotChannelClosed(uint64 lot, uint8 channel, uint32 organisation);
    /// @notice Channel 0 stands for all trading partners; nobody is admitted to it or removed from it.
    error LotChannelZero();
    /// @notice The interval was not repackaged by the lot's manufacturer, is the source of a lot already, or expires earlier.
    error LotSourceInvalid(uint64 lot, uint256 source);
    /// @notice The inspection says nothing new.
    error LotQualityUnchanged(uint64 lot, Quality quality);
    /// @notice A recall is of class 1, 2 or 3, for a reason there is; and its manufacturer does not make it milder.
    /// @param notice as it was given
    error RecallNoticeInvalid(uint256 notice);
    /// @notice The units are none of the lot's, or none at all.
    error RecallRangeInvalid(uint64 lot, uint24 from, uint24 until);
    /// @notice Too many ranges of the lot are recalled by themselves: recall the whole lot.
    error RecallRangesFull(uint64 lot, uint256 ranges);
    /// @notice Nothing of the lot, or of the interval, is recalled.
    error RecallNone(uint64 lot);

    // ------------------------------------------------------------------ custody

    /// @dev Whether a unit might be counterfeit, stolen or diverted (DSCSA section 582: suspect and illegitimate product).
    enum Investigation {
        None,
        Suspect,
        Quarantined,
        Illegitimate
    }

    /// @dev Whether units are in a condition to be used.
    enum Condition {
        Fit,
        Held, // until an inspector decides, as after an excursion of temperature
        Rejected // an inspector found it unfit
    }

    /// @dev What has finally become of a unit.
    enum UnitFact {
        None,
        Dispensed,
        Exported,
        Sampled,
        Destroyed,
        Repackaged,
        Stolen
    }

    /// @dev How an interval is shipped.
    enum ShipmentKind {
        Sale, // forward; whoever receives it becomes the owner
        Transfer, // forward; ownership stays
        Return // back; if the shipper owns it, whoever receives it becomes the owner
    }

    /// @dev Why a counterparty did not take what was shipped.
    enum RefusalReason {
        Other,
        Damaged,
        WrongProduct,
        NotOrdered,
        Missing, // it did not arrive; puts the units under suspicion
        Tampered // a seal is broken; puts the units under suspicion
    }

    /// @dev The answer to "may this pack be used?".
    enum Verdict {
        Unverified, // not shown to be genuine: do not use it
        Blocked, // genuine, and not to be used
        InTransit, // genuine and in order, but on its way: nobody may dispense it yet
        Supply // genuine, in order, in somebody's hands
    }

    /// @dev Why. The gravest reason, if there are several.
    enum Reason {
        InOrder,
        LotUnknown,
        IntervalUnknown, // no interval of the lot starts there, or it does not hold the unit
        ProofInvalid, // the serial number is not at this place of the lot
        Illegitimate,
        Stolen,
        RecalledClass1,
        Dispensed,
        Exported,
        Sampled,
        Destroyed,
        Repackaged,
        RecalledClass2,
        RecalledClass3,
        NotReleased, // the lot was not released yet
        Rejected, // the lot's release was taken back
        Unfit, // an inspector rejected it
        Expired,
        Suspect,
        Quarantined,
        OnHold, // until an inspector decides
        Unverified // it came back, and was not verified since
    }

    /// @notice An interval as it stands.
    struct Interval {
        uint24 first;
        uint24 end; // the unit after its last
        uint32 holder;
        uint32 owner;
        uint32 counterparty; // 0 unless it is on its way
        uint32 consignee; // 0 unless it has to go somewhere
        Investigation investigation;
        Condition condition;
        bool returning;
        bool titled; // the consignee becomes the owner
        bool unverified;
        bool opened; // facts about single units are recorded
        uint8 tier; // 0 loose units, 1 to 3 containers
        uint8 acknowledged; // which recall of the lot its holder has acknowledged; 7 once it came back
        UnitFact fact;
    }

    /// @notice A container as it was packed.
    struct PackedContainer {
        uint64 lot;
        uint24 first;
        uint24 end; // the unit after its last
        uint8 tier; // 1 to 3; 0 if there is no such container
        bool closed; // not opened since
    }

    /// @notice An interval was shipped. It is on its way until its counterparty, which the word has, receives or refuses
    ///         it.
    event Shipped(uint64 indexed lot, uint256 interval);
    /// @notice An interval came into the custody of whom it was shipped to.
    /// @param from its holder before
    event Received(uint64 indexed lot, uint32 indexed holder, uint32 indexed from, uint256 interval);
    /// @notice A counterparty refused an interval, which stays with its holder.
    event ShipmentRefused(
        uint64 indexed lot, uint32 indexed counterparty, RefusalReason indexed reason, uint256 interval
    );
    /// @notice A holder took a shipment back before it was received.
    event ShipmentCancelled(uint64 indexed lot, uint32 indexed holder, uint256 interval);
    /// @notice An owner said where an interval has to go that others hold.
    event ConsigneeSet(uint64 indexed lot, uint32 indexed consignee, uint256 interval);
    /// @notice A regulator ordered an interval to be handed over, whoever holds it.
    event HandoverOrdered(uint64 indexed lot, uint32 indexed regulator, uint256 interval);
    /// @notice An owner passed ownership on to the holder.
    /// @param from the owner before
    event TitlePassed(uint64 indexed lot, uint32 indexed owner, uint32 indexed from, uint256 interval);
    /// @notice An interval was cut out of a larger one.
    event IntervalCut(uint64 indexed lot, uint256 interval);
    /// @notice Two neighbours became one interval.
    event IntervalsMerged(uint64 indexed lot, uint256 interval);
    /// @notice Units, or containers, were packed into a container.
    /// @param packer who packed; its SSCCs are its own
    /// @param sscc up to 18 digits
    /// @param tier 1 for a container of units, 2 for one of those, 3 for one of these
    event ContainerPacked(
        uint64 indexed lot, uint32 indexed packer, uint64 indexed sscc, uint24 first, uint24 end, uint8 tier
    );
    /// @notice A container was opened: what is in it moves by itself from here.
    event ContainerOpened(uint64 indexed lot, uint32 indexed packer, uint64 indexed sscc, uint32 holder);
    /// @notice Units were dispensed to patients.
    /// @param units 48 bits, one for each of the units from 48 × word on, and above them the word
    event UnitsDispensed(uint64 indexed lot, uint32 indexed holder, uint256 units);
    /// @notice A dispensing was taken back.
    event DispenseUndone(uint64 indexed lot, uint32 indexed holder, uint24 unit);
    /// @notice Something else has become of a unit.
    event UnitRetired(uint64 indexed lot, uint32 indexed holder, UnitFact indexed fact, uint24 unit);
    /// @notice Something has become of all units of an interval that were still in circulation.
    event IntervalRetired(uint64 indexed lot, uint32 indexed holder, UnitFact indexed fact, uint256 interval);
    /// @notice An interval came under suspicion, into quarantine, was cleared or found illegitimate.
    /// @param evidence hash of what it rests on
    event InvestigationChanged(
        uint64 indexed lot, Investigation indexed investigation, uint32 indexed by, uint256 interval, bytes32 evidence
    );
    /// @notice An interval was put on hold, found fit, or rejected.
    /// @param by organisation; 0 where a sensor's record proved it
    /// @param evidence hash of what it rests on; for a sensor's record its consignment
    event ConditionChanged(
        uint64 indexed lot, Condition indexed condition, uint32 indexed by, uint256 interval, bytes32 evidence
    );
    /// @notice The manufacturer, or a regulator, verified what came back.
    event ReturnVerified(uint64 indexed lot, uint32 indexed by, uint256 interval);
    /// @notice A holder said that it knows of the recall.
    /// @param units of the interval that are recalled
    event RecallAcknowledged(uint64 indexed lot, uint32 indexed holder, uint32 units, uint256 interval);
    /// @notice Recalled units came back to the manufacturer or to a returns processor.
    /// @param units of the interval that are recalled
    event RecalledUnitsReturned(uint64 indexed lot, uint32 indexed holder, uint32 units, uint256 interval);
    /// @notice Events of EPCIS were committed to.
    /// @param index of the entry in the organisation's log, counted from 0
    /// @param corrects index of the entry that this one corrects, plus one; 0 if none
    /// @param count events, at least 1
    /// @param root of their hashes
    event EventsAnchored(uint32 indexed organisation, uint64 index, uint64 corrects, uint32 count, bytes32 root);

    /// @notice No interval of the lot starts there: it never did, or it was cut or merged since.
    error IntervalUnknown(uint64 lot, uint24 first);
    /// @notice The units are not a part of the interval, or none at all.
    error IntervalRangeInvalid(uint256 interval, uint256 from, uint256 until);
    /// @notice The organisation may not change the interval.
    error IntervalNotYours(uint256 interval, uint32 organisation);
    /// @notice The interval is on its way.
    error IntervalInTransit(uint256 interval, uint32 counterparty);
    /// @notice The interval is held up: by an investigation, its condition, or a return that nobody verified.
    error IntervalHeldUp(uint256 interval, Investigation investigation, Condition condition, bool unverified);
    /// @notice Something has finally become of the interval.
    error IntervalIsRetired(uint256 interval, UnitFact fact);
    /// @notice The interval is made of containers, and moves only as these.
    error IntervalIsPacked(uint256 interval, uint256 tier);
    /// @notice The two are not neighbours, or not alike.
    error IntervalsNotMergeable(uint256 interval, uint256 next);
    /// @notice The investigation cannot go on from where it stands to there.
    error InvestigationInvalid(uint256 interval, Investigation current, Investigation next);
    /// @notice The condition cannot go on from where it stands to there.
    error ConditionInvalid(uint256 interval, Condition current, Condition next);
    /// @notice Nothing came back that would have to be verified.
    error ReturnNone(uint256 interval);
    /// @notice The interval was shipped to nobody.
    error ShipmentNone(uint256 interval);
    /// @notice What was shipped is not what the counterparty has counted.
    /// @param end the unit after the last that was shipped
    /// @param counted the unit after the last, as it was given
    error ShipmentMiscounted(uint256 interval, uint24 end, uint24 counted);
    /// @notice An organisation cannot ship to itself.
    error ShipmentToSelf(uint32 organisation);
    /// @notice Such an organisation may not get units from such a one in this way.
    /// @param roles bitmaps of `Roles`
    error ShipmentPartnerInvalid(uint32 to, uint32 roles, uint32 partnerRoles, ShipmentKind kind);
    /// @notice Who holds what belongs to others brings it to the consignee, through other carriers, or back to the owner.
    error ShipmentOffRoute(uint256 interval, uint32 consignee, uint32 to);
    /// @notice The number is no SSCC, or its check digit is wrong.
    error ContainerSsccInvalid(uint64 sscc);
    /// @notice The packer has a closed container of this SSCC.
    error ContainerKnown(uint32 packer, uint64 sscc);
    /// @notice There is no closed container of this SSCC there.
    error ContainerUnknown(uint32 packer, uint64 sscc);
    /// @notice The containers do not fill the interval exactly, or are packed too deep.
    error ContainerTilingInvalid(uint256 interval);
    /// @notice The unit is not in the interval, or no unit is named.
    error UnitOutOfPlace(uint256 interval, uint256 unit);
    /// @notice Something has become of the unit already.
    error UnitIsRetired(uint64 lot, uint256 unit, UnitFact fact);
    /// @notice The unit was not dispensed, or more than ten days ago.
    error UnitNotUndoable(uint64 lot, uint24 unit);
    /// @notice This is not recorded in this way, or not by who only carries the units.
    error UnitFactInvalid(UnitFact fact);
    /// @notice The holder has acknowledged the recall.
    error RecallAcknowledgedAlready(uint256 interval, uint256 recall);
    /// @notice The batch of events is empty, or its root zero, or what it corrects is not in the log.
    error EventBatchInvalid(uint32 count, bytes32 root, uint64 corrects, uint64 size);
    /// @notice The part of the contract is none, or asks another register of organisations.
    error PartInvalid(address part);
    /// @notice The caller is not the contract that keeps the sensors' records.
    error ColdChainOnly(address caller);
}
