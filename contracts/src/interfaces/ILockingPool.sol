// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISequencerInfo} from "./ISequencerInfo.sol";

/// @title Ledger of sequencers: entry, rewards, signers, exits (sections 5.3, 11, 13)
interface ILockingPool is ISequencerInfo {
    /// @notice A privileged call from elsewhere than the Timelock.
    error NotTimelock();
    /// @notice Neither the guardian nor the Timelock.
    error NotGuardian();
    /// @notice The call is not open during a pause.
    error PoolPaused();
    /// @notice A new pause is possible from `notBefore` on.
    error PauseTooSoon(uint256 notBefore);
    /// @notice There is no pause to end.
    error NotPaused();
    /// @notice Entry is by `lockWithProof` (and signers change with a proof) while proofs are required.
    error ProofRequired();
    /// @notice The signature is not the new signer's over (tag, chain, contract, owner).
    error BadProof();
    /// @notice The account has no proof of possession in KeyRegistry.
    error NotProven();
    /// @notice A batch by block counts would pay more than the highest rate allows.
    error RewardCapExceeded(uint256 total, uint256 cap);
    /// @notice Ids behind the list of signers are not strictly ascending.
    error UnsortedSequencers();
    /// @notice An entry of a reward batch has no blocks.
    error ZeroBlocks();
    /// @notice Only the Slasher slashes.
    error NotSlasher();
    /// @notice More than the set share of a stake cannot be taken at once.
    error SlashTooHigh(uint256 bps, uint256 limit);
    /// @notice The exit delay has not passed.
    error NotClaimable();
    /// @notice The native value does not cover the bridge's fee.
    error BridgeFeeNotPaid(uint256 sent, uint256 fee);
    /// @notice The caller does not take back its surplus value.
    error RefundFailed();
    /// @notice The delay is outside (challengeWindow + evidenceAge, MAX_EXIT_DELAY].
    error ExitDelayOutOfRange(uint256 delay, uint256 above, uint256 atMost);
    /// @notice A signer's time to refuse its replacement is at most `limit` seconds.
    error SignerDelayTooLong(uint256 delay, uint256 limit);
    /// @notice A schedule must have 1 to 256 points, ascending, none in the past, none above 5000 bps.
    error BadSchedule();
    /// @notice A share above 10,000 basis points.
    error BadShare();
    /// @notice No change of signer waits, or not long enough yet.
    error NoSignerUpdateDue();
    /// @notice Zero is not a value of this parameter.
    error ZeroValue();

    /// @notice How a reward batch is measured.
    enum RewardMode {
        TimeWeighted, // stake times rate times time
        PerBlock // a fixed amount for each block, capped
    }

    /// @notice From `start` (Unix seconds) on the rate is `bps` hundredths of a percent a year.
    struct RatePoint {
        uint64 start;
        uint16 bps;
    }

    /// @notice The last paid reward batch and the epochs it covered; `number` is the L1 block.
    struct BatchState {
        uint256 id;
        uint256 number;
        uint256 startEpoch;
        uint256 endEpoch;
    }

    /// @notice An owner's request for another signer, executable from `readyAt` on.
    struct SignerRequest {
        address signer;
        uint64 readyAt;
        bytes pubkey;
    }

    /// @notice What a new pool starts with.
    struct Config {
        address timelock;
        address guardian; // may only pause
        address escrow; // LockingInfo
        address keyRegistry;
        address slasher;
        address mpcAddress; // group account `reward`; 0 until `updateMpc`
        uint256 exitDelayPeriod; // seconds
        uint256 challengeWindow; // seconds
        uint256 evidenceAge; // seconds
        uint256 maxPause; // seconds
        uint256 ownerSignerUpdateDelay; // seconds
        uint256 signerUpdateThrottle; // reward batches
        uint256 rewardPerBlock; // wei
        uint256 slashBps; // of the stake
        uint256 reporterBps; // of what is slashed
        bool whitelistEnabled;
        bool requireProof;
        RatePoint[] rates;
    }

    event WithrawDelayTimeChange(uint256 cur, uint256 prev);
    event RewardUpdate(uint256 newReward, uint256 oldReward);
    event UpdateMpc(address newMpc);
    event SetSignerUpdateThrottle(uint256 n);
    /// @notice A reward batch was credited: `amount` in all, `rpb` a block.
    event DistributeReward(
        uint256 indexed batchId, uint256 startEpoch, uint256 endEpoch, uint256 amount, uint256 rpb
    );
    /// @notice Any parameter, with its value before and after (addresses and flags as numbers).
    event ParameterChanged(bytes32 indexed name, uint256 oldValue, uint256 newValue);
    /// @notice Points that had not begun were replaced.
    event RateScheduleChanged(RatePoint[] dropped, RatePoint[] added);
    /// @notice Entry, partial withdrawal, claims and reward batches are closed until `until`, or open (0).
    event PauseChanged(bool paused, uint256 until);
    event SignerUpdateRequested(uint256 indexed sequencerId, address indexed signer, uint256 readyAt);
    event SignerUpdateCancelled(uint256 indexed sequencerId, address indexed signer);
    /// @notice The bridge did not take the reward; it stays accrued and is claimed by `withdrawRewards`.
    event RewardKept(uint256 indexed sequencerId, uint256 amount);

    // ---- entry ---------------------------------------------------------------------------------------

    function lockFor(address signer, uint256 amount, bytes calldata pubkey) external;
    function lockWithRewardRecipient(
        address signer,
        address rewardRecipient,
        uint256 amount,
        bytes calldata pubkey
    ) external;
    function lockWithProof(
        address signer,
        address rewardRecipient,
        uint256 amount,
        bytes calldata pubkey,
        bytes calldata sig
    ) external;
    function relock(uint256 id, uint256 amount, bool lockReward) external;

    // ---- while active --------------------------------------------------------------------------------

    function withdraw(uint256 id, uint256 amount) external;
    function withdrawRewards(uint256 id, uint32 l2Gas) external payable;
    function setSequencerRewardRecipient(uint256 id, address recipient) external;
    function setSequencerOwner(uint256 id, address newOwner) external;
    function updateSigner(uint256 id, bytes calldata pubkey) external;
    function updateSignerWithProof(uint256 id, bytes calldata pubkey, bytes calldata sig) external;
    function requestSignerUpdate(uint256 id, bytes calldata pubkey) external;
    function requestSignerUpdateWithProof(uint256 id, bytes calldata pubkey, bytes calldata sig) external;
    function executeSignerUpdate(uint256 id) external;
    function cancelSignerUpdate(uint256 id) external;

    // ---- exit ----------------------------------------------------------------------------------------

    function unlock(uint256 id, uint32 l2Gas) external payable;
    function forceUnlock(uint256 id, uint32 l2Gas) external payable;
    function unlockClaim(uint256 id, uint32 l2Gas) external payable;

    // ---- cluster and Slasher -------------------------------------------------------------------------

    function batchSubmitRewards(
        uint256 batchId,
        uint256 startEpoch,
        uint256 endEpoch,
        address[] calldata seqs,
        uint256[] calldata blocks
    ) external;
    function slash(uint256 id, uint256 bps, address reporter) external;

    // ---- parameters ----------------------------------------------------------------------------------

    function updateWithdrawDelayTimeValue(uint256 delay) external;
    function updateBlockReward(uint256 reward) external;
    function setRewardMode(RewardMode mode) external;
    function setRateSchedule(RatePoint[] calldata points) external;
    function setSignerUpdateThrottle(uint256 batches) external;
    function setOwnerSignerUpdateDelay(uint256 delay) external;
    function updateMpc(address account) external;
    function setSlashing(uint256 slashBps, uint256 reporterBps) external;
    function setSlasher(address slasher) external;
    function setGuardian(address guardian) external;
    function setWhitelist(address user, bool yes) external;
    function setWhitelistEnabled(bool yes) external;
    function setRequireProof(bool yes) external;
    function setPause(bool yes) external;

    // ---- views ---------------------------------------------------------------------------------------

    function sequencers(uint256 id)
        external
        view
        returns (
            uint256 amount,
            uint256 reward,
            uint256 activationBatch,
            uint256 updatedBatch,
            uint256 deactivationBatch,
            uint256 deactivationTime,
            uint256 unlockClaimTime,
            uint256 nonce,
            address owner,
            address signer,
            bytes memory pubkey,
            address rewardRecipient,
            Status status
        );
    function sequencerOf(uint256 id) external view returns (Sequencer memory);
    function seqOwners(address owner) external view returns (uint256 id);
    function seqSigners(address signer) external view returns (uint256 id);
    function signerHistory(address signer) external view returns (uint256 id);
    function seqStatuses(Status status) external view returns (uint256 count);
    function totalSequencers() external view returns (uint256);
    function whitelist(address user) external view returns (bool);
    function whitelistEnabled() external view returns (bool);
    function requireProof() external view returns (bool);
    function escrow() external view returns (address);
    function mpcAddress() external view returns (address);
    function slashBps() external view returns (uint256);
    function reporterBps() external view returns (uint256);
    function exitDelayPeriod() external view returns (uint256);
    function rewardPerBlock() external view returns (uint256);
    function activeLocked() external view returns (uint256);
    function currentBatch() external view returns (uint256);
    function currentRate() external view returns (uint256 bps);
    function pendingPool() external view returns (uint256);
    function paused() external view returns (bool);
    function WITHDRAWAL_DELAY() external view returns (uint256);
    function BLOCK_REWARD() external view returns (uint256);
}
