// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title L2 end of the bridge for ERC-20 tokens (section 5.7)
interface IL2TokenBridge {
    /// @notice Makes the L2 token of a token that was registered on L1.
    function createToken(address l1Token, string calldata name, string calldata symbol, uint8 decimals)
        external;

    /// @notice Mints what was escrowed on L1.
    /// @param data as the depositor gave it; told in the event, never called
    function finalizeDeposit(address l1Token, address from, address to, uint256 amount, bytes calldata data)
        external;

    /// @notice Burns `amount` of the caller's tokens and sends the message that releases it on L1.
    function withdraw(address l1Token, address to, uint256 amount) external returns (uint256 nonce);

    /// @notice Where the L2 token of an L1 token is or will be.
    function l2TokenOf(address l1Token) external view returns (address);
}
