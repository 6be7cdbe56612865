// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IBridge} from "../interfaces/IBridge.sol";
import {Messages} from "../lib/Messages.sol";
import {MessageTree} from "../lib/MessageTree.sol";

/// @title What the parts of the bridge share: state, fee, escrow, the tree of messages to L2
/// @dev All state of the bridge is declared here, in this order; new fields go to the end.
abstract contract BridgeState is IBridge, Initializable, ReentrancyGuardTransient {
    using MessageTree for MessageTree.Tree;
    using SafeERC20 for IERC20;

    /// @notice The only account that may change a parameter.
    address public timelock;
    /// @notice METIS on L1, the native currency of L2.
    address public metis;
    /// @notice Where outputs of L2 are judged (section 5.8).
    address public outputs;
    /// @notice The L2 behind this bridge.
    uint256 public l2ChainId;
    /// @notice METIS wei that L2's genesis gives out; escrowed by `backGenesis` before anything else.
    uint256 public genesisAllocation;
    /// @notice Whether genesis is backed, so that the bridge is open.
    bool public open;
    /// @inheritdoc IBridge
    uint256 public fee;
    /// @inheritdoc IBridge
    /// @dev Counted, not the balance: gifts to this contract change nothing.
    mapping(address token => uint256) public escrow;
    /// @notice METIS wei released by withdrawals, ever.
    uint256 public released;
    /// @inheritdoc IBridge
    mapping(address to => uint256) public dust;
    /// @notice Sum of all dust.
    uint256 public totalDust;
    /// @notice Credits to L2 so far; the nonce of the next.
    uint64 public creditCount;
    uint64 internal creditBlock;
    uint16 internal creditsInBlock;
    MessageTree.Tree internal tree;
    /// @notice Tokens that have a counterpart on L2.
    mapping(address token => bool) public registered;
    /// @notice Withdrawals that were released, by leaf.
    mapping(bytes32 leaf => bool) public spent;

    /// Hash of the code of tokens on L2, part of their addresses. In storage, so that an upgrade of the
    /// bridge with another compiler moves none of them.
    bytes32 internal l2TokenCode;

    /// The most that governance can ask for a deposit or message.
    uint256 public constant MAX_FEE = 0.1 ether;

    event FeeChanged(uint256 oldFee, uint256 newFee);
    event MessageQueued(
        uint256 indexed nonce,
        bytes32 indexed leaf,
        address indexed sender,
        address target,
        uint32 l2Gas,
        bytes data
    );

    error NotTimelock();
    error ZeroAddress();
    error FeeTooHigh();
    error FeeTooLow();
    error RefundFailed();
    error NotExact();
    error EscrowTooLow();
    error DataTooLong();
    error GasTooHigh();

    /// @notice Sets the price of a deposit or message, in wei. Timelock. Errors NotTimelock, FeeTooHigh.
    function setFee(uint256 newFee) external {
        if (msg.sender != timelock) revert NotTimelock();
        if (newFee > MAX_FEE) revert FeeTooHigh();
        emit FeeChanged(fee, newFee);
        fee = newFee;
    }

    /// @notice How many messages to L2 were queued; the nonce of the next.
    function messageCount() external view returns (uint256) {
        return tree.count;
    }

    /// @inheritdoc IBridge
    function messageRoot() external view returns (bytes32) {
        return tree.root();
    }

    /// The fee goes to the Timelock, the rest of the value back to the caller: nothing of it stays here. To
    /// be the last step of a function.
    function settleFee() internal {
        uint256 due = fee;
        if (msg.value < due) revert FeeTooLow();
        pay(timelock, due);
        pay(msg.sender, msg.value - due);
    }

    function pay(address to, uint256 amount) private {
        if (amount == 0) return;
        (bool ok,) = to.call{value: amount}("");
        if (!ok) revert RefundFailed();
    }

    /// Takes exactly `amount` of a token into escrow. A token that delivers anything else is refused.
    function take(address token, uint256 amount) internal virtual {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        if (IERC20(token).balanceOf(address(this)) != before + amount) revert NotExact();
        escrow[token] += amount;
    }

    /// Gives exactly `amount` of a token out of escrow: what a token took beside it would be others' money.
    function give(address token, address to, uint256 amount) internal {
        if (amount > escrow[token]) revert EscrowTooLow();
        escrow[token] -= amount;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, amount);
        if (IERC20(token).balanceOf(address(this)) != before - amount) revert NotExact();
    }

    /// Appends a message to L2.
    function queue(address sender, address target, uint32 l2Gas, bytes memory data)
        internal
        returns (uint256 nonce)
    {
        if (target == address(0)) revert ZeroAddress();
        if (data.length > Messages.MAX_DATA) revert DataTooLong();
        if (l2Gas > Messages.MAX_GAS) revert GasTooHigh();
        bytes32 leaf = Messages.l1Leaf(tree.count, sender, target, l2Gas, data);
        nonce = tree.append(leaf);
        emit MessageQueued(nonce, leaf, sender, target, l2Gas, data);
    }
}
