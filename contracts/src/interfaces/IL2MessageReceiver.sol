// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a contract on L1 has to offer in order to be called from L2
/// @notice The bridge holds everyone's tokens, so it makes no call that a message could shape: only this one,
/// whose selector no token has.
interface IL2MessageReceiver {
    /// @notice Called by the bridge after it has paid `amount` METIS wei. Check `msg.sender` and `l2Sender`.
    /// @param l2Sender who called MessagePasser on L2
    /// @param amount METIS wei that this message brought
    /// @param data as given to MessagePasser
    /// @return `IL2MessageReceiver.onL2Message.selector`; anything else undoes the delivery
    function onL2Message(address l2Sender, uint256 amount, bytes calldata data) external returns (bytes4);
}
