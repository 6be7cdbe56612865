// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ISequencerSet} from "../../src/interfaces/ISequencerSet.sol";
import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {MirrorFixture} from "./MirrorFixture.sol";

contract SequencerSetTest is MirrorFixture {
    address internal constant OTHER = address(0x07e4);

    function setUp() public {
        makeMirror(address(new SequencerSet()));
    }

    function reason(string memory text) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", text);
    }

    // Committed

    function test_an_epoch_is_committed_and_says_so() public {
        vm.expectEmit(address(set));
        emit ISequencerSet.NewEpoch(1, 21, 40, signerOf(1));
        commit();
        same(set.currentEpochNumber(), 1);
        same(set.currentEpoch().signer, signerOf(1));
        same(set.getEpochByBlock(21), 1);
        same(set.getMetisSequencer(40), signerOf(1));
        (uint256 number, address signer, uint256 start, uint256 end) = set.epochs(1);
        same(number, 1);
        same(signer, signerOf(1));
        same(start, 21);
        same(end, 40);
    }

    function test_a_block_of_no_epoch_has_no_leader() public view {
        same(set.getMetisSequencer(21), address(0));
        same(set.getEpochByBlock(21), type(uint256).max);
        same(set.getEpochByBlock(0), type(uint256).max);
        same(set.getMetisSequencer(0), FIRST);
        same(set.getEpochByBlock(1), 0);
    }

    function refuseCommit(string memory why, uint256 id, uint256 start, uint256 end, address signer)
        internal
    {
        vm.prank(MPC);
        vm.expectRevert(reason(why));
        set.commitEpoch(id, start, end, signer);
    }

    function test_a_commit_follows_the_rules() public {
        vm.expectRevert(reason("Not Mpc"));
        set.commitEpoch(1, 21, 40, OTHER);
        refuseCommit("Invalid new epoch number", 2, 21, 40, OTHER);
        refuseCommit("Invalid new epoch number", 0, 21, 40, OTHER);
        refuseCommit("End block must be greater than start block", 1, 21, 21, OTHER);
        refuseCommit("Mismatch epoch length and block length", 1, 21, 41, OTHER);
        string memory gap = "Start block must be greater than currentEpoch.endBlock by 1";
        refuseCommit(gap, 1, 22, 41, OTHER);
        refuseCommit(gap, 1, 20, 39, OTHER);
        refuseCommit("Invalid signer", 1, 21, 40, address(0));
    }

    function test_at_most_one_epoch_ahead_is_committed() public {
        commit();
        commit();
        vm.roll(40);
        refuseCommit("The last epoch not finished", 3, 61, 80, OTHER);
        vm.roll(41);
        commit();
        same(set.currentEpochNumber(), 3);
    }

    // Recommitted

    function test_a_failed_leader_is_replaced_in_the_recent_past() public {
        commit();
        commit();
        vm.roll(30);
        vm.expectEmit(address(set));
        emit ISequencerSet.ReCommitEpoch(1, 2, 2, 26, 45, OTHER);
        recommit(1, 26, 45, OTHER);
        same(set.getMetisSequencer(25), signerOf(1));
        same(set.getMetisSequencer(26), OTHER);
        same(set.getMetisSequencer(45), OTHER);
        same(set.getMetisSequencer(46), address(0));
        same(set.currentEpochNumber(), 2);
        commit();
        same(set.getMetisSequencer(46), signerOf(3));
    }

    function test_later_commits_are_dropped() public {
        commit();
        vm.roll(15);
        recommit(0, 12, 31, OTHER);
        same(set.currentEpochNumber(), 1);
        same(set.getEpochByBlock(32), type(uint256).max);
        commit();
        vm.roll(16);
        recommit(0, 10, 29, OTHER);
        same(set.currentEpochNumber(), 1);
        (,,, uint256 end) = set.epochs(2);
        same(end, 0);
    }

    function test_a_leader_that_never_began_is_replaced_in_whole() public {
        commit();
        vm.roll(23);
        recommit(0, 21, 40, OTHER);
        same(set.getMetisSequencer(20), FIRST);
        same(set.getMetisSequencer(21), OTHER);
    }

    function refuseRecommit(string memory why, uint256 old, uint256 id, uint256 start, uint256 end) internal {
        vm.prank(MPC);
        vm.expectRevert(reason(why));
        set.recommitEpoch(old, id, start, end, OTHER);
    }

    function test_a_recommit_follows_the_rules() public {
        commit();
        vm.roll(30);
        vm.expectRevert(reason("Not Mpc"));
        set.recommitEpoch(1, 2, 25, 44, OTHER);
        refuseRecommit("Invalid oldEpochId", 2, 3, 25, 44);
        refuseRecommit("Invalid newEpochId", 1, 3, 25, 44);
        refuseRecommit("Invalid newEpochId", 1, 1, 25, 44);
        refuseRecommit("Invalid start block", 1, 2, 31, 50);
        refuseRecommit("Invalid start block", 1, 2, 21, 50);
        refuseRecommit("Invalid start block", 0, 1, 22, 50);
        refuseRecommit("End block must be greater than start block", 1, 2, 30, 30);
        refuseRecommit("Invalid end block", 1, 2, 25, 29);
        vm.prank(MPC);
        vm.expectRevert(reason("Invalid signer"));
        set.recommitEpoch(1, 2, 25, 44, address(0));
    }

    function test_final_blocks_keep_their_leader() public {
        commit();
        vm.roll(61);
        same(set.finalizedBlock(), 20);
        refuseRecommit("Invalid start block", 0, 1, 20, 70);
        recommit(0, 21, 70, OTHER);
        same(set.finalizedBlock(), 20);
    }

    // Final

    function test_an_epoch_is_final_after_the_lag() public {
        (ISequencerSet.Epoch memory epoch, bool exist) = set.finalizedEpoch();
        if (exist) revert Differs(1, 0);
        same(epoch.startBlock, 1);
        vm.roll(20 + LAG);
        same(set.finalizedBlock(), 0);
        vm.roll(20 + LAG + 1);
        same(set.finalizedBlock(), 20);
        (epoch, exist) = set.finalizedEpoch();
        if (!exist) revert Differs(0, 1);
        same(epoch.number, 0);
    }

    // Parameters

    function test_the_timelock_changes_the_account_by_message() public {
        bytes memory call = abi.encodeCall(set.UpdateMpcAddress, (OTHER));
        vm.prank(MPC);
        vm.expectRevert(reason("Not Owner"));
        set.UpdateMpcAddress(OTHER);
        vm.expectRevert(reason("Not Owner"));
        this.message(STRANGER, call);
        vm.expectRevert(reason("Invalid new mpc"));
        this.message(TIMELOCK, abi.encodeCall(set.UpdateMpcAddress, (address(0))));
        vm.expectEmit(address(set));
        emit ISequencerSet.ParameterChanged("mpcAddress", uint160(MPC), uint160(OTHER));
        vm.expectEmit(address(set));
        emit ISequencerSet.MpcAddressUpdated(OTHER);
        this.message(TIMELOCK, call);
        same(set.mpcAddress(), OTHER);
    }

    function test_the_length_changes_by_the_account_or_the_timelock() public {
        vm.expectRevert(reason("Not Mpc or Owner"));
        set.UpdateEpochLength(30);
        vm.expectEmit(address(set));
        emit ISequencerSet.ParameterChanged("epochLength", LENGTH, 30);
        vm.expectEmit(address(set));
        emit ISequencerSet.EpochUpdated(30);
        vm.prank(MPC);
        set.UpdateEpochLength(30);
        this.message(TIMELOCK, abi.encodeCall(set.UpdateEpochLength, (2)));
        same(set.epochLength(), 2);
        vm.prank(MPC);
        set.commitEpoch(1, 21, 22, OTHER);
    }

    function message(address from, bytes calldata call) external {
        fromL1(from, address(set), call);
    }

    function test_genesis_is_checked_and_happens_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        set.initialize(FIRST, MPC, 1, 20, LENGTH, LAG, TIMELOCK);
        refuseGenesis("Invalid block range", FIRST, MPC, 0, 20, 20, TIMELOCK);
        refuseGenesis("Invalid block range", FIRST, MPC, 5, 5, 20, TIMELOCK);
        refuseGenesis("Invalid signer", address(0), MPC, 1, 20, 20, TIMELOCK);
        refuseGenesis("Invalid new mpc", FIRST, address(0), 1, 20, 20, TIMELOCK);
        refuseGenesis("Invalid new epoch length", FIRST, MPC, 1, 20, 1, TIMELOCK);
        refuseGenesis("Invalid timelock", FIRST, MPC, 1, 20, 20, address(0));
    }

    function refuseGenesis(
        string memory why,
        address seq,
        address mpc,
        uint256 start,
        uint256 end,
        uint256 length,
        address timelock
    ) internal {
        SequencerSet fresh = new SequencerSet();
        vm.expectRevert(reason(why));
        fresh.initialize(seq, mpc, start, end, length, LAG, timelock);
    }
}
