// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Multicallable} from "solady/utils/Multicallable.sol";

import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRecordRegistry} from "../interfaces/IRecordRegistry.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {DataCategories} from "./types/DataCategories.sol";

/// @title RecordRegistry
/// @notice Commitments to records that are kept, encrypted, off chain: what was there when, what was corrected and
///         erased, and every decision about access, in logs that can only grow.
///
///         Trusts: Participants for who speaks for an organisation; nobody else. No role of the governance can write,
///         change or remove anything.
///         Stopped by: an organisation's suspension stops what it adds: records, corrections, key envelopes and its
///         encryption key. What never stops: accounting for disclosures and erasures, and every answer.
///         Immutable: no proxy, no pause. A later version is another deployment.
///         Several entries that belong together go into one transaction by `multicall`: all of them or none.
contract RecordRegistry is IRecordRegistry, Multicallable {
    using MerkleLog for MerkleLog.Log;

    /// @inheritdoc IRecordRegistry
    IParticipants public immutable participants;

    /// @dev A compressed point. Parity zero: none was published.
    struct EncryptionKey {
        uint8 parity; // 2 or 3
        bytes32 x;
    }

    /// @dev By `_log`: one hash on the way to a log, where three mappings in each other would take three.
    // It is written through MerkleLog, which Slither doesn't follow.
    // slither-disable-next-line uninitialized-state
    mapping(uint256 kindOrganisationSubject => MerkleLog.Log) private _logs;
    mapping(uint32 organisation => EncryptionKey) private _encryptionKeys;

    /// @param participants_ the register of accredited organisations
    constructor(IParticipants participants_) {
        participants = participants_;
    }

    // ------------------------------------------------------------------ an organisation commits to records

    /// @inheritdoc IRecordRegistry
    function anchorRecords(
        address subject,
        uint64 categories,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index) {
        uint32 organisation = participants.requireOperator(msg.sender, 0);
        _requirePublic(categories);
        _requireBatch(count, root);
        index = _appendRecord(EntryKind.Records, organisation, subject, categories, count, 0, root);
        emit RecordsAnchored(organisation, subject, index, categories, count, root);
    }

    /// @inheritdoc IRecordRegistry
    function anchorCorrection(
        address subject,
        uint64 corrected,
        uint64 categories,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index) {
        uint32 organisation = participants.requireOperator(msg.sender, 0);
        _requirePublic(categories);
        _requireBatch(count, root);
        _requireEntry(organisation, subject, corrected);
        index = _appendRecord(EntryKind.Correction, organisation, subject, categories, count, corrected, root);
        emit RecordsCorrected(organisation, subject, index, corrected, categories, count, root);
    }

    /// @inheritdoc IRecordRegistry
    function anchorEnvelopes(address subject, uint32 count, bytes32 root) external returns (uint64 index) {
        uint32 organisation = participants.requireOperator(msg.sender, 0);
        _requireBatch(count, root);
        index = _appendRecord(EntryKind.KeyEnvelopes, organisation, subject, 0, count, 0, root);
        emit KeyEnvelopesAnchored(organisation, subject, index, count, root);
    }

    /// @inheritdoc IRecordRegistry
    function publishEncryptionKey(bytes calldata key) external {
        uint32 organisation = participants.requireOperator(msg.sender, 0);
        if (key.length != 33) revert RecordEncryptionKeyInvalid(key);
        (uint8 parity, bytes32 x) = (uint8(key[0]), bytes32(key[1:]));
        if ((parity != 2 && parity != 3) || !_isOnCurve(x)) revert RecordEncryptionKeyInvalid(key);
        _encryptionKeys[organisation] = EncryptionKey(parity, x);
        emit EncryptionKeyPublished(organisation, key);
    }

    // ------------------------------------------------------------------ it accounts for them; no suspension stops this

    /// @inheritdoc IRecordRegistry
    function anchorErasure(address subject, uint64 erased, uint32 count) external returns (uint64 index) {
        uint32 organisation = _requireOrganisation();
        if (count == 0) revert RecordCountZero();
        _requireEntry(organisation, subject, erased);
        index = _appendRecord(EntryKind.Erasure, organisation, subject, 0, count, erased, 0);
        emit RecordsErased(organisation, subject, index, erased, count);
    }

    /// @inheritdoc IRecordRegistry
    function logDisclosures(
        address subject,
        uint32 granted,
        uint32 emergency,
        uint32 denied,
        bytes32 root
    ) external returns (uint64 index) {
        uint32 organisation = _requireOrganisation();
        if (granted | emergency | denied == 0) revert RecordDecisionsNone();
        if (root == 0) revert RecordRootZero();
        bytes memory entry = abi.encodePacked(
            EntryKind.Disclosures, organisation, subject, uint40(block.timestamp), granted, emergency, denied, root
        );
        index = _log(LogKind.Disclosures, organisation, subject).append(MerkleLog.hashLeaf(entry));
        emit DisclosuresLogged(organisation, subject, index, granted, emergency, denied, root);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IRecordRegistry
    function logOf(
        LogKind kind,
        uint32 organisation,
        address subject
    ) external view returns (uint64 size, bytes32 root) {
        MerkleLog.Log storage log = _log(kind, organisation, subject);
        return (log.size, log.root());
    }

    /// @inheritdoc IRecordRegistry
    function includes(
        LogKind kind,
        uint32 organisation,
        address subject,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _log(kind, organisation, subject).includes(MerkleLog.hashLeaf(entry), index, proof);
    }

    /// @inheritdoc IRecordRegistry
    function continues(
        LogKind kind,
        uint32 organisation,
        address subject,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _log(kind, organisation, subject).continues(oldSize, oldRoot, proof);
    }

    /// @inheritdoc IRecordRegistry
    function encryptionKeyOf(uint32 organisation) external view returns (bytes memory) {
        EncryptionKey storage key = _encryptionKeys[organisation];
        return key.parity == 0 ? bytes("") : abi.encodePacked(key.parity, key.x);
    }

    // ------------------------------------------------------------------ internals

    function _appendRecord(
        EntryKind kind,
        uint32 organisation,
        address subject,
        uint64 categories,
        uint32 count,
        uint64 target,
        bytes32 root
    ) private returns (uint64 index) {
        bytes memory entry = abi.encodePacked(
            kind, organisation, subject, uint40(block.timestamp), categories, count, target, root
        );
        return _log(LogKind.Records, organisation, subject).append(MerkleLog.hashLeaf(entry));
    }

    function _log(LogKind kind, uint32 organisation, address subject) private view returns (MerkleLog.Log storage) {
        return _logs[uint256(kind) << 192 | uint256(organisation) << 160 | uint160(subject)];
    }

    /// @return organisation of the caller, in standing or not: a suspension must not end the duty to account
    function _requireOrganisation() private view returns (uint32 organisation) {
        // slither-disable-next-line unused-return
        (, organisation) = participants.standingOfOperator(msg.sender, 0);
        if (organisation == 0) revert RecordOperatorUnknown(msg.sender);
    }

    function _requireEntry(uint32 organisation, address subject, uint64 index) private view {
        uint64 size = _log(LogKind.Records, organisation, subject).size;
        if (index >= size) revert RecordEntryUnknown(index, size);
    }

    function _requirePublic(uint64 categories) private pure {
        if (categories & DataCategories.LABELS != 0) revert RecordCategoriesSensitive(categories);
    }

    function _requireBatch(uint32 count, bytes32 root) private pure {
        if (count == 0) revert RecordCountZero();
        if (root == 0) revert RecordRootZero();
    }

    /// @dev Whether a point of secp256k1 has this x coordinate: `ecrecover` finds a key only for a signature whose r is
    ///      one. It also refuses the generator, whose private key everybody knows, and x from the group's order on, which
    ///      nobody meets by chance.
    function _isOnCurve(bytes32 x) private pure returns (bool) {
        return ecrecover(bytes32(uint256(1)), 27, x, bytes32(uint256(1))) != address(0);
    }
}
