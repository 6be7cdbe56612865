// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The pause of deposits: short, and rare (sections 12.7, 12.9)
/// @notice The rule of LockingPool: a pause ends by itself after `maxPause`, and as long as that nobody can
/// begin another one. It closes the way in only; no way out asks it.
abstract contract DepositPause {
    /// @notice Longest pause, and least time between two, in seconds.
    uint256 public immutable maxPause;
    /// @notice When the pause began; 0 if none did, or the last one was ended.
    uint64 public pausedAt;
    /// @notice From when on deposits may be paused again.
    uint64 public pauseAllowedAt;

    event DepositsPausedChanged(bool paused, uint256 until);

    error DepositsPaused();
    error PauseTooSoon(uint64 allowedAt);
    error NotPaused();

    constructor(uint256 maxPause_) {
        maxPause = maxPause_;
    }

    /// @notice Whether a pause runs.
    function depositsPaused() public view virtual returns (bool) {
        return pausedAt != 0 && block.timestamp < pausedAt + maxPause;
    }

    function _requireOpen() internal view {
        if (depositsPaused()) revert DepositsPaused();
    }

    function _setPause(bool yes) internal {
        if (yes) _beginPause();
        else _endPause();
    }

    function _beginPause() private {
        if (block.timestamp < pauseAllowedAt) revert PauseTooSoon(pauseAllowedAt);
        pausedAt = uint64(block.timestamp);
        // The pause may run its full length, and then the same length must pass.
        // `maxPause` is fixed at deployment.
        // forge-lint: disable-next-line(unsafe-typecast)
        pauseAllowedAt = uint64(block.timestamp + 2 * maxPause);
        emit DepositsPausedChanged(true, block.timestamp + maxPause);
    }

    function _endPause() private {
        if (!depositsPaused()) revert NotPaused();
        pausedAt = 0;
        // As above.
        // forge-lint: disable-next-line(unsafe-typecast)
        pauseAllowedAt = uint64(block.timestamp + maxPause);
        emit DepositsPausedChanged(false, 0);
    }
}
