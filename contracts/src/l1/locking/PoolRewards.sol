// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rewards} from "../../lib/Rewards.sol";
import {PoolState} from "./PoolState.sol";

/// @title Rewards: stake earns by time, a batch pays whoever served (section 11)
/// @dev `accrued` is brought up to date before anything that it depends on changes: the active stake, the
/// schedule, a batch. The caller of a batch says who built how many blocks; how much is paid follows from
/// stake and time alone.
abstract contract PoolRewards is PoolState {
    /// @notice Credits the rewards of epochs `startEpoch` to `endEpoch`, MAX_EPOCHS at most, which follow
    /// those of the last batch. `seqs` are signers, current or former, of sequencers with ascending ids;
    /// `blocks[i]` is what `seqs[i]` built, above zero. Who has left is credited like any other. Only
    /// `mpcAddress`, not during a pause. Errors: the texts of the reference, `ZeroBlocks`, `NoSuchSeq`,
    /// `UnsortedSequencers`, `RewardCapExceeded`, and `InsufficientRewardFunds` of the escrow. Section 5.3.
    function batchSubmitRewards(
        uint256 batchId,
        uint256 startEpoch,
        uint256 endEpoch,
        address[] calldata seqs,
        uint256[] calldata blocks
    ) public virtual onlyLive nonReentrant {
        require(msg.sender == mpcAddress, "not MPC");
        require(seqs.length == blocks.length, "mismatch length");
        require(seqs.length > 0 && seqs.length <= MAX_LIST, "mismatch length");
        _openBatch(batchId, startEpoch, endEpoch);
        uint256 all = _countBlocks(blocks);
        (uint256 total, uint256 rpb) = _drawPool(all);
        _credit(seqs, blocks, all, total);
        emit DistributeReward(batchId, startEpoch, endEpoch, total, rpb);
        _info().distributeReward(batchId, total);
    }

    /// @notice What the next batch would pay now in the time-weighted mode, in wei.
    function pendingPool() external view returns (uint256 whole) {
        (uint256 sum,,) = _earned();
        (whole,) = Rewards.pool(sum);
    }

    /// @notice The rate now, in basis points a year.
    function currentRate() external view returns (uint256 bps) {
        (,, bps) = _earned();
    }

    function _openBatch(uint256 batchId, uint256 startEpoch, uint256 endEpoch) private {
        require(batchId == curBatchState.id + 1, "invalid batch id");
        require(startEpoch == curBatchState.endEpoch + 1, "invalid startEpoch");
        require(_isRange(startEpoch, endEpoch), "invalid endEpoch");
        curBatchState = BatchState(batchId, block.number, startEpoch, endEpoch);
    }

    /// @dev One epoch is a range, MAX_EPOCHS are the longest.
    function _isRange(uint256 startEpoch, uint256 endEpoch) internal pure virtual returns (bool) {
        return startEpoch <= endEpoch && endEpoch - startEpoch < MAX_EPOCHS;
    }

    function _countBlocks(uint256[] calldata blocks) private pure returns (uint256 all) {
        for (uint256 i = 0; i < blocks.length; i++) {
            if (blocks[i] == 0) revert ZeroBlocks();
            all += blocks[i];
        }
    }

    /// @dev Takes what the batch pays out of the sums: `total`, of which `rpb` for a block. The blocks raise
    /// the total in the per-block mode only, and there not above the highest rate.
    function _drawPool(uint256 all) internal virtual returns (uint256 total, uint256 rpb) {
        _accrue();
        if (rewardMode == RewardMode.PerBlock) {
            (uint256 cap,) = Rewards.pool(Rewards.accrual(lockedTime, Rewards.MAX_RATE, 1));
            rpb = rewardPerBlock;
            total = all * rpb;
            if (total > cap) revert RewardCapExceeded(total, cap);
            accrued = 0; // paid by blocks: the same time is not paid again if the mode changes
        } else {
            (total, accrued) = Rewards.pool(accrued);
            rpb = total / all;
        }
        lockedTime = 0;
    }

    /// @dev The last entry takes what rounding leaves, so that the shares sum to the total.
    function _credit(address[] calldata seqs, uint256[] calldata blocks, uint256 all, uint256 total) private {
        uint256 rest = total;
        uint256 lastId = 0;
        for (uint256 i = 0; i < seqs.length; i++) {
            uint256 id = _payee(seqs[i]);
            if (id <= lastId) revert UnsortedSequencers();
            lastId = id;
            uint256 share = i + 1 == seqs.length ? rest : Rewards.share(total, blocks[i], all);
            rest -= share;
            sequencers[id].reward += share;
        }
    }

    /// @dev Whoever ever signed for a sequencer stands for it, whatever has become of either since.
    function _payee(address signer) internal view virtual returns (uint256 id) {
        id = signerHistory[signer];
        if (id == 0) revert NoSuchSeq();
    }

    // ---- accrual -------------------------------------------------------------------------------------

    function _setActiveLocked(uint256 locked) internal {
        _accrue();
        activeLocked = locked;
    }

    /// @dev Brings both sums up to this block's time.
    function _accrue() internal {
        (accrued, ratesBegun,) = _earned();
        // 10^25 wei of METIS for 10^10 seconds are below 2^160.
        // forge-lint: disable-next-line(unsafe-typecast)
        lockedTime += uint160(activeLocked * (block.timestamp - accruedAt));
        accruedAt = uint64(block.timestamp);
    }

    /// @dev `accrued` as of now; how many points of the schedule have begun; the rate now. The loop runs
    /// over points that began since the last call: at most MAX_LIST, since no more can lie ahead.
    function _earned() private view returns (uint256 sum, uint32 begun, uint256 bps) {
        (sum, begun) = (accrued, ratesBegun);
        uint256 upTo = accruedAt;
        uint256 locked = activeLocked;
        bps = begun == 0 ? 0 : rateSchedule[begun - 1].bps;
        for (; begun < rateSchedule.length; begun++) {
            RatePoint memory next = rateSchedule[begun];
            if (next.start > block.timestamp) break;
            sum += Rewards.accrual(locked, bps, next.start - upTo);
            (upTo, bps) = (next.start, next.bps);
        }
        sum += Rewards.accrual(locked, bps, block.timestamp - upTo);
    }

    /// @dev Points that have begun are history and stay; those ahead are replaced by `points`.
    function _reschedule(RatePoint[] memory points) internal {
        if (points.length == 0 || points.length > MAX_LIST) revert BadSchedule();
        _accrue();
        RatePoint[] memory dropped = new RatePoint[](rateSchedule.length - ratesBegun);
        for (uint256 i = dropped.length; i > 0; i--) {
            dropped[i - 1] = rateSchedule[rateSchedule.length - 1];
            rateSchedule.pop();
        }
        uint256 notBefore = block.timestamp;
        for (uint256 i = 0; i < points.length; i++) {
            if (points[i].start < notBefore || points[i].bps > Rewards.MAX_RATE) revert BadSchedule();
            notBefore = uint256(points[i].start) + 1;
            rateSchedule.push(points[i]);
        }
        emit RateScheduleChanged(dropped, points);
    }
}
