// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Arithmetic of rewards (sections 11.1 to 11.3)
/// @notice Integers only; every division rounds down, and what it leaves is carried, not lost.
library Rewards {
    /// @notice 365 days in seconds.
    uint256 internal constant YEAR = 31_536_000;
    /// @notice Basis points of one whole.
    uint256 internal constant WHOLE = 10_000;
    /// @notice Highest rate, in basis points a year.
    uint256 internal constant MAX_RATE = 5_000;
    /// @notice A rate in percent, or an interval, that the formula does not know.
    error BadRate();

    /// @notice Reward of a block in wei that pays `ratePercent` (1 to 50) a year on `totalLocked` wei when a
    /// block comes every `interval` seconds: the formula of the reference, for tools that re-target it.
    function perBlock(uint256 totalLocked, uint256 ratePercent, uint256 interval)
        internal
        pure
        returns (uint256)
    {
        if (ratePercent == 0 || ratePercent > 50 || interval == 0) revert BadRate();
        return (totalLocked * ratePercent * interval) / (100 * YEAR);
    }

    /// @notice What `locked` wei earn in `time` seconds at `bps` a year, in wei·bps·s.
    function accrual(uint256 locked, uint256 bps, uint256 time) internal pure returns (uint256) {
        return locked * bps * time;
    }

    /// @notice The whole wei in `accrued` (wei·bps·s), and the rest in that unit.
    function pool(uint256 accrued) internal pure returns (uint256 whole, uint256 rest) {
        whole = accrued / (WHOLE * YEAR);
        rest = accrued % (WHOLE * YEAR);
    }

    /// @notice The share of `blocks` of `all` blocks in `total`; the product may exceed 256 bits.
    function share(uint256 total, uint256 blocks, uint256 all) internal pure returns (uint256) {
        return Math.mulDiv(total, blocks, all);
    }
}
