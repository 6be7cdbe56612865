// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {VaultBooks} from "../../src/staking/VaultBooks.sol";
import {VaultShare} from "../../src/staking/VaultShare.sol";
import {VaultFixture} from "./VaultFixture.sol";

contract L2VaultTest is VaultFixture {
    // Vectors of section 12.2.

    function test_the_first_deposit_is_one_to_one() public {
        vm.expectEmit(address(vault));
        emit IERC4626.Deposit(ANN, ANN, 1000 ether, 1000 ether);
        same(deposit(ANN, 1000 ether), 1000 ether);
    }

    function test_a_reward_a_later_deposit_and_a_redemption_by_the_vectors() public {
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        same(vault.totalAssets(), 1090 ether);
        same(vault.rate(), 1_089_910_089_910_089_910);
        same(deposit(BEN, 500 ether), 458_753_437_213_565_536_205);
        same(vault.previewRedeem(1000 ether), 1_089_910_089_910_089_910_090);
    }

    // In.

    function test_wmetis_and_metis_are_deposited_alike() public {
        vm.deal(ANN, 10 ether);
        vm.startPrank(ANN);
        wmetis.deposit{value: 10 ether}();
        wmetis.approve(address(vault), 10 ether);
        same(vault.deposit(4 ether, BEN), 4 ether);
        same(vault.mint(6 ether, BEN), 6 ether);
        vm.stopPrank();
        same(vault.balanceOf(BEN), 10 ether);
        same(address(vault).balance, 10 ether);
        same(vault.buffer(), 10 ether);
        same(vault.asset(), address(wmetis));
        same(vault.decimals(), 18);
    }

    function test_less_than_the_minimum_is_refused() public {
        vm.deal(ANN, 1 ether);
        vm.expectRevert(L2Vault.BelowMinimum.selector);
        vm.prank(ANN);
        vault.depositNative{value: 1 ether - 1}(ANN);
    }

    function test_deposits_end_at_what_sequencers_can_hold() public {
        same(vault.maxDeposit(ANN), CAPACITY);
        same(vault.maxMint(ANN), CAPACITY);
        deposit(ANN, CAPACITY - 1 ether);
        same(vault.maxDeposit(ANN), 1 ether);
        vm.deal(ANN, 2 ether);
        vm.expectRevert(L2Vault.DepositCap.selector);
        vm.prank(ANN);
        vault.depositNative{value: 1 ether + 1}(ANN);
        deposit(ANN, 1 ether);
        same(vault.maxDeposit(ANN), 0);
    }

    function test_stray_metis_is_refused() public {
        vm.deal(ANN, 1 ether);
        vm.prank(ANN);
        (bool ok, bytes memory reason) = address(vault).call{value: 1 ether}("");
        require(!ok && bytes4(reason) == L2Vault.NotWmetis.selector);
    }

    // Out.

    function test_shares_are_burned_at_the_request_and_the_ticket_keeps_its_rate() public {
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        uint256 worth = vault.previewRedeem(500 ether);
        vm.expectEmit(address(vault));
        emit L2Vault.RedeemRequested(1, ANN, 500 ether, worth);
        uint256 ticket = redeem(ANN, 500 ether);
        same(vault.balanceOf(ANN), 500 ether);
        gainAndWait(200 ether);
        (uint256 assets,,) = queue.ticket(ticket);
        same(assets, worth);
        same(queue.ownerOf(ticket), ANN);
    }

    function test_others_need_an_allowance_to_redeem_and_the_ticket_is_the_owners() public {
        deposit(ANN, 10 ether);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, BEN, 0, 1 ether)
        );
        vm.prank(BEN);
        vault.requestRedeem(1 ether, ANN);
        vm.prank(ANN);
        vault.approve(BEN, 1 ether);
        vm.prank(BEN);
        same(queue.ownerOf(vault.requestRedeem(1 ether, ANN)), ANN);
    }

    function test_nothing_is_not_redeemed() public {
        vm.expectRevert(L2Vault.BelowMinimum.selector);
        redeem(ANN, 0);
    }

    function test_redemption_at_once_names_the_queue() public {
        vm.expectRevert(VaultShare.UseQueue.selector);
        vault.withdraw(1, ANN, ANN);
        vm.expectRevert(VaultShare.UseQueue.selector);
        vault.redeem(1, ANN, ANN);
        same(vault.maxWithdraw(ANN), 0);
        same(vault.maxRedeem(ANN), 0);
    }

    // Rate.

    function test_a_gain_drips_slower_than_a_percent_a_period() public {
        deposit(ANN, 1000 ether);
        report(100 ether);
        same(vault.rate(), 1 ether);
        for (uint256 day = 0; day < 5; day++) {
            uint256 before = vault.rate();
            for (uint256 i = 0; i < 24; i++) {
                vm.warp(block.timestamp + 1 hours);
                vault.collectFees();
            }
            require(vault.rate() > before);
            require(vault.rate() * 100 <= before * 101);
        }
    }

    function test_a_loss_applies_at_once_and_is_not_charged_for_twice() public {
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        report(40 ether);
        same(vault.totalAssets(), 1030 ether);
        gainAndWait(100 ether);
        same(vault.totalAssets(), 1090 ether);
        same(vault.booksNow().feesDue, 10 ether);
    }

    function test_a_loss_takes_first_what_has_not_dripped() public {
        deposit(ANN, 1000 ether);
        report(100 ether);
        report(0);
        vm.warp(block.timestamp + 365 days);
        same(vault.totalAssets(), 1000 ether);
    }

    function test_a_loss_beyond_all_assets_is_filled_by_the_next_gains() public {
        deposit(ANN, 100 ether);
        redeem(ANN, 90 ether);
        report(-30 ether);
        same(vault.totalAssets(), 0);
        same(vault.booksNow().deficit, 20 ether);
        gainAndWait(-5 ether);
        vm.warp(block.timestamp + 730 days);
        same(vault.totalAssets(), 5 ether);
        same(vault.booksNow().deficit, 0);
    }

    function test_the_last_to_leave_after_a_loss_can_leave() public {
        deposit(ANN, 1000 ether);
        report(-50 ether);
        (uint256 assets,,) = queue.ticket(redeem(ANN, 1000 ether));
        same(assets, 950 ether);
        same(vault.totalAssets(), 0);
    }

    function test_reports_are_numbered() public {
        vm.expectEmit(address(vault));
        emit L2Vault.RateReported(7, 0, 0);
        vault.report(7, IL2Vault.Totals(0, 5 ether, 0, 0));
        same(vault.capacity(), 5 ether);
        vm.expectRevert(L2Vault.StaleReport.selector);
        vault.report(7, IL2Vault.Totals(0, 5 ether, 0, 0));
    }

    function test_only_the_transmitter_reports_arrives_and_takes() public {
        vm.startPrank(ANN);
        vm.expectRevert(L2Vault.NotTransmitter.selector);
        vault.report(1, IL2Vault.Totals(0, 0, 0, 0));
        vm.expectRevert(L2Vault.NotTransmitter.selector);
        vault.arrive(1);
        vm.expectRevert(L2Vault.NotTransmitter.selector);
        vault.handOver();
        vm.expectRevert(L2Vault.NotQueue.selector);
        vault.payQueue(1);
        vm.stopPrank();
    }

    // To and from L1.

    function test_tickets_come_before_what_goes_to_l1() public {
        deposit(ANN, 10 ether);
        redeem(ANN, 4 ether);
        same(vault.dispatchable(), 6 ether);
        same(vault.handOver(), 6 ether);
        same(vault.buffer(), 4 ether);
        same(vault.handOver(), 0);
    }

    function test_what_l1_sent_counts_when_the_chain_has_credited_it() public {
        vm.expectRevert(L2Vault.NotCredited.selector);
        vault.arrive(5 gwei);
        vm.deal(address(vault), 5 gwei);
        vault.arrive(5 gwei);
        same(vault.buffer(), 5 gwei);
        same(vault.totalAssets(), 0);
    }

    function test_what_is_less_than_a_gwei_waits_as_it_does_at_the_bridge() public {
        vm.deal(address(vault), 3 gwei);
        vault.arrive(1 gwei + 6);
        same(vault.dust(), 6);
        same(vault.buffer(), 1 gwei);
        vault.arrive(2 gwei - 6);
        same(vault.dust(), 0);
        same(vault.buffer(), 3 gwei);
        same(vault.arrivedDown(), 3 gwei);
    }

    // Fees and gifts.

    function test_fees_are_paid_in_shares_and_do_not_move_the_rate() public {
        asTimelock(abi.encodeCall(vault.setFees, (1000, 600)));
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        uint256 rate = vault.rate();
        vm.expectEmit(false, false, false, false);
        emit L2Vault.FeesPaid(0, 0);
        vault.collectFees();
        same(vault.rate(), rate);
        same(vault.totalAssets(), 1100 ether);
        same(vault.previewRedeem(vault.balanceOf(TREASURY)), 10 ether - 1);
        same(vault.previewRedeem(vault.balanceOf(OPERATORS)), 6 ether - 1);
    }

    function test_fees_change_by_the_timelock_within_bounds() public {
        vm.expectEmit(address(vault));
        emit L2Vault.FeesChanged(1000, 0, 1200, 800);
        asTimelock(abi.encodeCall(vault.setFees, (1200, 800)));
        vm.expectRevert(VaultBooks.FeeTooHigh.selector);
        asTimelock(abi.encodeCall(vault.setFees, (1200, 801)));
        vm.expectRevert(L2Vault.NotTimelock.selector);
        vault.setFees(0, 0);
    }

    function test_given_wmetis_goes_to_the_treasury() public {
        vm.deal(address(this), 3 ether);
        wmetis.deposit{value: 3 ether}();
        wmetis.transfer(address(vault), 3 ether);
        vm.expectEmit(address(vault));
        emit L2Vault.Swept(3 ether);
        vault.sweep();
        same(wmetis.balanceOf(TREASURY), 3 ether);
    }

    // Invariants in small.

    function testFuzz_who_deposits_and_redeems_gains_nothing(uint256 gain, uint256 amount) public {
        deposit(ANN, 1000 ether);
        gainAndWait(int256(within(gain, 0, 1000 ether)));
        amount = within(amount, 1 ether, 100_000 ether);
        (uint256 assets,,) = queue.ticket(redeem(BEN, deposit(BEN, amount)));
        require(assets <= amount && assets + 3 >= amount);
    }
}
