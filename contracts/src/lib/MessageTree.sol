// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Incremental Merkle tree of depth 32 (section 5.7), the shape of the deposit contract of Ethereum
/// @notice Appending costs one store and at most 32 hashes, whatever the number of leaves. Places without a
/// leaf hold zero. Leaves are hashes of far more than 64 bytes, so none can pass for an inner node.
library MessageTree {
    uint256 internal constant DEPTH = 32;
    /// The last place stays empty: then every append finds a height whose bit is set.
    uint256 internal constant CAPACITY = type(uint32).max;

    struct Tree {
        uint256 count;
        /// branch[h]: the last complete left subtree of height h.
        bytes32[DEPTH] branch;
    }

    error TreeFull();

    /// @notice Puts a leaf into the next place, which is returned.
    function append(Tree storage self, bytes32 leaf) internal returns (uint256 index) {
        index = self.count;
        if (index == CAPACITY) revert TreeFull();
        self.count = index + 1;
        // The subtrees that this leaf completes are folded into it; the first incomplete one keeps the
        // result.
        bytes32 node = leaf;
        uint256 height = 0;
        for (uint256 size = index + 1; size & 1 == 0; size >>= 1) {
            node = hash(self.branch[height], node);
            height++;
        }
        self.branch[height] = node;
    }

    /// @notice The root over all leaves so far and zeros in the places behind them.
    function root(Tree storage self) internal view returns (bytes32 node) {
        uint256 size = self.count;
        bytes32 empty = 0; // root of a subtree of this height without leaves
        for (uint256 height = 0; height < DEPTH; height++) {
            node = size & 1 == 1 ? hash(self.branch[height], node) : hash(node, empty);
            empty = hash(empty, empty);
            size >>= 1;
        }
    }

    /// @notice The root that a leaf at `index` has with these siblings, lowest first.
    /// @dev An index beyond the tree would prove the place of its lower 32 bits: zero, which is no root.
    function rootOf(bytes32 leaf, uint256 index, bytes32[DEPTH] calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        if (index >= CAPACITY) return 0;
        node = leaf;
        for (uint256 height = 0; height < DEPTH; height++) {
            node = index & 1 == 1 ? hash(path[height], node) : hash(node, path[height]);
            index >>= 1;
        }
    }

    /// @dev keccak256 of 64 bytes in the scratch space: twice as cheap as through new memory.
    function hash(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }
}
