// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Deposits before a vault begins (section 12.2)
/// @notice No shares yet: points, the deposit in wei times seconds, and the whole deposit back at any time.
/// At launch every deposit becomes shares at 1:1. Points cannot be given away.
abstract contract PreStake {
    struct PreStaker {
        uint128 amount;
        uint64 since;
        uint256 points;
    }

    mapping(address account => PreStaker) internal preStakers;
    /// @notice METIS wei of all pre-stakers.
    uint256 public preStaked;
    /// @notice When the vault began, in Unix seconds; zero before.
    uint64 public launchedAt;

    event PreStaked(address indexed account, uint256 amount);
    event PreStakeExited(address indexed account, uint256 amount);
    event Launched(uint256 preStaked);
    event PreStakeMigrated(address indexed account, uint256 shares);

    error NotLaunched();
    error AlreadyLaunched();
    error NotEnoughPreStaked();

    /// @notice What an account has deposited before launch and not taken out nor turned into shares.
    function preStakeOf(address account) external view returns (uint256) {
        return preStakers[account].amount;
    }

    /// @notice Wei times seconds of an account's pre-stake, up to now or to launch.
    function pointsOf(address account) public view returns (uint256) {
        PreStaker memory p = preStakers[account];
        uint256 end = launchedAt == 0 ? block.timestamp : launchedAt;
        return p.points + (end > p.since ? p.amount * (end - p.since) : 0);
    }

    function _addPreStake(address account, uint256 amount) internal {
        PreStaker storage p = _withPoints(account);
        // forge-lint: disable-next-line(unsafe-typecast)
        p.amount += uint128(amount);
        preStaked += amount;
        emit PreStaked(account, amount);
    }

    function _takePreStake(address account, uint256 amount) internal {
        PreStaker storage p = _withPoints(account);
        if (amount > p.amount) revert NotEnoughPreStaked();
        // forge-lint: disable-next-line(unsafe-typecast)
        p.amount -= uint128(amount);
        preStaked -= amount;
    }

    function _withPoints(address account) private returns (PreStaker storage p) {
        p = preStakers[account];
        p.points = pointsOf(account);
        p.since = uint64(block.timestamp);
    }
}
