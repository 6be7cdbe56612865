// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Slasher} from "../../src/l1/Slasher.sol";
import {PoolFixture} from "../l1/PoolFixture.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {
    PoolOfEndlessRanges,
    PoolOfLongRanges,
    PoolOfLostKeys,
    PoolOfOneThrottle,
    PoolOfTodaysDelay,
    PoolThatBelievesCounts,
    PoolThatForgetsSigners,
    PoolThatForgetsTheGone,
    PoolThatHoldsTheDelisted,
    PoolThatKeepsTheChange,
    PoolThatNeedsARecipient,
    PoolThatNeedsTheBridge,
    PoolThatPausesExits
} from "../weak/WeakPools.sol";

/// Section 15, Contracts, of stake: each name is a line of that list. A scenario says whether the rule holds;
/// it must hold here and must not on the copy with the weak spot put back.
contract LockingPoolRegression is PoolFixture {
    error RuleBroken();
    error WeakCopyIsStrong();

    modifier holds(function() internal returns (bool) scenario) {
        if (!scenario()) revert RuleBroken();
        _;
    }

    modifier breaks(address weakPool, function() internal returns (bool) scenario) {
        _deploy(weakPool, address(new Slasher()));
        if (scenario()) revert WeakCopyIsStrong();
        _;
    }

    function test_former_signer_does_not_block_reward_batch() public holds(_formerSigner) {}

    function test_weak_former_signer_does_not_block_reward_batch()
        public
        breaks(address(new PoolThatForgetsSigners()), _formerSigner)
    {}

    function test_exited_sequencer_does_not_block_reward_batch() public holds(_exited) {}

    function test_weak_exited_sequencer_does_not_block_reward_batch()
        public
        breaks(address(new PoolThatForgetsTheGone()), _exited)
    {}

    function test_single_epoch_reward_batch_accepted() public holds(_singleEpoch) {}

    function test_weak_single_epoch_reward_batch_accepted()
        public
        breaks(address(new PoolOfLongRanges()), _singleEpoch)
    {}

    function test_no_reward_batch_is_the_last() public holds(_endlessRange) {}

    function test_weak_no_reward_batch_is_the_last()
        public
        breaks(address(new PoolOfEndlessRanges()), _endlessRange)
    {}

    function test_reward_total_bounded_on_chain() public holds(_hugeCounts) {}

    function test_weak_reward_total_bounded_on_chain()
        public
        breaks(address(new PoolThatBelievesCounts()), _hugeCounts)
    {}

    function test_delisted_owner_can_leave() public holds(_delisted) {}

    function test_weak_delisted_owner_can_leave()
        public
        breaks(address(new PoolThatHoldsTheDelisted()), _delisted)
    {}

    function test_zero_recipient_can_leave() public holds(_zeroRecipient) {}

    function test_weak_zero_recipient_can_leave()
        public
        breaks(address(new PoolThatNeedsARecipient()), _zeroRecipient)
    {}

    function test_pause_cannot_hold_exits() public holds(_paused) {}

    function test_weak_pause_cannot_hold_exits() public breaks(address(new PoolThatPausesExits()), _paused) {}

    function test_bridge_failure_does_not_block_exit() public {
        for (uint256 mood = 1; mood <= uint256(BridgeMock.Mood.FeeBurnsGas); mood++) {
            _mood = BridgeMock.Mood(mood);
            vm.warp(START);
            _deploy(_newPool(), _newSlasher());
            if (!_failingBridge()) revert RuleBroken();
        }
    }

    function test_weak_bridge_failure_does_not_block_exit()
        public
        breaks(address(new PoolThatNeedsTheBridge()), _failingBridge)
    {}

    function test_delay_change_does_not_touch_running_exit() public holds(_delayChange) {}

    function test_weak_delay_change_does_not_touch_running_exit()
        public
        breaks(address(new PoolOfTodaysDelay()), _delayChange)
    {}

    function test_no_native_value_stranded() public holds(_change) {}

    function test_weak_no_native_value_stranded()
        public
        breaks(address(new PoolThatKeepsTheChange()), _change)
    {}

    function test_withdraw_and_signer_update_throttle_separately() public holds(_throttles) {}

    function test_weak_withdraw_and_signer_update_throttle_separately()
        public
        breaks(address(new PoolOfOneThrottle()), _throttles)
    {}

    function test_lost_signer_key_recoverable_by_owner() public holds(_lostKey) {}

    function test_weak_lost_signer_key_recoverable_by_owner()
        public
        breaks(address(new PoolOfLostKeys()), _lostKey)
    {}

    // ---- scenarios -----------------------------------------------------------------------------------

    /// The signer changed within the paid epochs; the list has the one that built the blocks.
    function _formerSigner() private returns (bool) {
        uint256 id = _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        (address old, bytes memory pubkey) = (_signer(1), _pubkey(3));
        vm.prank(old);
        pool.updateSigner(id, pubkey);
        _pass(1 days);
        return _rewarded(_list(old, _signer(2))) && _seq(id).reward > 0 && _seq(2).reward > 0;
    }

    /// One in the list has left, another is leaving.
    function _exited() private returns (bool) {
        uint256 gone = _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        _pass(1 days);
        _as(ANN, abi.encodeCall(pool.unlock, (gone, 0)));
        _pass(60);
        _as(ANN, abi.encodeCall(pool.unlockClaim, (gone, 0)));
        _as(BEN, abi.encodeCall(pool.unlock, (2, 0)));
        if (!_rewarded(_list(_signer(1), _signer(2)))) return false;
        uint256 reward = _seq(gone).reward;
        return reward > 0 && _as(ANN, abi.encodeCall(pool.withdrawRewards, (gone, 0)))
            && bridge.bridged(ANN) == reward;
    }

    function _singleEpoch() private returns (bool) {
        _join(ANN, 1, MIN);
        return _as(MPC, abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(1))));
    }

    /// After a batch that ends at the largest number there is, another one still comes in.
    function _endlessRange() private returns (bool) {
        _join(ANN, 1, MIN);
        (address[] memory s, uint256[] memory b) = (_list(_signer(1)), _list(1));
        _as(MPC, abi.encodeCall(pool.batchSubmitRewards, (2, 1, type(uint256).max, s, b)));
        (uint256 id,,, uint256 end) = pool.curBatchState();
        if (end == type(uint256).max) return false;
        return _as(MPC, abi.encodeCall(pool.batchSubmitRewards, (id + 1, end + 1, end + 1, s, b)));
    }

    /// Ten million blocks in an hour pay what an hour pays.
    function _hugeCounts() private returns (bool) {
        _join(ANN, 1, MIN);
        _pass(1 hours);
        uint256 earned = pool.pendingPool();
        _as(MPC, abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(10_000_000))));
        return _seq(1).reward == earned;
    }

    function _delisted() private returns (bool) {
        vm.prank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        vm.prank(TIMELOCK);
        pool.setWhitelist(ANN, true);
        uint256 id = _join(ANN, 1, MIN + 1 ether);
        _pass(1 days);
        _reward(1, 1);
        vm.prank(TIMELOCK);
        pool.setWhitelist(ANN, false);
        bool left = _as(ANN, abi.encodeCall(pool.withdraw, (id, 1 ether)));
        left = _as(ANN, abi.encodeCall(pool.withdrawRewards, (id, 0))) && left;
        left = _as(ANN, abi.encodeCall(pool.unlock, (id, 0))) && left;
        _pass(60);
        left = _as(ANN, abi.encodeCall(pool.unlockClaim, (id, 0))) && left;
        return left && metis.balanceOf(ANN) == MIN + 1 ether;
    }

    /// By `lockFor`, which names no recipient; one leaves, one is made to.
    function _zeroRecipient() private returns (bool) {
        uint256 a = _join(ANN, 1, MIN);
        uint256 b = _join(BEN, 2, MIN);
        _pass(1 days);
        _rewarded(_list(_signer(1), _signer(2)));
        if (!_as(ANN, abi.encodeCall(pool.unlock, (a, 0)))) return false;
        if (!_as(TIMELOCK, abi.encodeCall(pool.forceUnlock, (b, 0)))) return false;
        return bridge.bridged(ANN) > 0 && bridge.bridged(BEN) > 0;
    }

    function _paused() private returns (bool) {
        uint256 id = _join(ANN, 1, MIN);
        uint256 other = _join(BEN, 2, MIN);
        vm.prank(GUARDIAN);
        pool.setPause(true);
        bool left = _as(ANN, abi.encodeCall(pool.unlock, (id, 0)));
        _pass(60);
        left = _as(ANN, abi.encodeCall(pool.unlockClaim, (id, 0))) && left;
        _pass(60); // the pause is over without anyone's doing
        return left && !pool.paused() && _as(BEN, abi.encodeCall(pool.withdrawRewards, (other, 0)));
    }

    BridgeMock.Mood private _mood = BridgeMock.Mood.Reverts;

    /// The bridge fails in `unlock`, `forceUnlock` and `unlockClaim`; all rewards are claimed when it is
    /// back.
    function _failingBridge() private returns (bool) {
        uint256 a = _join(ANN, 1, MIN);
        uint256 b = _join(BEN, 2, MIN);
        _pass(1 days);
        _rewarded(_list(_signer(1), _signer(2)));
        bridge.set(_mood, 0);
        if (!_as(ANN, abi.encodeCall(pool.unlock, (a, 0)))) return false;
        if (!_as(TIMELOCK, abi.encodeCall(pool.forceUnlock, (b, 0)))) return false;
        _pass(60);
        if (!_as(ANN, abi.encodeCall(pool.unlockClaim, (a, 0)))) return false;
        if (!_as(BEN, abi.encodeCall(pool.unlockClaim, (b, 0)))) return false;
        uint256 kept = _seq(a).reward;
        if (_mood == BridgeMock.Mood.CallsBack) kept = bridge.bridged(ANN);
        bridge.set(BridgeMock.Mood.Works, 0);
        _as(ANN, abi.encodeCall(pool.withdrawRewards, (a, 0)));
        return
            metis.balanceOf(ANN) == MIN && metis.balanceOf(BEN) == MIN && kept > 0
                && bridge.bridged(ANN) == kept;
    }

    function _delayChange() private returns (bool) {
        uint256 a = _join(ANN, 1, MIN);
        uint256 b = _join(BEN, 2, MIN);
        _as(ANN, abi.encodeCall(pool.unlock, (a, 0)));
        vm.prank(TIMELOCK);
        pool.updateWithdrawDelayTimeValue(90 days);
        _pass(60);
        if (!_as(ANN, abi.encodeCall(pool.unlockClaim, (a, 0)))) return false;
        _as(BEN, abi.encodeCall(pool.unlock, (b, 0)));
        vm.prank(TIMELOCK);
        pool.updateWithdrawDelayTimeValue(51);
        _pass(51);
        return !_as(BEN, abi.encodeCall(pool.unlockClaim, (b, 0)));
    }

    /// Each payable function with too much value, with and without a reward.
    function _change() private returns (bool) {
        bridge.set(BridgeMock.Mood.Works, 0.25 ether);
        uint256 fees = 0;
        for (uint256 i = 0; i < 4; i++) {
            bool earns = i % 2 == 1;
            address who = address(uint160(0xC000 + i));
            uint256 id = _join(who, 10 + i, MIN);
            address out = i < 2 ? who : TIMELOCK;
            bytes memory exit_ =
                i < 2 ? abi.encodeCall(pool.unlock, (id, 0)) : abi.encodeCall(pool.forceUnlock, (id, 0));
            fees += _paid(who, i, earns, abi.encodeCall(pool.withdrawRewards, (id, 0)));
            fees += _paid(out, i, earns, exit_);
            _pass(60);
            fees += _paid(who, i, earns, abi.encodeCall(pool.unlockClaim, (id, 0)));
        }
        return fees == 6 * 0.25 ether && bridge.received() == fees && address(pool).balance == 0
            && address(info).balance == 0;
    }

    /// What `who` pays for a call with 1 ether, after a day with or without a reward.
    function _paid(address who, uint256 i, bool earns, bytes memory call) private returns (uint256) {
        _join(address(uint160(0xD000 + pool.totalSequencers())), 100 + pool.totalSequencers(), MIN);
        _pass(1 days);
        if (earns) _rewarded(_list(_signer(10 + i)));
        vm.deal(who, 1 ether);
        vm.prank(who);
        (bool done,) = address(pool).call{value: 1 ether}(call);
        return done ? 1 ether - who.balance : 100 ether;
    }

    /// Each once in one reward batch, in both orders.
    function _throttles() private returns (bool) {
        uint256 a = _join(ANN, 1, MIN + 1 ether);
        uint256 b = _join(BEN, 2, MIN + 1 ether);
        _rewarded(_list(_signer(1), _signer(2)));
        bool done = _as(ANN, abi.encodeCall(pool.withdraw, (a, 1 ether)));
        done = _as(_signer(1), abi.encodeCall(pool.updateSigner, (a, _pubkey(3)))) && done;
        done = _as(_signer(2), abi.encodeCall(pool.updateSigner, (b, _pubkey(4)))) && done;
        return _as(BEN, abi.encodeCall(pool.withdraw, (b, 1 ether))) && done;
    }

    /// The owner alone, after the delay; a signer that is there refuses.
    function _lostKey() private returns (bool) {
        uint256 id = _join(ANN, 1, MIN);
        if (!_as(ANN, abi.encodeCall(pool.requestSignerUpdate, (id, _pubkey(2))))) return false;
        if (_as(EVE, abi.encodeCall(pool.executeSignerUpdate, (id)))) return false; // too early
        if (!_as(_signer(1), abi.encodeCall(pool.cancelSignerUpdate, (id)))) return false;
        _pass(20);
        if (_as(EVE, abi.encodeCall(pool.executeSignerUpdate, (id)))) return false; // refused by the signer
        _as(ANN, abi.encodeCall(pool.requestSignerUpdate, (id, _pubkey(2))));
        _pass(20);
        return _as(EVE, abi.encodeCall(pool.executeSignerUpdate, (id))) && _seq(id).signer == _signer(2);
    }

    function _as(address who, bytes memory call) private returns (bool done) {
        vm.prank(who);
        (done,) = address(pool).call(call);
    }

    function _rewarded(address[] memory seqs) private returns (bool) {
        (uint256 id,,, uint256 end) = pool.curBatchState();
        uint256[] memory blocks = new uint256[](seqs.length);
        for (uint256 i = 0; i < blocks.length; i++) {
            blocks[i] = 10;
        }
        // Two epochs, so that the weak copy of another rule is not in the way.
        bytes memory call = abi.encodeCall(pool.batchSubmitRewards, (id + 1, end + 1, end + 2, seqs, blocks));
        return _as(MPC, call);
    }
}
