// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OutputProof} from "./IBridge.sol";

/// @notice Where the block of an output stands: at `blockPos` among the blocks of batch `batchIndex`, shown
/// by the siblings on the way to the batch's `blocksRoot`.
struct Placement {
    uint64 batchIndex;
    uint256 blockPos;
    bytes32[] path;
}

/// @title Claims on the state of L2, bonded and open to dispute (section 5.8)
/// @notice Output 0 is that of genesis and final from the start; others count up from 1.
interface IOutputs {
    /// @notice Life of an output: Proposed, maybe Disputed and back, then Rejected or (by time) final.
    enum Status {
        None,
        Proposed,
        Disputed,
        Rejected
    }

    /// @notice One claim. `windowEnd` (Unix seconds) is when the time to dispute it ends; it starts anew when
    /// a dispute is won by the proposer.
    struct Output {
        bytes32 outputRoot;
        uint64 l2Block;
        uint64 windowEnd;
        uint64 previous; // the newest output that stood when this one was proposed
        Status status;
        bool certified; // a certificate came with it
        bool released; // the bond is no longer held for it
        address proposer;
        uint96 bond; // METIS wei
    }

    /// @notice A call that only DisputeGame makes.
    error NotGame();
    /// @notice Outputs count up by one.
    error BadIndex(uint64 expected);
    /// @notice The block is not above that of the newest standing output.
    error BadBlock();
    /// @notice The block hash is not under `blocksRoot` of the batch, at the place of its number.
    error BadProof();
    /// @notice The certificate is not one of more than 2/3 of the power of the set.
    error BadCertificate();
    /// @notice The group account `state` proposes with a certificate only.
    error CertificateRequired();
    /// @notice The free deposit does not cover the bond.
    error BondTooLow();
    /// @notice The exit delay of stake has no room for such a window.
    error WindowTooLong(uint64 longest);
    /// @notice The output cannot be disputed, or not any more.
    error WindowClosed();
    /// @notice One dispute at a time; if the proposer wins it, the window opens again for others.
    error AlreadyDisputed();
    error NotDisputed();
    error NotFinal();
    error AlreadyReleased();
    /// @notice More than the free deposit.
    error InsufficientDeposit();
    /// @notice The token moved another amount than asked.
    error WrongAmountMoved(uint256 moved, uint256 asked);

    event OutputProposed(
        uint64 indexed index,
        bytes32 indexed outputRoot,
        uint64 l2Block,
        address indexed proposer,
        bool certified
    );
    event OutputDisputed(uint64 indexed index, address indexed challenger);
    event OutputUpheld(uint64 indexed index, uint64 windowEnd);
    event OutputRejected(uint64 indexed index);
    event Deposited(address indexed from, address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice A bond went back to the one who had placed it: the proposer, or the challenger of a dispute
    /// that nobody could decide.
    event BondReleased(uint64 indexed index, address indexed account, uint256 amount);
    event BondLost(uint64 indexed index, address indexed loser, address indexed winner, uint256 burned);
    event OutputBondChanged(uint256 oldValue, uint256 newValue);
    event ChallengeWindowChanged(uint64 oldValue, uint64 newValue);

    // Reading: what Bridge and DisputeGame need

    /// @notice Whether withdrawals may be proven against an output: it stands, and its window and those of
    /// all earlier ones are over without a dispute left open. What is final stays final.
    function isFinal(uint256 index) external view returns (bool);

    /// @notice Whether it or an earlier output that is not final yet is in dispute.
    function isDisputed(uint256 index) external view returns (bool);

    /// @notice Whether it lost a dispute.
    function isRejected(uint256 index) external view returns (bool);

    /// @notice The root that was claimed; zero for an index that is not used.
    function outputRoot(uint256 index) external view returns (bytes32);

    /// @notice All of an output; zeros for an index that is not used.
    function outputAt(uint256 index) external view returns (Output memory);

    /// @notice keccak256(abi.encode(tag("output"), l2ChainId, blockNumber, blockHash, stateRoot,
    /// messageTreeRoot)).
    function hashOutput(OutputProof calldata proof) external view returns (bytes32);

    /// @notice Seconds in which an output can be disputed.
    function challengeWindow() external view returns (uint64);

    /// @notice The newest index; 0 is genesis.
    function lastIndex() external view returns (uint64);

    /// @notice The newest output that is final; looks at most 256 outputs beyond what `advance` stored.
    function lastFinal() external view returns (uint64);

    /// @notice Stores how far outputs are final, at most `limit` further. Anyone; proposals do it too, so
    /// this is needed only if more than 256 outputs became final without one.
    function advance(uint256 limit) external;

    // Proposing

    /// @notice Claims what L2 is after a block. Anyone who has `outputBond` of free deposit; the group
    /// account `state` must, others may, add a certificate over `proposalDigest(root)`.
    function proposeOutput(
        uint64 index,
        OutputProof calldata output,
        Placement calldata place,
        uint64 setId,
        bytes calldata cert
    ) external;

    /// @notice What a certificate for an output signs.
    function proposalDigest(bytes32 root) external view returns (bytes32);

    // Deposits

    /// @notice Adds METIS wei to the deposit of an account, out of which its bonds are taken. Anyone.
    function deposit(address account, uint256 amount) external;

    /// @notice Takes METIS wei that back no bond out of the caller's deposit.
    function withdraw(address to, uint256 amount) external;

    /// @notice METIS wei of an account that back no bond.
    function depositOf(address account) external view returns (uint256);

    /// @notice Returns the bond of a final output to its proposer's deposit. Anyone.
    function releaseBond(uint64 index) external;

    // For DisputeGame only

    /// @notice Takes a bond equal to the proposer's from the challenger's deposit and marks the output.
    /// @return anchor the newest final output: both sides build on it
    function openDispute(uint64 index, address challenger) external returns (uint64 anchor);

    /// @notice Ends a dispute: nine tenths of the loser's bond go to the winner, one tenth is burned.
    function closeDispute(uint64 index, address challenger, bool proposerWins) external;

    /// @notice Ends a dispute that nobody could decide: the output is rejected, both bonds go back.
    function dropDispute(uint64 index, address challenger) external;
}
