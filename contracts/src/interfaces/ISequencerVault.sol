// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Owner of one sequencer's record in LockingPool, on behalf of L1Strategy (section 12.1)
/// @notice Every function is the strategy's only. METIS goes back to it in the same call.
interface ISequencerVault {
    /// @notice The sequencer's id in LockingPool; zero before `lock`. A vault has one in its life.
    function id() external view returns (uint256);

    /// @notice Whether the pool would take a first stake of this vault: it is listed where that is asked, its
    /// signer is new, and has proven its key where that is asked.
    function ready() external view returns (bool);

    /// @notice Locks the first stake, which the strategy has sent: at least minLock.
    function lock(uint256 amount) external;

    /// @notice Adds `amount` wei, which the strategy has sent, and all rewards if `withRewards`.
    function increase(uint256 amount, bool withRewards) external;

    /// @notice Takes `amount` wei of stake out, once a reward batch.
    function withdraw(uint256 amount) external;

    /// @notice Bridges the rewards to the vault on L2.
    /// @return sent wei that left
    function claimRewards() external payable returns (uint256 sent);

    /// @notice Begins the exit.
    /// @return sent wei of rewards that left with it
    function unlock() external payable returns (uint256 sent);

    /// @notice Ends the exit.
    /// @return principal wei that came back
    /// @return sent wei of rewards that left with it
    function unlockClaim() external payable returns (uint256 principal, uint256 sent);

    /// @notice Asks for another signer, where the old key is lost.
    function requestSignerUpdate(bytes calldata pubkey, bytes calldata proof) external;
}
