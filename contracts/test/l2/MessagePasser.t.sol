// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message} from "../../src/interfaces/IBridge.sol";
import {MessagePasser} from "../../src/l2/MessagePasser.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";

contract MessagePasserTest is CrossFixture {
    function test_a_message_with_metis_is_a_leaf_and_its_metis_stays() public {
        vm.deal(alice, 3 ether);
        L2Message memory m = L2Message(0, alice, bob, address(0), 3 ether, "hello");
        vm.expectEmit(address(passer));
        emit MessagePasser.MessagePassed(0, leafDown(m), alice, bob, address(0), 3 ether, "hello");
        vm.prank(alice);
        same(passer.send{value: 3 ether}(bob, "hello"), 0);
        same(passer.initiated(), 3 ether);
        same(address(passer).balance, 3 ether);
        same(passer.messageCount(), 1);
        down.push(leafDown(m));
        same(passer.messageRoot(), down.root());
    }

    function testFuzz_the_root_is_that_of_the_leaves(uint256 seed) public {
        for (uint256 i = 0; i < 5; i++) {
            uint256 amount = uint256(keccak256(abi.encode(seed, i))) % 1e24 + 1;
            sendDown(alice, bob, amount, abi.encode(seed));
            same(passer.messageRoot(), down.root());
        }
    }

    function test_metis_leaves_by_withdraw_as_well() public {
        vm.deal(alice, 5);
        vm.prank(alice);
        passer.withdraw{value: 5}(address(0), bob, 5);
        down.push(leafDown(L2Message(0, alice, bob, address(0), 5, "")));
        same(passer.messageRoot(), down.root());
        same(passer.initiated(), 5);
    }

    function test_the_amount_of_withdraw_is_its_value() public {
        vm.deal(alice, 5);
        vm.expectRevert(MessagePasser.WrongValue.selector);
        vm.prank(alice);
        passer.withdraw{value: 4}(address(0), bob, 5);
        vm.deal(address(tokens), 1);
        vm.expectRevert(MessagePasser.WrongValue.selector);
        vm.prank(address(tokens));
        passer.withdraw{value: 1}(address(metis), bob, 1);
    }

    function test_only_the_token_bridge_speaks_for_tokens() public {
        vm.expectRevert(MessagePasser.NotTokenBridge.selector);
        vm.prank(alice);
        passer.withdraw(address(metis), bob, 1);
        vm.prank(Predeploys.L2_TOKEN_BRIDGE);
        passer.withdraw(address(metis), bob, 1);
        same(passer.initiated(), 0);
    }

    function test_nobody_sends_to_nobody_or_nothing() public {
        vm.deal(alice, 1);
        vm.expectRevert(MessagePasser.ZeroAddress.selector);
        vm.prank(alice);
        passer.send{value: 1}(address(0), "");
        vm.expectRevert(MessagePasser.NothingToSend.selector);
        passer.send(bob, "");
    }

    function test_data_is_bounded() public {
        passer.send(bob, new bytes(16_384));
        vm.expectRevert(MessagePasser.DataTooLong.selector);
        passer.send(bob, new bytes(16_385));
    }

    function test_stray_value_is_refused() public {
        vm.deal(alice, 1);
        vm.prank(alice);
        (bool ok,) = address(passer).call{value: 1}("");
        require(!ok);
    }
}
