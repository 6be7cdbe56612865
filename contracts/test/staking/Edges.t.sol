// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {L1Strategy} from "../../src/staking/L1Strategy.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {Vm} from "../Mini.sol";
import {StakingFixture} from "./StakingFixture.sol";

/// Who refuses native currency, native currency from strangers, gifts, and the proof of a signer.
contract EdgesTest is StakingFixture {
    address private constant GRUDGE = address(0x6701);

    function setUp() public override {
        super.setUp();
        vm.etch(GRUDGE, hex"5f5ffd");
        vm.deal(GRUDGE, 10 ether);
    }

    // Surplus that a caller does not take.

    function test_surplus_that_the_caller_of_the_strategy_does_not_take_undoes_the_call() public {
        stake(alice, 100_000 ether);
        uint256 got = reward(one, 30 days);
        vm.prank(GRUDGE);
        vm.expectRevert(L1Strategy.RefundFailed.selector);
        strategy.harvest{value: 1 ether}(address(one));
        same(pool.sequencerOf(one.id()).reward, got);
        same(t1.sentDown(), 0);
    }

    function test_surplus_that_a_reporter_does_not_take_undoes_the_report() public {
        vm.prank(GRUDGE);
        vm.expectRevert(L1Transmitter.RefundFailed.selector);
        t1.report{value: 1 ether}();
        same(t1.lastReport(), 1);
    }

    function test_surplus_that_a_strategy_does_not_take_undoes_the_call_of_the_vault() public {
        ILockingPool p = ILockingPool(address(pool));
        SequencerVault v = new SequencerVault(GRUDGE, p, address(vault), _newVaultOf("three").pubkey());
        metis.mint(address(v), 20_000 ether);
        vm.startPrank(GRUDGE);
        v.lock(20_000 ether);
        vm.expectRevert(SequencerVault.RefundFailed.selector);
        v.unlock{value: 1 ether}();
        v.unlock();
        vm.stopPrank();
    }

    // Native currency from strangers.

    function refuses(address target, bytes4 error_) private {
        vm.deal(address(this), 1);
        (bool ok, bytes memory reason) = target.call{value: 1}("");
        require(!ok && bytes4(reason) == error_);
    }

    function test_native_currency_from_strangers_is_refused_by_name() public {
        refuses(address(strategy), L1Strategy.NotVault.selector);
        refuses(address(t1), L1Transmitter.NotBridge.selector);
        refuses(address(t2), L2Transmitter.NotVault.selector);
        refuses(address(one), SequencerVault.NotPool.selector);
    }

    // Gifts that no contract can refuse.

    function test_native_gifts_on_l1_go_to_the_next_caller() public {
        stake(alice, 100_000 ether);
        reward(one, 30 days);
        vm.deal(address(this), 0);
        vm.deal(address(strategy), 1 ether);
        vm.deal(address(t1), 2 ether);
        vm.deal(address(one), 4 ether);
        strategy.harvest(address(one));
        same(address(this).balance, 7 ether);
    }

    function test_gifts_of_any_kind_move_neither_rate_nor_gain() public {
        stake(alice, 30_000 ether);
        (uint256 rate, uint256 assets) = (vault.rate(), vault.totalAssets());
        address[6] memory all =
            [address(vault), address(line), address(t2), address(t1), address(strategy), address(one)];
        for (uint256 i = 0; i < 6; i++) {
            vm.deal(all[i], all[i].balance + 7 ether);
            metis.mint(all[i], 7 ether);
        }
        same(uint256(t1.gain()), 0);
        t1.report();
        pump();
        same(vault.rate(), rate);
        same(vault.totalAssets(), assets);
        same(vault.buffer(), 0);
        redeem(alice, 1 ether);
        same(line.fund(), 0);
    }

    // The signer's proof.

    function sign(string memory name, address vault_) private returns (bytes memory) {
        uint256 key = uint256(keccak256(bytes(name))) >> 1;
        bytes32 tag = keccak256("conclave/v1/lock-proof");
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encode(tag, block.chainid, address(pool), vault_)));
        return abi.encodePacked(r, s, v);
    }

    function test_a_vault_locks_by_the_proof_of_its_signer_where_the_pool_asks_for_one() public {
        vm.startPrank(TIMELOCK);
        pool.setWhitelistEnabled(false);
        strategy.setTarget(address(two), 0);
        vm.stopPrank();
        require(pool.requireProof() && !one.ready());
        bytes memory proof = sign("one", address(one));
        vm.prank(one.signer());
        vm.expectEmit(address(one));
        emit SequencerVault.ProofSet("", proof);
        one.setProof(proof);
        require(one.ready());
        stake(alice, 30_000 ether);
        same(pool.sequencerOf(one.id()).amount, 30_000 ether);
        same(pool.sequencerOf(one.id()).signer, one.signer());
    }

    function test_a_proof_for_another_vault_or_by_another_key_is_refused() public {
        bytes memory elsewhere = sign("one", address(two));
        bytes memory other = sign("two", address(one));
        vm.startPrank(one.signer());
        vm.expectRevert(SequencerVault.BadProof.selector);
        one.setProof(elsewhere);
        vm.expectRevert(SequencerVault.BadProof.selector);
        one.setProof(other);
        vm.expectRevert(SequencerVault.BadProof.selector);
        one.setProof("");
        vm.stopPrank();
    }

    function test_the_timelock_asks_for_another_signer_with_a_proof_or_without() public {
        stake(alice, 30_000 ether);
        Vm.Wallet memory w = vm.createWallet(77);
        bytes memory key = abi.encode(w.publicKeyX, w.publicKeyY);
        vm.startPrank(TIMELOCK);
        strategy.requestSignerUpdate(address(one), key, "");
        pool.setWhitelistEnabled(false);
        bytes32 tag = keccak256("conclave/v1/lock-proof");
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(77, keccak256(abi.encode(tag, block.chainid, address(pool), address(one))));
        strategy.requestSignerUpdate(address(one), key, abi.encodePacked(r, s, v));
        vm.stopPrank();
        vm.warp(block.timestamp + 20);
        pool.executeSignerUpdate(one.id());
        same(pool.sequencerOf(one.id()).signer, w.addr);
    }
}
