// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {LockingInfo} from "../../src/l1/LockingInfo.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// The escrow by itself: who may direct it, its parameters, and what it refuses from its own manager.
contract LockingInfoTest is PoolFixture {
    function test_only_the_manager_directs_the_escrow() public {
        ISequencerInfo.Sequencer memory seq;
        bytes[9] memory calls = [
            abi.encodeCall(info.newSequencer, (1, ANN, ANN, MIN, 1, "")),
            abi.encodeCall(info.increaseLocked, (1, 1, ANN, MIN, 1, 0)),
            abi.encodeCall(info.withdrawLocking, (1, ANN, 1, 1, MIN)),
            abi.encodeCall(info.logSignerChange, (1, ANN, BEN, 1, "")),
            abi.encodeCall(info.distributeReward, (1, 1)),
            abi.encodeCall(info.liquidateReward, (1, 1, ANN, 0)),
            abi.encodeCall(info.burnLocked, (1, 1, 1, 1, ANN, 0)),
            abi.encodeCall(info.initializeUnlock, (1, seq)),
            abi.encodeCall(info.finalizeUnlock, (ANN, 1, 1))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            _infoRefused(EVE, calls[i], _text("Not manager"));
            _infoRefused(TIMELOCK, calls[i], _text("Not manager"));
        }
    }

    function test_only_the_timelock_sets_parameters() public {
        bytes[4] memory calls = [
            abi.encodeCall(info.initManager, (EVE)),
            abi.encodeCall(info.setMinLock, (1)),
            abi.encodeCall(info.setMaxLock, (MAX)),
            abi.encodeCall(info.setRewardPayer, (EVE))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            _infoRefused(EVE, calls[i], _error(ILockingInfo.NotTimelock.selector));
            _infoRefused(address(pool), calls[i], _error(ILockingInfo.NotTimelock.selector));
        }
    }

    function test_the_manager_is_given_once() public {
        _infoRefused(
            TIMELOCK, abi.encodeCall(info.initManager, (EVE)), _error(ILockingInfo.ManagerSet.selector)
        );
        LockingInfo fresh = LockingInfo(_proxy(address(new LockingInfo())));
        _start(fresh, TIMELOCK, address(0), address(bridge), address(metis), MIN, MAX);
        vm.prank(TIMELOCK);
        vm.expectRevert(ILockingInfo.NullAddress.selector);
        fresh.initManager(address(0));
        vm.expectEmit(address(fresh));
        emit ILockingInfo.ParameterChanged("manager", 0, uint160(BEN));
        vm.prank(TIMELOCK);
        fresh.initManager(BEN);
        same(fresh.manager(), BEN);
        vm.prank(TIMELOCK);
        vm.expectRevert(ILockingInfo.ManagerSet.selector);
        fresh.initManager(EVE);
    }

    function test_the_range_of_stake_is_set() public {
        _changed("minLock", MIN, 30_000 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.SetMinLock(30_000 ether);
        vm.prank(TIMELOCK);
        info.setMinLock(30_000 ether);
        _changed("maxLock", MAX, 30_000 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.SetMaxLock(30_000 ether);
        vm.prank(TIMELOCK);
        info.setMaxLock(30_000 ether);
        _rangeRefused(abi.encodeCall(info.setMinLock, (0)), 0, 30_000 ether);
        _rangeRefused(abi.encodeCall(info.setMinLock, (30_001 ether)), 30_001 ether, 30_000 ether);
        _rangeRefused(abi.encodeCall(info.setMaxLock, (29_999 ether)), 30_000 ether, 29_999 ether);
    }

    function test_the_payer_is_set() public {
        _changed("rewardPayer", uint160(address(vault)), uint160(EVE));
        vm.expectEmit(address(info));
        emit ILockingInfo.SetRewardPayer(EVE);
        vm.prank(TIMELOCK);
        info.setRewardPayer(EVE);
        same(info.rewardPayer(), EVE);
    }

    function test_the_payer_is_there_from_the_start() public {
        LockingInfo fresh = LockingInfo(_proxy(address(new LockingInfo())));
        _start(fresh, TIMELOCK, BEN, address(bridge), address(metis), MIN, MAX);
        same(fresh.rewardPayer(), address(vault));
        // The first batch needs no vote before it.
        _join(ANN, 1, MIN);
        _pass(1 days);
        uint256 whole = pool.pendingPool();
        _reward(1, 1);
        same(_seq(1).reward, whole);
    }

    function test_a_higher_minimum_leaves_running_stake_and_its_way_out() public {
        uint256 id = _join(ANN, 1, MIN + 1 ether);
        vm.prank(TIMELOCK);
        info.setMinLock(30_000 ether);
        _refused(ANN, abi.encodeCall(pool.withdraw, (id, 1 ether)), _text("invalid amount"));
        _pass(1 days);
        uint256 whole = pool.pendingPool();
        _reward(1, 1);
        same(_seq(id).reward, whole);
        vm.startPrank(ANN);
        pool.unlock(id, 0);
        _pass(60);
        pool.unlockClaim(id, 0);
        vm.stopPrank();
        same(metis.balanceOf(ANN), MIN + 1 ether);
    }

    function test_the_escrow_as_its_own_payer_pays_nobody() public {
        _join(ANN, 1, MIN);
        _pass(1 days);
        vm.prank(TIMELOCK);
        info.setRewardPayer(address(info));
        bytes memory call = abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(1)));
        _refused(MPC, call, _error(ILockingInfo.InsufficientRewardFunds.selector));
    }

    function test_a_reward_is_bridged_for_the_fee_exactly() public {
        bridge.set(BridgeMock.Mood.Works, 5);
        same(info.bridgeFee(), 5);
        vm.deal(address(pool), 6);
        vm.prank(address(pool));
        vm.expectRevert(abi.encodeWithSelector(ILockingInfo.WrongBridgeFee.selector, 6, 5));
        info.liquidateReward{value: 6}(1, 1, ANN, 0);
    }

    /// Whatever its manager says, the escrow does not pay a sum twice.
    function test_stake_and_rewards_are_separate_sums() public {
        _join(ANN, 1, MIN);
        vm.startPrank(address(pool));
        vm.expectRevert(); // no rewards to bridge: stake is not one
        info.liquidateReward(1, 1, EVE, 0);
        vm.expectRevert();
        info.increaseLocked(1, 2, ANN, MIN + 1, 0, 1);
        vm.expectRevert();
        info.finalizeUnlock(EVE, 1, MIN + 1);
        vm.expectRevert();
        info.burnLocked(1, 2, MIN + 1, 0, EVE, 0);
        vm.stopPrank();
    }

    function test_the_start_values_are_checked_and_taken_once() public {
        LockingInfo bare = new LockingInfo();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        _start(bare, TIMELOCK, BEN, address(bridge), address(metis), MIN, MAX);
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        _start(info, TIMELOCK, BEN, address(bridge), address(metis), MIN, MAX);
        _startRefused(address(0), address(bridge), address(metis));
        _startRefused(TIMELOCK, address(0), address(metis));
        _startRefused(TIMELOCK, address(bridge), address(0));
        LockingInfo fresh = LockingInfo(_proxy(address(bare)));
        vm.expectRevert(abi.encodeWithSelector(ILockingInfo.BadLockRange.selector, 0, MAX));
        _start(fresh, TIMELOCK, BEN, address(bridge), address(metis), 0, MAX);
        vm.expectRevert(abi.encodeWithSelector(ILockingInfo.BadLockRange.selector, MAX, MIN));
        _start(fresh, TIMELOCK, BEN, address(bridge), address(metis), MAX, MIN);
    }

    function _start(
        LockingInfo which,
        address timelock,
        address manager,
        address bridge_,
        address token,
        uint256 min,
        uint256 max
    ) private {
        which.initialize(timelock, manager, bridge_, token, L2_METIS, L2_CHAIN, min, max, address(vault));
    }

    function _startRefused(address timelock, address bridge_, address token) private {
        LockingInfo fresh = LockingInfo(_proxy(address(new LockingInfo())));
        vm.expectRevert(ILockingInfo.NullAddress.selector);
        _start(fresh, timelock, BEN, bridge_, token, MIN, MAX);
    }

    function _rangeRefused(bytes memory call, uint256 low, uint256 high) private {
        _infoRefused(TIMELOCK, call, abi.encodeWithSelector(ILockingInfo.BadLockRange.selector, low, high));
    }

    function _infoRefused(address who, bytes memory call, bytes memory reason) private {
        vm.prank(who);
        (bool done, bytes memory why) = address(info).call(call);
        if (done) revert WasNotRefused();
        same(keccak256(why), keccak256(reason));
    }

    function _changed(bytes32 name, uint256 old, uint256 now_) private {
        vm.expectEmit(address(info));
        emit ILockingInfo.ParameterChanged(name, old, now_);
    }
}
