// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A message that left L2: a leaf of MessagePasser's tree.
/// `token` zero means METIS; `amount` wei of it go to `target`, which is called if `data` is not empty.
struct L2Message {
    uint256 nonce;
    address sender;
    address target;
    address token;
    uint256 amount;
    bytes data;
}

/// @notice What an output root commits to (section 5.8), opened.
struct OutputProof {
    uint256 blockNumber;
    bytes32 blockHash;
    bytes32 stateRoot;
    bytes32 messageTreeRoot;
}

/// @title L1 end of the bridge (section 5.7)
interface IBridge {
    /// @notice Moves METIS or a registered ERC-20 to L2. Excess value over `fee()` returns to the caller.
    /// @param chainId the L2; any other reverts
    /// @param l1Token METIS, or a token known by `registerToken`
    /// @param l2Token `Predeploys.NATIVE` for METIS, `l2TokenOf(l1Token)` for others; zero is taken as right
    /// @param to who receives on L2; not zero
    /// @param amount wei; not zero. METIS is credited in whole gwei, the rest waits in `dust(to)`
    /// @param l2Gas gas that the delivery on L2 gets at least; unused for METIS
    /// @param data empty for METIS; told on L2 in an event for others
    function depositERC20ToByChainId(
        uint256 chainId,
        address l1Token,
        address l2Token,
        address to,
        uint256 amount,
        uint32 l2Gas,
        bytes calldata data
    ) external payable;

    /// @notice What a deposit or message costs, in wei of L1's currency; 0 unless governance sets it.
    function fee() external view returns (uint256);

    /// @notice Queues a call of `target` on L2, which sees Messenger as caller and `msg.sender` by
    /// `IMessenger.l1Sender()`. Carries no value; to move METIS, deposit.
    /// @param l2Gas gas that the target gets at least
    /// @return nonce the place of the message in the tree
    function sendMessage(address target, bytes calldata data, uint32 l2Gas)
        external
        payable
        returns (uint256 nonce);

    /// @notice Releases what left L2, once: tokens to `message.target`, then, if there is data, a call of
    /// `IL2MessageReceiver.onL2Message` on it. If the call fails all is undone and may be tried again.
    /// Guarded: the receiver must not come back into the bridge within its call.
    function finalizeWithdrawal(
        L2Message calldata message,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) external;

    /// @notice METIS (or token) wei held for L2.
    function escrow(address token) external view returns (uint256);

    /// @notice METIS wei of `to` too small to be credited: below 1 gwei, joins the next deposit.
    function dust(address to) external view returns (uint256);

    /// @notice Root of the tree of messages to L2, as of now; the nodes take it at the end of an L1 block.
    function messageRoot() external view returns (bytes32);
}
