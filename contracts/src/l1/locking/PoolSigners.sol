// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Recover} from "../../lib/Recover.sol";
import {SignerKey} from "../../lib/SignerKey.sol";
import {Tags} from "../../lib/Tags.sol";
import {PoolRewards} from "./PoolRewards.sol";

/// @title Signers of sequencers: a signer belongs to one sequencer for ever (section 5.3)
/// @notice A signer replaces itself at once. An owner whose signer's key is lost replaces it after a delay,
/// in which a signer that is not lost objects by `cancelSignerUpdate`.
abstract contract PoolSigners is PoolRewards {
    /// @notice The current signer hands over to the key `pubkey` (64 bytes). Active, not during a pause, once
    /// in `signerUpdateThrottle` reward batches, no proof required. Errors: `ProofRequired`, `NotSeqSigner`,
    /// `SeqNotActive`, `SignerExisted`, `signer updating throttle`, `invalid pubkey`.
    function updateSigner(uint256 id, bytes calldata pubkey) public virtual onlyLive {
        if (requireProof) revert ProofRequired();
        _updateSigner(id, pubkey);
    }

    /// @notice As `updateSigner`, with the new key's signature over (tag, chain, contract, owner); the way
    /// while proofs are required. `BadProof`.
    function updateSignerWithProof(uint256 id, bytes calldata pubkey, bytes calldata sig)
        public
        virtual
        onlyLive
    {
        _requireProofOf(SignerKey.addressOf(pubkey), sequencers[id].owner, sig);
        _updateSigner(id, pubkey);
    }

    /// @notice The owner asks for another signer, for a key that was lost; a request before it is replaced.
    /// Active. Errors: `ProofRequired`, `NotSeqOwner`, `SeqNotActive`, `SignerExisted`, `invalid pubkey`.
    function requestSignerUpdate(uint256 id, bytes calldata pubkey) public virtual {
        if (requireProof) revert ProofRequired();
        _requestSignerUpdate(id, pubkey);
    }

    /// @notice As `requestSignerUpdate`, with the new key's signature; the way while proofs are required.
    function requestSignerUpdateWithProof(uint256 id, bytes calldata pubkey, bytes calldata sig)
        public
        virtual
    {
        _requireProofOf(SignerKey.addressOf(pubkey), sequencers[id].owner, sig);
        _requestSignerUpdate(id, pubkey);
    }

    /// @notice Anyone carries out a request whose delay has passed. Errors: `NoSignerUpdateDue`,
    /// `SignerExisted` (the key was used meanwhile).
    function executeSignerUpdate(uint256 id) public virtual {
        SignerRequest memory request = signerRequests[id];
        if (request.readyAt == 0 || block.timestamp < request.readyAt) revert NoSignerUpdateDue();
        _changeSigner(id, request.signer, request.pubkey);
    }

    /// @notice The owner withdraws its request, or the current signer, which then is not lost, refuses it.
    /// Errors: `NoSuchSeq`, `NotSeqOwner`, `NoSignerUpdateDue`.
    function cancelSignerUpdate(uint256 id) public virtual {
        Sequencer storage seq = _existing(id);
        if (msg.sender != seq.owner && msg.sender != seq.signer) revert NotSeqOwner();
        if (signerRequests[id].readyAt == 0) revert NoSignerUpdateDue();
        _dropRequest(id);
    }

    function _updateSigner(uint256 id, bytes calldata pubkey) private {
        Sequencer storage seq = _existing(id);
        if (msg.sender != seq.signer) revert NotSeqSigner();
        _requireActive(seq);
        uint256 last = _lastSignerUpdate(id);
        require(last == 0 || curBatchState.id >= last + signerUpdateThrottle, "signer updating throttle");
        _changeSigner(id, SignerKey.addressOf(pubkey), pubkey);
    }

    function _requestSignerUpdate(uint256 id, bytes calldata pubkey) private {
        _requireActive(_owned(id));
        address signer = SignerKey.addressOf(pubkey);
        if (signerHistory[signer] != 0) revert SignerExisted();
        // The delay is at most that of an exit.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 readyAt = uint64(block.timestamp + ownerSignerUpdateDelay);
        signerRequests[id] = SignerRequest(signer, readyAt, pubkey);
        emit SignerUpdateRequested(id, signer, readyAt);
    }

    /// @dev A throttle of its own: taking stake out does not hold up a change of signer, nor the reverse.
    function _lastSignerUpdate(uint256 id) internal view virtual returns (uint256) {
        return signerUpdatedBatch[id];
    }

    function _changeSigner(uint256 id, address signer, bytes memory pubkey) private {
        Sequencer storage seq = sequencers[id];
        address old = seq.signer;
        seqSigners[old] = RETIRED;
        _claimSigner(id, signer);
        (seq.signer, seq.pubkey) = (signer, pubkey);
        seq.nonce++;
        seq.updatedBatch = signerUpdatedBatch[id] = curBatchState.id;
        _dropRequest(id);
        _info().logSignerChange(id, old, signer, seq.nonce, pubkey);
    }

    function _claimSigner(uint256 id, address signer) internal {
        if (signerHistory[signer] != 0) revert SignerExisted();
        seqSigners[signer] = signerHistory[signer] = id;
    }

    /// @dev A request is of one owner about one signer: it ends with either, and with the stay in the set.
    function _dropRequest(uint256 id) internal {
        if (signerRequests[id].readyAt == 0) return;
        emit SignerUpdateCancelled(id, signerRequests[id].signer);
        delete signerRequests[id];
    }

    /// @dev Whoever enters a key here has it: else a stranger could use up the key of a newcomer.
    function _requireProofOf(address signer, address owner, bytes calldata sig) internal view {
        bytes32 digest = keccak256(abi.encode(Tags.LOCK_PROOF, block.chainid, address(this), owner));
        if (Recover.recover(digest, sig) != signer) revert BadProof();
    }
}
