// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ILockingInfo} from "../../interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../interfaces/ILockingPool.sol";

/// @title State of the LockingPool, and who may do what
/// @dev All storage of the pool is here, in the order of the slots, and append-only: a later version adds
/// behind the last line and changes nothing before it.
abstract contract PoolState is ILockingPool, Initializable, ReentrancyGuardTransient {
    /// @notice Longest list of a call.
    uint256 public constant MAX_LIST = 256;
    /// @notice Most epochs of a reward batch. The next one begins where the last one ends: without a bound
    /// one batch to the largest number there is would be the last.
    uint256 public constant MAX_EPOCHS = 100_000;
    /// @notice Longest exit delay that governance can set: exits are late by a known time at most.
    uint256 public constant MAX_EXIT_DELAY = 90 days;
    /// @notice What `seqSigners` says of a signer that was replaced or left.
    uint256 public constant RETIRED = type(uint256).max;

    // ---- ledger --------------------------------------------------------------------------------------

    mapping(uint256 id => Sequencer) public sequencers;
    /// @notice Ids are 1 to this.
    uint256 public totalSequencers;
    mapping(address owner => uint256 id) public seqOwners;
    /// @notice The id of a current signer; `RETIRED` for a former one.
    mapping(address signer => uint256 id) public seqSigners;
    /// @notice The id of every signer that ever was; never cleared.
    mapping(address signer => uint256 id) public signerHistory;
    mapping(Status status => uint256 count) public seqStatuses;
    /// @notice The reward batch in which the sequencer last took stake out.
    mapping(uint256 id => uint256 batch) public withdrawnBatch;
    /// @notice The reward batch in which its signer last changed.
    mapping(uint256 id => uint256 batch) public signerUpdatedBatch;
    mapping(uint256 id => SignerRequest) public signerRequests;
    BatchState public curBatchState;

    // ---- rewards -------------------------------------------------------------------------------------

    /// @notice Stake of Active sequencers, in wei.
    uint256 public activeLocked;
    /// @notice Earned since the last batch, and what its division left: in wei·bps·s.
    uint256 public accrued;
    /// @notice Stake times time since the last batch, in wei·s: what the cap of the per-block mode is from.
    uint160 public lockedTime;
    /// @notice Up to when the two sums above run.
    uint64 public accruedAt;
    /// @notice How many points of the schedule had begun by then.
    uint32 public ratesBegun;
    RatePoint[] public rateSchedule;
    RewardMode public rewardMode;
    uint256 public rewardPerBlock;

    // ---- parameters ----------------------------------------------------------------------------------

    address public timelock;
    address public guardian;
    address public escrow;
    address public keyRegistry;
    address public slasher;
    address public mpcAddress;
    uint256 public exitDelayPeriod;
    /// @notice challengeWindow + evidenceAge in seconds: stake stays longer than a fault can hide.
    uint256 public exitDelayFloor;
    uint256 public maxPause;
    uint256 public signerUpdateThrottle;
    uint256 public ownerSignerUpdateDelay;
    uint256 public slashBps;
    uint256 public reporterBps;
    mapping(address user => bool) public whitelist;
    bool public whitelistEnabled;
    bool public requireProof;
    /// @notice When the pause began; 0 if none did, or the last one was ended.
    uint64 public pausedAt;
    /// @notice From when on the guardian may pause again.
    uint64 public pauseAllowedAt;

    // ---- who, and when -------------------------------------------------------------------------------

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    /// @dev Entry, partial withdrawal, claims, reward batches; never an exit.
    modifier onlyLive() {
        _requireLive();
        _;
    }

    /// @dev The gate of entry. No function that leads out asks it.
    modifier onlyWhitelisted() {
        _requireWhitelisted(msg.sender);
        _;
    }

    function _requireLive() internal view {
        if (paused()) revert PoolPaused();
    }

    function _requireWhitelisted(address user) internal view {
        if (whitelistEnabled && !whitelist[user]) revert NotWhitelisted();
    }

    /// @notice Whether a pause runs. It ends by itself after `maxPause`.
    function paused() public view virtual returns (bool) {
        return pausedAt != 0 && block.timestamp < pausedAt + maxPause;
    }

    function _existing(uint256 id) internal view returns (Sequencer storage seq) {
        seq = sequencers[id];
        if (seq.status == Status.Unavailable) revert NoSuchSeq();
    }

    function _owned(uint256 id) internal view returns (Sequencer storage seq) {
        seq = _existing(id);
        if (msg.sender != seq.owner) revert NotSeqOwner();
    }

    function _requireActive(Sequencer storage seq) internal view {
        if (seq.status != Status.Active) revert SeqNotActive();
    }

    function _setStatus(Sequencer storage seq, Status status) internal {
        if (seq.status != Status.Unavailable) seqStatuses[seq.status]--;
        seqStatuses[status]++;
        seq.status = status;
    }

    function _info() internal view returns (ILockingInfo) {
        return ILockingInfo(escrow);
    }

    // ---- views ---------------------------------------------------------------------------------------

    /// @notice The whole record of a sequencer at once; `NoSuchSeq`.
    function sequencerOf(uint256 id) external view returns (Sequencer memory) {
        return _existing(id);
    }

    /// @notice Id of the last paid reward batch; 1 before the first.
    function currentBatch() external view returns (uint256) {
        return curBatchState.id;
    }

    /// @notice `exitDelayPeriod` under the name that tooling knows.
    function WITHDRAWAL_DELAY() external view returns (uint256) {
        return exitDelayPeriod;
    }

    /// @notice `rewardPerBlock` under the name that tooling knows.
    function BLOCK_REWARD() external view returns (uint256) {
        return rewardPerBlock;
    }
}
