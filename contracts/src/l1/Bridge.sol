// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBridge, L2Message, OutputProof} from "../interfaces/IBridge.sol";
import {IL2MessageReceiver} from "../interfaces/IL2MessageReceiver.sol";
import {IOutputs} from "../interfaces/IOutputs.sol";
import {Messages} from "../lib/Messages.sol";
import {MessageTree} from "../lib/MessageTree.sol";
import {BridgeDeposits} from "./BridgeDeposits.sol";

/// @title Bridge between L1 and L2, on L1 (section 5.7)
/// @notice Deposits are in BridgeDeposits; here is the way back: what left L2 is released by a proof against
/// an output that stood its challenge window. There is no operator and no pause; the Timelock sets the fee.
/// @dev Behind a proxy whose admin is the Timelock.
contract Bridge is BridgeDeposits {
    /// @param timelock sets the fee and receives it
    /// @param metis the ERC-20 that is L2's native currency
    /// @param outputs judges outputs of L2
    /// @param l2ChainId the L2
    /// @param genesisAllocation METIS wei that L2's genesis gives out
    struct Config {
        address timelock;
        address metis;
        address outputs;
        uint256 l2ChainId;
        uint256 genesisAllocation;
    }

    event WithdrawalFinalized(
        uint256 indexed nonce, bytes32 indexed leaf, address indexed target, address token, uint256 amount
    );

    error NotFinal();
    error Disputed();
    error Rejected();
    error BadProof();
    error AlreadySpent();
    error TargetFailed(bytes reason);

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Error ZeroAddress.
    function initialize(Config calldata config) external initializer {
        if (config.timelock == address(0) || config.metis == address(0) || config.outputs == address(0)) {
            revert ZeroAddress();
        }
        timelock = config.timelock;
        metis = config.metis;
        outputs = config.outputs;
        l2ChainId = config.l2ChainId;
        genesisAllocation = config.genesisAllocation;
        l2TokenCode = tokenCodeAtBuild;
    }

    /// @inheritdoc IBridge
    /// @dev Anyone. Errors: AlreadySpent; Disputed, Rejected, NotFinal (the output, or an earlier one);
    /// BadProof (output not opened, or message not under it); TargetFailed (kept, may be tried again).
    function finalizeWithdrawal(
        L2Message calldata message,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) external nonReentrant {
        bytes32 leaf = Messages.leafOf(message);
        bytes32 key = spentKey(leaf, outputIndex);
        if (spent[key]) revert AlreadySpent();
        requireProven(leaf, message.nonce, outputIndex, proof, path);
        spent[key] = true;
        release(message);
        emit WithdrawalFinalized(message.nonce, leaf, message.target, message.token, message.amount);
        if (message.data.length > 0) deliver(message);
    }

    /// A message is spent whatever output it was proven under. Virtual for the regression tests.
    function spentKey(bytes32 leaf, uint256) internal pure virtual returns (bytes32) {
        return leaf;
    }

    /// The output is final and undisputed, it has this tree root, and the leaf is under it.
    function requireProven(
        bytes32 leaf,
        uint256 nonce,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) private view {
        requireFinal(outputIndex);
        if (IOutputs(outputs).outputRoot(outputIndex) != Messages.outputRoot(l2ChainId, proof)) {
            revert BadProof();
        }
        if (MessageTree.rootOf(leaf, nonce, path) != proof.messageTreeRoot) revert BadProof();
    }

    /// Virtual for the regression tests.
    function requireFinal(uint256 outputIndex) internal view virtual {
        IOutputs judge = IOutputs(outputs);
        if (judge.isDisputed(outputIndex)) revert Disputed();
        if (judge.isRejected(outputIndex)) revert Rejected();
        if (!judge.isFinal(outputIndex)) revert NotFinal();
    }

    function release(L2Message calldata message) private {
        if (message.amount == 0) return;
        address token = message.token;
        if (token == address(0)) {
            token = metis;
            released += message.amount;
        }
        give(token, message.target, message.amount);
    }

    /// One fixed selector: whatever a message says, this contract, which holds the escrow, never calls a
    /// token with it. A failure undoes the release as well, so the message can be tried again.
    function deliver(L2Message calldata message) private {
        if (message.target.code.length == 0) revert TargetFailed("");
        try IL2MessageReceiver(message.target)
            .onL2Message(message.sender, message.amount, message.data) returns (
            bytes4 answer
        ) {
            if (answer != IL2MessageReceiver.onL2Message.selector) revert TargetFailed("");
        } catch (bytes memory reason) {
            revert TargetFailed(reason);
        }
    }
}
