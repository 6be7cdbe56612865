// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISequencerInfo} from "./ISequencerInfo.sol";

/// @title Escrow of all locked METIS, and the events that the PoS chain reads (section 5.4)
interface ILockingInfo {
    /// @notice A privileged call from elsewhere than the Timelock.
    error NotTimelock();
    /// @notice The LockingPool is set already.
    error ManagerSet();
    /// @notice An address that must be set is zero.
    error NullAddress();
    /// @notice The payer's balance or allowance does not cover the reward batch; nothing changed.
    error InsufficientRewardFunds();
    /// @notice The token moved another amount than asked: tokens that take a fee are refused.
    error WrongAmountMoved(uint256 moved, uint256 asked);
    /// @notice The native value is not the bridge's fee.
    error WrongBridgeFee(uint256 sent, uint256 fee);
    /// @notice minLock must be positive and not above maxLock.
    error BadLockRange(uint256 minLock, uint256 maxLock);

    event SetMinLock(uint256 newMinLock);
    event SetMaxLock(uint256 newMaxLock);
    event SetRewardPayer(address payer);
    /// @notice Any parameter, with its value before and after (addresses as numbers).
    event ParameterChanged(bytes32 indexed name, uint256 oldValue, uint256 newValue);

    /// @notice A sequencer was created; `total` is the stake of all.
    event Locked(
        address indexed signer,
        uint256 indexed sequencerId,
        uint256 nonce,
        uint256 indexed activationBatch,
        uint256 amount,
        uint256 total,
        bytes signerPubkey
    );
    /// @notice Stake was added: `amount` of it, `total` is the stake of all.
    event Relocked(uint256 indexed sequencerId, uint256 amount, uint256 total);
    /// @notice The sequencer's stake is `newAmount` from now on.
    event LockUpdate(uint256 indexed sequencerId, uint256 indexed nonce, uint256 indexed newAmount);
    /// @notice Stake was taken out without leaving.
    event Withdraw(uint256 indexed sequencerId, uint256 amount);
    /// @notice A reward left for L2; `totalAmount` is all that ever left.
    event ClaimRewards(
        uint256 indexed sequencerId, address recipient, uint256 indexed amount, uint256 indexed totalAmount
    );
    /// @notice A sequencer leaves; `user` is its signer, `amount` the principal claimable at
    /// `unlockClaimTime`.
    event UnlockInit(
        address indexed user,
        uint256 indexed sequencerId,
        uint256 nonce,
        uint256 deactivationBatch,
        uint256 deactivationTime,
        uint256 unlockClaimTime,
        uint256 indexed amount
    );
    /// @notice A sequencer left; `user` is its owner, `total` the stake of all.
    event Unlocked(address indexed user, uint256 indexed sequencerId, uint256 amount, uint256 total);
    /// @notice The reward batch is paid.
    event BatchSubmitReward(uint256 newBatchId);
    /// @notice Blocks of the sequencer are signed by `newSigner` from now on.
    event SignerChange(
        uint256 indexed sequencerId,
        uint256 nonce,
        address indexed oldSigner,
        address indexed newSigner,
        bytes signerPubkey
    );
    /// @notice Stake was taken for a proven fault; `total` is the stake of all.
    event Slashed(uint256 indexed sequencerId, uint256 amount, uint256 total);

    // ---- manager only: life of a stake, in order -----------------------------------------------------

    function newSequencer(
        uint256 id,
        address owner,
        address signer,
        uint256 amount,
        uint256 batchId,
        bytes calldata pubkey
    ) external;

    function increaseLocked(
        uint256 id,
        uint256 nonce,
        address owner,
        uint256 locked,
        uint256 incoming,
        uint256 fromReward
    ) external;

    function withdrawLocking(uint256 id, address owner, uint256 nonce, uint256 amount, uint256 locked)
        external;

    function logSignerChange(
        uint256 id,
        address oldSigner,
        address newSigner,
        uint256 nonce,
        bytes calldata pubkey
    ) external;

    function distributeReward(uint256 batchId, uint256 total) external;

    function liquidateReward(uint256 id, uint256 amount, address recipient, uint32 l2Gas) external payable;

    function burnLocked(
        uint256 id,
        uint256 nonce,
        uint256 amount,
        uint256 locked,
        address reporter,
        uint256 reporterCut
    ) external;

    function initializeUnlock(uint256 id, ISequencerInfo.Sequencer calldata seq) external;

    function finalizeUnlock(address owner, uint256 id, uint256 amount) external;

    // ---- parameters ----------------------------------------------------------------------------------

    function initManager(address manager) external;
    function setMinLock(uint256 minLock) external;
    function setMaxLock(uint256 maxLock) external;
    function setRewardPayer(address payer) external;

    // ---- views ---------------------------------------------------------------------------------------

    function manager() external view returns (address);
    function bridge() external view returns (address);
    function l1Token() external view returns (address);
    function l2Token() external view returns (address);
    function l2ChainId() external view returns (uint256);
    function minLock() external view returns (uint256);
    function maxLock() external view returns (uint256);
    function totalLocked() external view returns (uint256);
    function totalRewards() external view returns (uint256);
    function totalRewardsLiquidated() external view returns (uint256);
    function rewardPayer() external view returns (address);
    function bridgeFee() external view returns (uint256);
}
