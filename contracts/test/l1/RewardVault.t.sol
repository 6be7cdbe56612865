// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {IRewardVault} from "../../src/interfaces/IRewardVault.sol";
import {RewardVault} from "../../src/l1/RewardVault.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// The payer of rewards: its budget, and who may take from it.
contract RewardVaultTest is PoolFixture {
    function test_the_whole_budget_is_granted_and_no_wei_more() public {
        same(vault.granted(), vault.BUDGET());
        same(metis.allowance(address(vault), address(info)), 3_000_000 ether);
        same(vault.cover(), 1_000_000 ether);
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(IRewardVault.BudgetExceeded.selector, 1, 0));
        vault.grant(1);
    }

    function test_what_is_revoked_untaken_may_be_granted_again() public {
        _join(ANN, 1, MIN);
        _pass(365 days);
        _reward(1, 1);
        vm.expectEmit(address(vault));
        emit IRewardVault.Revoked(2_996_000 ether, 4000 ether);
        vm.prank(TIMELOCK);
        vault.revoke();
        same(vault.cover(), 0);
        vm.prank(TIMELOCK);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardVault.BudgetExceeded.selector, 2_996_001 ether, 2_996_000 ether)
        );
        vault.grant(2_996_001 ether);
        vm.expectEmit(address(vault));
        emit IRewardVault.Granted(7 ether, 4007 ether);
        vm.prank(TIMELOCK);
        vault.grant(7 ether);
        same(vault.cover(), 7 ether);
    }

    function test_metis_that_is_not_needed_is_taken_back() public {
        vm.expectEmit(address(vault));
        emit IRewardVault.Reclaimed(BEN, 5 ether);
        vm.prank(TIMELOCK);
        vault.reclaim(BEN, 5 ether);
        same(metis.balanceOf(BEN), 5 ether);
        vm.prank(TIMELOCK);
        vm.expectRevert(IRewardVault.NullAddress.selector);
        vault.reclaim(address(0), 1);
    }

    function test_only_the_timelock_directs_the_vault() public {
        bytes[3] memory calls = [
            abi.encodeCall(vault.grant, (1)),
            abi.encodeCall(vault.revoke, ()),
            abi.encodeCall(vault.reclaim, (EVE, 1))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(EVE);
            (bool done, bytes memory why) = address(vault).call(calls[i]);
            same(done ? 1 : 0, 0);
            same(keccak256(why), keccak256(_error(IRewardVault.NotTimelock.selector)));
        }
    }

    function test_the_start_values_are_checked_and_taken_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        vault.initialize(EVE, address(metis), EVE, 0);
        RewardVault bare = new RewardVault();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(EVE, address(metis), EVE, 0);
        RewardVault fresh = RewardVault(_proxy(address(bare)));
        vm.expectRevert(IRewardVault.NullAddress.selector);
        fresh.initialize(address(0), address(metis), address(info), 0);
        vm.expectRevert(IRewardVault.NullAddress.selector);
        fresh.initialize(TIMELOCK, address(0), address(info), 0);
        vm.expectRevert(IRewardVault.NullAddress.selector);
        fresh.initialize(TIMELOCK, address(metis), address(0), 0);
        fresh.initialize(TIMELOCK, address(metis), address(info), 0);
        same(fresh.granted(), 0);
    }
}
