// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Queue} from "../../src/staking/L2Queue.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {StakingFixture} from "./StakingFixture.sol";

/// One way through all contracts of both chains, shared by the two shapes of a provider: stake that earned is
/// redeemed by two people and paid in the order in which they asked.
abstract contract Shape is StakingFixture {
    /// Alice has two thirds of all shares, Bob one; all of it is stake of the first sequencer.
    function earnAndLeave(uint256 staked) internal {
        same(pool.sequencerOf(one.id()).amount, staked);
        uint256 got = reward(one, 90 days);
        strategy.harvest(address(one));
        same(pool.sequencerOf(one.id()).amount, staked + got);
        t1.report();
        pump();
        vm.warp(block.timestamp + 1 days);
        same(vault.totalAssets(), staked + got - got / 10);
        require(vault.rate() > 1.03 ether);
        vault.collectFees();
        uint256 first = redeem(alice, vault.balanceOf(alice));
        uint256 second = redeem(bob, vault.balanceOf(bob));
        (uint256 a,,) = line.ticket(first);
        (uint256 b,,) = line.ticket(second);
        require(a > staked * 2 / 3 + got / 2 && b > staked / 3 + got / 4);
        inOrder(first, a, second, b);
        // What is left belongs to the treasury, whose shares the fee was paid in.
        require(vault.balanceOf(TREASURY) == vault.totalSupply() && vault.totalAssets() > got / 11);
    }

    /// The second has to wait for the first, although a part of the METIS is there.
    function inOrder(uint256 first, uint256 a, uint256 second, uint256 b) private {
        t2.requestFunds();
        pump();
        reward(one, 1);
        strategy.draw(address(one));
        strategy.requestFunds();
        pump();
        line.fund();
        require(address(line).balance > b);
        vm.prank(bob);
        vm.expectRevert(L2Queue.NotFunded.selector);
        line.claim(second);
        strategy.beginExit();
        vm.warp(block.timestamp + 60);
        strategy.finishExit(address(one));
        strategy.requestFunds();
        pump();
        line.fund();
        paid(alice, first, a);
        paid(bob, second, b);
        same(line.pending(), 0);
    }

    function paid(address who, uint256 ticket, uint256 assets) private {
        uint256 had = who.balance;
        vm.prank(who);
        line.claim(ticket);
        same(who.balance, had + assets);
    }
}

/// A token whose rate rises: METIS in, shares out.
contract RisingTokenTest is Shape {
    function test_a_token_whose_rate_rises_from_deposit_to_claim() public {
        deposit(alice, 60_000 ether);
        deposit(bob, 30_000 ether);
        same(vault.balanceOf(bob), 30_000 ether);
        t2.dispatch();
        pump();
        strategy.allocate();
        earnAndLeave(90_000 ether);
    }
}

/// A 1:1 token (WMETIS) with a vault over it that earns, and deposits before it begins.
contract OneToOneTokenTest is Shape {
    function _newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        c.preStakePhase = true;
        return new L2Vault(c);
    }

    function wrap(address who, uint256 amount) private {
        depositMetis(who, who, amount);
        vm.deal(who, who.balance + amount);
        vm.startPrank(who);
        (bool ok,) = Predeploys.WMETIS.call{value: amount}("");
        (bool allowed,) = Predeploys.WMETIS.call(abi.encodeCall(vault.approve, (address(vault), amount)));
        vm.stopPrank();
        require(ok && allowed);
    }

    function test_a_token_of_one_to_one_from_pre_stake_to_claim() public {
        depositMetis(alice, alice, 60_000 ether);
        vm.deal(alice, 60_000 ether);
        vm.prank(alice);
        vault.preStake{value: 60_000 ether}();
        vm.warp(block.timestamp + 100);
        same(vault.pointsOf(alice), 6_000_000 ether);
        same(vault.dispatchable(), 0);
        vm.prank(TIMELOCK);
        bridge.sendMessage(address(vault), abi.encodeCall(vault.launch, ()), 300_000);
        pump();
        vault.migrate(alice);
        same(vault.balanceOf(alice), 60_000 ether);
        wrap(bob, 30_000 ether);
        vm.prank(bob);
        same(vault.deposit(30_000 ether, bob), 30_000 ether);
        t2.dispatch();
        pump();
        strategy.allocate();
        earnAndLeave(90_000 ether);
        uint256 all = bob.balance;
        wrap(bob, 1 ether);
        vm.prank(bob);
        (bool ok,) = Predeploys.WMETIS.call(abi.encodeWithSignature("withdraw(uint256)", 1 ether));
        require(ok && bob.balance == all + 1 ether);
    }
}
