// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title MerkleLog
/// @notice An append-only log: the Merkle tree of RFC 9162 (Certificate Transparency 2.0) with SHA-256, so that any
///         verifier of that standard takes its roots and proofs.
///
///         A leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right), the root of no entries SHA-256 of
///         nothing (section 2.1.1). Positions count: a proof holds for one leaf at one index.
/// @dev What is stored is the size and the peaks: the roots of the perfect trees of which a log of that size is made,
///      one for each bit of the size that is set. An append writes one peak and the size, and reads the peaks that it
///      merges, one on average. Proofs are made off chain, from the entries.
library MerkleLog {
    /// @dev The entries so far, and at `peaks[h]` the root of the perfect tree of 2^h leaves, if bit h of the size is
    ///      set. A peak whose bit is not set is left over from before it was merged, and is never read.
    ///      The slot of the size has room for a note of whose log it is; nothing here reads or changes it.
    struct Log {
        uint64 size;
        uint192 note;
        bytes32[64] peaks;
    }

    /// @dev The root of a log without entries: SHA-256 of nothing.
    bytes32 internal constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    // ------------------------------------------------------------------ writing

    /// @notice Appends a leaf.
    /// @param leaf of `hashLeaf`
    /// @return index the leaf's, counted from 0
    function append(Log storage self, bytes32 leaf) internal returns (uint64 index) {
        index = self.size;
        self.size = index + 1; // checked: a log that is full at 2^64 - 1 takes no more, so no height exceeds 63
        _join(self, index, leaf);
    }

    /// @notice Appends a leaf, and replaces the note.
    /// @param leaf of `hashLeaf`
    /// @return index the leaf's, counted from 0
    function append(Log storage self, bytes32 leaf, uint192 note) internal returns (uint64 index) {
        index = self.size;
        (self.size, self.note) = (index + 1, note); // checked, as above
        _join(self, index, leaf);
    }

    /// @notice Appends many leaves, in their order, as `append` would one by one; each slot is written at most once.
    /// @param leaves of `hashLeaf`; any number. They are worked in place: what the array holds afterwards is of no use
    /// @return first index of the first of them, counted from 0
    function appendMany(Log storage self, bytes32[] memory leaves) internal returns (uint64 first) {
        first = self.size;
        uint256 count = leaves.length; // memory is far too dear to hold 2^64 of them, so the cast loses nothing
        self.size = first + uint64(count);
        uint256 start = first; // of the nodes at this height, the index of the first that is new
        for (uint256 height = 0; count != 0; ++height) {
            uint256 joined = start & 1; // an odd first one is joined with the peak that stands before it
            if (joined != 0) leaves[0] = _hashNode(self.peaks[height], leaves[0]);
            uint256 pairs = (count - joined) / 2;
            // What is left alone, without a sibling, is a peak of the new size.
            if ((count - joined) % 2 != 0) self.peaks[height] = leaves[count - 1];
            _hashPairs(leaves, joined, pairs);
            count = joined + pairs;
            start >>= 1;
        }
    }

    // ------------------------------------------------------------------ answers

    /// @return the root of the whole log, MTH of RFC 9162 section 2.1.1
    function root(Log storage self) internal view returns (bytes32) {
        uint256 rest = self.size;
        if (rest == 0) return EMPTY_ROOT;
        uint256 height = 0;
        for (; rest & 1 == 0; rest >>= 1) {
            ++height;
        }
        bytes32 node = self.peaks[height];
        for (rest >>= 1; rest != 0; rest >>= 1) {
            ++height;
            if (rest & 1 != 0) node = _hashNode(self.peaks[height], node);
        }
        return node;
    }

    /// @notice Is this leaf at this index of the log as it is now? Never reverts.
    /// @param proof as for `verifyInclusion`, at the log's present size
    function includes(
        Log storage self,
        bytes32 leaf,
        uint64 index,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        return verifyInclusion(leaf, index, self.size, proof, root(self));
    }

    /// @notice Is a log of this earlier size and root a beginning of the log as it is now? Never reverts.
    /// @param proof as for `verifyConsistency`, towards the log's present size
    function continues(
        Log storage self,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        return verifyConsistency(oldSize, oldRoot, self.size, root(self), proof);
    }

    /// @notice Is this leaf at this index of the log of this size and root? RFC 9162 section 2.1.3.2. Never reverts.
    /// @param proof the siblings on the way from the leaf to the root; of the length that index and size ask for
    function verifyInclusion(
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof,
        bytes32 root_
    ) internal view returns (bool included) {
        if (index >= size) return false;
        // Without a bounds check for each step, and with each hash put where the next is made from: a third of the gas, and
        // it is made for every pack that is scanned.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let last := sub(size, 1)
            // The nodes of a pair, unallocated, at a multiple of 64: one bit tells left from right. Before them the prefix.
            let left := and(add(mload(0x40), 127), not(63))
            let input := sub(left, 1)
            mstore8(input, 1)
            let path := shl(5, index) // bit 5 tells where the node stands
            let place := or(left, and(path, 32))
            mstore(place, leaf)
            let sibling := proof.offset
            let end := add(sibling, shl(5, proof.length))
            let fine := 1
            // While the node is not the last of its level, it has a sibling. A proof that is too short is refused below.
            for { let apart := xor(index, last) } apart { apart := shr(1, apart) } {
                // slither-disable-next-line incorrect-exp (xor is meant)
                mstore(xor(place, 32), calldataload(sibling))
                sibling := add(sibling, 32)
                path := shr(1, path)
                last := shr(1, last)
                place := or(left, and(path, 32))
                // SHA-256 is the precompile at 2; it fails for lack of gas alone.
                fine := and(fine, staticcall(gas(), 2, input, 65, place, 32))
            }
            fine := and(fine, iszero(gt(sibling, end)))
            // From there on it stays the last: a left one goes up as it is, a right one is joined with its sibling.
            let node := mload(place)
            for {} lt(sibling, end) { sibling := add(sibling, 32) } {
                if iszero(last) {
                    fine := 0 // the proof goes on above the root
                    break
                }
                for {} iszero(and(last, 1)) {} { last := shr(1, last) }
                last := shr(1, last)
                mstore(left, calldataload(sibling))
                mstore(add(left, 32), node)
                fine := and(fine, staticcall(gas(), 2, input, 65, 0, 32))
                node := mload(0)
            }
            included := and(fine, and(iszero(last), eq(node, root_)))
        }
    }

    /// @notice Is the log of the old size and root a beginning of that of the new size and root? RFC 9162 section
    ///         2.1.4.2, which asks only about 0 < old < new. Besides: a log continues itself and the empty log, by an
    ///         empty proof; a shorter log never continues a longer. Never reverts.
    /// @param proof the nodes that both logs are built from; of the length that both sizes ask for
    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (oldSize > newSize) return false;
        if (newSize == 0 && newRoot != EMPTY_ROOT) return false;
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;
        if (oldSize == 0) return proof.length == 0 && oldRoot == EMPTY_ROOT;
        if (proof.length == 0) return false;

        (uint256 position, uint256 last) = (oldSize - 1, newSize - 1);
        for (; position & 1 != 0; position >>= 1) {
            last >>= 1;
        }
        // A perfect old tree is a node of the new one: the proof leaves it out, and starts from it.
        bool perfect = position == 0;
        bytes32 oldNode = perfect ? oldRoot : proof[0];
        bytes32 newNode = oldNode;
        for (uint256 i = perfect ? 0 : 1; i < proof.length; ++i) {
            if (last == 0) return false; // the proof goes on above the root
            if (position & 1 != 0 || position == last) {
                oldNode = _hashNode(proof[i], oldNode);
                newNode = _hashNode(proof[i], newNode);
                (position, last) = _skipLevelsWithoutSibling(position, last);
            } else {
                newNode = _hashNode(newNode, proof[i]);
            }
            position >>= 1;
            last >>= 1;
        }
        return last == 0 && oldNode == oldRoot && newNode == newRoot;
    }

    /// @dev Joins a new leaf with the peaks that it completes, and writes the peak that it makes.
    /// @param index the leaf's
    function _join(Log storage self, uint64 index, bytes32 leaf) private {
        uint256 height = 0;
        bytes32 node = leaf;
        for (uint256 rest = index; rest & 1 != 0; rest >>= 1) {
            node = _hashNode(self.peaks[height], node);
            ++height;
        }
        self.peaks[height] = node;
    }

    // ------------------------------------------------------------------ hashing

    /// @param leaves of `hashLeaf`; any number. They are worked in place: what the array holds afterwards is of no use
    /// @return the root of a log of exactly these, MTH of RFC 9162 section 2.1.1
    function rootOf(bytes32[] memory leaves) internal view returns (bytes32) {
        uint256 count = leaves.length;
        if (count == 0) return EMPTY_ROOT;
        for (; count != 1; count = (count + 1) / 2) {
            _hashPairs(leaves, 0, count / 2);
            // The last of an odd level has no sibling: it goes up as it is.
            if (count % 2 != 0) leaves[count / 2] = leaves[count - 1];
        }
        return leaves[0];
    }

    /// @return leaf the hash of an entry: SHA-256(0x00 ‖ entry)
    function hashLeaf(bytes memory entry) internal view returns (bytes32 leaf) {
        // The prefix is put right before the entry, in place of the last byte of its length, which is then restored: no
        // copy. SHA-256 is the precompile at 2; it fails for lack of gas alone.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let length := mload(entry)
            mstore8(add(entry, 31), 0)
            if iszero(staticcall(gas(), 2, add(entry, 31), add(length, 1), 0, 32)) { revert(0, 0) }
            mstore(entry, length)
            leaf := mload(0)
        }
    }

    /// @return node SHA-256(0x01 ‖ left ‖ right)
    function _hashNode(bytes32 left, bytes32 right) private view returns (bytes32 node) {
        // 65 bytes, one more than the scratch space has: they stand behind what is allocated, and stay unallocated.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            mstore(add(free, 1), left)
            mstore(add(free, 33), right)
            if iszero(staticcall(gas(), 2, free, 65, 0, 32)) { revert(0, 0) }
            node := mload(0)
        }
    }

    /// @dev Replaces `pairs` pairs of neighbours, from `nodes[from]` on, by their parents, which stand from `nodes[from]` on:
    ///      never ahead of what is still to be read. The caller makes sure that the array holds all of them.
    function _hashPairs(bytes32[] memory nodes, uint256 from, uint256 pairs) private view {
        // In one loop without a bounds check for each node: 360 gas a leaf less, in batches of a hundred.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            let parent := add(nodes, mul(add(from, 1), 32))
            let child := parent
            for { let end := add(child, mul(pairs, 64)) } lt(child, end) { child := add(child, 64) } {
                mstore(add(free, 1), mload(child))
                mstore(add(free, 33), mload(add(child, 32)))
                if iszero(staticcall(gas(), 2, free, 65, parent, 32)) { revert(0, 0) }
                parent := add(parent, 32)
            }
        }
    }

    /// @dev The last node of a level that is a left one has no sibling: it goes up as it is, until it is a right one or
    ///      the root.
    function _skipLevelsWithoutSibling(uint256 position, uint256 last) private pure returns (uint256, uint256) {
        while (position & 1 == 0 && position != 0) {
            position >>= 1;
            last >>= 1;
        }
        return (position, last);
    }
}
