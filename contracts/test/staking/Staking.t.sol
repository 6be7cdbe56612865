// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L1Strategy} from "../../src/staking/L1Strategy.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {StakingFixture} from "./StakingFixture.sol";

/// One way up, one way down, through every contract of both chains.
contract StakingTest is StakingFixture {
    // Up.

    function test_deposits_become_stake_of_the_sequencer_furthest_below_its_target() public {
        deposit(alice, 30_000 ether);
        vm.expectEmit(address(t2));
        emit L2Transmitter.Dispatched(1, 30_000 ether);
        t2.dispatch();
        pump();
        require(t1.arrived(1));
        same(t1.arrivedUp(), 30_000 ether);
        vm.expectEmit(address(strategy));
        emit L1Strategy.Allocated(address(one), 30_000 ether);
        strategy.allocate();
        same(pool.sequencerOf(one.id()).amount, 30_000 ether);
        same(pool.sequencerOf(one.id()).rewardRecipient, address(vault));
        same(pool.sequencerOf(one.id()).owner, address(one));
        stake(bob, 40_000 ether);
        same(pool.sequencerOf(one.id()).amount, 70_000 ether);
        stake(bob, 20_000 ether);
        same(pool.sequencerOf(two.id()).amount, 20_000 ether);
        same(uint256(t1.gain()), 0);
    }

    function test_little_waits_for_company_or_time() public {
        deposit(alice, 4999 ether);
        vm.expectRevert(L2Transmitter.TooEarly.selector);
        t2.dispatch();
        vm.warp(block.timestamp + 10);
        t2.dispatch();
        vm.warp(block.timestamp + 10);
        vm.expectRevert(L2Transmitter.TooEarly.selector);
        t2.dispatch();
    }

    function test_a_first_stake_is_at_least_the_minimum() public {
        deposit(alice, 19_999 ether);
        t2.dispatch();
        pump();
        vm.expectRevert(L1Strategy.BelowMinLock.selector);
        strategy.allocate();
        stake(alice, 5000 ether);
        same(strategy.idle(), 0);
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.allocate();
    }

    function test_full_vaults_take_nothing() public {
        stake(alice, 100_000 ether);
        stake(alice, 50_000 ether);
        vm.prank(TIMELOCK);
        strategy.setTarget(address(two), 40_000 ether);
        metis.mint(address(strategy), 1 ether);
        vm.prank(address(t1));
        strategy.receiveMetis(1 ether);
        vm.expectRevert(L1Strategy.VaultFull.selector);
        strategy.allocate();
    }

    // Rewards.

    function test_rewards_raise_the_rate_when_a_report_arrives() public {
        stake(alice, 30_000 ether);
        uint256 got = reward(one, 30 days);
        require(got > 470 ether && got < 500 ether);
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.harvest(address(one));
        got += reward(one, 30 days);
        vm.expectEmit(address(strategy));
        emit L1Strategy.Harvested(address(one), got, true);
        strategy.harvest(address(one));
        same(pool.sequencerOf(one.id()).amount, 30_000 ether + got);
        vm.expectEmit(address(t1));
        emit L1Transmitter.Reported(2, int256(got));
        t1.report();
        pump();
        vm.warp(block.timestamp + 1 days);
        same(vault.totalAssets(), 30_000 ether + got - got / 10);
    }

    function test_rewards_of_a_full_stake_go_to_the_vault_and_are_counted_once() public {
        stake(alice, 100_000 ether);
        uint256 got = reward(one, 30 days);
        strategy.harvest(address(one));
        same(uint256(t1.gain()), got);
        t1.report();
        pump();
        vm.warp(block.timestamp + 1 days);
        same(vault.totalAssets(), 100_000 ether + got - got / 10);
        same(vault.buffer() + vault.dust(), got);
        same(t1.sentDown(), got);
    }

    function test_a_slash_lowers_the_rate_at_once() public {
        stake(alice, 30_000 ether);
        uint256 id = one.id();
        vm.prank(SLASHER);
        pool.slash(id, 500, address(0));
        t1.report();
        pump();
        same(vault.totalAssets(), 28_500 ether);
    }

    // Down.

    function test_tickets_are_paid_from_stake_above_the_minimum() public {
        stake(alice, 30_000 ether);
        uint256 ticket = redeem(alice, 5000 ether);
        vm.expectEmit(address(t2));
        emit L2Transmitter.FundsRequested(2, 5000 ether);
        t2.requestFunds();
        vm.expectRevert(L2Transmitter.NothingToAsk.selector);
        t2.requestFunds();
        pump();
        same(t1.due(), 5000 ether);
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.requestFunds();
        reward(one, 1);
        vm.expectEmit(address(strategy));
        emit L1Strategy.Drawn(address(one), 5000 ether);
        strategy.draw(address(one));
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.draw(address(one));
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.allocate();
        vm.expectEmit(address(strategy));
        emit L1Strategy.FundsReturned(1, 5000 ether);
        strategy.requestFunds();
        pump();
        require(t2.arrived(1));
        line.fund();
        vm.prank(alice);
        line.claim(ticket);
        same(alice.balance, 5000 ether);
    }

    function test_a_whole_stake_leaves_when_nothing_less_pays_the_tickets() public {
        stake(alice, 30_000 ether);
        redeem(alice, 30_000 ether);
        t2.requestFunds();
        pump();
        strategy.noteShortage();
        uint256 got = reward(one, 1 days);
        vm.expectEmit(address(strategy));
        emit L1Strategy.ExitBegun(address(one), 30_000 ether);
        strategy.beginExit();
        same(t1.sentDown(), got);
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.beginExit();
        vm.warp(block.timestamp + 60);
        vm.expectEmit(address(strategy));
        emit L1Strategy.ExitDone(address(one), 30_000 ether);
        strategy.finishExit(address(one));
        strategy.requestFunds();
        pump();
        line.fund();
        vm.prank(alice);
        line.claim(1);
        same(alice.balance, 30_000 ether);
        vm.expectEmit(address(strategy));
        emit L1Strategy.VaultRemoved(address(one));
        vm.prank(TIMELOCK);
        strategy.removeVault(address(one));
    }

    function test_a_stake_that_could_be_drawn_is_not_ended_before_an_exit_delay() public {
        stake(alice, 30_000 ether);
        redeem(alice, 5000 ether);
        t2.requestFunds();
        pump();
        strategy.noteShortage();
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.beginExit();
        vm.warp(block.timestamp + 60);
        strategy.beginExit();
    }

    // Who may.

    function test_messages_come_from_the_other_end_only() public {
        vm.expectRevert(L1Transmitter.NotBridge.selector);
        t1.onL2Message(address(t2), 0, abi.encode(uint64(9), uint256(0)));
        vm.prank(address(bridge));
        vm.expectRevert(L1Transmitter.UnknownTransfer.selector);
        t1.onL2Message(alice, 0, abi.encode(uint64(9), uint256(0)));
        vm.startPrank(address(bridge));
        vm.expectEmit(address(t1));
        emit L1Transmitter.Arrived(9, 0);
        t1.onL2Message(address(t2), 0, abi.encode(uint64(9), uint256(0)));
        vm.expectRevert(L1Transmitter.AlreadyArrived.selector);
        t1.onL2Message(address(t2), 0, abi.encode(uint64(9), uint256(0)));
        vm.stopPrank();
        vm.expectRevert(L2Transmitter.UnknownTransfer.selector);
        t2.onReturn(1, 1);
        vm.prank(address(messenger));
        vm.expectRevert(L2Transmitter.UnknownTransfer.selector);
        t2.onReturn(1, 1);
        vm.expectRevert(L1Transmitter.NotStrategy.selector);
        t1.sendDown(1);
        vm.expectRevert(L1Transmitter.NotStrategy.selector);
        t1.nameReward(1);
    }

    function test_the_vault_of_a_sequencer_obeys_the_strategy_only() public {
        vm.startPrank(alice);
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.lock(1);
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.increase(1, false);
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.withdraw(1);
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.claimRewards();
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.unlock();
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.unlockClaim();
        vm.expectRevert(SequencerVault.NotStrategy.selector);
        one.requestSignerUpdate("", "");
        vm.expectRevert(SequencerVault.NotSigner.selector);
        one.setProof("");
        vm.stopPrank();
    }

    function test_governance_alone_chooses_sequencers() public {
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.addVault(alice, 1);
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.removeVault(address(one));
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.setTarget(address(one), 1);
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.exitVault(address(one));
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.nameForced(1);
        vm.expectRevert(L1Strategy.NotTimelock.selector);
        strategy.requestSignerUpdate(address(one), "", "");
        vm.expectRevert(L1Strategy.NotTransmitter.selector);
        strategy.receiveMetis(1);
        vm.expectRevert(L1Strategy.NotVault.selector);
        strategy.harvest(alice);
        stake(alice, 30_000 ether);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(L1Strategy.VaultInUse.selector);
        strategy.addVault(address(one), 1);
        vm.expectRevert(L1Strategy.VaultInUse.selector);
        strategy.removeVault(address(one));
        vm.expectEmit(address(strategy));
        emit L1Strategy.TargetChanged(address(one), 100_000 ether, 20_000 ether);
        strategy.setTarget(address(one), 20_000 ether);
        same(strategy.capacity(), 70_000 ether);
        strategy.exitVault(address(one));
        vm.stopPrank();
        same(strategy.targetOf(address(one)), 0);
    }

    function test_stray_value_is_refused_and_surplus_comes_back() public {
        vm.deal(address(this), 1 ether);
        (bool ok,) = address(strategy).call{value: 1}("");
        require(!ok);
        (ok,) = address(t1).call{value: 1}("");
        require(!ok);
        (ok,) = address(t2).call{value: 1}("");
        require(!ok);
        (ok,) = address(one).call{value: 1}("");
        require(!ok);
        stake(alice, 100_000 ether);
        vm.prank(TIMELOCK);
        bridge.setFee(0.01 ether);
        t1.report{value: 0.5 ether}();
        same(address(this).balance, 0.99 ether);
        reward(one, 30 days);
        strategy.harvest{value: 0.5 ether}(address(one));
        same(address(this).balance, 0.97 ether);
        same(address(strategy).balance + address(t1).balance + address(one).balance, 0);
    }
}
