// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignerKey} from "../../lib/SignerKey.sol";
import {PoolSigners} from "./PoolSigners.sol";

/// @title Entry: a stake, its increase, and to whom it and its rewards belong (section 5.3)
/// @notice METIS is approved to the escrow (LockingInfo), never to this contract.
abstract contract PoolEntry is PoolSigners {
    /// @notice Locks `amount` wei for a sequencer that signs with `signer`, whose key is `pubkey` (64 bytes).
    /// Rewards go to the caller on L2. Whitelisted callers that own none, not during a pause, no proof
    /// required. Errors: `ProofRequired`, `NotWhitelisted`, `OwnedSequencer`, `SignerExisted`,
    /// `invalid pubkey`, `pubkey and address mismatch`, `invalid amount`, `locked>maxLock`.
    function lockFor(address signer, uint256 amount, bytes calldata pubkey) public virtual {
        lockWithRewardRecipient(signer, address(0), amount, pubkey);
    }

    /// @notice As `lockFor`, with rewards to `rewardRecipient` on L2; zero stands for the caller.
    function lockWithRewardRecipient(
        address signer,
        address rewardRecipient,
        uint256 amount,
        bytes calldata pubkey
    ) public virtual onlyLive onlyWhitelisted nonReentrant {
        if (requireProof) revert ProofRequired();
        _lock(signer, rewardRecipient, amount, pubkey);
    }

    /// @notice As `lockWithRewardRecipient`, with the signer's signature over (tag, chain, contract, caller):
    /// the only entry while proofs are required. `BadProof`.
    function lockWithProof(
        address signer,
        address rewardRecipient,
        uint256 amount,
        bytes calldata pubkey,
        bytes calldata sig
    ) public virtual onlyLive onlyWhitelisted nonReentrant {
        _requireProofOf(signer, msg.sender, sig);
        _lock(signer, rewardRecipient, amount, pubkey);
    }

    /// @notice Adds `amount` wei, and all unclaimed rewards if `lockReward`, to the stake. Whitelisted owner
    /// of an Active sequencer, not during a pause. Errors: `NotSeqOwner`, `SeqNotActive`,
    /// `No new locked added`, `locked>maxLock`.
    function relock(uint256 id, uint256 amount, bool lockReward)
        public
        virtual
        onlyLive
        onlyWhitelisted
        nonReentrant
    {
        Sequencer storage seq = _owned(id);
        _requireActive(seq);
        uint256 fromReward = lockReward ? seq.reward : 0;
        uint256 increase = amount + fromReward;
        _setActiveLocked(activeLocked + increase);
        seq.reward -= fromReward;
        seq.amount += increase;
        seq.nonce++;
        _info().increaseLocked(id, seq.nonce, msg.sender, seq.amount, amount, fromReward);
    }

    /// @notice Sends the rewards of a sequencer to `recipient` on L2 from now on. Owner, at any time: rewards
    /// of blocks built before an exit may be credited after it. `NullAddress`, `NotSeqOwner`.
    function setSequencerRewardRecipient(uint256 id, address recipient) public virtual {
        if (recipient == address(0)) revert NullAddress();
        _owned(id).rewardRecipient = recipient;
        emit SequencerRewardRecipientChanged(id, recipient);
    }

    /// @notice Gives an Active sequencer to `newOwner`, who owns none and may enter. The recipient stays, and
    /// a request of the old owner for another signer ends. Errors: `NotSeqOwner`, `SeqNotActive`,
    /// `NullAddress`, `NotWhitelisted`, `OwnedSequencer`.
    function setSequencerOwner(uint256 id, address newOwner) public virtual {
        Sequencer storage seq = _owned(id);
        _requireActive(seq);
        if (newOwner == address(0)) revert NullAddress();
        _requireWhitelisted(newOwner);
        if (seqOwners[newOwner] != 0) revert OwnedSequencer();
        delete seqOwners[msg.sender];
        seqOwners[newOwner] = id;
        seq.owner = newOwner;
        _dropRequest(id);
        emit SequencerOwnerChanged(id, newOwner);
    }

    function _lock(address signer, address rewardRecipient, uint256 amount, bytes calldata pubkey) private {
        if (seqOwners[msg.sender] != 0) revert OwnedSequencer();
        require(SignerKey.addressOf(pubkey) == signer, "pubkey and address mismatch");
        uint256 id = ++totalSequencers;
        _claimSigner(id, signer);
        seqOwners[msg.sender] = id;
        address recipient = _recipientAtEntry(rewardRecipient);
        _enter(id, signer, recipient, amount, pubkey);
        emit SequencerOwnerChanged(id, msg.sender);
        emit SequencerRewardRecipientChanged(id, recipient);
        _info().newSequencer(id, msg.sender, signer, amount, curBatchState.id, pubkey);
    }

    function _enter(uint256 id, address signer, address recipient, uint256 amount, bytes calldata pubkey)
        private
    {
        _setActiveLocked(activeLocked + amount);
        Sequencer storage seq = sequencers[id];
        _setStatus(seq, Status.Active);
        seq.amount = amount;
        seq.activationBatch = seq.updatedBatch = curBatchState.id;
        seq.nonce = 1;
        seq.owner = msg.sender;
        seq.signer = signer;
        seq.pubkey = pubkey;
        seq.rewardRecipient = recipient;
    }

    /// @dev A recipient always exists.
    function _recipientAtEntry(address given) internal view virtual returns (address) {
        return given == address(0) ? msg.sender : given;
    }
}
