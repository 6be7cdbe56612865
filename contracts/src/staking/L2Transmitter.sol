// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2Queue} from "../interfaces/IL2Queue.sol";
import {IL2Transmitter} from "../interfaces/IL2Transmitter.sol";
import {IL2Vault} from "../interfaces/IL2Vault.sol";
import {IMessagePasser} from "../interfaces/IMessagePasser.sol";
import {IMessenger} from "../interfaces/IMessenger.sol";
import {Predeploys} from "../lib/Predeploys.sol";

/// @title L2 end of the transmitter (section 12.3)
/// @notice Takes what is idle to L1, asks L1 for what tickets wait for, and brings what L1 sends to the
/// vault. Anyone triggers every step.
/// @dev No role, no proxy, nothing kept between calls.
contract L2Transmitter is IL2Transmitter {
    uint256 private constant GWEI = 1e9;

    IL2Vault public immutable vault;
    IL2Queue public immutable queue;
    address public immutable l1Transmitter;
    /// @notice METIS wei that are worth a transfer at once.
    uint256 public immutable minDispatch;
    /// @notice Seconds after which any amount is.
    uint256 public immutable maxAge;

    /// @notice Number of the last message to L1, and when it carried METIS last.
    uint64 public lastId;
    uint64 public lastDispatch;
    /// @notice METIS wei sent to L1, ever.
    uint256 public dispatched;
    /// @notice What L1 was last told that `sentDown` has to reach.
    uint256 public asked;
    /// @notice Transfers down that arrived.
    mapping(uint64 id => bool) public arrived;

    event Dispatched(uint64 indexed id, uint256 amount);
    event Arrived(uint64 indexed id, uint256 amount);
    event FundsRequested(uint64 indexed id, uint256 wanted);

    error TooEarly();
    error NothingToAsk();
    error UnknownTransfer();
    error AlreadyArrived();
    error NotVault();

    modifier onlyL1() {
        if (msg.sender != Predeploys.MESSENGER) revert UnknownTransfer();
        if (IMessenger(Predeploys.MESSENGER).l1Sender() != l1Transmitter) revert UnknownTransfer();
        _;
    }

    constructor(
        IL2Vault vault_,
        IL2Queue queue_,
        address l1Transmitter_,
        uint256 minDispatch_,
        uint256 maxAge_
    ) {
        vault = vault_;
        queue = queue_;
        l1Transmitter = l1Transmitter_;
        minDispatch = minDispatch_;
        maxAge = maxAge_;
        lastDispatch = uint64(block.timestamp);
    }

    /// @notice METIS from the vault only.
    receive() external payable {
        if (msg.sender != address(vault)) revert NotVault();
    }

    /// @notice Pays tickets, then sends the rest of what is idle to L1. Anyone. Error TooEarly (nothing, or
    /// less than `minDispatch` and less than `maxAge` since the last).
    function dispatch() external returns (uint64 id) {
        if (queue.pending() > 0) queue.fund();
        uint256 amount = vault.handOver();
        bool old = block.timestamp >= lastDispatch + maxAge;
        if (amount == 0 || (amount < minDispatch && !old)) revert TooEarly();
        lastDispatch = uint64(block.timestamp);
        dispatched += amount;
        id = _send(amount);
        emit Dispatched(id, amount);
    }

    /// @notice Tells L1 what tickets wait for, if that is more than it knows. Anyone. Error NothingToAsk.
    function requestFunds() external returns (uint64 id) {
        if (queue.pending() > 0) queue.fund();
        if (wanted() <= asked) revert NothingToAsk();
        id = _send(0);
        emit FundsRequested(id, asked);
    }

    /// @inheritdoc IL2Transmitter
    /// @dev The L1 end through Messenger. Errors UnknownTransfer, AlreadyArrived, NotCredited (of the vault).
    function onReturn(uint64 id, uint256 amount) external onlyL1 {
        if (_seen(id)) revert AlreadyArrived();
        arrived[id] = true;
        emit Arrived(id, amount);
        vault.arrive(amount);
    }

    /// @inheritdoc IL2Transmitter
    /// @dev The L1 end through Messenger. Errors UnknownTransfer, StaleReport (of the vault).
    function onReport(uint64 seq, IL2Vault.Totals calldata totals) external onlyL1 {
        vault.report(seq, totals);
    }

    /// @notice What L1 has to have sent, ever, for all tickets to be paid; credits come in whole gwei.
    function wanted() public view returns (uint256) {
        uint256 have = vault.buffer();
        uint256 owed = queue.pending();
        uint256 lacking = owed > have ? owed - have : 0;
        // Rounded up to whole gwei.
        // forge-lint: disable-next-line(divide-before-multiply)
        return vault.arrivedDown() + ((lacking + GWEI - 1) / GWEI) * GWEI;
    }

    /// @dev Virtual for the regression tests.
    function _seen(uint64 id) internal view virtual returns (bool) {
        return arrived[id];
    }

    function _send(uint256 amount) private returns (uint64 id) {
        id = ++lastId;
        asked = wanted();
        IMessagePasser(Predeploys.MESSAGE_PASSER).send{value: amount}(l1Transmitter, abi.encode(id, asked));
    }
}
