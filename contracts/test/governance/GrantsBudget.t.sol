// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";
import {Mini} from "../Mini.sol";
import {FeeToken, HookToken, PlainToken} from "../mocks/BridgeTokens.sol";

contract GrantsBudgetTest is Mini {
    address private constant TIMELOCK = address(0x71E10C);
    address private alice = address(0xA11CE);
    uint64 private start = 1_800_000_000;
    PlainToken private metis;
    GrantsBudget private budget;

    function setUp() public {
        vm.warp(start);
        metis = new PlainToken("Metis Token", "METIS");
        budget = make(metis);
    }

    function make(PlainToken token) private returns (GrantsBudget made) {
        bytes memory init = abi.encodeCall(
            GrantsBudget.initialize,
            (TIMELOCK, IERC20(address(token)), 220_000 ether, 4_600_000 ether, 3_000_000 ether)
        );
        made = GrantsBudget(address(new ERC1967Proxy(address(new GrantsBudget()), init)));
        token.mint(address(this), 5_000_000 ether);
        token.approve(address(made), type(uint256).max);
    }

    function grant(uint256 amount, uint64 duration, bool lst) private returns (uint256) {
        vm.prank(TIMELOCK);
        return budget.createStream(alice, amount, start, duration, lst);
    }

    function test_a_stream_vests_evenly_and_is_claimed_by_anyone_for_the_grantee() public {
        vm.expectEmit(address(budget));
        emit GrantsBudget.Funded(address(this), 1000 ether);
        budget.fund(1000 ether);
        vm.expectEmit(address(budget));
        emit GrantsBudget.StreamCreated(1, alice, 1000 ether, start, 100, false);
        same(grant(1000 ether, 100, false), 1);
        same(budget.streamOf(1).grantee, alice);
        vm.expectRevert(GrantsBudget.NothingToClaim.selector);
        budget.claim(1);
        vm.warp(start + 25);
        same(budget.vestedOf(1), 250 ether);
        vm.expectEmit(address(budget));
        emit GrantsBudget.StreamClaimed(1, alice, 250 ether);
        budget.claim(1);
        vm.warp(start + 1000);
        budget.claim(1);
        same(metis.balanceOf(alice), 1000 ether);
        same(budget.promised(), 0);
        vm.expectRevert(GrantsBudget.NothingToClaim.selector);
        budget.claim(1);
        vm.expectRevert(GrantsBudget.UnknownStream.selector);
        budget.claim(2);
    }

    function testFuzz_claims_at_any_times_pay_what_has_vested(uint256 amount, uint64[5] memory waits) public {
        amount = within(amount, 1, 1_600_000 ether);
        budget.fund(amount);
        grant(amount, 1000, false);
        for (uint256 i = 0; i < 5; i++) {
            vm.warp(block.timestamp + waits[i] % 300);
            if (budget.vestedOf(1) > budget.streamOf(1).claimed) budget.claim(1);
            same(metis.balanceOf(alice), budget.vestedOf(1));
        }
        vm.warp(start + 1000);
        if (budget.streamOf(1).claimed < amount) budget.claim(1);
        same(metis.balanceOf(alice), amount);
    }

    function test_a_revoked_stream_keeps_what_has_vested() public {
        budget.fund(220_000 ether);
        grant(220_000 ether, 100, true);
        vm.warp(start + 40);
        budget.claim(1);
        vm.warp(start + 50);
        vm.expectEmit(address(budget));
        emit GrantsBudget.StreamRevoked(1, 110_000 ether, 110_000 ether);
        vm.prank(TIMELOCK);
        budget.revoke(1);
        same(budget.grantedLst(), 110_000 ether);
        same(budget.grantedAll(), 110_000 ether);
        same(budget.unallocated(), 110_000 ether);
        budget.claim(1);
        same(metis.balanceOf(alice), 110_000 ether);
        vm.prank(TIMELOCK);
        vm.expectRevert(GrantsBudget.NothingToRevoke.selector);
        budget.revoke(1);
        // What came back can be granted anew.
        grant(110_000 ether, 1, true);
    }

    function test_a_stream_revoked_before_its_start_is_nothing() public {
        budget.fund(10);
        vm.startPrank(TIMELOCK);
        budget.createStream(alice, 10, start + 50, 100, false);
        budget.revoke(1);
        vm.stopPrank();
        vm.warp(start + 200);
        vm.expectRevert(GrantsBudget.NothingToClaim.selector);
        budget.claim(1);
        same(budget.unallocated(), 10);
    }

    function test_caps_hold() public {
        budget.fund(5_000_000 ether);
        grant(220_000 ether, 1, true);
        vm.expectRevert(GrantsBudget.CapExceeded.selector);
        grant(1, 1, true);
        // 4,600,000 in all, of which 3,000,000 are for mining.
        grant(1_380_000 ether, 1, false);
        vm.expectRevert(GrantsBudget.CapExceeded.selector);
        grant(1, 1, false);
    }

    function test_only_metis_that_is_here_is_promised() public {
        budget.fund(10);
        metis.mint(address(budget), 10); // a gift does not count
        vm.expectRevert(GrantsBudget.NotFunded.selector);
        grant(11, 1, false);
        grant(10, 1, false);
        vm.expectRevert(GrantsBudget.NotFunded.selector);
        vm.prank(TIMELOCK);
        budget.reclaim(TIMELOCK, 1);
    }

    function test_what_is_not_promised_can_go_elsewhere() public {
        budget.fund(10);
        vm.expectRevert(GrantsBudget.ZeroAddress.selector);
        vm.prank(TIMELOCK);
        budget.reclaim(address(0), 1);
        vm.expectEmit(address(budget));
        emit GrantsBudget.Reclaimed(alice, 4);
        vm.prank(TIMELOCK);
        budget.reclaim(alice, 4);
        same(metis.balanceOf(alice), 4);
        same(budget.unallocated(), 6);
    }

    function test_streams_without_sense_are_refused() public {
        budget.fund(10);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(GrantsBudget.ZeroAddress.selector);
        budget.createStream(address(0), 1, start, 1, false);
        vm.expectRevert(GrantsBudget.BadStream.selector);
        budget.createStream(alice, 0, start, 1, false);
        vm.expectRevert(GrantsBudget.BadStream.selector);
        budget.createStream(alice, 1, start, 0, false);
        vm.expectRevert(GrantsBudget.BadStream.selector);
        budget.createStream(alice, 1, start, 3650 days + 1, false);
        vm.expectRevert(GrantsBudget.BadStream.selector);
        budget.createStream(alice, 1, start + 3650 days + 1, 1, false);
        vm.stopPrank();
    }

    function test_only_the_timelock_grants_and_revokes() public {
        vm.expectRevert(GrantsBudget.NotTimelock.selector);
        budget.createStream(alice, 1, start, 1, false);
        vm.expectRevert(GrantsBudget.NotTimelock.selector);
        budget.revoke(1);
        vm.expectRevert(GrantsBudget.NotTimelock.selector);
        budget.reclaim(alice, 1);
        vm.expectRevert(GrantsBudget.UnknownStream.selector);
        vm.prank(TIMELOCK);
        budget.revoke(1);
        vm.expectRevert(GrantsBudget.UnknownStream.selector);
        budget.vestedOf(1);
    }

    function test_odd_tokens_gain_nothing() public {
        FeeToken fee = new FeeToken();
        GrantsBudget other = make(fee);
        vm.expectRevert(GrantsBudget.NotExact.selector);
        other.fund(1000);
        HookToken hook = new HookToken();
        other = make(hook);
        hook.set(address(other), abi.encodeCall(other.fund, (1)));
        other.fund(1000);
        require(hook.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.prank(TIMELOCK);
        other.createStream(alice, 1000, start, 10, false);
        vm.warp(start + 5);
        hook.set(address(other), abi.encodeCall(other.claim, (1)));
        other.claim(1);
        require(hook.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(hook.balanceOf(alice), 500);
    }

    function test_it_is_initialized_once_and_behind_a_proxy() public {
        IERC20 token = IERC20(address(metis));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        budget.initialize(TIMELOCK, token, 1, 2, 1);
        GrantsBudget bare = new GrantsBudget();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(TIMELOCK, token, 1, 2, 1);
        bytes memory init = abi.encodeCall(GrantsBudget.initialize, (address(0), token, 1, 2, 1));
        vm.expectRevert(GrantsBudget.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
        init = abi.encodeCall(GrantsBudget.initialize, (TIMELOCK, IERC20(address(0)), 1, 2, 1));
        vm.expectRevert(GrantsBudget.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
        init = abi.encodeCall(GrantsBudget.initialize, (TIMELOCK, token, 1, 2, 3));
        vm.expectRevert(GrantsBudget.BadCaps.selector);
        new ERC1967Proxy(address(bare), init);
        init = abi.encodeCall(GrantsBudget.initialize, (TIMELOCK, token, 2, 2, 1));
        vm.expectRevert(GrantsBudget.BadCaps.selector);
        new ERC1967Proxy(address(bare), init);
    }
}
