// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The Merkle root over the block hashes of a batch, in order (section 5.6).
/// keccak256; leaves are tagged 0x00 and nodes 0x01, so neither passes for the other; a node without a
/// partner is promoted as it is. Number of leaves and position fix the shape, so a path has one length.
library BlocksRoot {
    /// @notice The root over `hashes`, of which there must be one at least.
    function rootOf(bytes32[] memory hashes) internal pure returns (bytes32) {
        uint256 count = hashes.length;
        bytes32[] memory row = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            row[i] = leaf(hashes[i]);
        }
        while (count > 1) {
            uint256 pairs = count / 2;
            for (uint256 i = 0; i < pairs; i++) {
                row[i] = node(row[2 * i], row[2 * i + 1]);
            }
            if (count % 2 == 1) row[pairs] = row[count - 1];
            count = pairs + count % 2;
        }
        return row[0];
    }

    /// @notice Whether `blockHash` is the one at `position` of `count` under `root`.
    /// @param path the siblings from the leaf up; levels on which the node is promoted have none
    function includes(
        bytes32 root,
        uint256 count,
        bytes32 blockHash,
        uint256 position,
        bytes32[] calldata path
    ) internal pure returns (bool) {
        if (position >= count) return false;
        bytes32 here = leaf(blockHash);
        uint256 used = 0;
        while (count > 1) {
            bool promoted = position == count - 1 && count % 2 == 1;
            if (!promoted) {
                if (used == path.length) return false;
                bytes32 sibling = path[used++];
                here = position % 2 == 0 ? node(here, sibling) : node(sibling, here);
            }
            position /= 2;
            count = (count + 1) / 2;
        }
        return used == path.length && here == root;
    }

    function leaf(bytes32 blockHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), blockHash));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
