// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DepositPause} from "../../src/staking/DepositPause.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {PreStake} from "../../src/staking/PreStake.sol";
import {VaultFixture} from "./VaultFixture.sol";

contract PreStakeTest is VaultFixture {
    function config() internal view override returns (L2Vault.Config memory c) {
        c = super.config();
        c.preStakePhase = true;
    }

    function preStake(address who, uint256 amount) private {
        vm.deal(who, who.balance + amount);
        vm.prank(who);
        vault.preStake{value: amount}();
    }

    function launch() private {
        asTimelock(abi.encodeCall(vault.launch, ()));
    }

    function test_points_are_amount_times_time() public {
        vm.expectEmit(address(vault));
        emit PreStake.PreStaked(ANN, 2 ether);
        preStake(ANN, 2 ether);
        vm.warp(block.timestamp + 10);
        preStake(ANN, 3 ether);
        vm.warp(block.timestamp + 10);
        same(vault.pointsOf(ANN), 70 ether);
        launch();
        vm.warp(block.timestamp + 10);
        same(vault.pointsOf(ANN), 70 ether);
        vault.migrate(ANN);
        vm.warp(block.timestamp + 10);
        same(vault.pointsOf(ANN), 70 ether);
    }

    function test_the_whole_deposit_leaves_at_any_time_before_launch() public {
        preStake(ANN, 2 ether);
        vm.warp(block.timestamp + 10);
        vm.prank(GUARDIAN);
        vault.pauseDeposits(true);
        vm.expectEmit(address(vault));
        emit PreStake.PreStakeExited(ANN, 2 ether);
        vm.prank(ANN);
        vault.exitPreStake(2 ether);
        same(ANN.balance, 2 ether);
        same(vault.pointsOf(ANN), 20 ether);
        vm.expectRevert(PreStake.NotEnoughPreStaked.selector);
        vm.prank(ANN);
        vault.exitPreStake(1);
    }

    function test_a_contract_that_takes_nothing_keeps_its_pre_stake() public {
        preStake(address(wmetis), 2 ether);
        vm.etch(address(wmetis), hex"5f5ffd");
        vm.expectRevert(L2Vault.PaymentFailed.selector);
        vm.prank(address(wmetis));
        vault.exitPreStake(2 ether);
        same(vault.preStakeOf(address(wmetis)), 2 ether);
    }

    function test_launch_turns_deposits_into_shares_one_to_one() public {
        preStake(ANN, 2 ether);
        preStake(BEN, 3 ether);
        vm.expectEmit(address(vault));
        emit PreStake.Launched(5 ether);
        launch();
        same(vault.rate(), 1 ether);
        same(vault.totalAssets(), 5 ether);
        gainAndWait(1 ether);
        vm.expectEmit(address(vault));
        emit PreStake.PreStakeMigrated(ANN, 2 ether);
        vault.migrate(ANN);
        vault.migrate(BEN);
        same(vault.balanceOf(ANN), 2 ether);
        same(vault.balanceOf(BEN), 3 ether);
        same(vault.preStaked(), 0);
        vm.expectRevert(PreStake.NotEnoughPreStaked.selector);
        vault.migrate(ANN);
    }

    function test_before_launch_there_are_no_shares_and_nothing_leaves_for_l1() public {
        preStake(ANN, 2 ether);
        vm.expectRevert(PreStake.NotLaunched.selector);
        vault.depositNative{value: 1 ether}(ANN);
        vm.expectRevert(PreStake.NotLaunched.selector);
        vault.migrate(ANN);
        same(vault.handOver(), 0);
        same(queue.fund(), 0);
        same(vault.maxDeposit(ANN), 0);
    }

    function test_pre_staking_has_the_bounds_of_deposits() public {
        vm.deal(ANN, CAPACITY + 1 ether);
        vm.startPrank(ANN);
        vm.expectRevert(L2Vault.BelowMinimum.selector);
        vault.preStake{value: 1}();
        vm.expectRevert(L2Vault.DepositCap.selector);
        vault.preStake{value: CAPACITY + 1}();
        vm.stopPrank();
        vm.prank(GUARDIAN);
        vault.pauseDeposits(true);
        vm.expectRevert(DepositPause.DepositsPaused.selector);
        vault.preStake{value: 1 ether}();
    }

    function test_launch_is_the_timelocks_and_once() public {
        vm.expectRevert(L2Vault.NotTimelock.selector);
        vault.launch();
        launch();
        vm.expectRevert(PreStake.AlreadyLaunched.selector);
        launch();
        vm.expectRevert(PreStake.AlreadyLaunched.selector);
        vault.preStake{value: 1 ether}();
        vm.expectRevert(PreStake.AlreadyLaunched.selector);
        vault.exitPreStake(0);
    }
}
