// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageTree} from "../../src/lib/MessageTree.sol";
import {Mini} from "../Mini.sol";
import {TreeModel} from "../mocks/TreeModel.sol";

contract TreeHarness {
    using MessageTree for MessageTree.Tree;

    MessageTree.Tree private tree;

    function append(bytes32 leaf) external returns (uint256) {
        return tree.append(leaf);
    }

    function setCount(uint256 count) external {
        tree.count = count;
    }

    function root() external view returns (bytes32) {
        return tree.root();
    }

    function rootOf(bytes32 leaf, uint256 index, bytes32[32] calldata path) external pure returns (bytes32) {
        return MessageTree.rootOf(leaf, index, path);
    }
}

contract MessageTreeTest is Mini {
    TreeHarness private tree = new TreeHarness();
    TreeModel private model = new TreeModel();

    function test_the_empty_tree_has_the_root_of_zeros() public view {
        bytes32 node = 0;
        for (uint256 i = 0; i < 32; i++) {
            node = keccak256(abi.encode(node, node));
        }
        same(tree.root(), node);
        same(tree.root(), model.root());
    }

    function testFuzz_root_and_paths_are_those_of_the_plain_tree(uint256 seed, uint256 n) public {
        n = within(n, 1, 24);
        for (uint256 i = 0; i < n; i++) {
            bytes32 leaf = keccak256(abi.encode(seed, i));
            model.push(leaf);
            same(tree.append(leaf), i);
            same(tree.root(), model.root());
        }
        for (uint256 i = 0; i < n; i++) {
            same(tree.rootOf(model.leaves(i), i, model.pathOf(i)), tree.root());
        }
    }

    function testFuzz_another_place_leaf_or_sibling_proves_nothing(uint256 seed, uint256 place, uint256 wrong)
        public
    {
        for (uint256 i = 0; i < 7; i++) {
            bytes32 leaf = keccak256(abi.encode(seed, i));
            model.push(leaf);
            tree.append(leaf);
        }
        place = within(place, 0, 6);
        bytes32[32] memory path = model.pathOf(place);
        uint256 elsewhere = within(wrong, 0, type(uint32).max);
        if (elsewhere != place) require(tree.rootOf(model.leaves(place), elsewhere, path) != tree.root());
        require(tree.rootOf(bytes32(wrong), place, path) != tree.root());
        path[within(wrong, 0, 31)] ^= bytes32(uint256(1));
        require(tree.rootOf(model.leaves(place), place, path) != tree.root());
    }

    function test_a_place_beyond_the_tree_proves_nothing() public {
        model.push(keccak256("leaf"));
        tree.append(keccak256("leaf"));
        bytes32[32] memory path = model.pathOf(0);
        same(tree.rootOf(keccak256("leaf"), uint256(1) << 32, path), bytes32(0));
        same(tree.rootOf(keccak256("leaf"), type(uint32).max, path), bytes32(0));
        same(tree.rootOf(keccak256("leaf"), 0, path), tree.root());
    }

    function test_the_last_place_stays_empty() public {
        tree.setCount(type(uint32).max - 1);
        same(tree.append(keccak256("last")), type(uint32).max - 1);
        vm.expectRevert(MessageTree.TreeFull.selector);
        tree.append(keccak256("too many"));
    }

    function test_roots_are_those_that_the_node_computes() public {
        bytes memory roots = abi.encodePacked(tree.root());
        for (uint256 i = 0; i < 17; i++) {
            tree.append(keccak256(abi.encode(i)));
            roots = abi.encodePacked(roots, tree.root());
        }
        // The same digest stands in test/unit/chain/message-tree.test.ts.
        same(keccak256(roots), 0xf09d09ca8bf96bdbd4b291afd8e35c30e99ca0e2f4f4ce7d75dde43049b366d0);
    }
}
