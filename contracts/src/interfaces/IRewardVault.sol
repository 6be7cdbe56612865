// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Payer of the sequencers' rewards (sections 5.10, 11.7)
interface IRewardVault {
    /// @notice A privileged call from elsewhere than the Timelock.
    error NotTimelock();
    /// @notice An address that must be set is zero.
    error NullAddress();
    /// @notice More was granted than the budget has left.
    error BudgetExceeded(uint256 asked, uint256 left);

    /// @notice The escrow may take `amount` more; `granted` is all that it may take over the vault's life.
    event Granted(uint256 amount, uint256 granted);
    /// @notice What had been granted and not been taken was withdrawn from the escrow.
    event Revoked(uint256 amount, uint256 granted);
    /// @notice METIS that rewards do not need left the vault.
    event Reclaimed(address indexed to, uint256 amount);

    function grant(uint256 amount) external;
    function revoke() external;
    function reclaim(address to, uint256 amount) external;
    function BUDGET() external view returns (uint256);
    function granted() external view returns (uint256);
    function cover() external view returns (uint256);
}
