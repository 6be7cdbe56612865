// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A message from L1: a leaf of the bridge's tree at place `nonce`.
struct L1Message {
    uint256 nonce;
    address sender;
    address target;
    uint32 l2Gas;
    bytes data;
}

/// @title Messages from L1, on L2 (section 5.7)
interface IMessenger {
    /// @notice Proves with the beacon root of the L2 block of `timestamp` which message root L1 had.
    function checkpoint(uint256 timestamp, uint256 originNumber, bytes32 originHash, bytes32 root) external;

    /// @notice Delivers a message once. If the target fails all is undone and may be tried again.
    /// @param path siblings from the leaf up, against any checkpointed root
    function relay(L1Message calldata message, bytes32[32] calldata path) external;

    /// @notice Who sent the message that is being delivered; zero outside of a delivery. A target trusts a
    /// call iff `msg.sender` is Messenger and this is the L1 account that it expects.
    function l1Sender() external view returns (address);

    /// @notice Whether the message with this leaf was delivered.
    function relayed(bytes32 leaf) external view returns (bool);
}
