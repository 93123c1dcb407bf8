// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IParticipants} from "./IParticipants.sol";

/// @title RecordRegistry: that records are there, unchanged, and who looked at them
/// @notice The records themselves are encrypted and kept off chain. What stands here are their commitments: salted, so
///         that nobody guesses what is committed to, and in an order that nobody can change afterwards.
///
///         A *stream* belongs to an organisation and a subject: a patient's pseudonym, or the zero address for the
///         organisation's own stream, in which batches of many patients mix. Only that organisation's keys write to
///         it. Each stream has two logs, of its records and of its disclosures, in the form of RFC 9162 (Certificate
///         Transparency 2.0, SHA-256): any verifier of that standard takes their roots and proofs.
///
///         An entry of a log is made of these bytes, integers big-endian, nothing between them; its leaf is
///         SHA-256(0x00 ‖ entry). They can be rebuilt from the event and the time of its block. What a kind of entry
///         lacks is zero.
///
///         log of records, 82 bytes:
///           uint8   kind          EntryKind: 0 records, 1 correction, 2 key envelopes, 3 erasure
///           uint32  organisation  number in Participants
///           address subject       20 bytes, zero for the organisation's own stream
///           uint40  at            Unix seconds of the block
///           uint64  categories    bits of DataCategories, classes alone (records, correction)
///           uint32  count         of records or envelopes
///           uint64  target        index of the earlier entry (correction, erasure)
///           bytes32 root          (records, correction, key envelopes)
///         log of disclosures, 74 bytes:
///           uint8   kind          EntryKind: 4 disclosures
///           uint32  organisation
///           address subject
///           uint40  at
///           uint32  granted       decisions by consent
///           uint32  emergency     decisions by emergency access
///           uint32  denied        decisions against
///           bytes32 root
///
///         A `root` is that of a batch: the RFC 9162 root over what is committed to, one leaf for each item, salted;
///         of a single item it is its leaf hash.
/// @dev Warning: the contract cannot see what a root stands for. That `count`, `categories`, the target and the
///      decisions are true is the organisation's word, which an auditor compares with what it opens off chain.
interface IRecordRegistry {
    /// @dev The logs of a stream.
    enum LogKind {
        Records,
        Disclosures
    }

    /// @dev The first byte of an entry.
    enum EntryKind {
        Records,
        Correction,
        KeyEnvelopes,
        Erasure,
        Disclosures
    }

    /// @notice A batch of records was committed to.
    /// @param index of the entry in the stream's log of records, counted from 0
    /// @param categories classes of data in it, bits of DataCategories; 0 if the organisation withholds them
    /// @param count records in the batch, at least 1
    /// @param root of their salted commitments
    event RecordsAnchored(
        uint32 indexed organisation,
        address indexed subject,
        uint64 index,
        uint64 categories,
        uint32 count,
        bytes32 root
    );
    /// @notice New versions of records of an earlier entry were committed to; that entry stays.
    /// @param index of the entry in the stream's log of records, counted from 0
    /// @param corrected index of the earlier entry
    /// @param categories as for RecordsAnchored
    /// @param count records in the batch, at least 1
    /// @param root of the salted commitments of the new versions
    event RecordsCorrected(
        uint32 indexed organisation,
        address indexed subject,
        uint64 index,
        uint64 corrected,
        uint64 categories,
        uint32 count,
        bytes32 root
    );
    /// @notice Keys to records were wrapped for somebody; who it is, and to what, is in the salted leaves.
    /// @param index of the entry in the stream's log of records, counted from 0
    /// @param count envelopes, at least 1
    /// @param root of the envelopes' salted commitments
    event KeyEnvelopesAnchored(
        uint32 indexed organisation, address indexed subject, uint64 index, uint32 count, bytes32 root
    );
    /// @notice Records of an earlier entry can no longer be opened: their salts and keys were destroyed.
    /// @param index of the entry in the stream's log of records, counted from 0
    /// @param erased index of the earlier entry
    /// @param count records that were erased, at least 1
    event RecordsErased(
        uint32 indexed organisation, address indexed subject, uint64 index, uint64 erased, uint32 count
    );
    /// @notice A batch of access decisions was committed to.
    /// @param index of the entry in the stream's log of disclosures, counted from 0
    /// @param granted how many were permitted by consent
    /// @param emergency how many were permitted by emergency access
    /// @param denied how many were refused
    /// @param root of the decisions' salted commitments
    event DisclosuresLogged(
        uint32 indexed organisation,
        address indexed subject,
        uint64 index,
        uint32 granted,
        uint32 emergency,
        uint32 denied,
        bytes32 root
    );
    /// @notice An organisation published the key to which keys are wrapped for it; an earlier one is replaced.
    /// @param key compressed point of secp256k1, 33 bytes
    event EncryptionKeyPublished(uint32 indexed organisation, bytes key);

    /// @notice The key speaks for no organisation.
    error RecordOperatorUnknown(address operator);
    /// @notice The root is zero: nothing was committed to.
    error RecordRootZero();
    /// @notice The count is zero: an entry is of one item or more.
    error RecordCountZero();
    /// @notice The categories hold a sensitive label, which must not be told in public.
    /// @param categories bits of DataCategories, as they were given
    error RecordCategoriesSensitive(uint64 categories);
    /// @notice The stream's log of records has no entry of this index.
    /// @param index as it was given
    /// @param size entries of the log
    error RecordEntryUnknown(uint64 index, uint64 size);
    /// @notice The batch holds no decision.
    error RecordDecisionsNone();
    /// @notice The key is no compressed point of secp256k1.
    /// @param key as it was given
    error RecordEncryptionKeyInvalid(bytes key);

    // ------------------------------------------------------------------ an organisation commits to records

    /// @notice Anchors a batch of records in a stream of the caller's organisation, which must be in standing.
    /// @param subject the patient's pseudonym, or zero for the organisation's own stream
    /// @param categories classes of data in the batch, bits of DataCategories; 0 withholds them. Never labels: what is
    ///        sensitive is not told in public
    /// @param count records in the batch, 1 to 4,294,967,295
    /// @param root over the records' salted commitments
    /// @return index of the entry in the stream's log of records, counted from 0
    /// @dev Reverts with OperatorNotInStanding (IParticipants) if the caller speaks for no organisation in standing,
    ///      RecordCategoriesSensitive if a label is named, RecordCountZero, RecordRootZero.
    function anchorRecords(
        address subject,
        uint64 categories,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index);

    /// @notice Anchors new versions of records of an earlier entry of the same stream. The earlier entry stays.
    /// @param subject as for `anchorRecords`
    /// @param corrected index of the earlier entry in the stream's log of records
    /// @param categories as for `anchorRecords`
    /// @param count records in the batch, 1 to 4,294,967,295
    /// @param root over the salted commitments of the new versions
    /// @return index of the entry in the stream's log of records, counted from 0
    /// @dev Reverts as `anchorRecords` does, and with RecordEntryUnknown if the log has no entry `corrected`.
    function anchorCorrection(
        address subject,
        uint64 corrected,
        uint64 categories,
        uint32 count,
        bytes32 root
    ) external returns (uint64 index);

    /// @notice Anchors key envelopes: keys to records were wrapped for a grantee. Who that is, and to which records, is
    ///         in the salted leaves alone.
    /// @param subject as for `anchorRecords`
    /// @param count envelopes, 1 to 4,294,967,295
    /// @param root over the envelopes' salted commitments
    /// @return index of the entry in the stream's log of records, counted from 0
    /// @dev Reverts with OperatorNotInStanding (IParticipants) if the caller speaks for no organisation in standing,
    ///      RecordCountZero, RecordRootZero.
    function anchorEnvelopes(address subject, uint32 count, bytes32 root) external returns (uint64 index);

    /// @notice Publishes the key to which others wrap keys for the caller's organisation, which must be in standing. An
    ///         earlier one is replaced.
    /// @param key compressed point of secp256k1: 33 bytes, 2 or 3 and the x coordinate
    /// @dev Reverts with OperatorNotInStanding (IParticipants) if the caller speaks for no organisation in standing,
    ///      RecordEncryptionKeyInvalid if the key is no such point.
    function publishEncryptionKey(bytes calldata key) external;

    // ------------------------------------------------------------------ it accounts for them; no suspension stops this

    /// @notice Says that records of an earlier entry can no longer be opened by anybody: salts and keys were destroyed.
    ///         Which records they are is not told. For any key of an organisation, in standing or not.
    /// @param subject as for `anchorRecords`
    /// @param erased index of the earlier entry in the stream's log of records
    /// @param count records that were erased, 1 to 4,294,967,295
    /// @return index of the entry in the stream's log of records, counted from 0
    /// @dev Reverts with RecordOperatorUnknown if the caller speaks for no organisation, RecordCountZero,
    ///      RecordEntryUnknown if the log has no entry `erased`.
    function anchorErasure(address subject, uint64 erased, uint32 count) external returns (uint64 index);

    /// @notice Logs a batch of access decisions, of one or many. For any key of an organisation, in standing or not.
    /// @param subject as for `anchorRecords`
    /// @param granted how many were permitted by consent
    /// @param emergency how many were permitted by emergency access
    /// @param denied how many were refused
    /// @param root over the decisions' salted commitments
    /// @return index of the entry in the stream's log of disclosures, counted from 0
    /// @dev Reverts with RecordOperatorUnknown if the caller speaks for no organisation, RecordDecisionsNone if all
    ///      three numbers are 0, RecordRootZero.
    function logDisclosures(
        address subject,
        uint32 granted,
        uint32 emergency,
        uint32 denied,
        bytes32 root
    ) external returns (uint64 index);

    // ------------------------------------------------------------------ answers

    /// @notice How long a log is, and its root. Never reverts.
    /// @return size entries so far
    /// @return root of RFC 9162; of an empty log SHA-256 of nothing
    function logOf(LogKind kind, uint32 organisation, address subject) external view returns (uint64 size, bytes32 root);

    /// @notice Does the log, as it is now, hold this entry at this index? Never reverts.
    /// @param entry the bytes described above
    /// @param index counted from 0
    /// @param proof inclusion proof of RFC 9162 section 2.1.3 at the log's present size
    function includes(
        LogKind kind,
        uint32 organisation,
        address subject,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Is a log of this earlier size and root a beginning of the log as it is now? Never reverts. A log
    ///         continues itself and the empty log, by an empty proof.
    /// @param oldSize entries at that time
    /// @param oldRoot its root at that time
    /// @param proof consistency proof of RFC 9162 section 2.1.4 towards the log's present size
    function continues(
        LogKind kind,
        uint32 organisation,
        address subject,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice The key to which keys are wrapped for an organisation; empty if it published none. Never reverts. Does
    ///         not ask whether the organisation is still in standing: `standingOf` of IParticipants does.
    function encryptionKeyOf(uint32 organisation) external view returns (bytes memory);

    /// @notice Knows who speaks for an organisation, and its standing.
    function participants() external view returns (IParticipants);
}
