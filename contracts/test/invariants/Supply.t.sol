// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CrossFixture} from "../mocks/CrossFixture.sol";
import {SupplyHandler} from "./SupplyHandler.sol";

contract SupplyInvariants is CrossFixture {
    SupplyHandler private handler;

    function setUp() public override {
        super.setUp();
        bridge = newBridge(8_000 ether);
        metis.mint(address(this), 8_000 ether);
        metis.approve(address(bridge), 8_000 ether);
        bridge.backGenesis();
        handler = new SupplyHandler(metis, outputs, bridge);
        same(handler.GENESIS(), 8_000 ether);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_supply_is_escrow() public view {
        _what_is_on_l2_is_what_is_escrowed_on_l1_to_the_wei();
        _the_escrow_is_deposits_less_withdrawals_and_is_there();
        _dust_is_what_credits_left_and_below_a_gwei();
        _a_withdrawal_is_released_at_most_once();
        _the_passer_holds_what_left();
    }

    function _what_is_on_l2_is_what_is_escrowed_on_l1_to_the_wei() private view {
        (uint256 l1, uint256 l2) = handler.equation();
        same(l1, l2);
        require(handler.carry() < 1e9);
    }

    function _the_escrow_is_deposits_less_withdrawals_and_is_there() private view {
        uint256 escrow = bridge.escrow(address(metis));
        same(escrow, handler.GENESIS() + handler.deposited() - handler.withdrawn());
        require(metis.balanceOf(address(bridge)) >= escrow);
    }

    function _dust_is_what_credits_left_and_below_a_gwei() private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < 8; i++) {
            address who = handler.actor(i);
            same(bridge.dust(who), handler.depositedFor(who) % 1e9);
            sum += bridge.dust(who);
        }
        same(bridge.totalDust(), sum);
    }

    function _a_withdrawal_is_released_at_most_once() private view {
        for (uint256 i = 0; i < handler.sentCount(); i++) {
            require(handler.releases(i) <= 1);
        }
        same(bridge.released(), handler.withdrawn());
    }

    function _the_passer_holds_what_left() private view {
        require(address(passer).balance >= passer.initiated());
        require(bridge.released() <= passer.initiated());
    }
}
