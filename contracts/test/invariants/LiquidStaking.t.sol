// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Mini} from "../Mini.sol";
import {LiquidStakingHandler} from "./LiquidStakingHandler.sol";

/// The invariants of section 12.7.
contract LiquidStakingInvariants is Mini {
    LiquidStakingHandler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new LiquidStakingHandler();
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// Only what people, keepers and the world do.
    function targetSelectors() public view returns (FuzzSelector[] memory all) {
        bytes4[] memory s = new bytes4[](11);
        s[0] = handler.enter.selector;
        s[1] = handler.leave.selector;
        s[2] = handler.claim.selector;
        s[3] = handler.give.selector;
        s[4] = handler.pause.selector;
        s[5] = handler.keep.selector;
        s[6] = handler.exit.selector;
        s[7] = handler.deliver.selector;
        s[8] = handler.wait_.selector;
        s[9] = handler.earn.selector;
        s[10] = handler.slash.selector;
        all = new FuzzSelector[](1);
        all[0] = FuzzSelector(address(handler), s);
    }

    function targetContracts() public view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(handler);
    }

    /// Places and claims differ by what L2 does not know yet, to the wei: so what is on its way counts once.
    function invariant_claims_are_covered_by_places() public view {
        int256 known = int256(handler.places()) + handler.unknown();
        same(uint256(known + int256(handler.deficit())), handler.claims());
    }

    function invariant_nobody_lowers_what_another_redeems() public view {
        same(handler.harms(), 0);
    }

    function invariant_tickets_are_paid_in_order_and_never_paused() public view {
        same(handler.overtakings(), 0);
        same(handler.refusals(), 0);
        require(handler.queueIsWhole());
    }

    function invariant_the_rate_falls_by_losses_only_and_rises_slowly() public view {
        same(handler.falls(), 0);
        same(handler.leaps(), 0);
    }

    function invariant_locked_is_what_the_pool_has() public view {
        (uint256 inPool, uint256 total, uint256 idle, uint256 held) = handler.locked();
        same(inPool, total);
        same(idle, held);
    }
}
