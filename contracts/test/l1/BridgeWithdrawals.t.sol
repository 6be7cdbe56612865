// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {BridgeState} from "../../src/l1/BridgeState.sol";
import {HookToken, SurchargeToken} from "../mocks/BridgeTokens.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";
import {ReentrantReceiver, Receiver} from "../mocks/Receivers.sol";

contract BridgeWithdrawalsTest is CrossFixture {
    Receiver private receiver;

    function setUp() public override {
        super.setUp();
        receiver = new Receiver();
        depositMetis(alice, alice, 100 ether);
    }

    function finalizeExternally(L2Message memory m, uint256 index, OutputProof memory proof) external {
        bytes32[32] memory path = down.pathOf(m.nonce);
        bridge.finalizeWithdrawal(m, index, proof, path);
    }

    // The way back, end to end

    function test_metis_comes_back_by_a_proof() public {
        sendDown(bob, bob, 1 ether, "");
        L2Message memory m = sendDown(alice, bob, 3 ether + 1, "");
        sendDown(bob, bob, 2 ether, "");
        OutputProof memory proof = propose(1);
        vm.expectEmit(address(bridge));
        emit Bridge.WithdrawalFinalized(1, leafDown(m), bob, address(0), 3 ether + 1);
        this.finalizeExternally(m, 1, proof);
        same(metis.balanceOf(bob), 3 ether + 1);
        same(bridge.escrow(address(metis)), 97 ether - 1);
        same(bridge.released(), 3 ether + 1);
        require(bridge.spent(leafDown(m)));
    }

    function test_a_message_with_metis_calls_its_target() public {
        L2Message memory m = sendDown(alice, address(receiver), 2 ether, "dispatch");
        finalize(m, 1, propose(1));
        same(receiver.from(), alice);
        same(receiver.amount(), 2 ether);
        same(keccak256(receiver.data()), keccak256("dispatch"));
        same(metis.balanceOf(address(receiver)), 2 ether);
    }

    function test_a_message_without_metis_calls_its_target() public {
        L2Message memory m = sendDown(alice, address(receiver), 0, "news");
        finalize(m, 1, propose(1));
        same(receiver.calls(), 1);
        same(bridge.released(), 0);
    }

    function testFuzz_every_message_under_the_root_comes_back(uint256 seed) public {
        uint256 total = 0;
        L2Message[] memory messages = new L2Message[](5);
        for (uint256 i = 0; i < 5; i++) {
            uint256 amount = uint256(keccak256(abi.encode(seed, i))) % 20 ether + 1;
            messages[i] = sendDown(alice, bob, amount, "");
            total += amount;
        }
        OutputProof memory proof = propose(1);
        for (uint256 i = 0; i < 5; i++) {
            finalize(messages[(i + seed % 5) % 5], 1, proof);
        }
        same(metis.balanceOf(bob), total);
        same(bridge.escrow(address(metis)), 100 ether - total);
    }

    // What is refused

    function test_an_output_that_is_not_final_releases_nothing() public {
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        OutputProof memory proof = propose(1);
        outputs.mark(1, false, false, false);
        vm.expectRevert(Bridge.NotFinal.selector);
        this.finalizeExternally(m, 1, proof);
        outputs.mark(1, false, true, false);
        vm.expectRevert(Bridge.Disputed.selector);
        this.finalizeExternally(m, 1, proof);
        outputs.mark(1, false, false, true);
        vm.expectRevert(Bridge.Rejected.selector);
        this.finalizeExternally(m, 1, proof);
        outputs.mark(1, true, false, false);
        finalize(m, 1, proof);
    }

    function test_each_field_of_a_message_counts() public {
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        sendDown(alice, bob, 1 ether, "");
        OutputProof memory proof = propose(1);
        bytes32[32] memory path = down.pathOf(0);
        for (uint256 i = 0; i < 6; i++) {
            L2Message memory n = L2Message(m.nonce, m.sender, m.target, m.token, m.amount, m.data);
            if (i == 0) n.nonce = 1;
            if (i == 1) n.sender = bob;
            if (i == 2) n.target = alice;
            if (i == 3) n.token = address(metis);
            if (i == 4) n.amount = 2 ether;
            if (i == 5) n.data = "x";
            vm.expectRevert(Bridge.BadProof.selector);
            bridge.finalizeWithdrawal(n, 1, proof, path);
        }
    }

    function test_each_field_of_an_output_counts() public {
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        OutputProof memory proof = propose(1);
        bytes32[32] memory path = down.pathOf(0);
        for (uint256 i = 0; i < 4; i++) {
            OutputProof memory o =
                OutputProof(proof.blockNumber, proof.blockHash, proof.stateRoot, proof.messageTreeRoot);
            if (i == 0) o.blockNumber++;
            if (i == 1) o.blockHash = 0;
            if (i == 2) o.stateRoot = 0;
            if (i == 3) o.messageTreeRoot = 0;
            vm.expectRevert(Bridge.BadProof.selector);
            bridge.finalizeWithdrawal(m, 1, o, path);
        }
        path[0] = keccak256("sibling");
        vm.expectRevert(Bridge.BadProof.selector);
        bridge.finalizeWithdrawal(m, 1, proof, path);
    }

    function test_a_place_beyond_the_tree_proves_nothing() public {
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        m.nonce = uint256(1) << 32;
        OutputProof memory proof = propose(1);
        bytes32[32] memory path = down.pathOf(0);
        vm.expectRevert(Bridge.BadProof.selector);
        bridge.finalizeWithdrawal(m, 1, proof, path);
    }

    function test_more_than_the_escrow_is_never_released() public {
        // On L2 this cannot come about; if it did, the bridge would not go below zero.
        L2Message memory m = sendDown(alice, bob, 100 ether + 1, "");
        OutputProof memory proof = propose(1);
        metis.mint(address(bridge), 5 ether);
        vm.expectRevert(BridgeState.EscrowTooLow.selector);
        this.finalizeExternally(m, 1, proof);
    }

    function test_a_token_that_surcharges_the_bridge_is_not_released() public {
        SurchargeToken token = new SurchargeToken();
        bridge.registerToken(address(token));
        token.mint(alice, 2000);
        vm.prank(alice);
        token.approve(address(bridge), 2000);
        depositToken(address(token), alice, bob, 2000);
        vm.prank(address(tokens));
        passer.withdraw(address(token), bob, 1000);
        L2Message memory m = L2Message(0, address(tokens), bob, address(token), 1000, "");
        down.push(leafDown(m));
        OutputProof memory proof = propose(1);
        token.turnOn();
        vm.expectRevert(BridgeState.NotExact.selector);
        this.finalizeExternally(m, 1, proof);
        same(bridge.escrow(address(token)), 2000);
    }

    // Delivery

    function test_a_failing_target_keeps_the_message_and_its_metis() public {
        L2Message memory m = sendDown(alice, address(receiver), 2 ether, "dispatch");
        OutputProof memory proof = propose(1);
        receiver.setBroken(true);
        bytes memory reason = abi.encodePacked(Receiver.Broken.selector);
        vm.expectRevert(abi.encodeWithSelector(Bridge.TargetFailed.selector, reason));
        this.finalizeExternally(m, 1, proof);
        require(!bridge.spent(leafDown(m)));
        same(metis.balanceOf(address(receiver)), 0);
        receiver.setBroken(false);
        finalize(m, 1, proof);
        same(metis.balanceOf(address(receiver)), 2 ether);
    }

    function test_a_target_that_does_not_know_the_call_keeps_the_message() public {
        L2Message memory m = sendDown(alice, address(receiver), 0, "x");
        L2Message memory toNobody = sendDown(alice, bob, 0, "x");
        OutputProof memory proof = propose(1);
        receiver.setRude(true);
        vm.expectRevert(abi.encodeWithSelector(Bridge.TargetFailed.selector, bytes("")));
        this.finalizeExternally(m, 1, proof);
        vm.expectRevert(abi.encodeWithSelector(Bridge.TargetFailed.selector, bytes("")));
        this.finalizeExternally(toNobody, 1, proof);
    }

    function test_a_message_cannot_make_the_bridge_call_a_token() public {
        bytes memory theft = abi.encodeCall(metis.transfer, (bob, 100 ether));
        L2Message memory m = sendDown(bob, address(metis), 0, theft);
        OutputProof memory proof = propose(1);
        vm.expectRevert(abi.encodeWithSelector(Bridge.TargetFailed.selector, bytes("")));
        this.finalizeExternally(m, 1, proof);
        same(metis.balanceOf(bob), 0);
    }

    function test_a_target_cannot_come_back_into_the_bridge() public {
        ReentrantReceiver again = new ReentrantReceiver();
        L2Message memory other = sendDown(alice, bob, 1 ether, "");
        L2Message memory m = sendDown(alice, address(again), 1 ether, "go");
        OutputProof memory proof = propose(1);
        bytes[2] memory calls = [
            abi.encodeCall(bridge.finalizeWithdrawal, (other, 1, proof, down.pathOf(other.nonce))),
            abi.encodeCall(bridge.sendMessage, (bob, bytes("x"), 0))
        ];
        again.set(address(bridge), calls[0]);
        finalize(m, 1, proof);
        require(again.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        L2Message memory second = sendDown(alice, address(again), 1 ether, "go");
        again.set(address(bridge), calls[1]);
        finalize(second, 2, propose(2));
        require(again.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        finalizeOfTwo(other, proof);
    }

    /// Under the first output, which knew two leaves.
    function finalizeOfTwo(L2Message memory m, OutputProof memory proof) private {
        bytes32[32] memory path;
        bytes32 empty = 0;
        for (uint256 height = 1; height < 32; height++) {
            empty = keccak256(abi.encode(empty, empty));
            path[height] = empty;
        }
        path[0] = down.leaves(m.nonce ^ 1);
        bridge.finalizeWithdrawal(m, 1, proof, path);
    }

    function test_a_hook_in_a_token_cannot_release_twice() public {
        HookToken token = new HookToken();
        bridge.registerToken(address(token));
        token.mint(alice, 10);
        vm.prank(alice);
        token.approve(address(bridge), 10);
        depositToken(address(token), alice, bob, 10);
        vm.prank(address(tokens));
        passer.withdraw(address(token), bob, 5);
        L2Message memory m = L2Message(0, address(tokens), bob, address(token), 5, "");
        down.push(leafDown(m));
        OutputProof memory proof = propose(1);
        token.set(address(bridge), abi.encodeCall(bridge.finalizeWithdrawal, (m, 1, proof, down.pathOf(0))));
        finalize(m, 1, proof);
        require(token.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(token.balanceOf(bob), 5);
    }
}
