// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlocksRoot} from "../../src/lib/BlocksRoot.sol";
import {Mini} from "../Mini.sol";

contract BlocksRootTest is Mini {
    bytes32 internal constant A = keccak256("a");
    bytes32 internal constant B = keccak256("b");
    bytes32 internal constant C = keccak256("c");

    function leaf(bytes32 x) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), x));
    }

    function node(bytes32 x, bytes32 y) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(1), x, y));
    }

    function list(uint256 count) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](count);
        bytes32[3] memory names = [A, B, C];
        for (uint256 i = 0; i < count; i++) {
            all[i] = names[i];
        }
    }

    function includes(bytes32 root, uint256 count, bytes32 x, uint256 place, bytes32[] calldata path)
        external
        pure
        returns (bool)
    {
        return BlocksRoot.includes(root, count, x, place, path);
    }

    function test_one_two_and_three_blocks() public pure {
        same(BlocksRoot.rootOf(list(1)), leaf(A));
        same(BlocksRoot.rootOf(list(2)), node(leaf(A), leaf(B)));
        same(BlocksRoot.rootOf(list(3)), node(node(leaf(A), leaf(B)), leaf(C)));
    }

    function test_a_promoted_block_has_a_short_path() public view {
        bytes32 root = BlocksRoot.rootOf(list(3));
        bytes32[] memory path = new bytes32[](1);
        path[0] = node(leaf(A), leaf(B));
        if (!this.includes(root, 3, C, 2, path)) revert Differs(0, 1);
        if (this.includes(root, 4, C, 2, path)) revert Differs(1, 0);
    }

    function test_a_node_does_not_pass_for_a_block() public view {
        bytes32 root = BlocksRoot.rootOf(list(3));
        bytes32[] memory path = new bytes32[](1);
        path[0] = leaf(C);
        if (this.includes(root, 2, node(leaf(A), leaf(B)), 0, path)) revert Differs(1, 0);
        if (this.includes(root, 0, A, 0, path)) revert Differs(1, 0);
    }

    function test_roots_are_those_that_the_node_computes() public pure {
        bytes memory roots;
        for (uint256 count = 1; count <= 9; count++) {
            bytes32[] memory hashes = new bytes32[](count);
            for (uint256 i = 0; i < count; i++) {
                hashes[i] = keccak256(abi.encode(i));
            }
            roots = abi.encodePacked(roots, BlocksRoot.rootOf(hashes));
        }
        // The same digest stands in test/unit/chain/blocks-root.test.ts.
        same(keccak256(roots), 0xb3b63ca7f8a837aaa9140d923f9b472c43fd30ac887f9eed6cca1d2e38adbebb);
    }
}
