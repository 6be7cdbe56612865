// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title L1 end of the transmitter, as the strategy sees it (section 12.3)
interface IL1Transmitter {
    /// @notice Bridges `amount` wei of the strategy to the vault on L2 and tells it. Strategy.
    function sendDown(uint256 amount) external payable returns (uint64 id);

    /// @notice Tells the vault on L2 of `amount` wei that LockingPool bridged to it. Strategy.
    function nameReward(uint256 amount) external payable returns (uint64 id);

    /// @notice METIS wei that arrived from L2, ever.
    function arrivedUp() external view returns (uint256);

    /// @notice METIS wei that went down, ever.
    function sentDown() external view returns (uint256);

    /// @notice METIS wei that tickets on L2 wait for, as L2 last said, less what is under way to them.
    function due() external view returns (uint256);
}
