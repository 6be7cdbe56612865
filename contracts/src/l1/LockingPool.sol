// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolSettings} from "./locking/PoolSettings.sol";

/// @title Ledger of sequencers (section 5.3)
/// @notice The life of a sequencer, and where it is written:
///
///   lockFor ──▶ Active ──▶ unlock ──▶ Inactive ──▶ unlockClaim ──▶ Unlocked
///
///   PoolState     what is stored, who may do what, when
///   PoolRewards   stake earns by time; a batch pays whoever served
///   PoolSigners   the key that signs blocks, and its replacement
///   PoolEntry     stake in; owner and recipient
///   PoolExits     stake and rewards out; slashing
///   PoolSettings  parameters and the pause
///
/// METIS lies in the escrow (LockingInfo), which this contract directs and which emits the events of a stake.
/// @dev Behind a proxy whose admin is the Timelock.
contract LockingPool is PoolSettings {
    constructor() {
        _disableInitializers();
    }

    /// @notice Once, at deployment. Reward batch 1 is the empty one that all others follow.
    function initialize(Config calldata config) external initializer {
        if (config.timelock == address(0) || config.escrow == address(0)) revert NullAddress();
        if (config.keyRegistry == address(0)) revert NullAddress();
        if (config.maxPause == 0 || config.ownerSignerUpdateDelay == 0) revert ZeroValue();
        if (config.rewardPerBlock == 0) revert ZeroValue();
        timelock = config.timelock;
        guardian = config.guardian;
        escrow = config.escrow;
        keyRegistry = config.keyRegistry;
        slasher = config.slasher;
        if (config.mpcAddress != address(0)) _setMpc(config.mpcAddress);
        exitDelayFloor = config.challengeWindow + config.evidenceAge;
        _setExitDelay(config.exitDelayPeriod);
        maxPause = config.maxPause;
        ownerSignerUpdateDelay = config.ownerSignerUpdateDelay;
        signerUpdateThrottle = config.signerUpdateThrottle;
        rewardPerBlock = config.rewardPerBlock;
        _setSlashing(config.slashBps, config.reporterBps);
        whitelistEnabled = config.whitelistEnabled;
        requireProof = config.requireProof;
        curBatchState = BatchState(1, block.number, 0, 0);
        accruedAt = uint64(block.timestamp);
        _reschedule(config.rates);
    }
}
