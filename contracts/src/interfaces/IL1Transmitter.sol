// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "./IBridge.sol";

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

    /// @notice The transfer up that `message` is, and its METIS wei. An output that stands, final or not,
    /// shows it; it has not arrived yet.
    function inTransit(
        L2Message calldata message,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) external view returns (uint64 id, uint256 amount);
}
