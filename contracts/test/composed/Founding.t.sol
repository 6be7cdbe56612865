// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "../../src/governance/Governor.sol";
import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {Vm} from "../Mini.sol";
import {Founded} from "./Founded.sol";

/// From a deployment to four sequencers whose set certifies, all contracts of L1 being the real ones.
contract FoundingTest is Founded {
    function test_a_vote_lists_the_owners_and_only_after_its_delay_they_enter() public {
        fundVoters();
        nameKeys();
        Vm.Wallet memory wallet = vm.createWallet(keys[0]);
        bytes memory pubkey = abi.encode(wallet.publicKeyX, wallet.publicKeyY);
        vm.prank(owner(0));
        vm.expectRevert(ISequencerInfo.NotWhitelisted.selector);
        pool.lockFor(wallet.addr, 20_000 ether, pubkey);
        Motion memory m = foundingMotion();
        uint256 id = passMotion(m);
        pass(DELAY - 1);
        vm.expectRevert(Governor.TimelockNotElapsed.selector);
        governor.execute(id, m.targets, m.values, m.calls);
        pass(1);
        vm.prank(STRANGER);
        governor.execute(id, m.targets, m.values, m.calls);
        lock(0);
        same(idOf(0), 1);
        same(pool.mpcAddress(), vm.addr(REWARD_KEY));
        same(metis.balanceOf(address(info)), 60_000 ether);
        same(metis.balanceOf(address(governor)), 0);
    }

    function test_a_motion_that_names_an_unproven_payer_fails_as_a_whole() public {
        fundVoters();
        Motion memory m = foundingMotion();
        uint256 id = passMotion(m);
        pass(DELAY);
        vm.expectRevert(ILockingPool.NotProven.selector);
        governor.execute(id, m.targets, m.values, m.calls);
        if (pool.whitelist(owner(0))) revert Differs(1, 0);
        nameKeys();
        governor.execute(id, m.targets, m.values, m.calls);
        if (!pool.whitelist(owner(0))) revert Differs(0, 1);
    }

    function test_the_members_rotate_to_the_stakes_of_the_pool() public {
        found();
        same(registry.currentSet(), 1);
        (IKeyRegistry.Member[] memory members, uint256 total,) = registry.memberSet(1);
        same(total, 180_000);
        for (uint256 i = 0; i < 4; i++) {
            same(members[i].signer, vm.addr(keys[i]));
            same(members[i].power, stakeOf(i) / 1 ether);
        }
        bytes32 digest = keccak256("anything");
        if (!registry.verify(1, digest, certify(digest, 3))) revert Differs(0, 1);
        // Three heads of four, and exactly two thirds of the power.
        bytes memory rest = certifyMask(digest, 14);
        if (registry.verify(1, digest, rest)) revert Differs(1, 0);
        if (!registry.verify(0, digest, rest)) revert Differs(0, 1);
        vm.roll(block.number + GRACE + 1);
        if (registry.verify(0, digest, rest)) revert Differs(1, 0);
    }

    function test_a_set_follows_stake_at_the_next_rotation_only() public {
        found();
        uint256[] memory all = allIds();
        vm.prank(owner(0));
        pool.unlock(all[0], 0);
        uint256[] memory three = new uint256[](3);
        (three[0], three[1], three[2]) = (idOf(1), idOf(2), idOf(3));
        bytes memory cert = certify(registry.memberSetDigest(all), 4);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.NotEligible.selector, all[0]));
        registry.rotateSet(all, cert);
        rotate(three);
        (IKeyRegistry.Member[] memory members, uint256 total,) = registry.memberSet(2);
        same(members.length, 3);
        same(total, 120_000);
    }

    function test_governance_resets_a_set_that_does_not_certify_any_more() public {
        found();
        uint256[] memory ids = allIds();
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.resetSet(ids);
        decide(address(registry), abi.encodeCall(registry.resetSet, (ids)));
        same(registry.currentSet(), 2);
        if (registry.isAccepted(1)) revert Differs(1, 0);
    }

    function test_one_account_holds_batches_and_blobs_and_nothing_else() public {
        found();
        same(registry.keyAt(Purpose.BATCH, block.number), registry.keyAt(Purpose.BLOB, block.number));
        uint64 from = uint64(block.number) + NOTICE;
        bytes memory pop = signed(BATCH_KEY, registry.popDigest(Purpose.EPOCH, from));
        bytes memory cert = certify(registry.firstKeyDigest(Purpose.EPOCH, vm.addr(BATCH_KEY), from), 3);
        vm.expectRevert(IKeyRegistry.AccountInUse.selector);
        registry.scheduleFirstKey(Purpose.EPOCH, vm.addr(BATCH_KEY), from, pop, cert);
    }

    function test_governance_sets_parameters_grants_and_vaults() public {
        found();
        metis.approve(address(grants), 1000 ether);
        grants.fund(1000 ether);
        Motion memory m = motion(3);
        (m.targets[0], m.calls[0]) =
        (
            address(params),
            abi.encodeCall(params.set, ("minTip", abi.encode(uint256(7)), uint64(block.number) + 50))
        );
        (m.targets[1], m.calls[1]) =
        (
            address(grants),
            abi.encodeCall(
                grants.createStream, (owner(3), 1000 ether, uint64(block.timestamp + 40), 100, true)
            )
        );
        (m.targets[2], m.calls[2]) =
        (address(allocations), abi.encodeCall(allocations.allocate, (idOf(2), owner(2))));
        decide(m);
        (bytes memory value,) = params.valueAt("minTip", block.number + 50);
        same(abi.decode(value, (uint256)), 7);
        pass(50);
        grants.claim(1);
        same(metis.balanceOf(owner(3)), 500 ether);
        same(allocations.vaultOf(idOf(2)), owner(2));
    }
}
