// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rewards} from "../../src/lib/Rewards.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// A simulated year: L2 blocks slow down from 2 s to 3 s, batches come when they come, stake joins, grows,
/// shrinks and leaves. The rate is paid all the same.
contract RewardYearTest is PoolFixture {
    uint256 internal locked; // stake as it is
    uint256 internal lockedTime; // and its integral over time, counted here
    uint256 internal at; // up to when
    uint256 internal byBlocks; // what a fixed reward per block would have paid

    function test_a_year_of_drifting_blocks_and_changing_stake_pays_the_rate() public {
        uint256 target = _year(1);
        // A fixed reward per block, right for the first day, is off by far more than 0.1 %.
        uint256 off = byBlocks > target ? byBlocks - target : target - byBlocks;
        if (off < target / 1000) revert Differs(byBlocks, target);
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_any_such_year_pays_the_rate(uint64 seed) public {
        _year(seed);
    }

    function _year(uint256 x) private returns (uint256 target) {
        at = START;
        _stakeChanged(int256(_amountOf(_join(ANN, 1, 60_000 ether))));
        _stakeChanged(int256(_amountOf(_join(BEN, 2, 40_000 ether))));
        uint256 fixedReward = Rewards.perBlock(100_000 ether, 20, 2);
        uint256 end = START + 365 days;
        uint256 paidUpTo = START;
        while (block.timestamp < end) {
            x = uint256(keccak256(abi.encode(x)));
            uint256 next = block.timestamp + within(x, 1 days, 8 days);
            vm.warp(next < end ? next : end);
            _changeStake(x >> 32);
            _pay(fixedReward, paidUpTo, x >> 64);
            paidUpTo = block.timestamp;
        }
        _stakeChanged(0);
        uint256 paid = 1_000_000 ether - metis.balanceOf(address(vault));
        target = (lockedTime * 2000) / (10_000 * 365 days);
        if (paid > target || target - paid > target / 1000) revert Differs(paid, target);
        // It is exact but for the part of a wei that the next batch would pay.
        if (target - paid > 1) revert Differs(paid, target);
    }

    /// Blocks take 2 s at first and 3 s in the end.
    function _pay(uint256 fixedReward, uint256 since, uint256 x) private {
        uint256 time = block.timestamp - since;
        uint256 milli = 2000 + (1000 * (block.timestamp - START)) / 365 days;
        uint256 blocks = (time * 1000) / milli;
        byBlocks += blocks * fixedReward;
        uint256 mine = within(x, 1, blocks - 1);
        _reward(_list(_signer(1), _signer(2)), _list(mine, blocks - mine));
    }

    /// Ann's stake grows or shrinks; a third comes and goes.
    function _changeStake(uint256 x) private {
        uint256 amount = within(x >> 8, 1 ether, 5_000 ether);
        uint256 have = _amountOf(1);
        if (x % 4 == 0 && have + amount <= MAX) {
            _fund(ANN, amount);
            vm.prank(ANN);
            pool.relock(1, amount, false);
            _stakeChanged(int256(amount));
        } else if (x % 4 == 1 && have - amount >= MIN) {
            vm.prank(ANN);
            pool.withdraw(1, amount);
            _stakeChanged(-int256(amount));
        } else if (x % 4 == 2) {
            _comeOrGo(x);
        }
    }

    function _comeOrGo(uint256 x) private {
        uint256 id = pool.seqOwners(EVE);
        if (id == 0) {
            _stakeChanged(
                int256(_amountOf(_join(EVE, 3 + pool.totalSequencers(), within(x >> 16, MIN, MAX))))
            );
        } else if (_status(id) == 2) {
            vm.prank(EVE);
            pool.unlock(id, 0);
            _stakeChanged(-int256(_amountOf(id)));
        } else {
            vm.prank(EVE);
            pool.unlockClaim(id, 0);
        }
    }

    function _stakeChanged(int256 by) private {
        lockedTime += locked * (block.timestamp - at);
        at = block.timestamp;
        locked = uint256(int256(locked) + by);
    }

    function _amountOf(uint256 id) private view returns (uint256) {
        return _seq(id).amount;
    }
}
