// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {L1Strategy} from "../../src/staking/L1Strategy.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {StakingFixture} from "./StakingFixture.sol";

/// What L1Strategy does at the edges: vaults that cannot begin, that left, that were removed; the float.
contract StrategyTest is StakingFixture {
    function asTimelock() private {
        vm.prank(TIMELOCK);
    }

    function leaveWhole(SequencerVault v) private {
        vm.prank(TIMELOCK);
        strategy.exitVault(address(v));
        vm.warp(block.timestamp + 60);
        strategy.finishExit(address(v));
    }

    // Vaults.

    function test_rewards_credited_after_the_removal_of_a_vault_are_claimed() public {
        stake(alice, 30_000 ether);
        leaveWhole(one);
        asTimelock();
        strategy.removeVault(address(one));
        int256 gain = t1.gain();
        vm.deal(address(this), 1 ether);
        stake(bob, 30_000 ether);
        uint256 late = reward(one, 30 days);
        same(uint256(t1.gain()), uint256(gain));
        asTimelock();
        bridge.setFee(0.1 ether);
        vm.expectEmit(address(strategy));
        emit L1Strategy.Harvested(address(one), late, false);
        strategy.harvest{value: 1 ether}(address(one));
        same(address(this).balance, 0.8 ether);
        same(uint256(t1.gain() - gain), late);
        pump();
        same(vault.arrivedDown(), late);
        vm.expectRevert(L1Strategy.NothingToDo.selector);
        strategy.harvest(address(one));
        vm.expectRevert(L1Strategy.NotVault.selector);
        strategy.draw(address(one));
    }

    function test_a_vault_that_never_began_is_removed_and_comes_again() public {
        asTimelock();
        strategy.removeVault(address(two));
        asTimelock();
        vm.expectEmit(address(strategy));
        emit L1Strategy.VaultAdded(address(two), 20_000 ether);
        strategy.addVault(address(two), 20_000 ether);
        same(strategy.vaults().length, 2);
    }

    function test_a_target_below_the_least_stake_is_refused_for_who_has_not_begun() public {
        SequencerVault three = _newVaultOf("three");
        vm.startPrank(TIMELOCK);
        vm.expectRevert(L1Strategy.BelowMinLock.selector);
        strategy.addVault(address(three), 20_000 ether - 1);
        strategy.addVault(address(three), 0);
        vm.expectRevert(L1Strategy.BelowMinLock.selector);
        strategy.setTarget(address(three), 1);
        vm.stopPrank();
        stake(alice, 30_000 ether);
        asTimelock();
        strategy.setTarget(address(one), 1);
        same(strategy.targetOf(address(one)), 1);
    }

    /// The least stake may be raised above a target later.
    function test_a_target_below_the_least_stake_does_not_block_the_others() public {
        stake(alice, 99_000 ether);
        same(strategy.capacity(), 150_000 ether);
        vm.prank(TIMELOCK);
        info.setMinLock(60_000 ether);
        same(strategy.capacity(), 100_000 ether);
        deposit(bob, 5000 ether);
        t2.dispatch();
        pump();
        vm.expectEmit(address(strategy));
        emit L1Strategy.Allocated(address(one), 1000 ether);
        strategy.allocate();
        vm.expectRevert(L1Strategy.VaultFull.selector);
        strategy.allocate();
    }

    function test_a_vault_that_the_pool_would_not_take_does_not_block_the_others() public {
        require(one.ready());
        vm.startPrank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        pool.setWhitelist(address(two), true);
        vm.stopPrank();
        require(!one.ready() && two.ready());
        deposit(alice, 30_000 ether);
        t2.dispatch();
        pump();
        vm.expectEmit(address(strategy));
        emit L1Strategy.Allocated(address(two), 30_000 ether);
        strategy.allocate();
        require(!two.ready());
    }

    function test_a_stake_that_is_struck_from_the_list_does_not_block_the_others() public {
        stake(alice, 30_000 ether);
        vm.startPrank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        pool.setWhitelist(address(two), true);
        vm.stopPrank();
        deposit(bob, 30_000 ether);
        t2.dispatch();
        pump();
        vm.expectEmit(address(strategy));
        emit L1Strategy.Allocated(address(two), 30_000 ether);
        strategy.allocate();
    }

    function test_rewards_of_a_stake_that_is_struck_from_the_list_go_to_the_vault() public {
        stake(alice, 60_000 ether);
        uint256 got = reward(one, 30 days);
        asTimelock();
        pool.setWhitelistEnabled(true);
        vm.expectEmit(address(strategy));
        emit L1Strategy.Harvested(address(one), got, false);
        strategy.harvest(address(one));
        same(t1.sentDown(), got);
    }

    function test_a_vault_that_leaves_is_no_capacity_any_more() public {
        stake(alice, 30_000 ether);
        redeem(alice, 30_000 ether);
        t2.requestFunds();
        pump();
        same(strategy.capacity(), 150_000 ether);
        strategy.noteShortage();
        strategy.beginExit();
        same(strategy.targetOf(address(one)), 100_000 ether);
        same(strategy.capacity(), 50_000 ether);
        vm.warp(block.timestamp + 60);
        strategy.finishExit(address(one));
        same(strategy.capacity(), 50_000 ether);
    }

    function test_a_provider_has_at_most_64_vaults() public {
        vm.startPrank(TIMELOCK);
        for (uint256 i = 2; i < strategy.MAX_VAULTS(); i++) {
            strategy.addVault(address(_newVaultOf(string(abi.encode(i)))), 0);
        }
        SequencerVault last = _newVaultOf("last");
        vm.expectRevert(L1Strategy.TooManyVaults.selector);
        strategy.addVault(address(last), 0);
        vm.stopPrank();
        same(strategy.vaults().length, 64);
    }

    function test_rewards_that_leave_by_force_are_named_by_the_same_proposal() public {
        stake(alice, 30_000 ether);
        uint256 got = reward(one, 30 days);
        uint256 id = one.id();
        vm.startPrank(TIMELOCK);
        pool.forceUnlock(id, 0);
        vm.expectEmit(address(t1));
        emit L1Transmitter.SentDown(1, got);
        strategy.nameForced(got);
        vm.stopPrank();
        same(uint256(t1.gain()), got);
        pump();
        same(vault.arrivedDown(), got);
        same(vault.buffer() + vault.dust(), got);
    }

    // The float.

    function dispatched(uint256 amount) private returns (L2Message memory) {
        deposit(alice, amount);
        t2.dispatch();
        collect();
        return toL1[toL1.length - 1];
    }

    function test_the_float_is_locked_at_once_and_repaid_by_what_arrives() public {
        L2Message memory m = dispatched(30_000 ether);
        lend(30_000 ether, m);
        same(uint256(t1.gain()), 0);
        same(strategy.floatOwed(), 30_000 ether);
        same(pool.sequencerOf(one.id()).amount, 30_000 ether);
        pump();
        same(metis.balanceOf(PROVIDER), 30_000 ether);
        same(strategy.floatOwed(), 0);
        same(uint256(t1.gain()), 0);
    }

    function test_arrivals_repay_the_float_first() public {
        L2Message memory m = dispatched(25_000 ether);
        lend(20_000 ether, m);
        metis.mint(address(strategy), 25_000 ether);
        vm.expectEmit(address(strategy));
        emit L1Strategy.FloatRepaid(20_000 ether);
        vm.prank(address(t1));
        strategy.receiveMetis(25_000 ether);
        same(metis.balanceOf(PROVIDER), 20_000 ether);
        same(strategy.idle(), 5000 ether);
    }

    function test_the_float_is_at_most_what_is_under_way() public {
        L2Message memory m = dispatched(40_000 ether);
        lend(25_000 ether, m);
        OutputProof memory proof = output();
        bytes32[32] memory path = down.pathOf(m.nonce);
        metis.mint(PROVIDER, 40_000 ether);
        vm.startPrank(PROVIDER);
        metis.approve(address(strategy), 40_000 ether);
        vm.expectRevert(L1Strategy.AboveTransit.selector);
        strategy.lockFromFloat(15_000 ether + 1, m, outputIndex, proof, path);
        vm.expectEmit(address(strategy));
        emit L1Strategy.FloatLent(15_000 ether);
        strategy.lockFromFloat(15_000 ether, m, outputIndex, proof, path);
        vm.stopPrank();
        same(strategy.lentAheadOf(1), 40_000 ether);
        pump();
        same(strategy.floatOwed(), 0);
        vm.prank(PROVIDER);
        vm.expectRevert(L1Transmitter.AlreadyArrived.selector);
        strategy.lockFromFloat(1, m, outputIndex, proof, path);
        vm.expectRevert(L1Strategy.NotProvider.selector);
        strategy.lockFromFloat(1, m, outputIndex, proof, path);
    }

    function refused(bytes4 reason, L2Message memory m, OutputProof memory proof) private {
        bytes32[32] memory path = down.pathOf(0);
        vm.expectRevert(reason);
        t1.inTransit(m, outputIndex, proof, path);
    }

    function test_what_is_under_way_is_shown_by_an_output_that_stands() public {
        L2Message memory m = dispatched(30_000 ether);
        OutputProof memory proof = output();
        (uint64 id, uint256 amount) = t1.inTransit(m, outputIndex, proof, down.pathOf(m.nonce));
        same(id, 1);
        same(amount, 30_000 ether);
        outputs.mark(outputIndex, false, false, false);
        t1.inTransit(m, outputIndex, proof, down.pathOf(m.nonce));
        outputs.mark(outputIndex, false, true, false);
        refused(L1Transmitter.NotShown.selector, m, proof);
        outputs.mark(outputIndex, false, false, true);
        refused(L1Transmitter.NotShown.selector, m, proof);
        outputs.mark(outputIndex, true, false, false);
        m.amount++;
        refused(L1Transmitter.NotShown.selector, m, proof);
        m.amount--;
        proof.blockNumber++;
        refused(L1Transmitter.NotShown.selector, m, proof);
    }

    function test_only_metis_between_the_two_ends_is_under_way() public {
        L2Message memory m = dispatched(30_000 ether);
        OutputProof memory proof = output();
        (m.sender, m.token) = (alice, address(0));
        refused(L1Transmitter.UnknownTransfer.selector, m, proof);
        (m.sender, m.target) = (address(t2), address(strategy));
        refused(L1Transmitter.UnknownTransfer.selector, m, proof);
        (m.target, m.token) = (address(t1), address(metis));
        refused(L1Transmitter.UnknownTransfer.selector, m, proof);
    }
}
