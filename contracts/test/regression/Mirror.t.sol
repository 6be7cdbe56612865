// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {MirrorFixture} from "../l2/MirrorFixture.sol";
import {
    SequencerSetByWalking,
    SequencerSetOfAnyLength,
    SequencerSetWithGaps
} from "../weak/SequencerSets.sol";

contract MirrorRegression is MirrorFixture {
    function tryCommit() internal returns (bool done) {
        uint256 id = set.currentEpochNumber() + 1;
        uint256 start = set.currentEpoch().endBlock + 1;
        uint256 end = start + set.epochLength() - 1;
        vm.prank(MPC);
        (done,) = address(set).call(abi.encodeCall(set.commitEpoch, (id, start, end, signerOf(id))));
    }

    function tryRecommit(uint256 old, uint256 start, uint256 end) internal returns (bool done) {
        vm.prank(MPC);
        (done,) = address(set).call(abi.encodeCall(set.recommitEpoch, (old, old + 1, start, end, STRANGER)));
    }

    // finalized-block-of-mirror-never-decreases

    /// Replaces an epoch that is two back, from behind what is final.
    function fallOfFinalized(address logic) internal returns (uint256 before, uint256 later) {
        makeMirror(logic);
        tryCommit();
        tryCommit();
        vm.roll(81);
        before = set.finalizedBlock();
        tryRecommit(0, 41, 100);
        later = set.finalizedBlock();
    }

    function test_finalized_block_of_mirror_never_decreases() public {
        (uint256 before, uint256 later) = fallOfFinalized(address(new SequencerSet()));
        same(before, 40);
        same(later, 40);
    }

    function test_weak_finalized_block_of_mirror_never_decreases() public {
        (uint256 before, uint256 later) = fallOfFinalized(address(new SequencerSetWithGaps()));
        same(before, 40);
        same(later, 20);
    }

    /// Any order of commits, recommits and view changes, with any numbers near those that are legal.
    function testFuzz_finalized_block_of_mirror_never_decreases(uint256[40] calldata moves) public {
        makeMirror(address(new SequencerSet()));
        uint256 last = 0;
        for (uint256 i = 0; i < moves.length; i++) {
            uint256 x = moves[i];
            vm.roll(block.number + (x >> 8) % 30);
            if (x % 3 == 0) {
                tryCommit();
            } else if (x % 3 == 1) {
                tryRecommit(set.currentEpochNumber(), block.number, block.number + 20);
            } else {
                tryRecommit(
                    (x >> 16) % 40, block.number - ((x >> 24) % 60) % (block.number + 1), block.number + 9
                );
            }
            uint256 now_ = set.finalizedBlock();
            if (now_ < last) revert Differs(now_, last);
            last = now_;
        }
    }

    // epoch-length-one-refused

    /// Whether the mirror can be stopped by setting the length to one.
    function isStoppedByOne(address logic) internal returns (bool) {
        makeMirror(logic);
        vm.prank(MPC);
        (bool done,) = address(set).call(abi.encodeCall(set.UpdateEpochLength, (1)));
        return done && !tryCommit();
    }

    function test_epoch_length_one_refused() public {
        if (isStoppedByOne(address(new SequencerSet()))) revert Differs(1, 0);
        vm.prank(MPC);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "Invalid new epoch length"));
        set.UpdateEpochLength(1);
        if (!tryCommit()) revert Differs(0, 1);
    }

    function test_weak_epoch_length_one_refused() public {
        if (!isStoppedByOne(address(new SequencerSetOfAnyLength()))) revert Differs(0, 1);
    }
}

/// Each mirror is filled before the test, so that the test reads cold storage as a transaction would.
contract MirrorLookupCost is MirrorFixture {
    uint256 internal constant EPOCHS_SLOT = 5;
    uint256[3] internal sizes = [uint256(1), 100, 10_000];
    uint256 internal constant WALKED = 1000;

    event Gas(string what, uint256 epochs, uint256 gas);

    function setUp() public {
        address logic = address(new SequencerSet());
        for (uint256 i = 0; i < sizes.length; i++) {
            fill(mirror(i), logic, sizes[i]);
        }
        fill(mirror(3), address(new SequencerSetByWalking()), WALKED);
    }

    function mirror(uint256 i) internal pure returns (SequencerSet) {
        return SequencerSet(address(uint160(0x4c320000 + i)));
    }

    /// Epochs of 20 blocks, written straight into storage.
    function fill(SequencerSet it, address logic, uint256 count) internal {
        vm.roll(0);
        vm.etch(address(it), logic.code);
        it.initialize(FIRST, MPC, 1, 20, LENGTH, LAG, TIMELOCK);
        for (uint256 id = 1; id < count; id++) {
            uint256 slot = uint256(keccak256(abi.encode(id, EPOCHS_SLOT)));
            vm.store(address(it), bytes32(slot), bytes32(id));
            vm.store(address(it), bytes32(slot + 1), bytes32(uint256(uint160(signerOf(id)))));
            vm.store(address(it), bytes32(slot + 2), bytes32(20 * id + 1));
            vm.store(address(it), bytes32(slot + 3), bytes32(20 * id + 20));
        }
        vm.store(address(it), bytes32(EPOCHS_SLOT - 1), bytes32(count - 1));
    }

    /// Gas of a cold look-up of the first block of epoch 1, or of epoch 0 if there is no other.
    function costOf(SequencerSet it, uint256 count) internal returns (uint256 gas) {
        uint256 wanted = count > 1 ? 1 : 0;
        uint256 start = gasleft();
        address leader = it.getMetisSequencer(20 * wanted + 1);
        gas = start - gasleft();
        same(leader, wanted == 0 ? FIRST : signerOf(1));
        emit Gas("look-up", count, gas);
    }

    function test_epoch_lookup_cost_logarithmic() public {
        uint256 one = costOf(mirror(0), 1);
        uint256 hundred = costOf(mirror(1), 100);
        uint256 many = costOf(mirror(2), 10_000);
        // log2(10,000) < 14 steps, each one cold word and some arithmetic; a hundred times the epochs add 7.
        if (many > one + 16 * 2_600) revert Differs(many, one + 16 * 2_600);
        if (many > hundred + 8 * 2_600) revert Differs(many, hundred + 8 * 2_600);
        vm.roll(20 * 10_000 + LAG + 1);
        uint256 start = gasleft();
        same(mirror(2).finalizedBlock(), 20 * 10_000);
        emit Gas("finalizedBlock", 10_000, start - gasleft());
    }

    function test_weak_epoch_lookup_cost_logarithmic() public {
        uint256 walked = costOf(mirror(3), WALKED);
        // A tenth of the epochs cost the walk more than a hundred times the words.
        if (walked < WALKED * 2_100) revert Differs(walked, WALKED * 2_100);
    }
}
