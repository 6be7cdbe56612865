// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the transmitter asks of the strategy (section 12.3)
interface IL1Strategy {
    /// @notice Counts `amount` wei of METIS that the transmitter has sent. Transmitter.
    function receiveMetis(uint256 amount) external;

    /// @notice Idle, locked and accrued METIS wei, less the float owed.
    function holdings() external view returns (uint256);

    /// @notice The most assets that the sequencers can hold, in wei.
    function capacity() external view returns (uint256);
}
