// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Messages to L1, on L2 (section 5.7)
interface IMessagePasser {
    /// @notice Sends the METIS of this call to `target` on L1; if `data` is not empty the target is called by
    /// the bridge as an `IL2MessageReceiver`.
    /// @return nonce the place of the message in the tree
    function send(address target, bytes calldata data) external payable returns (uint256 nonce);

    /// @notice `l1Token` zero: as `send(to, "")`, where the value must equal `amount`. Else L2TokenBridge
    /// only: releases a token of L1 for one that was burned here.
    function withdraw(address l1Token, address to, uint256 amount) external payable returns (uint256 nonce);

    /// @notice METIS wei that ever left L2 through here.
    function initiated() external view returns (uint256);

    /// @notice Root of the tree of messages to L1: `messageTreeRoot` of the outputs.
    function messageRoot() external view returns (bytes32);
}
