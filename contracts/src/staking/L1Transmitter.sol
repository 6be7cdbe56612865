// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IBridge, L2Message, OutputProof} from "../interfaces/IBridge.sol";
import {IL1Strategy} from "../interfaces/IL1Strategy.sol";
import {IL1Transmitter} from "../interfaces/IL1Transmitter.sol";
import {IL2MessageReceiver} from "../interfaces/IL2MessageReceiver.sol";
import {IL2Transmitter} from "../interfaces/IL2Transmitter.sol";
import {IL2Vault} from "../interfaces/IL2Vault.sol";
import {IOutputs} from "../interfaces/IOutputs.sol";
import {BridgeState} from "../l1/BridgeState.sol";
import {MessageTree} from "../lib/MessageTree.sol";
import {Messages} from "../lib/Messages.sol";

/// @title L1 end of the transmitter (sections 12.3, 12.4)
/// @notice Keeps the ids and the two running sums of METIS that came up and went down, and computes from
/// them, on chain, what it reports to L2. Nobody reports by hand.
/// @dev No role, no proxy, nothing kept between calls.
contract L1Transmitter is IL1Transmitter, IL2MessageReceiver {
    using SafeERC20 for IERC20;

    /// @notice Gas that a message gets on L2.
    uint32 public constant L2_GAS = 300_000;

    IBridge public immutable bridge;
    IERC20 public immutable metis;
    uint256 public immutable l2ChainId;
    IL1Strategy public immutable strategy;
    address public immutable l2Transmitter;
    address public immutable l2Vault;

    /// @inheritdoc IL1Transmitter
    uint256 public arrivedUp;
    /// @inheritdoc IL1Transmitter
    uint256 public sentDown;
    /// @notice What `sentDown` has to reach for L2 to pay all tickets, as L2 last said.
    uint256 public wanted;
    /// @notice Number of the newest message from L2.
    uint64 public newest;
    /// @notice Number of the last transfer down; of the last report.
    uint64 public lastDown;
    uint64 public lastReport;
    /// @notice Transfers up that arrived.
    mapping(uint64 id => bool) public arrived;

    event Arrived(uint64 indexed id, uint256 amount);
    event SentDown(uint64 indexed id, uint256 amount);
    event Reported(uint64 indexed seq, int256 gain);

    error NotBridge();
    error NotStrategy();
    error UnknownTransfer();
    error AlreadyArrived();
    error NotShown();
    error RefundFailed();

    modifier onlyStrategy() {
        if (msg.sender != address(strategy)) revert NotStrategy();
        _;
    }

    constructor(
        IBridge bridge_,
        IERC20 metis_,
        uint256 l2ChainId_,
        IL1Strategy strategy_,
        address l2Transmitter_,
        address l2Vault_
    ) {
        bridge = bridge_;
        metis = metis_;
        l2ChainId = l2ChainId_;
        strategy = strategy_;
        l2Transmitter = l2Transmitter_;
        l2Vault = l2Vault_;
    }

    /// @notice Native currency that the bridge returns.
    receive() external payable {
        if (msg.sender != address(bridge)) revert NotBridge();
    }

    /// @notice A transfer from L2, with METIS or without: takes its METIS on to the strategy. Bridge. Errors
    /// NotBridge, UnknownTransfer (not from the transmitter on L2), AlreadyArrived.
    function onL2Message(address l2Sender, uint256 amount, bytes calldata data) external returns (bytes4) {
        if (msg.sender != address(bridge)) revert NotBridge();
        if (l2Sender != l2Transmitter) revert UnknownTransfer();
        (uint64 id, uint256 wanted_) = abi.decode(data, (uint64, uint256));
        if (_seen(id)) revert AlreadyArrived();
        arrived[id] = true;
        if (id > newest) (newest, wanted) = (id, wanted_);
        arrivedUp += amount;
        emit Arrived(id, amount);
        if (amount > 0) {
            metis.safeTransfer(address(strategy), amount);
            strategy.receiveMetis(amount);
        }
        return IL2MessageReceiver.onL2Message.selector;
    }

    /// @inheritdoc IL1Transmitter
    /// @dev Errors NotStrategy, those of the bridge. What the value exceeds its fees by comes back.
    function sendDown(uint256 amount) external payable onlyStrategy returns (uint64 id) {
        metis.safeTransferFrom(msg.sender, address(this), amount);
        metis.forceApprove(address(bridge), amount);
        bridge.depositERC20ToByChainId{value: address(this).balance}(
            l2ChainId, address(metis), address(0), l2Vault, amount, 0, ""
        );
        id = _name(amount);
    }

    /// @inheritdoc IL1Transmitter
    /// @dev Errors NotStrategy, those of the bridge. What the value exceeds its fee by comes back.
    function nameReward(uint256 amount) external payable onlyStrategy returns (uint64 id) {
        return _name(amount);
    }

    /// @notice Sends L2 the state of L1. Anyone; the value pays the bridge's fee, the rest comes back.
    function report() external payable returns (uint64 seq) {
        seq = ++lastReport;
        IL2Vault.Totals memory t = IL2Vault.Totals(gain(), strategy.capacity(), arrivedUp, sentDown);
        emit Reported(seq, t.gain);
        _message(abi.encodeCall(IL2Transmitter.onReport, (seq, t)));
    }

    /// @notice Rewards minus losses on L1 since the beginning, in wei.
    function gain() public view returns (int256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return int256(strategy.holdings() + sentDown) - int256(arrivedUp);
    }

    /// @inheritdoc IL1Transmitter
    function due() external view returns (uint256) {
        return wanted > sentDown ? wanted - sentDown : 0;
    }

    /// @inheritdoc IL1Transmitter
    /// @dev Errors UnknownTransfer (not a transfer of METIS between the two ends), AlreadyArrived, NotShown
    /// (by this output, or the output is disputed or was rejected).
    function inTransit(
        L2Message calldata message,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) external view returns (uint64 id, uint256 amount) {
        bool ours =
            message.sender == l2Transmitter && message.target == address(this);
        if (!ours || message.token != address(0)) revert UnknownTransfer();
        (id,) = abi.decode(message.data, (uint64, uint256));
        if (arrived[id]) revert AlreadyArrived();
        IOutputs judge = IOutputs(BridgeState(address(bridge)).outputs());
        if (judge.isDisputed(outputIndex) || judge.isRejected(outputIndex)) revert NotShown();
        if (judge.outputRoot(outputIndex) != Messages.outputRoot(l2ChainId, proof)) revert NotShown();
        bytes32 root = MessageTree.rootOf(Messages.leafOf(message), message.nonce, path);
        if (root != proof.messageTreeRoot) revert NotShown();
        amount = message.amount;
    }

    /// @dev Virtual for the regression tests.
    function _seen(uint64 id) internal view virtual returns (bool) {
        return arrived[id];
    }

    function _name(uint256 amount) private returns (uint64 id) {
        id = ++lastDown;
        sentDown += amount;
        emit SentDown(id, amount);
        _message(abi.encodeCall(IL2Transmitter.onReturn, (id, amount)));
    }

    function _message(bytes memory data) private {
        bridge.sendMessage{value: address(this).balance}(l2Transmitter, data, L2_GAS);
        uint256 rest = address(this).balance;
        if (rest == 0) return;
        (bool ok,) = msg.sender.call{value: rest}("");
        if (!ok) revert RefundFailed();
    }
}
