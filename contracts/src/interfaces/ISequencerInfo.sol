// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The record of a sequencer, with the errors and events of the ledger of sequencers
/// @notice Names and order of fields are those of the Metis ABI, so that its tooling reads our records.
interface ISequencerInfo {
    /// @notice The caller, or the new owner, owns a sequencer already.
    error OwnedSequencer();
    /// @notice The signer was used before: a signer belongs to one sequencer for ever.
    error SignerExisted();
    /// @notice No sequencer has this id, or none ever had this signer.
    error NoSuchSeq();
    /// @notice An address that must be set is zero.
    error NullAddress();
    /// @notice The sequencer is not in the state that the call needs.
    error SeqNotActive();
    /// @notice The caller does not own the sequencer.
    error NotSeqOwner();
    /// @notice The caller is not the current signer of the sequencer.
    error NotSeqSigner();
    /// @notice Kept in the ABI for tooling. Never raised: the owner stands in for a recipient not set.
    error NoRewardRecipient();
    /// @notice The whitelist is on and does not have the address.
    error NotWhitelisted();

    /// @notice Life of a sequencer: Unavailable, Active, Inactive, Unlocked.
    enum Status {
        Unavailable, // no such sequencer
        Inactive, // unlocking: leaves the set, stake still in escrow and still liable
        Active, // stake locked
        Unlocked // stake paid back
    }

    /// @notice One sequencer. Amounts in wei of METIS, times in Unix seconds, batches are reward batch ids.
    struct Sequencer {
        uint256 amount; // locked
        uint256 reward; // earned, not yet claimed
        uint256 activationBatch; // for the record; the PoS chain has its own clock
        uint256 updatedBatch; // last withdrawal or change of signer
        uint256 deactivationBatch; // for the record
        uint256 deactivationTime; // when `unlock` was called
        uint256 unlockClaimTime; // from when `unlockClaim` pays; fixed by `unlock`
        uint256 nonce; // number of the last event that carries one, from 1
        address owner;
        address signer;
        bytes pubkey; // of signer: 64 bytes, uncompressed without 0x04
        address rewardRecipient; // on L2
        Status status;
    }

    /// @notice The whitelist has or no longer has `user`.
    event SetWhitelist(address user, bool yes);
    /// @notice Rewards of the sequencer go to `recipient` on L2 from now on.
    event SequencerRewardRecipientChanged(uint256 seqId, address recipient);
    /// @notice The sequencer belongs to `owner` from now on.
    event SequencerOwnerChanged(uint256 seqId, address owner);
}
