// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// The key that signs blocks, and its replacement by itself or by the owner.
contract LockingPoolSignersTest is PoolFixture {
    uint256 internal id;
    address internal first;

    function setUp() public override {
        super.setUp();
        id = _join(ANN, 1, MIN);
        first = _signer(1);
    }

    function test_a_signer_hands_over_to_another_key() public {
        bytes memory pubkey = _pubkey(2);
        address second = _signer(2);
        vm.expectEmit(address(info));
        emit ILockingInfo.SignerChange(id, 2, first, second, pubkey);
        vm.prank(first);
        pool.updateSigner(id, pubkey);
        same(_seq(id).signer, second);
        same(keccak256(_seq(id).pubkey), keccak256(pubkey));
        same(_seq(id).nonce, 2);
        same(pool.seqSigners(first), pool.RETIRED());
        same(pool.seqSigners(second), id);
        same(pool.signerHistory(first), id);
        same(pool.signerHistory(second), id);
    }

    function test_only_the_current_signer_of_an_active_sequencer_hands_over() public {
        bytes memory call = abi.encodeCall(pool.updateSigner, (id, _pubkey(2)));
        _refused(ANN, call, _error(ISequencerInfo.NotSeqSigner.selector));
        bytes memory unknown = abi.encodeCall(pool.updateSigner, (7, _pubkey(2)));
        _refused(first, unknown, _error(ISequencerInfo.NoSuchSeq.selector));
        vm.prank(ANN);
        pool.unlock(id, 0);
        _refused(first, call, _error(ISequencerInfo.SeqNotActive.selector));
    }

    function test_a_new_signer_was_never_used_and_has_a_good_key() public {
        _join(BEN, 2, MIN);
        bytes memory used = _error(ISequencerInfo.SignerExisted.selector);
        _refused(first, abi.encodeCall(pool.updateSigner, (id, _pubkey(2))), used);
        _refused(first, abi.encodeCall(pool.updateSigner, (id, _pubkey(1))), used);
        _refused(first, abi.encodeCall(pool.updateSigner, (id, hex"00")), _text("invalid pubkey"));
        bytes memory third = _pubkey(3);
        vm.prank(first);
        pool.updateSigner(id, third);
        _reward(3, 1);
        // The first key is history for every sequencer, its own included.
        _refused(_signer(3), abi.encodeCall(pool.updateSigner, (id, _pubkey(1))), used);
    }

    function test_a_signer_changes_once_in_a_reward_batch() public {
        bytes[3] memory key = [_pubkey(2), _pubkey(3), _pubkey(4)];
        vm.prank(first);
        pool.updateSigner(id, key[0]);
        address second = _signer(2);
        bytes memory again = abi.encodeCall(pool.updateSigner, (id, key[1]));
        _refused(second, again, _text("signer updating throttle"));
        _reward(2, 1);
        vm.prank(second);
        pool.updateSigner(id, key[1]);
        vm.prank(TIMELOCK);
        pool.setSignerUpdateThrottle(0);
        address third = _signer(3);
        vm.prank(third);
        pool.updateSigner(id, key[2]);
    }

    function test_a_hand_over_waits_for_the_end_of_a_pause() public {
        vm.prank(GUARDIAN);
        pool.setPause(true);
        bytes memory why = _error(ILockingPool.PoolPaused.selector);
        _refused(first, abi.encodeCall(pool.updateSigner, (id, _pubkey(2))), why);
        bytes memory sig = _proof(2, ANN);
        _refused(first, abi.encodeCall(pool.updateSignerWithProof, (id, _pubkey(2), sig)), why);
    }

    function test_a_key_proves_itself_while_proofs_are_required() public {
        vm.prank(TIMELOCK);
        pool.setRequireProof(true);
        bytes memory pubkey = _pubkey(2);
        bytes memory why = _error(ILockingPool.ProofRequired.selector);
        _refused(first, abi.encodeCall(pool.updateSigner, (id, pubkey)), why);
        _refused(ANN, abi.encodeCall(pool.requestSignerUpdate, (id, pubkey)), why);
        bytes memory others = _proof(2, BEN);
        why = _error(ILockingPool.BadProof.selector);
        _refused(first, abi.encodeCall(pool.updateSignerWithProof, (id, pubkey, others)), why);
        _refused(ANN, abi.encodeCall(pool.requestSignerUpdateWithProof, (id, pubkey, others)), why);
        bytes memory sig = _proof(2, ANN);
        vm.prank(first);
        pool.updateSignerWithProof(id, pubkey, sig);
        same(_seq(id).signer, _signer(2));
        (pubkey, sig) = (_pubkey(3), _proof(3, ANN));
        vm.prank(ANN);
        pool.requestSignerUpdateWithProof(id, pubkey, sig);
        _pass(20);
        pool.executeSignerUpdate(id);
        same(_seq(id).signer, _signer(3));
    }

    function test_an_owner_replaces_a_lost_key_after_a_delay() public {
        bytes memory pubkey = _pubkey(2);
        address second = _signer(2);
        vm.expectEmit(address(pool));
        emit ILockingPool.SignerUpdateRequested(id, second, START + 20);
        vm.prank(ANN);
        pool.requestSignerUpdate(id, pubkey);
        bytes memory execute = abi.encodeCall(pool.executeSignerUpdate, (id));
        _refused(EVE, execute, _error(ILockingPool.NoSignerUpdateDue.selector));
        _pass(19);
        _refused(EVE, execute, _error(ILockingPool.NoSignerUpdateDue.selector));
        _pass(1);
        vm.expectEmit(address(info));
        emit ILockingInfo.SignerChange(id, 2, first, second, pubkey);
        vm.prank(EVE);
        pool.executeSignerUpdate(id);
        same(_seq(id).signer, second);
        _refused(EVE, execute, _error(ILockingPool.NoSignerUpdateDue.selector));
    }

    function test_a_request_is_the_owners_about_a_fresh_key_of_an_active_sequencer() public {
        bytes memory call = abi.encodeCall(pool.requestSignerUpdate, (id, _pubkey(2)));
        _refused(first, call, _error(ISequencerInfo.NotSeqOwner.selector));
        bytes memory own = abi.encodeCall(pool.requestSignerUpdate, (id, _pubkey(1)));
        _refused(ANN, own, _error(ISequencerInfo.SignerExisted.selector));
        vm.prank(ANN);
        pool.unlock(id, 0);
        _refused(ANN, call, _error(ISequencerInfo.SeqNotActive.selector));
    }

    function test_the_current_signer_or_the_owner_ends_a_request() public {
        bytes memory cancel = abi.encodeCall(pool.cancelSignerUpdate, (id));
        _refused(ANN, cancel, _error(ILockingPool.NoSignerUpdateDue.selector));
        _request(2);
        _refused(EVE, cancel, _error(ISequencerInfo.NotSeqOwner.selector));
        vm.expectEmit(address(pool));
        emit ILockingPool.SignerUpdateCancelled(id, _signer(2));
        vm.prank(first);
        pool.cancelSignerUpdate(id);
        _request(3);
        vm.prank(ANN);
        pool.cancelSignerUpdate(id);
        _pass(20);
        bytes memory execute = abi.encodeCall(pool.executeSignerUpdate, (id));
        _refused(ANN, execute, _error(ILockingPool.NoSignerUpdateDue.selector));
    }

    function test_a_second_request_replaces_the_first_and_waits_anew() public {
        _request(2);
        _pass(15);
        _request(3);
        _pass(15);
        bytes memory execute = abi.encodeCall(pool.executeSignerUpdate, (id));
        _refused(ANN, execute, _error(ILockingPool.NoSignerUpdateDue.selector));
        _pass(5);
        pool.executeSignerUpdate(id);
        same(_seq(id).signer, _signer(3));
    }

    function test_a_request_ends_with_its_owner_its_signer_or_the_stay() public {
        bytes memory execute = abi.encodeCall(pool.executeSignerUpdate, (id));
        bytes memory none = _error(ILockingPool.NoSignerUpdateDue.selector);
        _request(2);
        vm.prank(ANN);
        pool.setSequencerOwner(id, BEN);
        _pass(20);
        _refused(EVE, execute, none);
        vm.prank(BEN);
        pool.setSequencerOwner(id, ANN);
        _request(2);
        bytes memory third = _pubkey(3);
        vm.prank(first);
        pool.updateSigner(id, third);
        _pass(20);
        _refused(EVE, execute, none);
        _request(2);
        vm.prank(ANN);
        pool.unlock(id, 0);
        _pass(20);
        _refused(EVE, execute, none);
    }

    function test_a_requested_key_that_was_used_meanwhile_is_not_taken() public {
        _request(2);
        _join(BEN, 2, MIN);
        _pass(20);
        bytes memory execute = abi.encodeCall(pool.executeSignerUpdate, (id));
        _refused(ANN, execute, _error(ISequencerInfo.SignerExisted.selector));
    }

    function _request(uint256 seed) private {
        bytes memory pubkey = _pubkey(seed);
        vm.prank(ANN);
        pool.requestSignerUpdate(id, pubkey);
    }
}
