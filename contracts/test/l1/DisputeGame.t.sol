// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OutputProof} from "../../src/interfaces/IBridge.sol";
import {IDisputeGame} from "../../src/interfaces/IDisputeGame.sol";
import {IOutputVerifier} from "../../src/interfaces/IOutputVerifier.sol";
import {IOutputs, Placement} from "../../src/interfaces/IOutputs.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {StubValidity} from "../../src/l1/verifiers/StubValidity.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {Tags} from "../../src/lib/Tags.sol";
import {OutputsFixture} from "./OutputsFixture.sol";

contract DisputeGameTest is OutputsFixture {
    function setUp() public {
        makeOutputs(address(new Outputs()));
    }

    /// Root that the proposer claims after a block, when its first lie is block `from`.
    function claimed(uint64 number, uint64 from) internal view returns (bytes32) {
        return number < from ? rootOf(number) : outputs.hashOutput(lieOf(number));
    }

    /// Plays until one block is left. The challenger knows the truth.
    function halve(uint256 id, uint64 firstLie) internal {
        for (;;) {
            IDisputeGame.Game memory it = game.gameAt(id);
            if (it.phase != IDisputeGame.Phase.Publish) return;
            uint64 middle = it.low + (it.high - it.low) / 2;
            bytes32 root = claimed(middle, firstLie);
            bool wrong = root != rootOf(middle);
            vm.prank(it.proposer);
            game.publish(id, middle, root);
            vm.prank(CAROL);
            game.choose(id, wrong);
        }
    }

    function reveal(uint256 id, OutputProof memory claim) internal {
        Placement memory place = placeOf(uint64(claim.blockNumber));
        vm.prank(ALICE);
        game.reveal(id, claim, place);
    }

    function quorumSays(uint256 id, bytes32 post) internal view returns (bytes memory) {
        IDisputeGame.Game memory it = game.gameAt(id);
        bytes memory cert = certify(quorum.stepDigest(it.lowRoot, it.high, post), 3);
        return abi.encode(uint64(0), post, cert);
    }

    function phase(uint256 id) internal view returns (uint256) {
        return uint256(game.gameAt(id).phase);
    }

    // Whole games

    function testFuzz_the_first_wrong_block_is_found_and_the_liar_loses(uint64 end, uint64 firstLie) public {
        end = uint64(within(end, 1, 60));
        firstLie = uint64(within(firstLie, 1, end));
        uint64 index = propose(ALICE, lieOf(end));
        uint256 id = dispute(index);
        halve(id, firstLie);
        same(game.gameAt(id).high, firstLie);
        same(game.gameAt(id).lowRoot, rootOf(firstLie - 1));
        reveal(id, lieOf(firstLie));
        game.judge(id, quorum, quorumSays(id, rootOf(firstLie)));
        same(game.gameAt(id).winner, CAROL);
        if (!outputs.isRejected(index)) revert Differs(0, 1);
        same(outputs.depositOf(CAROL), 109 ether);
        same(outputs.depositOf(ALICE), 90 ether);
    }

    function testFuzz_an_honest_proposer_wins_whatever_the_challenger_says(uint64 end, uint256 moves) public {
        end = uint64(within(end, 1, 60));
        uint64 index = propose(ALICE, claimOf(end));
        uint256 id = dispute(index);
        while (game.gameAt(id).phase == IDisputeGame.Phase.Publish) {
            IDisputeGame.Game memory it = game.gameAt(id);
            uint64 middle = it.low + (it.high - it.low) / 2;
            bytes32 root = rootOf(middle);
            vm.prank(ALICE);
            game.publish(id, middle, root);
            vm.prank(CAROL);
            game.choose(id, moves & 1 == 1);
            moves >>= 1;
        }
        uint64 last = game.gameAt(id).high;
        reveal(id, claimOf(last));
        game.judge(id, quorum, quorumSays(id, rootOf(last)));
        same(game.gameAt(id).winner, ALICE);
        same(uint256(outputs.outputAt(index).status), uint256(IOutputs.Status.Proposed));
        same(outputs.depositOf(ALICE), 99 ether);
    }

    function test_a_game_starts_from_the_newest_final_output() public {
        propose(ALICE, claimOf(8));
        pass(WINDOW + 1);
        propose(ALICE, claimOf(16));
        uint64 index = propose(ALICE, lieOf(20));
        vm.expectEmit(address(game));
        emit IDisputeGame.DisputeOpened(1, index, CAROL);
        vm.expectEmit(address(game));
        emit IDisputeGame.Moved(1, ALICE);
        uint256 id = dispute(index);
        same(game.gameAt(id).low, 8);
        same(game.gameAt(id).lowRoot, rootOf(8));
        same(game.gameAt(id).counterRoot, "other");
        same(game.lastGame(), 1);
    }

    // Opening

    function test_a_dispute_needs_another_root() public {
        propose(ALICE, claimOf(7));
        bytes32 root = rootOf(7);
        vm.startPrank(CAROL);
        vm.expectRevert(IDisputeGame.SameRoot.selector);
        game.open(1, root);
        vm.expectRevert(IDisputeGame.SameRoot.selector);
        game.open(1, 0);
    }

    function test_a_dispute_needs_a_bond_and_a_window() public {
        propose(ALICE, claimOf(7));
        vm.prank(STRANGER);
        vm.expectRevert(IOutputs.BondTooLow.selector);
        game.open(1, "x");
        pass(WINDOW + 1);
        vm.prank(CAROL);
        vm.expectRevert(IOutputs.WindowClosed.selector);
        game.open(1, "x");
    }

    // Moves

    function test_each_move_has_its_turn() public {
        propose(ALICE, lieOf(20));
        uint256 id = dispute(1);
        bytes4 reason = IDisputeGame.NotYourTurn.selector;
        vm.expectRevert(reason);
        game.publish(id, 10, "x");
        vm.prank(CAROL);
        vm.expectRevert(reason);
        game.choose(id, true);
        vm.expectRevert(reason);
        game.judge(id, quorum, "");
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGame.WrongBlock.selector, uint64(10)));
        game.publish(id, 11, "x");
        vm.expectRevert(IDisputeGame.SameRoot.selector);
        game.publish(id, 10, 0);
        game.publish(id, 10, "x");
        vm.expectRevert(reason);
        game.publish(id, 10, "y");
        vm.expectRevert(reason);
        game.choose(id, true);
        vm.expectRevert(reason);
        game.reveal(id, claimOf(10), placeOf(10));
        vm.expectRevert(reason);
        game.publish(id + 1, 10, "x");
    }

    function test_a_silent_proposer_loses() public {
        propose(ALICE, lieOf(20));
        uint256 id = dispute(1);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.claimTimeout(id);
        pass(MOVE + 1);
        vm.prank(ALICE);
        vm.expectRevert(IDisputeGame.MoveTimedOut.selector);
        game.publish(id, 10, "x");
        vm.expectEmit(address(game));
        emit IDisputeGame.DisputeResolved(id, CAROL);
        game.claimTimeout(id);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.claimTimeout(id);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
    }

    function test_a_silent_challenger_loses() public {
        propose(ALICE, claimOf(20));
        uint256 id = dispute(1);
        vm.prank(ALICE);
        game.publish(id, 10, "x");
        pass(MOVE + 1);
        vm.prank(CAROL);
        vm.expectRevert(IDisputeGame.MoveTimedOut.selector);
        game.choose(id, true);
        game.claimTimeout(id);
        same(game.gameAt(id).winner, ALICE);
    }

    // The last block

    function test_what_is_revealed_is_what_was_claimed() public {
        propose(ALICE, claimOf(1));
        uint256 id = dispute(1);
        vm.startPrank(ALICE);
        vm.expectRevert(IDisputeGame.WrongReveal.selector);
        game.reveal(id, claimOf(2), placeOf(2));
        vm.expectRevert(IDisputeGame.WrongReveal.selector);
        game.reveal(id, lieOf(1), placeOf(1));
    }

    function test_a_block_that_is_not_in_its_batch_loses_at_once() public {
        propose(ALICE, claimOf(2));
        uint256 id = dispute(1);
        OutputProof memory invented = claimOf(1);
        invented.blockHash = "invented";
        bytes32 root = outputs.hashOutput(invented);
        vm.prank(ALICE);
        game.publish(id, 1, root);
        vm.prank(CAROL);
        game.choose(id, true);
        reveal(id, invented);
        same(game.gameAt(id).winner, CAROL);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
    }

    function test_a_block_that_is_elsewhere_in_its_batch_loses_at_once() public {
        for (uint64 i = 0; i < 2; i++) {
            uint64 index = propose(ALICE, claimOf(1));
            uint256 id = dispute(index);
            // A later place, and a batch that begins after the block.
            Placement memory wrong = i == 0 ? placeOf(2) : placeOf(21);
            vm.prank(ALICE);
            game.reveal(id, claimOf(1), wrong);
            same(game.gameAt(id).winner, CAROL);
        }
    }

    function test_a_block_that_is_in_no_batch_is_left_to_the_verifier() public {
        propose(ALICE, claimOf(1));
        uint256 id = dispute(1);
        Placement memory none;
        vm.prank(ALICE);
        game.reveal(id, claimOf(1), none);
        same(phase(id), uint256(IDisputeGame.Phase.Judge));
    }

    function atJudge() internal returns (uint256 id) {
        propose(ALICE, claimOf(1));
        id = dispute(1);
        reveal(id, claimOf(1));
    }

    function test_an_undecided_verifier_moves_nothing_and_another_decides() public {
        uint256 id = atJudge();
        bytes32 root = rootOf(1);
        bytes32 digest = quorum.stepDigest(GENESIS, 1, root);
        bytes memory weak = abi.encode(uint64(0), root, certify(digest, 2));
        vm.expectEmit(address(game));
        emit IDisputeGame.Undecided(id, address(quorum));
        game.judge(id, quorum, weak);
        game.judge(id, stub, "nothing");
        game.judge(id, stub, abi.encode(Tags.STUB_PROOF, GENESIS, 2, root));
        same(phase(id), uint256(IDisputeGame.Phase.Judge));
        if (!outputs.isDisputed(1)) revert Differs(0, 1);
        game.judge(id, stub, abi.encode(Tags.STUB_PROOF, GENESIS, 1, root));
        same(game.gameAt(id).winner, ALICE);
        vm.expectRevert(IDisputeGame.NotYourTurn.selector);
        game.judge(id, stub, "");
    }

    // No verdict

    function test_what_no_verifier_decides_in_time_falls_and_nobody_loses() public {
        uint256 id = atJudge();
        same(game.judgeTimeout(), 14 * uint256(MOVE));
        same(game.gameAt(id).deadline, block.timestamp + 14 * uint256(MOVE));
        pass(14 * uint256(MOVE) + 1);
        vm.expectEmit(address(game));
        emit IDisputeGame.DisputeResolved(id, address(0));
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputRejected(1);
        vm.expectEmit(address(outputs));
        emit IOutputs.BondReleased(1, ALICE, BOND);
        vm.expectEmit(address(outputs));
        emit IOutputs.BondReleased(1, CAROL, BOND);
        vm.prank(STRANGER);
        game.giveUp(id);
        same(outputs.depositOf(ALICE), 100 ether);
        same(outputs.depositOf(CAROL), 100 ether);
        same(token.balanceOf(address(outputs)), 300 ether);
        same(phase(id), uint256(IDisputeGame.Phase.Resolved));
        same(game.gameAt(id).winner, address(0));
        if (!outputs.isRejected(1)) revert Differs(0, 1);
        bytes memory late = abi.encode(Tags.STUB_PROOF, GENESIS, 1, rootOf(1));
        vm.expectRevert(IDisputeGame.NotYourTurn.selector);
        game.judge(id, stub, late);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.giveUp(id);
    }

    /// Who lies and who disputes are one: they agree on a root that never was, so that no block follows.
    function test_friends_do_not_make_a_dispute_that_nobody_can_decide() public {
        uint64 lie = propose(ALICE, lieOf(8));
        uint256 id = dispute(lie);
        while (phase(id) == uint256(IDisputeGame.Phase.Publish)) {
            IDisputeGame.Game memory it = game.gameAt(id);
            vm.prank(ALICE);
            game.publish(id, it.low + (it.high - it.low) / 2, keccak256("never"));
            vm.prank(CAROL);
            game.choose(id, false);
        }
        reveal(id, lieOf(8));
        same(game.gameAt(id).lowRoot, keccak256("never"));
        game.judge(id, quorum, quorumSays(id, 0));
        same(game.gameAt(id).winner, CAROL);
        same(outputs.depositOf(ALICE) + outputs.depositOf(CAROL), 200 ether - BOND / 10);
    }

    function test_after_an_undecided_dispute_the_same_block_is_claimed_anew() public {
        uint256 id = atJudge();
        uint64 later = propose(ALICE, claimOf(9));
        pass(14 * uint256(MOVE) + 1);
        if (outputs.isFinal(later)) revert Differs(1, 0);
        game.giveUp(id);
        if (!outputs.isFinal(later)) revert Differs(0, 1);
        uint64 next = propose(ALICE, lieOf(10));
        uint256 other = dispute(next);
        reveal(other, lieOf(10));
        pass(14 * uint256(MOVE) + 1);
        game.giveUp(other);
        uint64 again = propose(ALICE, claimOf(10));
        pass(WINDOW + 1);
        if (outputs.isFinal(next) || !outputs.isFinal(again)) revert Differs(0, 1);
    }

    function test_nobody_gives_up_before_the_deadline_of_the_verdict() public {
        propose(ALICE, claimOf(1));
        uint256 id = dispute(1);
        pass(14 * uint256(MOVE) + 1);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.giveUp(id);
        propose(ALICE, claimOf(2));
        game.claimTimeout(id);
        id = dispute(2);
        bytes32 root = rootOf(1);
        vm.prank(ALICE);
        game.publish(id, 1, root);
        vm.prank(CAROL);
        game.choose(id, true);
        reveal(id, claimOf(1));
        pass(14 * uint256(MOVE));
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.giveUp(id);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.claimTimeout(id);
        if (outputs.isFinal(2)) revert Differs(1, 0);
        pass(1);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.claimTimeout(id);
        game.giveUp(id);
    }

    function test_a_late_verdict_counts_until_somebody_gives_up() public {
        uint256 id = atJudge();
        pass(1000);
        game.judge(id, stub, abi.encode(Tags.STUB_PROOF, GENESIS, 1, rootOf(1)));
        same(game.gameAt(id).winner, ALICE);
        vm.expectRevert(IDisputeGame.NotTimedOut.selector);
        game.giveUp(id);
    }

    function test_a_verdict_keeps_the_time_it_began_with() public {
        uint256 id = atJudge();
        vm.prank(TIMELOCK);
        game.setMoveTimeout(1000);
        pass(14 * uint256(MOVE) + 1);
        game.giveUp(id);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
    }

    function test_a_proof_of_another_result_is_a_verdict_against_the_claim() public {
        uint256 id = atJudge();
        game.judge(id, stub, abi.encode(Tags.STUB_PROOF, GENESIS, 1, keccak256("truth")));
        same(game.gameAt(id).winner, CAROL);
    }

    function test_only_registered_verifiers_judge() public {
        uint256 id = atJudge();
        StubValidity other = new StubValidity();
        vm.expectRevert(IDisputeGame.UnknownVerifier.selector);
        game.judge(id, other, "");
        vm.expectRevert(Timelocked.NotTimelock.selector);
        game.setVerifier(address(other), true);
        vm.startPrank(TIMELOCK);
        vm.expectEmit(address(game));
        emit IDisputeGame.VerifierChanged(address(stub), true, false);
        game.setVerifier(address(stub), false);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        game.setVerifier(address(0), true);
        vm.expectRevert(IDisputeGame.UnknownVerifier.selector);
        game.judge(id, stub, "");
    }
}
