// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Mini} from "../Mini.sol";
import {LiquidStakingHandler} from "./LiquidStakingHandler.sol";

/// The invariants of section 12.7, asked of one handler.
abstract contract LiquidStakingRules is Mini {
    LiquidStakingHandler internal handler;

    error Unreached(uint256 which, uint256 times, uint256 calls);

    function _after_a_call() internal view {
        _claims_are_covered_by_places();
        _no_action_lowers_what_another_redeems();
        _tickets_are_paid_in_order();
        _a_pause_holds_up_no_way_out();
        _the_rate_falls_by_losses_only_and_rises_slowly();
        _gifts_change_nothing();
        _locked_is_what_the_pool_has();
        _what_arrived_does_not_arrive_again();
        require(handler.floatIsUnderWay());
    }

    /// Places and claims differ by what L2 does not know yet, to the wei: so what is on its way counts once.
    function _claims_are_covered_by_places() private view {
        same(handler.uncovered(), 0);
        same(uint256(handler.gain()), uint256(handler.trueGain()));
    }

    function _no_action_lowers_what_another_redeems() private view {
        same(handler.harms(), 0);
    }

    function _tickets_are_paid_in_order() private view {
        same(handler.overtakings(), 0);
    }

    function _a_pause_holds_up_no_way_out() private view {
        same(handler.refusals(), 0);
    }

    function _the_rate_falls_by_losses_only_and_rises_slowly() private view {
        same(handler.falls(), 0);
        same(handler.leaps(), 0);
    }

    function _gifts_change_nothing() private view {
        same(handler.moved(), 0);
    }

    function _locked_is_what_the_pool_has() private view {
        (uint256 inPool, uint256 total, uint256 idle, uint256 held) = handler.locked();
        same(inPool, total);
        same(idle, held);
    }

    function _what_arrived_does_not_arrive_again() private view {
        same(handler.doubles(), 0);
    }

    /// Nobody keeps: everybody gets out all the same, but for what was lost, which no assets were left for.
    /// (What an invariant does is undone.)
    function _everybody_gets_out_without_a_keeper() internal {
        require(handler.queueIsWhole());
        (uint256 waiting, uint256 unpaid) = handler.everybodyLeaves();
        same(unpaid, 0);
        // A gwei is the least that the bridge credits.
        if (waiting > handler.deficit() + 1 gwei) revert Differs(waiting, handler.deficit());
        require(handler.queueIsWhole());
    }

    function _step(uint256 what, uint256 a, uint256 b, uint256 c) internal {
        what %= 17;
        if (what == 0) handler.enter(a, b, c);
        else if (what == 1) handler.leave_(a, b);
        else if (what == 2) handler.claim(a, c % 2 == 0);
        else if (what == 3) handler.pass(a, b, c);
        else if (what == 4) handler.give(a, b);
        else if (what == 5) handler.pause(c % 2 == 0);
        else if (what < 8) handler.keep(a, b);
        else if (what == 8) handler.harvest(a);
        else if (what == 9) handler.deliver(a, c % 2 == 0, c % 8 < 2);
        else if (what == 10) handler.replay(a);
        else if (what == 11) handler.tripUp(a, b);
        else if (what == 12) handler.tripDown(a, b, c);
        else if (what == 13) handler.lend(a, b);
        else if (what == 14) handler.govern(a, b, c);
        else if (what == 15) handler.wait_(a);
        else if (c % 4 > 0) handler.earn(a, b);
        else handler.slash(a, b);
    }

    /// A walk of so many steps, which are the same every time.
    function _walk(uint256 seed, uint256 length) internal {
        for (uint256 i = 0; i < length; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            _step(seed, seed >> 8, seed >> 64, seed >> 128);
        }
    }
}

contract LiquidStakingInvariants is LiquidStakingRules {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new LiquidStakingHandler();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory all) {
        bytes4[] memory s = new bytes4[](17);
        s[0] = handler.enter.selector;
        s[1] = handler.leave_.selector;
        s[2] = handler.claim.selector;
        s[3] = handler.pass.selector;
        s[4] = handler.give.selector;
        s[5] = handler.pause.selector;
        s[6] = handler.keep.selector;
        s[7] = handler.harvest.selector;
        s[8] = handler.deliver.selector;
        s[9] = handler.replay.selector;
        s[10] = handler.tripUp.selector;
        s[11] = handler.tripDown.selector;
        s[12] = handler.lend.selector;
        s[13] = handler.govern.selector;
        s[14] = handler.wait_.selector;
        s[15] = handler.earn.selector;
        s[16] = handler.slash.selector;
        all = new FuzzSelector[](1);
        all[0] = FuzzSelector(address(handler), s);
    }

    function targetContracts() public view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_liquid_staking_owes_what_it_has_and_pays_it() public view {
        _after_a_call();
    }

    /// A call that was tried often did something, in at least 1 % of its tries; and then everybody leaves.
    function afterInvariant() public {
        (uint256[20] memory tries, uint256[20] memory hits) = handler.reached();
        for (uint256 i = 0; i < 20; i++) {
            if (tries[i] >= 100 && hits[i] * 100 < tries[i]) revert Unreached(i, hits[i], tries[i]);
        }
        _everybody_gets_out_without_a_keeper();
    }

    /// The handler is worth something: in 500 steps each call does something, in at least 1 % of its tries.
    function test_the_handler_of_liquid_staking_reaches_every_call() public {
        _walk(1, 500);
        (uint256[20] memory tries, uint256[20] memory hits) = handler.reached();
        for (uint256 i = 0; i < 20; i++) {
            if (hits[i] == 0 || hits[i] * 100 < tries[i]) revert Unreached(i, hits[i], tries[i]);
        }
    }
}
