// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IMessenger, L1Message} from "../interfaces/IMessenger.sol";
import {Messages} from "../lib/Messages.sol";
import {MessageTree} from "../lib/MessageTree.sol";
import {Predeploys} from "../lib/Predeploys.sol";

/// @title Messages from L1, on L2 (section 5.7)
/// @notice Every L2 block commits to its L1 origin and to the root of the bridge's messages there, in the
/// header field that EIP-4788 makes readable. Anyone proves a root by `checkpoint` and delivers under it by
/// `relay`. Nobody is trusted: what the chain's header did not say cannot be delivered. Holds nothing,
/// predeploy without genesis storage.
contract Messenger is IMessenger, ReentrancyGuardTransient {
    /// @notice The newest L1 block at which a root was proven; zero for a root never proven.
    mapping(bytes32 root => uint256) public originOf;
    /// @inheritdoc IMessenger
    mapping(bytes32 leaf => bool) public relayed;
    /// @inheritdoc IMessenger
    address public transient l1Sender;

    /// Gas for the call itself, beside what the target is promised.
    uint256 private constant CALL_OVERHEAD = 5_000;

    event RootCheckpointed(uint256 indexed originNumber, bytes32 indexed root);
    event MessageRelayed(uint256 indexed nonce, bytes32 indexed leaf);

    error BadOrigin();
    error UnknownRoot();
    error AlreadyRelayed();
    error NoCode();
    error NotEnoughGas();
    error TargetFailed(bytes reason);

    /// @inheritdoc IMessenger
    /// @dev Anyone. The ring of EIP-4788 holds 8191 timestamps, so this works within 8191 seconds of that
    /// block at one block a second; any later block with the same or a later root does as well. Error:
    /// BadOrigin.
    function checkpoint(uint256 timestamp, uint256 originNumber, bytes32 originHash, bytes32 root) external {
        (bool ok, bytes memory answer) = Predeploys.BEACON_ROOTS.staticcall(abi.encode(timestamp));
        if (!ok || answer.length != 32) revert BadOrigin();
        if (abi.decode(answer, (bytes32)) != Messages.origin(originNumber, originHash, root)) {
            revert BadOrigin();
        }
        if (originNumber > originOf[root]) originOf[root] = originNumber;
        emit RootCheckpointed(originNumber, root);
    }

    /// @inheritdoc IMessenger
    /// @dev Anyone. Errors: AlreadyRelayed, UnknownRoot (no such message under a proven root), NoCode (a call
    /// of nothing would succeed and lose the message), NotEnoughGas, TargetFailed with the target's reason.
    function relay(L1Message calldata message, bytes32[32] calldata path) external nonReentrant {
        bytes32 leaf = Messages.leafOf(message);
        if (relayed[leaf]) revert AlreadyRelayed();
        if (originOf[MessageTree.rootOf(leaf, message.nonce, path)] == 0) revert UnknownRoot();
        relayed[leaf] = true;
        l1Sender = message.sender;
        deliver(message);
        l1Sender = address(0);
        emit MessageRelayed(message.nonce, leaf);
    }

    /// A failure undoes the whole relay: the message stays to be tried again, by anyone, with more gas or
    /// after the target was put right. So who relays can neither lose nor spoil a message.
    function deliver(L1Message calldata message) private {
        if (message.target.code.length == 0) revert NoCode();
        bytes memory data = message.data;
        // A call passes on at most 63/64 of what is left (EIP-150).
        uint256 promised = message.l2Gas;
        if (gasleft() < promised + promised / 63 + CALL_OVERHEAD) revert NotEnoughGas();
        (bool ok, bytes memory reason) = message.target.call(data);
        if (!ok) revert TargetFailed(reason);
    }
}
