// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// Parameters of the pool, all behind the Timelock, and the pause.
contract LockingPoolSettingsTest is PoolFixture {
    function test_every_setter_is_the_timelocks_alone() public {
        ILockingPool.RatePoint[] memory points = new ILockingPool.RatePoint[](1);
        bytes[13] memory calls = [
            abi.encodeCall(pool.updateWithdrawDelayTimeValue, (100)),
            abi.encodeCall(pool.updateBlockReward, (1)),
            abi.encodeCall(pool.setRewardMode, (ILockingPool.RewardMode.PerBlock)),
            abi.encodeCall(pool.setRateSchedule, (points)),
            abi.encodeCall(pool.setSignerUpdateThrottle, (1)),
            abi.encodeCall(pool.setOwnerSignerUpdateDelay, (1)),
            abi.encodeCall(pool.updateMpc, (MPC)),
            abi.encodeCall(pool.setSlashing, (1, 1)),
            abi.encodeCall(pool.setSlasher, (EVE)),
            abi.encodeCall(pool.setGuardian, (EVE)),
            abi.encodeCall(pool.setWhitelist, (EVE, true)),
            abi.encodeCall(pool.setWhitelistEnabled, (true)),
            abi.encodeCall(pool.setRequireProof, (true))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            _refused(EVE, calls[i], _error(ILockingPool.NotTimelock.selector));
            _refused(GUARDIAN, calls[i], _error(ILockingPool.NotTimelock.selector));
            _refused(MPC, calls[i], _error(ILockingPool.NotTimelock.selector));
        }
    }

    function test_the_exit_delay_has_a_floor_and_a_ceiling() public {
        vm.expectEmit(address(pool));
        emit ILockingPool.WithrawDelayTimeChange(51, 60);
        vm.startPrank(TIMELOCK);
        pool.updateWithdrawDelayTimeValue(51);
        same(pool.exitDelayPeriod(), 51);
        same(pool.WITHDRAWAL_DELAY(), 51);
        pool.updateWithdrawDelayTimeValue(90 days);
        vm.stopPrank();
        _delayRefused(50);
        _delayRefused(0);
        _delayRefused(90 days + 1);
    }

    function test_the_block_reward_is_not_zero() public {
        vm.expectEmit(address(pool));
        emit ILockingPool.RewardUpdate(5, 761_000 gwei);
        vm.prank(TIMELOCK);
        pool.updateBlockReward(5);
        same(pool.rewardPerBlock(), 5);
        same(pool.BLOCK_REWARD(), 5);
        bytes memory zero = abi.encodeCall(pool.updateBlockReward, (0));
        _refused(TIMELOCK, zero, _error(ILockingPool.ZeroValue.selector));
    }

    function test_the_mode_of_rewards_is_set() public {
        _changed("rewardMode", 0, 1);
        vm.prank(TIMELOCK);
        pool.setRewardMode(ILockingPool.RewardMode.PerBlock);
        same(uint256(pool.rewardMode()), 1);
    }

    function test_the_throttle_of_signers_is_set() public {
        _changed("signerUpdateThrottle", 1, 7);
        vm.expectEmit(address(pool));
        emit ILockingPool.SetSignerUpdateThrottle(7);
        vm.prank(TIMELOCK);
        pool.setSignerUpdateThrottle(7);
        same(pool.signerUpdateThrottle(), 7);
    }

    function test_the_delay_of_owners_is_set_within_bounds() public {
        _changed("ownerSignerUpdateDelay", 20, 7);
        vm.prank(TIMELOCK);
        pool.setOwnerSignerUpdateDelay(7);
        same(pool.ownerSignerUpdateDelay(), 7);
        bytes memory why = _error(ILockingPool.ZeroValue.selector);
        _refused(TIMELOCK, abi.encodeCall(pool.setOwnerSignerUpdateDelay, (0)), why);
        why = abi.encodeWithSelector(ILockingPool.SignerDelayTooLong.selector, 90 days + 1, 90 days);
        _refused(TIMELOCK, abi.encodeCall(pool.setOwnerSignerUpdateDelay, (90 days + 1)), why);
    }

    function test_the_sender_of_batches_has_proven_its_key_for_rewards() public {
        bytes memory call = abi.encodeCall(pool.updateMpc, (EVE));
        _refused(TIMELOCK, call, _error(ILockingPool.NotProven.selector));
        keys.prove(0, EVE);
        _refused(TIMELOCK, call, _error(ILockingPool.NotProven.selector));
        keys.prove(2, EVE);
        _changed("mpcAddress", uint160(MPC), uint160(EVE));
        vm.expectEmit(address(pool));
        emit ILockingPool.UpdateMpc(EVE);
        vm.prank(TIMELOCK);
        pool.updateMpc(EVE);
        same(pool.mpcAddress(), EVE);
    }

    function test_shares_of_slashing_are_shares() public {
        _changed("slashBps", 500, 10_000);
        _changed("reporterBps", 1000, 0);
        vm.prank(TIMELOCK);
        pool.setSlashing(10_000, 0);
        same(pool.slashBps(), 10_000);
        same(pool.reporterBps(), 0);
        bytes memory why = _error(ILockingPool.BadShare.selector);
        _refused(TIMELOCK, abi.encodeCall(pool.setSlashing, (10_001, 0)), why);
        _refused(TIMELOCK, abi.encodeCall(pool.setSlashing, (0, 10_001)), why);
    }

    function test_slasher_and_guardian_are_set() public {
        _changed("slasher", uint160(address(slasher)), uint160(EVE));
        vm.prank(TIMELOCK);
        pool.setSlasher(EVE);
        same(pool.slasher(), EVE);
        _changed("guardian", uint160(GUARDIAN), uint160(BEN));
        vm.prank(TIMELOCK);
        pool.setGuardian(BEN);
        same(pool.guardian(), BEN);
    }

    function test_whitelist_and_switches_are_set() public {
        vm.expectEmit(address(pool));
        emit ISequencerInfo.SetWhitelist(ANN, true);
        vm.prank(TIMELOCK);
        pool.setWhitelist(ANN, true);
        same(pool.whitelist(ANN) ? 1 : 0, 1);
        bytes memory nobody = abi.encodeCall(pool.setWhitelist, (address(0), true));
        _refused(TIMELOCK, nobody, _error(ISequencerInfo.NullAddress.selector));
        _changed("whitelistEnabled", 0, 1);
        vm.prank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        same(pool.whitelistEnabled() ? 1 : 0, 1);
        _changed("requireProof", 0, 1);
        vm.prank(TIMELOCK);
        pool.setRequireProof(true);
        same(pool.requireProof() ? 1 : 0, 1);
    }

    function test_proofs_are_required_once_the_whitelist_goes_off() public {
        vm.startPrank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        pool.setRequireProof(true);
        pool.setRequireProof(false);
        vm.stopPrank();
        _changed("whitelistEnabled", 1, 0);
        _changed("requireProof", 0, 1);
        vm.prank(TIMELOCK);
        pool.setWhitelistEnabled(false);
        same(pool.requireProof() ? 1 : 0, 1);
        bytes memory off = abi.encodeCall(pool.setRequireProof, (false));
        _refused(TIMELOCK, off, _error(ILockingPool.ProofRequired.selector));
        // A stranger cannot enter with a key that it only saw.
        _fund(EVE, MIN);
        bytes memory call = abi.encodeCall(pool.lockFor, (_signer(1), MIN, _pubkey(1)));
        _refused(EVE, call, _error(ILockingPool.ProofRequired.selector));
        bytes memory others = _proof(1, ANN);
        call = abi.encodeCall(pool.lockWithProof, (_signer(1), EVE, MIN, _pubkey(1), others));
        _refused(EVE, call, _error(ILockingPool.BadProof.selector));
        // With the list on again, both ways are open to governance.
        vm.startPrank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        pool.setRequireProof(false);
        vm.stopPrank();
        same(pool.requireProof() ? 1 : 0, 0);
    }

    function test_guardian_or_timelock_pause_and_nobody_else() public {
        bytes memory pause = abi.encodeCall(pool.setPause, (true));
        _refused(EVE, pause, _error(ILockingPool.NotGuardian.selector));
        vm.expectEmit(address(pool));
        emit ILockingPool.PauseChanged(true, START + 120);
        vm.prank(TIMELOCK);
        pool.setPause(true);
        same(pool.paused() ? 1 : 0, 1);
        vm.expectEmit(address(pool));
        emit ILockingPool.PauseChanged(false, 0);
        vm.prank(GUARDIAN);
        pool.setPause(false);
        same(pool.paused() ? 1 : 0, 0);
        bytes memory end = abi.encodeCall(pool.setPause, (false));
        _refused(GUARDIAN, end, _error(ILockingPool.NotPaused.selector));
    }

    function test_a_pause_ends_by_itself_and_the_next_one_waits_as_long() public {
        vm.prank(GUARDIAN);
        pool.setPause(true);
        bytes memory pause = abi.encodeCall(pool.setPause, (true));
        bytes memory why = abi.encodeWithSelector(ILockingPool.PauseTooSoon.selector, START + 240);
        _refused(GUARDIAN, pause, why); // no extension
        _pass(119);
        same(pool.paused() ? 1 : 0, 1);
        _pass(1);
        same(pool.paused() ? 1 : 0, 0);
        _refused(GUARDIAN, abi.encodeCall(pool.setPause, (false)), _error(ILockingPool.NotPaused.selector));
        _pass(119);
        _refused(TIMELOCK, pause, why);
        _pass(1);
        vm.prank(GUARDIAN);
        pool.setPause(true);
        // Ended early, the next one waits from that end.
        _pass(10);
        vm.prank(GUARDIAN);
        pool.setPause(false);
        _pass(119);
        why = abi.encodeWithSelector(ILockingPool.PauseTooSoon.selector, START + 240 + 10 + 120);
        _refused(GUARDIAN, pause, why);
        _pass(1);
        vm.prank(GUARDIAN);
        pool.setPause(true);
    }

    function _delayRefused(uint256 delay) private {
        bytes memory call = abi.encodeCall(pool.updateWithdrawDelayTimeValue, (delay));
        bytes memory why =
            abi.encodeWithSelector(ILockingPool.ExitDelayOutOfRange.selector, delay, 50, 90 days);
        _refused(TIMELOCK, call, why);
    }

    function _changed(bytes32 name, uint256 old, uint256 now_) private {
        vm.expectEmit(address(pool));
        emit ILockingPool.ParameterChanged(name, old, now_);
    }
}
