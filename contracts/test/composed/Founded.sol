// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {Vm} from "../Mini.sol";
import {Stack} from "./Stack.sol";

/// Steps from a deployment to a running chain, each by the one who takes it: votes, first keys, stakes, the
/// first rotation.
abstract contract Founded is Stack {
    using SafeERC20 for IERC20;

    /// Keys of group accounts: a cluster with one key for batches and blobs.
    uint256 internal constant BATCH_KEY = 0x6409;
    uint256 internal constant STATE_KEY = 0x57a7e;
    uint256 internal constant REWARD_KEY = 0x4e3a4d;

    // Votes

    function voter(uint256 i) internal pure returns (address) {
        return address(uint160(0x70_0000 + i));
    }

    function owner(uint256 i) internal pure returns (address) {
        return address(uint160(0x50_0000 + i));
    }

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    /// What is put to the vote, one call after the other.
    struct Motion {
        address[] targets;
        uint256[] values;
        bytes[] calls;
    }

    function motion(uint256 size) internal pure returns (Motion memory m) {
        m = Motion(new address[](size), new uint256[](size), new bytes[](size));
    }

    function motion(address target, bytes memory call) internal pure returns (Motion memory m) {
        m = motion(1);
        (m.targets[0], m.calls[0]) = (target, call);
    }

    /// Three holders bring the quorum with METIS that they have back afterwards.
    function passMotion(Motion memory m) internal returns (uint256 id) {
        id = governor.propose(m.targets, m.values, m.calls, "why");
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(voter(i));
            governor.castVote(id, 1, 20_000 ether);
        }
        pass(VOTE);
        governor.queue(id, m.targets, m.values, m.calls);
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(voter(i));
            governor.reclaim(id);
        }
    }

    function decide(Motion memory m) internal {
        uint256 id = passMotion(m);
        pass(DELAY);
        governor.execute(id, m.targets, m.values, m.calls);
    }

    function decide(address target, bytes memory call) internal {
        decide(motion(target, call));
    }

    // From the deployment to a running chain

    function fundVoters() internal {
        for (uint256 i = 0; i < 3; i++) {
            IERC20(address(metis)).safeTransfer(voter(i), 20_000 ether);
            vm.prank(voter(i));
            metis.approve(address(governor), type(uint256).max);
        }
    }

    /// The members of set 0 give a purpose its first key.
    function nameKey(uint8 purpose, uint256 key) internal {
        uint64 from = uint64(block.number) + 1;
        bytes memory pop = signed(key, registry.popDigest(purpose, from));
        bytes memory cert = certify(registry.firstKeyDigest(purpose, vm.addr(key), from), 3);
        registry.scheduleFirstKey(purpose, vm.addr(key), from, pop, cert);
    }

    function nameKeys() internal {
        nameKey(Purpose.BATCH, BATCH_KEY);
        nameKey(Purpose.BLOB, BATCH_KEY);
        nameKey(Purpose.STATE, STATE_KEY);
        nameKey(Purpose.REWARD, REWARD_KEY);
        vm.roll(block.number + 1);
        batcher = blobber = vm.addr(BATCH_KEY);
    }

    /// Lists the owners, and lets the account `reward` send reward batches.
    function foundingMotion() internal view returns (Motion memory m) {
        m = motion(5);
        for (uint256 i = 0; i < 4; i++) {
            (m.targets[i], m.calls[i]) = (address(pool), abi.encodeCall(pool.setWhitelist, (owner(i), true)));
        }
        (m.targets[4], m.calls[4]) = (address(pool), abi.encodeCall(pool.updateMpc, (vm.addr(REWARD_KEY))));
    }

    /// 180,000 METIS in all; the last three of them have exactly two thirds.
    function stakeOf(uint256 i) internal pure returns (uint256) {
        return [uint256(60_000 ether), 50_000 ether, 50_000 ether, 20_000 ether][i];
    }

    function lock(uint256 i) internal {
        IERC20(address(metis)).safeTransfer(owner(i), stakeOf(i));
        Vm.Wallet memory wallet = vm.createWallet(keys[i]);
        vm.startPrank(owner(i));
        metis.approve(address(info), stakeOf(i));
        pool.lockFor(wallet.addr, stakeOf(i), abi.encode(wallet.publicKeyX, wallet.publicKeyY));
        vm.stopPrank();
    }

    function idOf(uint256 i) internal view returns (uint256) {
        return pool.seqOwners(owner(i));
    }

    /// The sequencers in the order of their signers, which is that of `keys`.
    function allIds() internal view returns (uint256[] memory ids) {
        ids = new uint256[](4);
        for (uint256 i = 0; i < 4; i++) {
            ids[i] = idOf(i);
        }
    }

    function rotate(uint256[] memory ids) internal {
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        registry.rotateSet(ids, cert);
    }

    /// All of it: a chain with four sequencers whose set is that of the pool.
    function found() internal {
        fundVoters();
        nameKeys();
        decide(foundingMotion());
        for (uint256 i = 0; i < 4; i++) {
            lock(i);
        }
        rotate(allIds());
        IERC20(address(metis)).safeTransfer(address(payer), 1_000_000 ether);
    }

    function seq(uint256 i) internal view returns (ISequencerInfo.Sequencer memory) {
        return pool.sequencerOf(idOf(i));
    }
}
