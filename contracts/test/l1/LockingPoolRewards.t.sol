// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// Reward batches: the pools and shares of section 11.5, what a batch must be, and what bounds it.
contract LockingPoolRewardsTest is PoolFixture {
    uint256 internal constant POOL_A = 230_136_986_301_369_863_013;

    // ---- vectors, through the contracts --------------------------------------------------------------

    function test_case_a_a_week_of_60000() public {
        _join(ANN, 1, 60_000 ether);
        _pass(604_800);
        same(pool.pendingPool(), POOL_A);
        vm.expectEmit(address(pool));
        emit ILockingPool.DistributeReward(2, 1, 1, POOL_A, POOL_A / 1000);
        vm.expectEmit(address(info));
        emit ILockingInfo.BatchSubmitReward(2);
        _reward(1, 1000);
        same(_seq(1).reward, POOL_A);
        same(pool.accrued(), 220_320_000_000);
        same(info.totalRewards(), POOL_A);
        same(metis.balanceOf(address(info)), 60_000 ether + POOL_A);
        same(pool.currentBatch(), 2);
    }

    function test_case_b_stake_joins_in_the_middle() public {
        _join(ANN, 1, 60_000 ether);
        _pass(302_400);
        _join(BEN, 2, 100_000 ether);
        _pass(302_400);
        _reward(1, 1);
        same(_seq(1).reward, 421_917_808_219_178_082_191);
        same(pool.accrued(), 246_240_000_000);
    }

    function test_case_c_the_programme_ends_in_the_middle() public {
        vm.warp(START + 365 days - 259_200);
        _join(ANN, 1, 60_000 ether);
        _pass(604_800);
        same(pool.currentRate(), 0);
        _reward(1, 1);
        same(_seq(1).reward, 98_630_136_986_301_369_863);
        same(pool.accrued(), 4_320_000_000);
    }

    function test_case_d_two_weeks_of_three_sequencers() public {
        _join(ANN, 1, 20_000 ether);
        _join(BEN, 2, 40_000 ether);
        _join(EVE, 3, 58_634.58 ether);
        _pass(14 days);
        _reward(1, 1);
        same(_seq(1).reward, 910_073_490_410_958_904_109);
        same(pool.accrued(), 185_760_000_000);
    }

    function test_case_e_another_rate() public {
        ILockingPool.RatePoint[] memory points = new ILockingPool.RatePoint[](1);
        points[0] = ILockingPool.RatePoint(uint64(START), 1500);
        vm.prank(TIMELOCK);
        pool.setRateSchedule(points);
        _join(ANN, 1, 60_000 ether);
        same(pool.currentRate(), 1500);
        _pass(604_800);
        _reward(1, 1);
        same(_seq(1).reward, 172_602_739_726_027_397_260);
        same(pool.accrued(), 86_400_000_000);
    }

    function test_case_f_a_year_pays_20_percent_to_the_wei() public {
        _join(ANN, 1, 60_000 ether);
        _pass(365 days);
        _reward(1, 1);
        same(_seq(1).reward, 12_000 ether);
        same(pool.accrued(), 0);
    }

    function test_case_g_two_weeks_at_once_are_a_wei_more_than_twice_one() public {
        _join(ANN, 1, 60_000 ether);
        _pass(2 * 604_800);
        _reward(1, 1);
        same(_seq(1).reward, 460_273_972_602_739_726_027);
        same(pool.accrued(), 125_280_000_000);
    }

    function test_the_remainder_of_a_batch_is_paid_by_a_later_one() public {
        _join(ANN, 1, 60_000 ether);
        _pass(604_800);
        _reward(1, 1);
        _pass(604_800);
        _reward(1, 1);
        same(_seq(1).reward, 460_273_972_602_739_726_027);
    }

    function test_shares_are_those_of_the_design_and_sum_to_the_pool() public {
        _join(ANN, 1, 20_000 ether);
        _join(BEN, 2, 20_000 ether);
        _join(EVE, 3, 20_000 ether);
        _pass(604_800);
        _reward(_three(), _blocks(700, 200, 100));
        same(_seq(1).reward, 161_095_890_410_958_904_109);
        same(_seq(2).reward, 46_027_397_260_273_972_602);
        same(_seq(3).reward, 23_013_698_630_136_986_302);
    }

    function test_equal_blocks_have_equal_shares() public {
        _join(ANN, 1, 20_000 ether);
        _join(BEN, 2, 20_000 ether);
        _join(EVE, 3, 20_000 ether);
        _pass(604_800);
        _reward(_three(), _blocks(1, 1, 1));
        for (uint256 i = 1; i <= 3; i++) {
            same(_seq(i).reward, 76_712_328_767_123_287_671);
        }
    }

    function testFuzz_shares_sum_to_the_pool(uint128 a, uint128 b, uint32 time) public {
        _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        _pass(within(time, 1, 365 days));
        uint256 whole = pool.pendingPool();
        uint256 payer = metis.balanceOf(address(vault));
        _reward(_list(_signer(1), _signer(2)), _list(within(a, 1, 2 ** 127), within(b, 1, 2 ** 127)));
        same(_seq(1).reward + _seq(2).reward, whole);
        same(payer - metis.balanceOf(address(vault)), whole);
    }

    // ---- what a batch must be ------------------------------------------------------------------------

    function test_batches_and_epochs_follow_each_other() public {
        _join(ANN, 1, MIN);
        (address[] memory s, uint256[] memory b) = (_list(_signer(1)), _list(1));
        _batchRefused(3, 1, 5, s, b, "invalid batch id");
        _batchRefused(1, 1, 5, s, b, "invalid batch id");
        _batchRefused(2, 2, 5, s, b, "invalid startEpoch");
        _batchRefused(2, 0, 5, s, b, "invalid startEpoch");
        _batchRefused(2, 1, 0, s, b, "invalid endEpoch");
        vm.prank(MPC);
        pool.batchSubmitRewards(2, 1, 193, s, b);
        (uint256 batch, uint256 number, uint256 start, uint256 end) = pool.curBatchState();
        same(batch, 2);
        same(number, 100);
        same(start, 1);
        same(end, 193);
        _batchRefused(2, 1, 193, s, b, "invalid batch id");
        _batchRefused(3, 193, 200, s, b, "invalid startEpoch");
    }

    function test_a_batch_covers_100_000_epochs_at_most() public {
        _join(ANN, 1, MIN);
        (address[] memory s, uint256[] memory b) = (_list(_signer(1)), _list(1));
        _batchRefused(2, 1, 100_001, s, b, "invalid endEpoch");
        _batchRefused(2, 1, type(uint256).max, s, b, "invalid endEpoch");
        vm.prank(MPC);
        pool.batchSubmitRewards(2, 1, 100_000, s, b);
        _batchRefused(3, 100_001, 200_001, s, b, "invalid endEpoch");
        vm.prank(MPC);
        pool.batchSubmitRewards(3, 100_001, 200_000, s, b);
    }

    function test_a_list_has_1_to_256_entries_with_blocks_each() public {
        _join(ANN, 1, MIN);
        _batchRefused(2, 1, 1, new address[](0), new uint256[](0), "mismatch length");
        _batchRefused(2, 1, 1, new address[](257), new uint256[](257), "mismatch length");
        _batchRefused(2, 1, 1, _list(_signer(1)), _list(1, 1), "mismatch length");
        bytes memory call = abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(0)));
        _refused(MPC, call, _error(ILockingPool.ZeroBlocks.selector));
    }

    function test_entries_are_signers_of_ascending_ids() public {
        _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        bytes memory why = _error(ILockingPool.UnsortedSequencers.selector);
        _refused(MPC, _batch(_signer(2), _signer(1)), why);
        _refused(MPC, _batch(_signer(1), _signer(1)), why);
        _refused(MPC, _batch(_signer(1), EVE), _error(ISequencerInfo.NoSuchSeq.selector));
        address old = _signer(1);
        bytes memory third = _pubkey(3);
        vm.prank(old);
        pool.updateSigner(1, third);
        // Two signers of one sequencer are one entry, not two.
        _refused(MPC, _batch(_signer(1), _signer(3)), why);
    }

    function test_only_the_group_account_sends_batches_and_not_during_a_pause() public {
        _join(ANN, 1, MIN);
        bytes memory call = abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(1)));
        _refused(EVE, call, _text("not MPC"));
        _refused(TIMELOCK, call, _text("not MPC"));
        vm.prank(GUARDIAN);
        pool.setPause(true);
        _refused(MPC, call, _error(ILockingPool.PoolPaused.selector));
        _pass(120);
        _reward(1, 1);
    }

    function test_a_payer_that_cannot_pay_changes_nothing() public {
        _join(ANN, 1, MIN);
        _pass(1 days);
        bytes memory call = abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(1)));
        bytes memory why = _error(ILockingInfo.InsufficientRewardFunds.selector);
        vm.prank(TIMELOCK);
        vault.reclaim(EVE, 1_000_000 ether);
        _refused(MPC, call, why);
        metis.transfer(address(vault), 1000 ether);
        vm.prank(TIMELOCK);
        vault.revoke();
        _refused(MPC, call, why);
        vm.prank(TIMELOCK);
        info.setRewardPayer(address(0));
        _refused(MPC, call, why);
        same(pool.currentBatch(), 1);
        vm.prank(TIMELOCK);
        info.setRewardPayer(address(vault));
        vm.prank(TIMELOCK);
        vault.grant(1000 ether);
        uint256 whole = pool.pendingPool();
        _reward(1, 1);
        same(_seq(1).reward, whole);
    }

    function test_a_batch_of_nothing_still_counts() public {
        _join(ANN, 1, MIN);
        _reward(1, 1);
        same(_seq(1).reward, 0);
        same(pool.currentBatch(), 2);
    }

    // ---- accrual -------------------------------------------------------------------------------------

    function test_only_active_stake_earns() public {
        _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        _pass(1 days);
        vm.prank(BEN);
        pool.unlock(2, 0);
        _pass(1 days);
        // A day of 40,000 and a day of 20,000 METIS at 20 % a year.
        same(pool.pendingPool(), uint256(60_000 ether) / (5 * 365));
    }

    function test_blocks_pay_a_fixed_amount_in_the_per_block_mode() public {
        _perBlock();
        _join(ANN, 1, 60_000 ether);
        _pass(1 days);
        vm.expectEmit(address(pool));
        emit ILockingPool.DistributeReward(2, 1, 1, 761_000_000 gwei, 761_000 gwei);
        _reward(1, 1000);
        same(_seq(1).reward, 761_000_000 gwei);
        same(pool.accrued(), 0);
    }

    function test_the_per_block_mode_pays_no_more_than_the_highest_rate() public {
        _perBlock();
        _join(ANN, 1, 60_000 ether);
        _pass(1 days);
        // 5000 bps of 60,000 METIS for a day, and the blocks of 761,000 gwei that fit in it.
        uint256 cap = uint256(60_000 ether) / 730;
        uint256 most = cap / 761_000 gwei;
        uint256 over = (most + 1) * 761_000 gwei;
        bytes memory call =
            abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(most + 1)));
        _refused(MPC, call, abi.encodeWithSelector(ILockingPool.RewardCapExceeded.selector, over, cap));
        _reward(1, most);
        same(_seq(1).reward, most * 761_000 gwei);
        // What the cap left is not saved up.
        call = abi.encodeCall(pool.batchSubmitRewards, (3, 2, 2, _list(_signer(1)), _list(1)));
        bytes memory why = abi.encodeWithSelector(ILockingPool.RewardCapExceeded.selector, 761_000 gwei, 0);
        _refused(MPC, call, why);
    }

    function test_a_change_of_mode_does_not_pay_the_same_time_twice() public {
        _perBlock();
        _join(ANN, 1, 60_000 ether);
        _pass(365 days);
        _reward(1, 1);
        vm.prank(TIMELOCK);
        pool.setRewardMode(ILockingPool.RewardMode.TimeWeighted);
        same(pool.pendingPool(), 0);
    }

    // ---- the schedule --------------------------------------------------------------------------------

    function test_points_that_have_begun_stay_and_points_ahead_are_replaced() public {
        _join(ANN, 1, 60_000 ether);
        _pass(100 days);
        ILockingPool.RatePoint[] memory dropped = new ILockingPool.RatePoint[](1);
        dropped[0] = ILockingPool.RatePoint(uint64(START + 365 days), 0);
        ILockingPool.RatePoint[] memory added = new ILockingPool.RatePoint[](2);
        added[0] = ILockingPool.RatePoint(uint64(START + 200 days), 1000);
        added[1] = ILockingPool.RatePoint(uint64(START + 300 days), 5000);
        vm.expectEmit(address(pool));
        emit ILockingPool.RateScheduleChanged(dropped, added);
        vm.prank(TIMELOCK);
        pool.setRateSchedule(added);
        same(pool.currentRate(), 2000);
        _pass(300 days); // 200 days at 2000, 100 at 1000, 100 at 5000
        same(pool.currentRate(), 5000);
        same(pool.pendingPool(), uint256(60_000 ether) * (200 * 2 + 100 + 100 * 5) / 3650);
    }

    function test_a_schedule_is_ascending_not_in_the_past_and_not_above_the_highest_rate() public {
        _pass(10);
        ILockingPool.RatePoint[] memory points = new ILockingPool.RatePoint[](0);
        _scheduleRefused(points);
        _scheduleRefused(new ILockingPool.RatePoint[](257));
        points = new ILockingPool.RatePoint[](2);
        points[0] = ILockingPool.RatePoint(uint64(START + 9), 1);
        points[1] = ILockingPool.RatePoint(uint64(START + 20), 1);
        _scheduleRefused(points);
        points[0].start = uint64(START + 20);
        _scheduleRefused(points);
        points[0].start = uint64(START + 10);
        points[0].bps = 5001;
        _scheduleRefused(points);
        points[0].bps = 5000;
        vm.prank(TIMELOCK);
        pool.setRateSchedule(points);
    }

    function test_256_points_that_begin_between_two_calls_are_counted_each() public {
        ILockingPool.RatePoint[] memory points = new ILockingPool.RatePoint[](256);
        for (uint256 i = 0; i < 256; i++) {
            points[i] = ILockingPool.RatePoint(uint64(START + i * 1 days), uint16(i));
        }
        vm.prank(TIMELOCK);
        pool.setRateSchedule(points);
        _join(ANN, 1, 60_000 ether);
        _pass(256 days);
        _reward(1, 1);
        same(_seq(1).reward, uint256(60_000 ether) * (255 * 256 / 2) / 3_650_000);
    }

    function _perBlock() private {
        vm.prank(TIMELOCK);
        pool.setRewardMode(ILockingPool.RewardMode.PerBlock);
    }

    function _batch(address a, address b) private view returns (bytes memory) {
        return abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(a, b), _list(1, 1)));
    }

    function _batchRefused(
        uint256 batch,
        uint256 start,
        uint256 end,
        address[] memory s,
        uint256[] memory b,
        string memory why
    ) private {
        _refused(MPC, abi.encodeCall(pool.batchSubmitRewards, (batch, start, end, s, b)), _text(why));
    }

    function _scheduleRefused(ILockingPool.RatePoint[] memory points) private {
        bytes memory call = abi.encodeCall(pool.setRateSchedule, (points));
        _refused(TIMELOCK, call, _error(ILockingPool.BadSchedule.selector));
    }

    function _three() private returns (address[] memory all) {
        all = new address[](3);
        (all[0], all[1], all[2]) = (_signer(1), _signer(2), _signer(3));
    }

    function _blocks(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory all) {
        all = new uint256[](3);
        (all[0], all[1], all[2]) = (a, b, c);
    }
}
