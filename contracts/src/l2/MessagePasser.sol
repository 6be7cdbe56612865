// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message} from "../interfaces/IBridge.sol";
import {IMessagePasser} from "../interfaces/IMessagePasser.sol";
import {Messages} from "../lib/Messages.sol";
import {MessageTree} from "../lib/MessageTree.sol";
import {Predeploys} from "../lib/Predeploys.sol";

/// @title The way out of L2 (section 5.7)
/// @notice Every message is a leaf of one tree, whose root goes to L1 in the outputs. METIS sent with a
/// message stays here for ever: on L1 the bridge releases the same amount from its escrow. Predeploy; it
/// needs no genesis storage and no privileged role exists.
contract MessagePasser is IMessagePasser {
    using MessageTree for MessageTree.Tree;

    MessageTree.Tree private tree;
    /// @inheritdoc IMessagePasser
    /// @dev Counted, not the balance: a balance can be forced upon any contract, and the supply equation
    /// would then miss those wei.
    uint256 public initiated;

    event MessagePassed(
        uint256 indexed nonce,
        bytes32 indexed leaf,
        address indexed sender,
        address target,
        address token,
        uint256 amount,
        bytes data
    );

    error ZeroAddress();
    error NothingToSend();
    error DataTooLong();
    error WrongValue();
    error NotTokenBridge();

    /// @inheritdoc IMessagePasser
    /// @dev Anyone. Errors: ZeroAddress (target), NothingToSend (no METIS and no data), DataTooLong.
    function send(address target, bytes calldata data) external payable returns (uint256 nonce) {
        return append(target, address(0), msg.value, data);
    }

    /// @inheritdoc IMessagePasser
    /// @dev Errors: those of `send`; WrongValue (METIS: value differs from amount; tokens: any value);
    /// NotTokenBridge (who may speak for other tokens).
    function withdraw(address l1Token, address to, uint256 amount) external payable returns (uint256 nonce) {
        if (l1Token == address(0)) {
            if (msg.value != amount) revert WrongValue();
        } else {
            if (msg.sender != Predeploys.L2_TOKEN_BRIDGE) revert NotTokenBridge();
            if (msg.value != 0) revert WrongValue();
        }
        return append(to, l1Token, amount, "");
    }

    /// @notice How many messages were passed; the nonce of the next.
    function messageCount() external view returns (uint256) {
        return tree.count;
    }

    /// @inheritdoc IMessagePasser
    function messageRoot() external view returns (bytes32) {
        return tree.root();
    }

    function append(address target, address token, uint256 amount, bytes memory data)
        private
        returns (uint256 nonce)
    {
        if (target == address(0)) revert ZeroAddress();
        if (amount == 0 && data.length == 0) revert NothingToSend();
        if (data.length > Messages.MAX_DATA) revert DataTooLong();
        if (token == address(0)) initiated += amount;
        L2Message memory message = L2Message(tree.count, msg.sender, target, token, amount, data);
        bytes32 leaf = Messages.leafOf(message);
        nonce = tree.append(leaf);
        emit MessagePassed(nonce, leaf, msg.sender, target, token, amount, data);
    }
}
