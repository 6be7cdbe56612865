// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A Merkle tree of depth 32 that keeps all leaves and computes everything anew, layer by layer.
contract TreeModel {
    bytes32[] public leaves;

    function push(bytes32 leaf) external {
        leaves.push(leaf);
    }

    function count() external view returns (uint256) {
        return leaves.length;
    }

    function root() external view returns (bytes32 top) {
        (top,) = climb(0);
    }

    function pathOf(uint256 index) external view returns (bytes32[32] memory path) {
        (, path) = climb(index);
    }

    function climb(uint256 index) private view returns (bytes32 top, bytes32[32] memory path) {
        bytes32[] memory layer = leaves;
        bytes32 empty = 0;
        for (uint256 height = 0; height < 32; height++) {
            uint256 sibling = index ^ 1;
            path[height] = sibling < layer.length ? layer[sibling] : empty;
            bytes32[] memory above = new bytes32[]((layer.length + 1) / 2);
            for (uint256 i = 0; i < above.length; i++) {
                bytes32 right = 2 * i + 1 < layer.length ? layer[2 * i + 1] : empty;
                above[i] = keccak256(abi.encode(layer[2 * i], right));
            }
            empty = keccak256(abi.encode(empty, empty));
            layer = above;
            index >>= 1;
        }
        top = layer.length == 0 ? empty : layer[0];
    }
}
