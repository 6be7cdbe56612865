// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {RawTx} from "../lib/RawTx.sol";

/// @title Transactions that sequencers cannot leave out (section 5.7)
/// @notice The first L2 block with this L1 block as origin starts with what was queued here in it. What is
/// provably invalid there (nonce, balance, signature) is skipped by the nodes; here only size and gas are
/// bounded, so that an L2 block can hold all of an L1 block. There is no way to remove an entry and no pause.
/// @dev Behind a proxy whose admin is the Timelock. Fields are only ever appended.
contract ForcedInbox is Initializable, ReentrancyGuardTransient {
    /// @notice The only account that may change the fee.
    address public timelock;
    /// @notice What an entry costs for each gas of its limit, in wei; burned, so that nobody gains from
    /// making it dear. By gas, since that is what an L1 block is short of: who crowds others out pays for it.
    uint256 public feePerGas;
    /// @notice Entries so far; the nonce of the next.
    uint64 public count;
    uint64 private gasBlock;
    uint64 private gasInBlock;

    uint256 public constant MAX_TX_BYTES = 32_768;
    /// @notice The most gas that the transactions of an L1 block may ask for together.
    uint256 public constant MAX_BLOCK_GAS = 10_000_000;
    /// @notice What any transaction costs at least. It bounds the entries of an L1 block to 476.
    uint256 public constant MIN_TX_GAS = 21_000;
    /// @notice The most that governance can ask: 1 ether for all the gas of an L1 block.
    uint256 public constant MAX_FEE_PER_GAS = 1 ether / MAX_BLOCK_GAS;

    event ForcedTxQueued(uint64 indexed nonce, bytes32 indexed txHash, uint256 l1Block, bytes rawTx);
    event FeePerGasChanged(uint256 oldFee, uint256 newFee);

    error NotTimelock();
    error ZeroAddress();
    error FeeTooHigh();
    error TxTooLarge();
    error GasBudgetExceeded();
    error FeeTooLow();
    error RefundFailed();

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Errors ZeroAddress, FeeTooHigh.
    function initialize(address timelock_, uint256 feePerGas_) external initializer {
        if (timelock_ == address(0)) revert ZeroAddress();
        if (feePerGas_ > MAX_FEE_PER_GAS) revert FeeTooHigh();
        timelock = timelock_;
        feePerGas = feePerGas_;
    }

    /// @notice Queues a signed L2 transaction (legacy, type 1 or 2). Anyone; it need not be the sender's own
    /// call. The fee is `feePerGas` times its gas limit; what is sent beyond returns to the caller. Errors:
    /// TxTooLarge; BadTx (no gas limit readable, or below `MIN_TX_GAS`); GasBudgetExceeded (try the next
    /// block); FeeTooLow; RefundFailed.
    function enqueue(bytes calldata rawL2Tx) external payable nonReentrant {
        if (rawL2Tx.length > MAX_TX_BYTES) revert TxTooLarge();
        uint256 gasLimit = RawTx.gasLimitOf(rawL2Tx);
        if (gasLimit < MIN_TX_GAS) revert RawTx.BadTx();
        spendGas(gasLimit);
        emit ForcedTxQueued(count, keccak256(rawL2Tx), block.number, rawL2Tx);
        count++;
        uint256 due = feePerGas * gasLimit;
        if (msg.value < due) revert FeeTooLow();
        pay(address(0), due);
        pay(msg.sender, msg.value - due);
    }

    /// @notice Sets the price of a gas, in wei. Timelock. Errors NotTimelock, FeeTooHigh.
    function setFeePerGas(uint256 newFee) external {
        if (msg.sender != timelock) revert NotTimelock();
        if (newFee > MAX_FEE_PER_GAS) revert FeeTooHigh();
        emit FeePerGasChanged(feePerGas, newFee);
        feePerGas = newFee;
    }

    /// @notice Gas that can still be asked for in this L1 block.
    function gasLeftInBlock() public view virtual returns (uint256) {
        return gasBlock == block.number ? MAX_BLOCK_GAS - gasInBlock : MAX_BLOCK_GAS;
    }

    function spendGas(uint256 gasLimit) private {
        uint256 left = gasLeftInBlock();
        if (gasLimit > left) revert GasBudgetExceeded();
        gasBlock = uint64(block.number);
        // At most MAX_BLOCK_GAS.
        // forge-lint: disable-next-line(unsafe-typecast)
        gasInBlock = uint64(MAX_BLOCK_GAS - left + gasLimit);
    }

    function pay(address to, uint256 amount) private {
        if (amount == 0) return;
        (bool ok,) = to.call{value: amount}("");
        if (!ok) revert RefundFailed();
    }
}
