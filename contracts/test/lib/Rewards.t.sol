// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rewards} from "../../src/lib/Rewards.sol";
import {Mini} from "../Mini.sol";

/// The vectors of section 11.5, to the wei.
contract RewardsTest is Mini {
    function test_the_reward_of_a_block_is_that_of_the_reference() public pure {
        same(Rewards.perBlock(60_000 ether, 20, 2), 761_035_007_610_350);
        same(Rewards.perBlock(118_634.58 ether, 20, 2), 1_504_751_141_552_511);
        same(Rewards.perBlock(60_000 ether, 20, 8), 3_044_140_030_441_400);
        same(Rewards.perBlock(20_000 ether, 20, 2), 253_678_335_870_116);
        same(Rewards.perBlock(100_000 ether, 20, 2), 1_268_391_679_350_583);
        same(Rewards.perBlock(60_000 ether, 20, 12), 4_566_210_045_662_100);
        same(Rewards.perBlock(60_000 ether, 15, 12), 3_424_657_534_246_575);
    }

    function test_a_year_of_rounded_blocks_is_1200000_wei_short_of_the_rate() public pure {
        same(15_768_000 * Rewards.perBlock(60_000 ether, 20, 2), 12_000 ether - 1_200_000);
    }

    /// 15 % at 12 s is 10.6 % at 17 s, 10.3 % at 17.5 s, 10 % at 18 s: why we pay by time.
    function test_a_fixed_reward_pays_less_when_blocks_are_slower() public pure {
        uint256 locked = 218_622 ether;
        uint256 fixedReward = 12_478_422_370_000_000;
        uint256 perYear = fixedReward * Rewards.YEAR * 1000 * 2; // blocks at half seconds, per mille
        same((perYear / (12 * 2) + locked / 2) / locked, 150);
        same((perYear / (17 * 2) + locked / 2) / locked, 106);
        same((perYear / 35 + locked / 2) / locked, 103);
        same((perYear / (18 * 2) + locked / 2) / locked, 100);
    }

    function test_a_rate_or_interval_outside_the_formula_is_refused() public {
        (uint256[2][3] memory bad) = [[uint256(0), 2], [uint256(51), 2], [uint256(20), 0]];
        for (uint256 i = 0; i < bad.length; i++) {
            vm.expectRevert(Rewards.BadRate.selector);
            this.perBlock(60_000 ether, bad[i][0], bad[i][1]);
        }
        this.perBlock(60_000 ether, 1, 1);
        this.perBlock(60_000 ether, 50, 1);
    }

    function test_pools_and_remainders_are_those_of_the_design() public pure {
        uint256 a = Rewards.accrual(60_000 ether, 2000, 604_800);
        _pool(a, 72_576e27, 230_136_986_301_369_863_013, 220_320_000_000);
        uint256 b =
            Rewards.accrual(60_000 ether, 2000, 302_400) + Rewards.accrual(160_000 ether, 2000, 302_400);
        _pool(b, 133_056e27, 421_917_808_219_178_082_191, 246_240_000_000);
        uint256 c = Rewards.accrual(60_000 ether, 2000, 259_200) + Rewards.accrual(60_000 ether, 0, 345_600);
        _pool(c, 31_104e27, 98_630_136_986_301_369_863, 4_320_000_000);
        uint256 d = Rewards.accrual(118_634.58 ether, 2000, 14 days);
        _pool(d, 287_000_775_936e21, 910_073_490_410_958_904_109, 185_760_000_000);
        uint256 e = Rewards.accrual(60_000 ether, 1500, 604_800);
        _pool(e, 54_432e27, 172_602_739_726_027_397_260, 86_400_000_000);
        uint256 f = Rewards.accrual(60_000 ether, 2000, 365 days);
        _pool(f, 378_432e28, 12_000 ether, 0);
        _pool(2 * a, 145_152e27, 460_273_972_602_739_726_027, 125_280_000_000);
    }

    function testFuzz_a_pool_and_its_remainder_are_what_accrued(uint128 accrued) public pure {
        (uint256 whole, uint256 rest) = Rewards.pool(accrued);
        same(whole * Rewards.WHOLE * Rewards.YEAR + rest, accrued);
        if (rest >= Rewards.WHOLE * Rewards.YEAR) revert Differs(rest, 0);
    }

    function test_a_share_may_pass_through_512_bits() public pure {
        same(
            Rewards.share(type(uint256).max, type(uint256).max / 2, type(uint256).max), type(uint256).max / 2
        );
    }

    function perBlock(uint256 locked, uint256 rate, uint256 interval) external pure returns (uint256) {
        return Rewards.perBlock(locked, rate, interval);
    }

    function _pool(uint256 accrued, uint256 wantAccrued, uint256 wantWhole, uint256 wantRest) private pure {
        same(accrued, wantAccrued);
        (uint256 whole, uint256 rest) = Rewards.pool(accrued);
        same(whole, wantWhole);
        same(rest, wantRest);
    }
}
