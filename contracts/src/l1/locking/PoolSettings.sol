// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../interfaces/IKeyRegistry.sol";
import {Rewards} from "../../lib/Rewards.sol";
import {PoolExits} from "./PoolExits.sol";

/// @title Parameters of the pool, all behind the Timelock, and the pause (section 5.3)
/// @notice No setter touches an exit that runs.
abstract contract PoolSettings is PoolExits {
    /// @dev The purpose under which KeyRegistry knows the payer's group account.
    uint8 private constant REWARD_PURPOSE = 2;

    /// @notice Exit delay of later unlocks, in seconds: above challengeWindow + evidenceAge, so that no stake
    /// leaves before its faults can be proven, and at most MAX_EXIT_DELAY. `ExitDelayOutOfRange`.
    function updateWithdrawDelayTimeValue(uint256 delay) external onlyTimelock {
        uint256 old = exitDelayPeriod;
        _setExitDelay(delay);
        emit WithrawDelayTimeChange(delay, old);
    }

    /// @notice Reward of a block in wei, in the per-block mode. Not zero.
    function updateBlockReward(uint256 reward) external onlyTimelock {
        if (reward == 0) revert ZeroValue();
        emit RewardUpdate(reward, rewardPerBlock);
        rewardPerBlock = reward;
    }

    /// @notice How the next batch, and all that it covers, is measured.
    function setRewardMode(RewardMode mode) external onlyTimelock {
        emit ParameterChanged("rewardMode", uint256(rewardMode), uint256(mode));
        rewardMode = mode;
    }

    /// @notice Rates from now on; points that have begun stay, points ahead are replaced. `BadSchedule`.
    function setRateSchedule(RatePoint[] calldata points) external onlyTimelock {
        _reschedule(points);
    }

    /// @notice Reward batches between two changes of a signer by itself; 0 for no limit.
    function setSignerUpdateThrottle(uint256 batches) external onlyTimelock {
        emit ParameterChanged("signerUpdateThrottle", signerUpdateThrottle, batches);
        signerUpdateThrottle = batches;
        emit SetSignerUpdateThrottle(batches);
    }

    /// @notice Seconds that a signer has to refuse its replacement by the owner; for later requests.
    function setOwnerSignerUpdateDelay(uint256 delay) external onlyTimelock {
        if (delay == 0) revert ZeroValue();
        if (delay > MAX_EXIT_DELAY) revert SignerDelayTooLong(delay, MAX_EXIT_DELAY);
        emit ParameterChanged("ownerSignerUpdateDelay", ownerSignerUpdateDelay, delay);
        ownerSignerUpdateDelay = delay;
    }

    /// @notice The account that sends reward batches; it proved in KeyRegistry that it can sign. `NotProven`.
    function updateMpc(address account) external onlyTimelock {
        address old = mpcAddress;
        _setMpc(account);
        emit ParameterChanged("mpcAddress", uint160(old), uint160(account));
        emit UpdateMpc(account);
    }

    /// @notice The share of a stake that one fault costs, and the reporter's share of it, in basis points.
    function setSlashing(uint256 slashBps_, uint256 reporterBps_) external onlyTimelock {
        emit ParameterChanged("slashBps", slashBps, slashBps_);
        emit ParameterChanged("reporterBps", reporterBps, reporterBps_);
        _setSlashing(slashBps_, reporterBps_);
    }

    /// @notice The contract that judges evidence; zero stops slashing.
    function setSlasher(address slasher_) external onlyTimelock {
        emit ParameterChanged("slasher", uint160(slasher), uint160(slasher_));
        slasher = slasher_;
    }

    /// @notice The account that may pause and nothing else; zero for none.
    function setGuardian(address guardian_) external onlyTimelock {
        emit ParameterChanged("guardian", uint160(guardian), uint160(guardian_));
        guardian = guardian_;
    }

    /// @notice Lets `user` enter, or no longer; who is in stays and leaves as it likes.
    function setWhitelist(address user, bool yes) external onlyTimelock {
        if (user == address(0)) revert NullAddress();
        whitelist[user] = yes;
        emit SetWhitelist(user, yes);
    }

    /// @notice Whether entry asks the whitelist at all. Without it keys prove themselves from now on, else a
    /// stranger could use up the key of a newcomer.
    function setWhitelistEnabled(bool yes) external onlyTimelock {
        emit ParameterChanged("whitelistEnabled", _asNumber(whitelistEnabled), _asNumber(yes));
        whitelistEnabled = yes;
        if (!yes && !requireProof) _setRequireProof(true);
    }

    /// @notice Whether a key that enters must sign that it does: always, while the whitelist is off
    /// (`ProofRequired`).
    function setRequireProof(bool yes) external onlyTimelock {
        if (!yes && !whitelistEnabled) revert ProofRequired();
        _setRequireProof(yes);
    }

    function _setRequireProof(bool yes) private {
        emit ParameterChanged("requireProof", _asNumber(requireProof), _asNumber(yes));
        requireProof = yes;
    }

    /// @notice Closes everything but exits for at most `maxPause`, or opens it again. Guardian or Timelock; a
    /// pause follows the last one's end by `maxPause` at least. Errors: `NotGuardian`, `PauseTooSoon`,
    /// `NotPaused`.
    function setPause(bool yes) external virtual {
        if (msg.sender != guardian && msg.sender != timelock) revert NotGuardian();
        if (yes) _beginPause();
        else _endPause();
    }

    function _beginPause() private {
        if (block.timestamp < pauseAllowedAt) revert PauseTooSoon(pauseAllowedAt);
        pausedAt = uint64(block.timestamp);
        // The pause may run its full length, and then the same length must pass.
        // `maxPause` is set once, at deployment.
        // forge-lint: disable-next-line(unsafe-typecast)
        pauseAllowedAt = uint64(block.timestamp + 2 * maxPause);
        emit PauseChanged(true, block.timestamp + maxPause);
    }

    function _endPause() private {
        if (!paused()) revert NotPaused();
        pausedAt = 0;
        // As above.
        // forge-lint: disable-next-line(unsafe-typecast)
        pauseAllowedAt = uint64(block.timestamp + maxPause);
        emit PauseChanged(false, 0);
    }

    function _setExitDelay(uint256 delay) internal {
        if (delay <= exitDelayFloor || delay > MAX_EXIT_DELAY) {
            revert ExitDelayOutOfRange(delay, exitDelayFloor, MAX_EXIT_DELAY);
        }
        exitDelayPeriod = delay;
    }

    function _setMpc(address account) internal {
        if (!IKeyRegistry(keyRegistry).isProvenFor(REWARD_PURPOSE, account)) revert NotProven();
        mpcAddress = account;
    }

    function _setSlashing(uint256 slashBps_, uint256 reporterBps_) internal {
        if (slashBps_ > Rewards.WHOLE || reporterBps_ > Rewards.WHOLE) revert BadShare();
        slashBps = slashBps_;
        reporterBps = reporterBps_;
    }

    function _asNumber(bool yes) private pure returns (uint256) {
        return yes ? 1 : 0;
    }
}
