// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// Ways out: partial withdrawal, rewards, exit, slashing.
contract LockingPoolExitsTest is PoolFixture {
    uint256 internal id;

    function setUp() public override {
        super.setUp();
        id = _join(ANN, 1, 50_000 ether);
        vm.deal(ANN, 10 ether);
    }

    // ---- partial withdrawal --------------------------------------------------------------------------

    function test_a_withdrawal_pays_at_once() public {
        vm.expectEmit(address(info));
        emit ILockingInfo.Withdraw(id, 30_000 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.LockUpdate(id, 2, MIN);
        vm.prank(ANN);
        pool.withdraw(id, 30_000 ether);
        same(metis.balanceOf(ANN), 30_000 ether);
        same(_seq(id).amount, MIN);
        same(pool.activeLocked(), MIN);
        same(info.totalLocked(), MIN);
        same(pool.withdrawnBatch(id), 1);
    }

    function test_a_withdrawal_leaves_the_minimum() public {
        bytes memory why = _text("invalid amount");
        _refused(ANN, abi.encodeCall(pool.withdraw, (id, 30_000 ether + 1)), why);
        _refused(ANN, abi.encodeCall(pool.withdraw, (id, 0)), why);
        _refused(ANN, abi.encodeCall(pool.withdraw, (id, 50_000 ether + 1)), why);
    }

    function test_stake_is_withdrawn_once_in_a_reward_batch() public {
        vm.prank(ANN);
        pool.withdraw(id, 1 ether);
        _refused(ANN, abi.encodeCall(pool.withdraw, (id, 1 ether)), _text("withdraw throttle"));
        _reward(1, 1);
        vm.prank(ANN);
        pool.withdraw(id, 1 ether);
    }

    function test_a_withdrawal_is_the_owners_of_an_active_sequencer_not_during_a_pause() public {
        bytes memory call = abi.encodeCall(pool.withdraw, (id, 1 ether));
        _refused(EVE, call, _error(ISequencerInfo.NotSeqOwner.selector));
        vm.prank(GUARDIAN);
        pool.setPause(true);
        _refused(ANN, call, _error(ILockingPool.PoolPaused.selector));
        _pass(120);
        vm.prank(ANN);
        pool.unlock(id, 0);
        _refused(ANN, call, _error(ISequencerInfo.SeqNotActive.selector));
    }

    // ---- rewards -------------------------------------------------------------------------------------

    function test_rewards_are_bridged_to_the_recipient_for_the_fee() public {
        uint256 reward = _earn();
        bridge.set(BridgeMock.Mood.Works, 0.3 ether);
        vm.prank(ANN);
        pool.setSequencerRewardRecipient(id, BEN);
        vm.expectEmit(address(info));
        emit ILockingInfo.ClaimRewards(id, BEN, reward, reward);
        vm.prank(ANN);
        pool.withdrawRewards{value: 1 ether}(id, 77);
        same(bridge.bridged(BEN), reward);
        same(bridge.lastChain(), L2_CHAIN);
        same(bridge.lastGas(), 77);
        same(bridge.lastData(), keccak256(""));
        same(ANN.balance, 9.7 ether);
        same(_seq(id).reward, 0);
        same(info.totalRewardsLiquidated(), reward);
        same(info.totalRewards(), 0);
        same(metis.allowance(address(info), address(bridge)), 0);
    }

    function test_no_rewards_cost_nothing_and_say_nothing() public {
        bridge.set(BridgeMock.Mood.Works, 0.3 ether);
        vm.recordLogs();
        vm.prank(ANN);
        pool.withdrawRewards{value: 1 ether}(id, 0);
        same(vm.getRecordedLogs().length, 0);
        same(ANN.balance, 10 ether);
    }

    function test_a_claim_needs_the_fee_the_owner_and_no_pause() public {
        _earn();
        bridge.set(BridgeMock.Mood.Works, 0.3 ether);
        bytes memory call = abi.encodeCall(pool.withdrawRewards, (id, 0));
        _refused(EVE, call, _error(ISequencerInfo.NotSeqOwner.selector));
        _refused(ANN, call, abi.encodeWithSelector(ILockingPool.BridgeFeeNotPaid.selector, 0, 0.3 ether));
        vm.prank(GUARDIAN);
        pool.setPause(true);
        _refused(ANN, call, _error(ILockingPool.PoolPaused.selector));
    }

    function test_a_claim_that_the_bridge_refuses_is_undone() public {
        uint256 reward = _earn();
        bridge.set(BridgeMock.Mood.Reverts, 0);
        _refused(ANN, abi.encodeCall(pool.withdrawRewards, (id, 0)), _text("bridge is down"));
        bridge.set(BridgeMock.Mood.TakesLess, 0);
        bytes memory why = abi.encodeWithSelector(ILockingInfo.WrongAmountMoved.selector, reward - 1, reward);
        _refused(ANN, abi.encodeCall(pool.withdrawRewards, (id, 0)), why);
        same(_seq(id).reward, reward);
    }

    function test_surplus_goes_back_or_the_call_is_refused() public {
        PennilessOwner owner = new PennilessOwner();
        uint256 theirs = _join(address(owner), 5, MIN);
        vm.deal(address(this), 1 ether);
        vm.expectRevert(ILockingPool.RefundFailed.selector);
        owner.unlock{value: 1}(address(pool), theirs);
        owner.unlock(address(pool), theirs);
        same(_status(theirs), uint256(ISequencerInfo.Status.Inactive));
    }

    // ---- exit ----------------------------------------------------------------------------------------

    function test_an_exit_begins_with_the_delay_fixed_and_rewards_bridged() public {
        uint256 reward = _earn();
        uint256 t = block.timestamp;
        vm.expectEmit(address(info));
        emit ILockingInfo.ClaimRewards(id, ANN, reward, reward);
        vm.expectEmit(address(info));
        emit ILockingInfo.UnlockInit(_signer(1), id, 2, 2, t, t + 60, 50_000 ether);
        vm.prank(ANN);
        pool.unlock(id, 0);
        ISequencerInfo.Sequencer memory seq = _seq(id);
        same(_status(id), uint256(ISequencerInfo.Status.Inactive));
        same(seq.deactivationBatch, 2);
        same(seq.deactivationTime, t);
        same(seq.unlockClaimTime, t + 60);
        same(seq.amount, 50_000 ether);
        same(pool.activeLocked(), 0);
        same(info.totalLocked(), 50_000 ether);
        same(pool.seqStatuses(ISequencerInfo.Status.Active), 0);
        same(pool.seqStatuses(ISequencerInfo.Status.Inactive), 1);
        same(bridge.bridged(ANN), reward);
    }

    function test_an_exit_is_begun_by_the_owner_or_the_timelock_once() public {
        bytes memory unlock = abi.encodeCall(pool.unlock, (id, 0));
        bytes memory force = abi.encodeCall(pool.forceUnlock, (id, 0));
        _refused(EVE, unlock, _error(ISequencerInfo.NotSeqOwner.selector));
        _refused(ANN, force, _error(ILockingPool.NotTimelock.selector));
        bytes memory unknown = abi.encodeCall(pool.forceUnlock, (9, 0));
        _refused(TIMELOCK, unknown, _error(ISequencerInfo.NoSuchSeq.selector));
        vm.prank(TIMELOCK);
        pool.forceUnlock(id, 0);
        same(_status(id), uint256(ISequencerInfo.Status.Inactive));
        _refused(ANN, unlock, _error(ISequencerInfo.SeqNotActive.selector));
        _refused(TIMELOCK, force, _error(ISequencerInfo.SeqNotActive.selector));
    }

    function test_an_exit_ends_after_the_delay_with_principal_and_late_rewards() public {
        _pass(1 days);
        vm.prank(ANN);
        pool.unlock(id, 0);
        bytes memory claim = abi.encodeCall(pool.unlockClaim, (id, 0));
        _pass(59);
        _refused(ANN, claim, _error(ILockingPool.NotClaimable.selector));
        _reward(1, 1);
        uint256 reward = _seq(id).reward;
        _pass(1);
        _refused(EVE, claim, _error(ISequencerInfo.NotSeqOwner.selector));
        vm.expectEmit(address(info));
        emit ILockingInfo.ClaimRewards(id, ANN, reward, reward);
        vm.expectEmit(address(info));
        emit ILockingInfo.Unlocked(ANN, id, 50_000 ether, 0);
        vm.prank(ANN);
        pool.unlockClaim(id, 0);
        same(metis.balanceOf(ANN), 50_000 ether);
        same(bridge.bridged(ANN), reward);
        same(_status(id), uint256(ISequencerInfo.Status.Unlocked));
        same(_seq(id).amount, 0);
        same(info.totalLocked(), 0);
        same(metis.balanceOf(address(info)), 0);
        same(pool.seqSigners(_signer(1)), pool.RETIRED());
        same(pool.seqOwners(ANN), 0);
        _refused(ANN, claim, _error(ILockingPool.NotClaimable.selector));
    }

    function test_an_exit_that_has_not_begun_cannot_end() public {
        _refused(ANN, abi.encodeCall(pool.unlockClaim, (id, 0)), _error(ILockingPool.NotClaimable.selector));
    }

    function test_rewards_credited_after_an_exit_are_claimed_by_the_former_owner() public {
        _pass(1 days);
        vm.startPrank(ANN);
        pool.unlock(id, 0);
        _pass(60);
        pool.unlockClaim(id, 0);
        vm.stopPrank();
        _reward(1, 1);
        uint256 reward = _seq(id).reward;
        vm.prank(ANN);
        pool.withdrawRewards(id, 0);
        same(bridge.bridged(ANN), reward);
    }

    function test_rewards_stay_accrued_when_an_exit_does_not_pay_the_fee() public {
        uint256 reward = _earn();
        bridge.set(BridgeMock.Mood.Works, 1 ether);
        vm.expectEmit(address(pool));
        emit ILockingPool.RewardKept(id, reward);
        vm.prank(ANN);
        pool.unlock{value: 0.5 ether}(id, 0);
        same(_seq(id).reward, reward);
        same(ANN.balance, 10 ether);
        vm.prank(ANN);
        pool.withdrawRewards{value: 1 ether}(id, 0);
        same(bridge.bridged(ANN), reward);
    }

    // ---- slashing ------------------------------------------------------------------------------------

    function test_a_slash_burns_nine_tenths_and_pays_the_reporter_one() public {
        vm.expectEmit(address(info));
        emit ILockingInfo.Slashed(id, 2500 ether, 47_500 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.LockUpdate(id, 2, 47_500 ether);
        vm.prank(address(slasher));
        pool.slash(id, 500, EVE);
        same(_seq(id).amount, 47_500 ether);
        same(pool.activeLocked(), 47_500 ether);
        same(info.totalLocked(), 47_500 ether);
        same(metis.balanceOf(EVE), 250 ether);
        same(metis.balanceOf(info.BURN()), 2250 ether);
    }

    function test_a_slash_reaches_stake_until_it_is_paid_out() public {
        vm.prank(ANN);
        pool.unlock(id, 0);
        vm.prank(address(slasher));
        pool.slash(id, 500, address(0));
        same(_seq(id).amount, 47_500 ether);
        same(metis.balanceOf(info.BURN()), 2500 ether);
        _pass(60);
        vm.prank(ANN);
        pool.unlockClaim(id, 0);
        same(metis.balanceOf(ANN), 47_500 ether);
        bytes memory late = abi.encodeCall(pool.slash, (id, 500, EVE));
        _refused(address(slasher), late, _error(ISequencerInfo.SeqNotActive.selector));
    }

    function test_a_slash_is_the_slashers_within_the_set_share() public {
        bytes memory call = abi.encodeCall(pool.slash, (id, 500, EVE));
        _refused(EVE, call, _error(ILockingPool.NotSlasher.selector));
        _refused(TIMELOCK, call, _error(ILockingPool.NotSlasher.selector));
        bytes memory more = abi.encodeCall(pool.slash, (id, 501, EVE));
        bytes memory why = abi.encodeWithSelector(ILockingPool.SlashTooHigh.selector, 501, 500);
        _refused(address(slasher), more, why);
        bytes memory unknown = abi.encodeCall(pool.slash, (9, 500, EVE));
        _refused(address(slasher), unknown, _error(ISequencerInfo.NoSuchSeq.selector));
    }

    function test_a_sequencer_below_the_minimum_tops_up_or_leaves() public {
        uint256 low = _join(BEN, 2, MIN);
        vm.prank(address(slasher));
        pool.slash(low, 500, EVE);
        _refused(BEN, abi.encodeCall(pool.withdraw, (low, 1)), _text("invalid amount"));
        _fund(BEN, 1000 ether);
        vm.prank(BEN);
        pool.relock(low, 1000 ether, false);
        same(_seq(low).amount, MIN);
        vm.prank(BEN);
        pool.unlock(low, 0);
    }

    function _earn() private returns (uint256 reward) {
        _pass(1 days);
        _reward(1, 1);
        return _seq(id).reward;
    }
}

/// An owner that takes no native currency.
contract PennilessOwner {
    function unlock(address pool, uint256 id) external payable {
        ILockingPool(pool).unlock{value: msg.value}(id, 0);
    }
}
