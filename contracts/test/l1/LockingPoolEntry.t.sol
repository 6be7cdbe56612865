// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {LockingPool} from "../../src/l1/LockingPool.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// Entry: a stake, its increase, and to whom it and its rewards belong.
contract LockingPoolEntryTest is PoolFixture {
    function test_a_lock_makes_an_active_sequencer() public {
        _fund(ANN, 30_000 ether);
        bytes memory pubkey = _pubkey(1);
        address signer = _signer(1);
        vm.expectEmit(address(pool));
        emit ISequencerInfo.SequencerOwnerChanged(1, ANN);
        vm.expectEmit(address(pool));
        emit ISequencerInfo.SequencerRewardRecipientChanged(1, ANN);
        vm.expectEmit(address(info));
        emit ILockingInfo.Locked(signer, 1, 1, 1, 30_000 ether, 30_000 ether, pubkey);
        vm.prank(ANN);
        pool.lockFor(signer, 30_000 ether, pubkey);

        ISequencerInfo.Sequencer memory seq = _seq(1);
        same(seq.amount, 30_000 ether);
        same(seq.reward, 0);
        same(seq.activationBatch, 1);
        same(seq.nonce, 1);
        same(seq.owner, ANN);
        same(seq.signer, signer);
        same(keccak256(seq.pubkey), keccak256(pubkey));
        same(seq.rewardRecipient, ANN);
        same(_status(1), uint256(ISequencerInfo.Status.Active));
        same(pool.totalSequencers(), 1);
        same(pool.seqOwners(ANN), 1);
        same(pool.seqSigners(signer), 1);
        same(pool.signerHistory(signer), 1);
        same(pool.seqStatuses(ISequencerInfo.Status.Active), 1);
        same(pool.activeLocked(), 30_000 ether);
        same(info.totalLocked(), 30_000 ether);
        same(metis.balanceOf(address(info)), 30_000 ether);
    }

    function test_the_getter_of_tooling_has_the_fields_in_the_order_of_the_reference() public {
        uint256 id = _join(ANN, 1, MIN);
        (, bytes memory fields) = address(pool).staticcall(abi.encodeCall(pool.sequencers, (id)));
        // A list of values is encoded as a struct of them is, but for the offset in front.
        ISequencerInfo.Sequencer memory seq =
            abi.decode(abi.encodePacked(uint256(32), fields), (ISequencerInfo.Sequencer));
        same(keccak256(abi.encode(seq)), keccak256(abi.encode(_seq(id))));
    }

    function test_a_recipient_is_taken_and_zero_stands_for_the_owner() public {
        _fund(ANN, MIN);
        _fund(BEN, MIN);
        (bytes memory one, bytes memory two) = (_pubkey(1), _pubkey(2));
        (address a, address b) = (_signer(1), _signer(2));
        vm.prank(ANN);
        pool.lockWithRewardRecipient(a, EVE, MIN, one);
        vm.prank(BEN);
        pool.lockWithRewardRecipient(b, address(0), MIN, two);
        same(_seq(1).rewardRecipient, EVE);
        same(_seq(2).rewardRecipient, BEN);
    }

    function test_stake_has_a_lowest_and_a_highest_amount() public {
        _fund(ANN, 200_000 ether);
        _lockRefused(MIN - 0.01 ether, "invalid amount");
        _lockRefused(MAX + 0.01 ether, "locked>maxLock");
        _lockRefused(0, "invalid amount");
        vm.prank(ANN);
        pool.lockFor(_cachedSigner, MAX, _cachedPubkey);
    }

    function test_an_owner_has_one_sequencer() public {
        _join(ANN, 1, MIN);
        _refused(
            ANN,
            abi.encodeCall(pool.lockFor, (_signer(2), MIN, _pubkey(2))),
            _error(ISequencerInfo.OwnedSequencer.selector)
        );
    }

    function test_a_signer_is_never_used_twice() public {
        _join(ANN, 1, MIN);
        _fund(BEN, MIN);
        _refused(
            BEN,
            abi.encodeCall(pool.lockFor, (_signer(1), MIN, _pubkey(1))),
            _error(ISequencerInfo.SignerExisted.selector)
        );
    }

    function test_a_key_has_64_bytes_is_on_the_curve_and_is_the_signers() public {
        _fund(ANN, MIN);
        address signer = _signer(1);
        bytes memory good = _pubkey(1);
        _refused(
            ANN, abi.encodeCall(pool.lockFor, (_signer(2), MIN, good)), _text("pubkey and address mismatch")
        );
        bytes[4] memory bad = [
            bytes(""),
            abi.encodePacked(hex"04", good),
            abi.encode(1, 1), // not on the curve
            abi.encode(type(uint256).max, type(uint256).max) // not in the field
        ];
        for (uint256 i = 0; i < bad.length; i++) {
            _refused(ANN, abi.encodeCall(pool.lockFor, (signer, MIN, bad[i])), _text("invalid pubkey"));
        }
    }

    function test_the_whitelist_gates_entry_only_while_it_is_on() public {
        vm.prank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        _fund(ANN, MIN);
        bytes memory call = abi.encodeCall(pool.lockFor, (_signer(1), MIN, _pubkey(1)));
        _refused(ANN, call, _error(ISequencerInfo.NotWhitelisted.selector));
        bytes memory withRecipient =
            abi.encodeCall(pool.lockWithRewardRecipient, (_signer(1), ANN, MIN, _pubkey(1)));
        _refused(ANN, withRecipient, _error(ISequencerInfo.NotWhitelisted.selector));
        bytes memory withProof =
            abi.encodeCall(pool.lockWithProof, (_signer(1), ANN, MIN, _pubkey(1), _proof(1, ANN)));
        _refused(ANN, withProof, _error(ISequencerInfo.NotWhitelisted.selector));
        vm.prank(TIMELOCK);
        pool.setWhitelist(ANN, true);
        _join(ANN, 1, MIN);
        vm.prank(TIMELOCK);
        pool.setWhitelist(ANN, false);
        _fund(ANN, 1);
        _refused(
            ANN, abi.encodeCall(pool.relock, (1, 1, false)), _error(ISequencerInfo.NotWhitelisted.selector)
        );
    }

    function test_entry_is_closed_during_a_pause() public {
        _join(BEN, 2, MIN);
        _fund(ANN, MIN);
        vm.prank(GUARDIAN);
        pool.setPause(true);
        bytes memory why = _error(ILockingPool.PoolPaused.selector);
        _refused(ANN, abi.encodeCall(pool.lockFor, (_signer(1), MIN, _pubkey(1))), why);
        _refused(ANN, abi.encodeCall(pool.lockWithRewardRecipient, (_signer(1), ANN, MIN, _pubkey(1))), why);
        bytes memory sig = _proof(1, ANN);
        _refused(ANN, abi.encodeCall(pool.lockWithProof, (_signer(1), ANN, MIN, _pubkey(1), sig)), why);
        _refused(BEN, abi.encodeCall(pool.relock, (1, 1, false)), why);
        _pass(120);
        _join(ANN, 1, MIN);
    }

    function test_a_proof_is_the_only_entry_while_it_is_required() public {
        vm.prank(TIMELOCK);
        pool.setRequireProof(true);
        _fund(ANN, MIN);
        (address signer, bytes memory pubkey) = (_signer(1), _pubkey(1));
        bytes memory why = _error(ILockingPool.ProofRequired.selector);
        _refused(ANN, abi.encodeCall(pool.lockFor, (signer, MIN, pubkey)), why);
        _refused(ANN, abi.encodeCall(pool.lockWithRewardRecipient, (signer, ANN, MIN, pubkey)), why);
        bytes memory sig = _proof(1, ANN);
        vm.prank(ANN);
        pool.lockWithProof(signer, BEN, MIN, pubkey, sig);
        same(_seq(1).rewardRecipient, BEN);
    }

    function test_a_proof_of_another_key_owner_or_form_is_bad() public {
        _fund(ANN, MIN);
        (address signer, bytes memory pubkey) = (_signer(1), _pubkey(1));
        bytes memory good = _proof(1, ANN);
        bytes memory mirrored = _mirror(good);
        bytes[5] memory bad =
            [_proof(2, ANN), _proof(1, BEN), bytes(""), abi.encodePacked(good, hex"00"), mirrored];
        for (uint256 i = 0; i < bad.length; i++) {
            bytes memory call = abi.encodeCall(pool.lockWithProof, (signer, ANN, MIN, pubkey, bad[i]));
            _refused(ANN, call, _error(ILockingPool.BadProof.selector));
        }
    }

    function test_a_relock_adds_stake() public {
        uint256 id = _join(ANN, 1, MIN);
        _fund(ANN, 5 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.Relocked(id, 5 ether, MIN + 5 ether);
        vm.expectEmit(address(info));
        emit ILockingInfo.LockUpdate(id, 2, MIN + 5 ether);
        vm.prank(ANN);
        pool.relock(id, 5 ether, false);
        same(_seq(id).amount, MIN + 5 ether);
        same(pool.activeLocked(), MIN + 5 ether);
        same(info.totalLocked(), MIN + 5 ether);
    }

    function test_a_relock_adds_rewards_if_told_to() public {
        uint256 id = _join(ANN, 1, MIN);
        _pass(1 days);
        _reward(1, 10);
        uint256 reward = _seq(id).reward;
        _fund(ANN, 1);
        vm.prank(ANN);
        pool.relock(id, 1, false);
        same(_seq(id).reward, reward);
        vm.prank(ANN);
        pool.relock(id, 0, true);
        same(_seq(id).reward, 0);
        same(_seq(id).amount, MIN + 1 + reward);
        same(info.totalRewards(), 0);
    }

    function test_a_relock_of_nothing_or_beyond_the_maximum_is_refused() public {
        uint256 id = _join(ANN, 1, MIN);
        _refused(ANN, abi.encodeCall(pool.relock, (id, 0, false)), _text("No new locked added"));
        _refused(ANN, abi.encodeCall(pool.relock, (id, 0, true)), _text("No new locked added"));
        _fund(ANN, MAX);
        _refused(ANN, abi.encodeCall(pool.relock, (id, MAX - MIN + 1, false)), _text("locked>maxLock"));
        vm.prank(ANN);
        pool.relock(id, MAX - MIN, false);
    }

    function test_a_relock_is_the_owners_of_an_active_sequencer() public {
        uint256 id = _join(ANN, 1, MIN);
        _refused(
            BEN, abi.encodeCall(pool.relock, (id, 1, false)), _error(ISequencerInfo.NotSeqOwner.selector)
        );
        _refused(BEN, abi.encodeCall(pool.relock, (9, 1, false)), _error(ISequencerInfo.NoSuchSeq.selector));
        vm.prank(ANN);
        pool.unlock(id, 0);
        _refused(
            ANN, abi.encodeCall(pool.relock, (id, 1, false)), _error(ISequencerInfo.SeqNotActive.selector)
        );
    }

    function test_the_owner_changes_the_recipient_in_every_state() public {
        uint256 id = _join(ANN, 1, MIN);
        bytes memory call = abi.encodeCall(pool.setSequencerRewardRecipient, (id, BEN));
        _refused(EVE, call, _error(ISequencerInfo.NotSeqOwner.selector));
        bytes memory zero = abi.encodeCall(pool.setSequencerRewardRecipient, (id, address(0)));
        _refused(ANN, zero, _error(ISequencerInfo.NullAddress.selector));
        vm.expectEmit(address(pool));
        emit ISequencerInfo.SequencerRewardRecipientChanged(id, BEN);
        vm.prank(ANN);
        pool.setSequencerRewardRecipient(id, BEN);
        same(_seq(id).rewardRecipient, BEN);
        vm.startPrank(ANN);
        pool.unlock(id, 0);
        pool.setSequencerRewardRecipient(id, EVE);
        _pass(60);
        pool.unlockClaim(id, 0);
        pool.setSequencerRewardRecipient(id, ANN);
        vm.stopPrank();
        same(_seq(id).rewardRecipient, ANN);
    }

    function test_an_owner_hands_the_sequencer_over() public {
        uint256 id = _join(ANN, 1, MIN);
        vm.expectEmit(address(pool));
        emit ISequencerInfo.SequencerOwnerChanged(id, BEN);
        vm.prank(ANN);
        pool.setSequencerOwner(id, BEN);
        same(_seq(id).owner, BEN);
        same(_seq(id).rewardRecipient, ANN);
        same(pool.seqOwners(ANN), 0);
        same(pool.seqOwners(BEN), id);
        _join(ANN, 2, MIN);
    }

    function test_a_hand_over_needs_an_owner_that_may_enter() public {
        uint256 id = _join(ANN, 1, MIN);
        _join(BEN, 2, MIN);
        bytes memory toEve = abi.encodeCall(pool.setSequencerOwner, (id, EVE));
        _refused(EVE, toEve, _error(ISequencerInfo.NotSeqOwner.selector));
        bytes memory toZero = abi.encodeCall(pool.setSequencerOwner, (id, address(0)));
        _refused(ANN, toZero, _error(ISequencerInfo.NullAddress.selector));
        bytes memory toBen = abi.encodeCall(pool.setSequencerOwner, (id, BEN));
        _refused(ANN, toBen, _error(ISequencerInfo.OwnedSequencer.selector));
        vm.prank(TIMELOCK);
        pool.setWhitelistEnabled(true);
        _refused(ANN, toEve, _error(ISequencerInfo.NotWhitelisted.selector));
        vm.prank(ANN);
        pool.unlock(id, 0);
        _refused(ANN, toEve, _error(ISequencerInfo.SeqNotActive.selector));
    }

    function test_who_has_left_may_enter_anew_with_another_key() public {
        uint256 id = _join(ANN, 1, MIN);
        vm.startPrank(ANN);
        pool.unlock(id, 0);
        _pass(60);
        pool.unlockClaim(id, 0);
        vm.stopPrank();
        _refused(
            ANN,
            abi.encodeCall(pool.lockFor, (_signer(1), MIN, _pubkey(1))),
            _error(ISequencerInfo.SignerExisted.selector)
        );
        same(_join(ANN, 2, MIN), 2);
    }

    function test_the_pool_takes_no_stray_value() public {
        vm.deal(ANN, 1 ether);
        vm.prank(ANN);
        (bool done,) = address(pool).call{value: 1}("");
        same(done ? 1 : 0, 0);
        vm.prank(ANN);
        (done,) = address(info).call{value: 1}("");
        same(done ? 1 : 0, 0);
    }

    function test_proxies_and_implementations_are_initialised_once() public {
        ILockingPool.Config memory config = _config();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        pool.initialize(config);
        LockingPool bare = new LockingPool();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(config);
    }

    function test_the_start_values_are_checked() public {
        bytes memory noAddress = _error(ISequencerInfo.NullAddress.selector);
        bytes memory zero = _error(ILockingPool.ZeroValue.selector);
        ILockingPool.Config memory c = _config();
        c.timelock = address(0);
        _startRefused(c, noAddress);
        (c = _config()).escrow = address(0);
        _startRefused(c, noAddress);
        (c = _config()).keyRegistry = address(0);
        _startRefused(c, noAddress);
        (c = _config()).maxPause = 0;
        _startRefused(c, zero);
        (c = _config()).ownerSignerUpdateDelay = 0;
        _startRefused(c, zero);
        (c = _config()).rewardPerBlock = 0;
        _startRefused(c, zero);
        (c = _config()).mpcAddress = EVE;
        _startRefused(c, _error(ILockingPool.NotProven.selector));
        (c = _config()).slashBps = 10_001;
        _startRefused(c, _error(ILockingPool.BadShare.selector));
        (c = _config()).rates = new ILockingPool.RatePoint[](0);
        _startRefused(c, _error(ILockingPool.BadSchedule.selector));
        (c = _config()).exitDelayPeriod = 50;
        _startRefused(c, abi.encodeWithSelector(ILockingPool.ExitDelayOutOfRange.selector, 50, 50, 90 days));
    }

    function _startRefused(ILockingPool.Config memory config, bytes memory reason) private {
        LockingPool fresh = LockingPool(_proxy(address(new LockingPool())));
        vm.expectRevert(reason);
        fresh.initialize(config);
    }

    address private _cachedSigner;
    bytes private _cachedPubkey;

    function _lockRefused(uint256 amount, string memory reason) private {
        (_cachedSigner, _cachedPubkey) = (_signer(1), _pubkey(1));
        _refused(ANN, abi.encodeCall(pool.lockFor, (_cachedSigner, amount, _cachedPubkey)), _text(reason));
    }

    /// The other signature that a plain ecrecover takes for the same key and digest.
    function _mirror(bytes memory sig) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s, uint8 v) = (bytes32(0), bytes32(0), uint8(sig[64]));
        assembly {
            r := mload(add(sig, 32))
            s := mload(add(sig, 64))
        }
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        return abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27));
    }
}
