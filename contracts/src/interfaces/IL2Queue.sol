// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Tickets of redemption, first in first out (section 12.5)
interface IL2Queue {
    /// @notice Issues a ticket over `assets` wei. Vault.
    function request(address owner, uint256 assets) external returns (uint256 ticket);

    /// @notice Brings what the vault has idle to the tickets. Anyone.
    function fund() external returns (uint256 paid);

    /// @notice METIS wei that tickets still wait for.
    function pending() external view returns (uint256);
}
