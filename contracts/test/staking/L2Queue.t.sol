// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Queue} from "../../src/staking/L2Queue.sol";
import {VaultFixture} from "./VaultFixture.sol";

contract L2QueueTest is VaultFixture {
    function setUp() public override {
        super.setUp();
        deposit(ANN, 100 ether);
        deposit(BEN, 50 ether);
        vault.handOver();
    }

    /// METIS that comes back from L1.
    function bring(uint256 amount) private {
        vm.deal(address(vault), address(vault).balance + amount);
        vault.arrive(amount);
        queue.fund();
    }

    function claim(address who, uint256 ticket) private {
        vm.prank(who);
        queue.claim(ticket);
    }

    function test_a_ticket_is_paid_in_metis_once_its_stretch_of_the_line_is_reached() public {
        uint256 first = redeem(ANN, 10 ether);
        uint256 second = redeem(BEN, 5 ether);
        same(queue.pending(), 15 ether);
        bring(9 ether);
        vm.expectRevert(L2Queue.NotFunded.selector);
        claim(ANN, first);
        bring(2 ether);
        vm.expectEmit(address(queue));
        emit L2Queue.TicketClaimed(first, ANN, 10 ether);
        claim(ANN, first);
        same(ANN.balance, 10 ether);
        vm.expectRevert(L2Queue.NotFunded.selector);
        claim(BEN, second);
        bring(4 ether);
        claim(BEN, second);
        same(address(queue).balance, 0);
    }

    function test_a_small_ticket_does_not_overtake() public {
        redeem(ANN, 10 ether);
        uint256 small = redeem(BEN, 1 ether);
        bring(5 ether);
        vm.expectRevert(L2Queue.NotFunded.selector);
        claim(BEN, small);
    }

    function test_deposits_fund_tickets() public {
        uint256 ticket = redeem(ANN, 10 ether);
        deposit(BEN, 10 ether);
        vm.expectEmit(address(queue));
        emit L2Queue.TicketFunded(ticket);
        same(queue.fund(), 10 ether);
        (uint256 assets, uint256 end, bool funded) = queue.ticket(ticket);
        same(assets, 10 ether);
        same(end, 10 ether);
        require(funded);
        (,, funded) = queue.ticket(ticket + 1);
        require(!funded);
    }

    function test_a_ticket_is_claimed_by_its_owner_once() public {
        uint256 ticket = redeem(ANN, 10 ether);
        bring(10 ether);
        vm.expectRevert(L2Queue.NotTicketOwner.selector);
        claim(BEN, ticket);
        claim(ANN, ticket);
        vm.expectRevert(L2Queue.NotTicketOwner.selector);
        claim(ANN, ticket);
        vm.expectRevert(L2Queue.NotTicketOwner.selector);
        claim(ANN, 99);
    }

    function test_a_ticket_can_be_given_away_when_its_owner_takes_no_metis() public {
        vm.etch(ANN, hex"5f5ffd");
        uint256 ticket = redeem(ANN, 10 ether);
        bring(10 ether);
        vm.expectRevert(L2Queue.PaymentFailed.selector);
        claim(ANN, ticket);
        vm.prank(ANN);
        queue.transferFrom(ANN, BEN, ticket);
        claim(BEN, ticket);
        same(BEN.balance, 10 ether);
    }

    function test_only_the_vault_requests_and_pays() public {
        vm.expectRevert(L2Queue.NotVault.selector);
        queue.request(ANN, 1);
        vm.deal(ANN, 1);
        vm.prank(ANN);
        (bool ok, bytes memory reason) = address(queue).call{value: 1}("");
        require(!ok && bytes4(reason) == L2Queue.NotVault.selector);
    }

    function test_many_tickets_are_announced_in_more_than_one_call_and_claimable_before() public {
        for (uint256 i = 0; i < 300; i++) {
            redeem(ANN, 1e15);
        }
        bring(1 ether);
        same(queue.announced(), 256);
        claim(ANN, 300);
        queue.fund();
        same(queue.announced(), 300);
    }
}
