// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IFeeVault} from "../../src/interfaces/IFeeVault.sol";
import {FeeVault} from "../../src/l2/FeeVault.sol";
import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {MirrorFixture} from "./MirrorFixture.sol";

/// Refuses money, or claims again when it comes.
contract Unwilling {
    bool public again;

    function setAgain() external {
        again = true;
    }

    receive() external payable {
        if (!again) revert();
        FeeVault(payable(msg.sender)).claim(address(this));
    }
}

contract FeeVaultTest is MirrorFixture {
    uint256 internal constant PERIOD = 2;
    uint256 internal constant FLOAT = 10 ether;

    FeeVault internal vault = FeeVault(Predeploys.FEE_VAULT);

    function setUp() public {
        makeMirror(address(new SequencerSet()));
        vm.etch(Predeploys.FEE_VAULT, address(new FeeVault()).code);
        vault.initialize(TIMELOCK, PERIOD, FLOAT);
        vm.deal(MPC, FLOAT);
        commit();
    }

    /// Epochs 0 and 1 of 20 blocks each are final.
    function settle() internal {
        vm.roll(40 + LAG + 1);
    }

    // Distributed

    function test_fees_are_shared_by_blocks() public {
        vm.roll(30);
        recommit(1, 26, 45, FIRST);
        vm.roll(45 + LAG + 1);
        vm.deal(address(vault), 1001);
        // Epochs 0 (20 blocks of the first) and 1 (5 blocks of the second).
        vm.expectEmit(address(vault));
        emit IFeeVault.Credited(FIRST, FIRST, 20, 800);
        vm.expectEmit(address(vault));
        emit IFeeVault.Credited(signerOf(1), signerOf(1), 5, 200);
        vm.expectEmit(address(vault));
        emit IFeeVault.Distributed(0, 1, 1001, 1000);
        vm.prank(STRANGER);
        vault.distribute(0, 1);
        same(vault.owed(FIRST), 800);
        same(vault.totalOwed(), 1000);
        same(vault.nextEpoch(), 2);
    }

    function test_a_signer_of_several_epochs_is_one_share() public {
        vm.roll(25);
        recommit(1, 23, 42, FIRST);
        vm.roll(25);
        commit();
        vm.roll(200);
        fromL1(TIMELOCK, address(vault), abi.encodeCall(vault.setPeriod, (3)));
        vm.deal(address(vault), 42);
        vm.expectEmit(address(vault));
        emit IFeeVault.Credited(FIRST, FIRST, 40, 40);
        vault.distribute(0, 2);
        same(vault.owed(signerOf(1)), 2);
    }

    function test_only_the_next_whole_period_and_only_when_final() public {
        vm.expectRevert(IFeeVault.NotFinalized.selector);
        vault.distribute(0, 1);
        vm.roll(40 + LAG);
        vm.expectRevert(IFeeVault.NotFinalized.selector);
        vault.distribute(0, 1);
        settle();
        bytes memory reason = abi.encodeWithSelector(IFeeVault.BadPeriod.selector, 0, 1);
        vm.expectRevert(reason);
        vault.distribute(0, 0);
        vm.expectRevert(reason);
        vault.distribute(1, 2);
        vault.distribute(0, 1);
        vm.expectRevert(abi.encodeWithSelector(IFeeVault.BadPeriod.selector, 2, 3));
        vault.distribute(0, 1);
    }

    function test_what_is_owed_is_not_distributed_again() public {
        settle();
        vm.deal(address(vault), 100);
        vault.distribute(0, 1);
        commit();
        commit();
        vm.roll(200);
        vm.deal(address(vault), 100 + 50);
        vault.distribute(2, 3);
        same(vault.totalOwed(), 150);
        same(vault.owed(FIRST), 50);
        same(vault.owed(signerOf(2)), 25);
    }

    // The account that keeps the mirror

    function test_the_epoch_account_is_funded_first() public {
        settle();
        vm.deal(MPC, 9 ether);
        vm.deal(address(vault), 3 ether);
        vm.expectEmit(address(vault));
        emit IFeeVault.EpochAccountFunded(MPC, 1 ether);
        vault.distribute(0, 1);
        same(MPC.balance, FLOAT);
        same(vault.totalOwed(), 2 ether);
    }

    function test_anyone_funds_the_epoch_account_but_not_from_what_is_owed() public {
        settle();
        vm.deal(address(vault), 3 ether);
        vault.distribute(0, 1);
        vm.deal(MPC, 0);
        vault.topUp();
        same(MPC.balance, 0);
        vm.deal(address(vault), 3 ether + 5);
        vm.prank(STRANGER);
        vault.topUp();
        same(MPC.balance, 5);
    }

    function test_an_epoch_account_that_refuses_stops_nobody() public {
        settle();
        vm.deal(MPC, 0);
        vm.etch(MPC, address(new Unwilling()).code);
        vm.deal(address(vault), 100);
        vault.distribute(0, 1);
        same(vault.totalOwed(), 100);
    }

    // Claimed

    function test_anyone_claims_for_an_account_once() public {
        settle();
        vm.deal(address(vault), 100);
        vault.distribute(0, 1);
        vm.expectEmit(address(vault));
        emit IFeeVault.Claimed(FIRST, 50);
        vm.prank(STRANGER);
        vault.claim(FIRST);
        same(FIRST.balance, 50);
        same(vault.totalOwed(), 50);
        vm.expectRevert(IFeeVault.NothingOwed.selector);
        vault.claim(FIRST);
    }

    function test_a_recipient_that_refuses_blocks_only_itself() public {
        Unwilling unwilling = new Unwilling();
        vm.prank(FIRST);
        vm.expectEmit(address(vault));
        emit IFeeVault.FeeRecipientSet(FIRST, FIRST, address(unwilling));
        vault.setFeeRecipient(address(unwilling));
        settle();
        vm.deal(address(vault), 100);
        vault.distribute(0, 1);
        vm.expectRevert(IFeeVault.PaymentFailed.selector);
        vault.claim(address(unwilling));
        vault.claim(signerOf(1));
        unwilling.setAgain();
        vm.expectRevert(IFeeVault.PaymentFailed.selector);
        vault.claim(address(unwilling));
        same(vault.owed(address(unwilling)), 50);
    }

    function test_a_recipient_can_be_taken_back() public {
        vm.startPrank(FIRST);
        vault.setFeeRecipient(STRANGER);
        same(vault.feeRecipientOf(FIRST), STRANGER);
        vault.setFeeRecipient(address(0));
        same(vault.feeRecipientOf(FIRST), FIRST);
    }

    function test_money_by_a_call_is_refused() public {
        vm.deal(address(this), 1);
        (bool done,) = address(vault).call{value: 1}("");
        if (done) revert Differs(1, 0);
    }

    // Parameters

    function message(address from, bytes calldata call) external {
        fromL1(from, address(vault), call);
    }

    function test_parameters_change_by_the_timelock() public {
        vm.expectRevert(IFeeVault.NotTimelock.selector);
        vault.setPeriod(3);
        vm.expectRevert(IFeeVault.NotTimelock.selector);
        this.message(STRANGER, abi.encodeCall(vault.setEpochFloat, (1)));
        vm.expectRevert(IFeeVault.BadValue.selector);
        this.message(TIMELOCK, abi.encodeCall(vault.setPeriod, (0)));
        vm.expectRevert(IFeeVault.BadValue.selector);
        this.message(TIMELOCK, abi.encodeCall(vault.setPeriod, (257)));
        vm.expectEmit(address(vault));
        emit IFeeVault.PeriodChanged(PERIOD, 256);
        this.message(TIMELOCK, abi.encodeCall(vault.setPeriod, (256)));
        vm.expectEmit(address(vault));
        emit IFeeVault.EpochFloatChanged(FLOAT, 1);
        this.message(TIMELOCK, abi.encodeCall(vault.setEpochFloat, (1)));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        vault.initialize(TIMELOCK, PERIOD, FLOAT);
    }
}
