// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {Messenger} from "../../src/l2/Messenger.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";
import {L2Target} from "../mocks/Receivers.sol";

contract MessengerTest is CrossFixture {
    L2Target private target;

    function setUp() public override {
        super.setUp();
        target = new L2Target(address(messenger));
    }

    // checkpoint

    function test_the_root_in_the_header_of_a_block_is_known_after_a_checkpoint() public {
        block2(block.timestamp + 2, 77, keccak256("l1"), keccak256("root"));
        vm.expectEmit(address(messenger));
        emit Messenger.RootCheckpointed(77, keccak256("root"));
        messenger.checkpoint(block.timestamp, 77, keccak256("l1"), keccak256("root"));
        same(messenger.originOf(keccak256("root")), 77);
    }

    function test_the_origin_of_a_root_does_not_go_back() public {
        block2(1_900_000_000, 77, keccak256("a"), keccak256("root"));
        block2(1_900_000_002, 78, keccak256("b"), keccak256("root"));
        messenger.checkpoint(1_900_000_002, 78, keccak256("b"), keccak256("root"));
        messenger.checkpoint(1_900_000_000, 77, keccak256("a"), keccak256("root"));
        same(messenger.originOf(keccak256("root")), 78);
    }

    function testFuzz_what_the_header_did_not_say_is_refused(uint256 number, bytes32 hash, bytes32 root)
        public
    {
        block2(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, number, hash, root);
    }

    function test_each_field_of_the_origin_counts() public {
        block2(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, 78, keccak256("l1"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, 77, keccak256("l2"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, 77, keccak256("l1"), keccak256("other"));
    }

    function test_a_time_without_a_block_is_refused() public {
        block2(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_001, 77, keccak256("l1"), keccak256("root"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(0, 77, keccak256("l1"), keccak256("root"));
    }

    function test_the_ring_forgets_a_block_when_its_place_is_taken() public {
        block2(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        // Until then every other place may have been taken; the first block still stands.
        block2(1_900_000_000 + 8190, 78, keccak256("l1"), keccak256("other"));
        messenger.checkpoint(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        block2(1_900_000_000 + 8191, 79, keccak256("l1"), keccak256("other"));
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
    }

    function test_without_the_contract_of_the_roots_nothing_is_known() public {
        block2(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
        vm.etch(0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02, "");
        vm.expectRevert(Messenger.BadOrigin.selector);
        messenger.checkpoint(1_900_000_000, 77, keccak256("l1"), keccak256("root"));
    }

    // relay

    function test_a_message_arrives_once_with_its_sender() public {
        queue(bob, bob, "before", 0);
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), 50_000);
        queue(bob, bob, "after", 0);
        checkpoint();
        vm.expectEmit(address(messenger));
        emit Messenger.MessageRelayed(m.nonce, leafUp(m));
        relay(m);
        same(target.from(), alice);
        same(target.value(), 7);
        same(messenger.l1Sender(), address(0));
        require(messenger.relayed(leafUp(m)));
        vm.expectRevert(Messenger.AlreadyRelayed.selector);
        this.relayExternally(m);
        same(target.calls(), 1);
    }

    function test_a_message_arrives_once_also_under_a_later_root() public {
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), 0);
        checkpoint();
        relay(m);
        queue(alice, bob, "more", 0);
        checkpoint();
        vm.expectRevert(Messenger.AlreadyRelayed.selector);
        this.relayExternally(m);
    }

    function test_a_failing_target_keeps_the_message() public {
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), 0);
        checkpoint();
        target.setBroken(true);
        bytes memory reason = abi.encodePacked(L2Target.Broken.selector);
        bytes memory expected = abi.encodeWithSelector(Messenger.TargetFailed.selector, reason);
        vm.expectRevert(expected);
        this.relayExternally(m);
        require(!messenger.relayed(leafUp(m)));
        target.setBroken(false);
        relay(m);
        same(target.calls(), 1);
    }

    function test_a_target_without_code_keeps_the_message() public {
        address later = address(0x1A7E4);
        L1Message memory m = queue(alice, later, abi.encodeCall(L2Target.note, (7)), 0);
        checkpoint();
        vm.expectRevert(Messenger.NoCode.selector);
        this.relayExternally(m);
        vm.etch(later, address(target).code);
        relay(m);
        same(L2Target(later).calls(), 1);
    }

    function test_a_root_not_checkpointed_proves_nothing() public {
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), 0);
        vm.expectRevert(Messenger.UnknownRoot.selector);
        this.relayExternally(m);
    }

    function test_each_field_of_a_message_counts() public {
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), 9);
        queue(alice, bob, "second", 0);
        checkpoint();
        bytes32[32] memory path = up.pathOf(0);
        for (uint256 i = 0; i < 5; i++) {
            L1Message memory n = L1Message(m.nonce, m.sender, m.target, m.l2Gas, m.data);
            if (i == 0) n.nonce = 1;
            if (i == 1) n.sender = bob;
            if (i == 2) n.target = bob;
            if (i == 3) n.l2Gas = 8;
            if (i == 4) n.data = abi.encodeCall(L2Target.note, (8));
            vm.expectRevert(Messenger.UnknownRoot.selector);
            messenger.relay(n, path);
        }
        messenger.relay(m, path);
    }

    function test_the_target_gets_the_gas_that_was_promised_or_nothing_happens() public {
        uint32 promised = 300_000;
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), promised);
        checkpoint();
        bytes32[32] memory path = up.pathOf(0);
        bytes memory call = abi.encodeCall(messenger.relay, (m, path));
        (bool ok, bytes memory reason) = address(messenger).call{gas: 320_000}(call);
        require(!ok && bytes4(reason) == Messenger.NotEnoughGas.selector);
        (ok,) = address(messenger).call{gas: 400_000}(call);
        require(ok);
        // The first thing the target does is to look; a few hundred gas of dispatch are before it.
        require(target.gasSeen() + 1_000 >= promised);
    }

    function testFuzz_no_gas_makes_a_message_arrive_with_less_than_promised(uint256 gas_) public {
        uint32 promised = 100_000;
        L1Message memory m = queue(alice, address(target), abi.encodeCall(L2Target.note, (7)), promised);
        checkpoint();
        bytes memory call = abi.encodeCall(messenger.relay, (m, up.pathOf(0)));
        (bool ok,) = address(messenger).call{gas: within(gas_, 50_000, 300_000)}(call);
        if (ok) require(target.gasSeen() + 1_000 >= promised);
        else same(target.calls(), 0);
    }

    function test_a_target_cannot_come_back_into_relay() public {
        L1Message memory second = queue(alice, address(target), abi.encodeCall(L2Target.note, (2)), 0);
        L1Message memory first = queue(alice, address(target), abi.encodeCall(L2Target.note, (1)), 0);
        checkpoint();
        target.setAgain(abi.encodeCall(messenger.relay, (second, up.pathOf(second.nonce))));
        relay(first);
        require(target.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(target.calls(), 1);
        target.setAgain("");
        relay(second);
        same(target.calls(), 2);
    }

    function relayExternally(L1Message memory m) external {
        bytes32[32] memory path = up.pathOf(m.nonce);
        messenger.relay(m, path);
    }
}
