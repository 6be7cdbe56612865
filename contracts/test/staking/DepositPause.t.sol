// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DepositPause} from "../../src/staking/DepositPause.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {VaultFixture} from "./VaultFixture.sol";

contract DepositPauseTest is VaultFixture {
    function pause(bool yes) private {
        vm.prank(GUARDIAN);
        vault.pauseDeposits(yes);
    }

    function test_the_guardian_pauses_deposits_and_the_timelock_opens_them() public {
        deposit(ANN, 5 ether);
        vm.expectEmit(address(vault));
        emit DepositPause.DepositsPausedChanged(true, block.timestamp + 1 days);
        pause(true);
        same(vault.maxDeposit(ANN), 0);
        vm.deal(ANN, 1 ether);
        vm.expectRevert(DepositPause.DepositsPaused.selector);
        vm.prank(ANN);
        vault.depositNative{value: 1 ether}(ANN);
        vm.expectEmit(address(vault));
        emit DepositPause.DepositsPausedChanged(false, 0);
        asTimelock(abi.encodeCall(vault.pauseDeposits, (false)));
        deposit(ANN, 1 ether);
    }

    function test_a_pause_of_deposits_ends_by_itself() public {
        pause(true);
        vm.warp(block.timestamp + 1 days - 1);
        require(vault.depositsPaused());
        vm.warp(block.timestamp + 1);
        require(!vault.depositsPaused());
        deposit(ANN, 1 ether);
        vm.expectRevert(DepositPause.NotPaused.selector);
        pause(false);
    }

    function test_a_pause_of_deposits_is_followed_by_as_long_without_one() public {
        uint64 over = uint64(block.timestamp + 2 days);
        pause(true);
        vm.warp(over - 1);
        vm.expectRevert(abi.encodeWithSelector(DepositPause.PauseTooSoon.selector, over));
        pause(true);
        vm.warp(over);
        pause(true);
        pause(false);
        over = uint64(block.timestamp + 1 days);
        vm.warp(over - 1);
        vm.expectRevert(abi.encodeWithSelector(DepositPause.PauseTooSoon.selector, over));
        asTimelock(abi.encodeCall(vault.pauseDeposits, (true)));
        vm.warp(over);
        asTimelock(abi.encodeCall(vault.pauseDeposits, (true)));
    }

    function test_nobody_else_pauses_deposits() public {
        vm.expectRevert(L2Vault.NotGuardian.selector);
        vm.prank(ANN);
        vault.pauseDeposits(true);
    }
}
