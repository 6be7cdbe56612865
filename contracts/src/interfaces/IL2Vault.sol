// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the queue and the transmitter ask of a vault of liquid staking (section 12)
interface IL2Vault {
    /// @notice What L1 says of itself, as of one L1 block. Sums are cumulative, in METIS wei.
    /// @param gain rewards minus losses on L1 since the beginning: what is there, plus all that was sent
    /// down, minus all that arrived from L2. No transfer moves it
    /// @param capacity the most assets that the provider's sequencers can hold
    /// @param arrivedUp all that arrived from L2
    /// @param sentDown all that was sent to L2
    struct Totals {
        int256 gain;
        uint256 capacity;
        uint256 arrivedUp;
        uint256 sentDown;
    }

    /// @notice Takes a rate report. Transmitter.
    function report(uint64 seq, Totals calldata totals) external;

    /// @notice Counts `amount` wei that L1 sent and the chain has credited. Transmitter.
    function arrive(uint256 amount) external;

    /// @notice Hands over all that is idle and no ticket needs. Transmitter.
    function handOver() external returns (uint256 amount);

    /// @notice Pays up to `want` wei to the queue. Queue.
    function payQueue(uint256 want) external returns (uint256 paid);

    /// @notice What `handOver` would hand over.
    function dispatchable() external view returns (uint256);

    /// @notice METIS wei here that belong to holders, tickets or fees.
    function buffer() external view returns (uint256);

    /// @notice METIS wei that L1 sent and that were counted here.
    function arrivedDown() external view returns (uint256);
}
