// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Multicallable} from "solady/utils/Multicallable.sol";

import {MerkleLog} from "../libraries/MerkleLog.sol";

/// @title Shows MerkleLog to tests
/// @notice A multicall asks and appends many times in one call.
contract MerkleLogProbe is Multicallable {
    using MerkleLog for MerkleLog.Log;

    /// @notice A leaf was appended, as a contract that keeps a log would say it.
    event Appended(uint64 index, bytes32 leaf);

    MerkleLog.Log private _log;

    /// @notice Makes it a log of this size, whose peaks are already known.
    /// @param peaks by height; only those of a bit of the size that is set are ever read
    function seed(uint64 size_, bytes32[64] calldata peaks) external {
        _log.size = size_;
        _log.peaks = peaks;
    }

    function append(bytes32 leaf) external returns (uint64 index) {
        index = _log.append(leaf);
        emit Appended(index, leaf);
    }

    function appendNoting(bytes32 leaf, uint192 note_) external returns (uint64 index) {
        return _log.append(leaf, note_);
    }

    function appendMany(bytes32[] calldata leaves) external returns (uint64 first) {
        return _log.appendMany(leaves);
    }

    function log() external view returns (uint64 size, bytes32 root) {
        return (_log.size, _log.root());
    }

    function note() external view returns (uint192) {
        return _log.note;
    }

    function includes(bytes32 leaf, uint64 index, bytes32[] calldata proof) external view returns (bool) {
        return _log.includes(leaf, index, proof);
    }

    function continues(uint64 oldSize, bytes32 oldRoot, bytes32[] calldata proof) external view returns (bool) {
        return _log.continues(oldSize, oldRoot, proof);
    }

    function rootOf(bytes32[] calldata leaves) external view returns (bytes32) {
        bytes32[] memory worked = leaves; // in place
        return MerkleLog.rootOf(worked);
    }

    /// @return leaf the hash
    /// @return left the entry as hashing has left it
    function hashLeaf(bytes calldata entry) external view returns (bytes32 leaf, bytes memory left) {
        left = entry;
        leaf = MerkleLog.hashLeaf(left);
    }

    function verifyInclusion(
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof,
        bytes32 root
    ) external view returns (bool) {
        return MerkleLog.verifyInclusion(leaf, index, size, proof, root);
    }

    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleLog.verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }
}
