// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOutputVerifier} from "./IOutputVerifier.sol";
import {Placement} from "./IOutputs.sol";
import {OutputProof} from "./IBridge.sol";

/// @title Two parties narrow a disagreement about an output down to one block (section 5.8)
interface IDisputeGame {
    /// @notice What is awaited: a root or the block from the proposer, a half from the challenger, a verdict.
    enum Phase {
        None,
        Publish,
        Choose,
        Reveal,
        Judge,
        Resolved
    }

    /// @notice Both sides agree on `lowRoot` after block `low`; the proposer claims `highRoot` after block
    /// `high` and the challenger denies it.
    struct Game {
        uint64 outputIndex;
        uint64 low;
        uint64 high;
        uint64 deadline; // Unix seconds; of the next move, or of the verdict
        bytes32 lowRoot;
        bytes32 highRoot;
        bytes32 midRoot; // published for the block in the middle
        bytes32 counterRoot; // what the challenger says of the whole, for the record
        address proposer;
        address challenger;
        Phase phase;
        address winner;
    }

    /// @notice The counter root is the claim itself, or nothing.
    error SameRoot();
    /// @notice Another party, or another kind of move, is due.
    error NotYourTurn();
    /// @notice The move came after its deadline: `claimTimeout` ends the game.
    error MoveTimedOut();
    /// @notice The deadline has not passed, or no move (no verdict, for `giveUp`) is awaited.
    error NotTimedOut();
    /// @notice The block is not the one in the middle.
    error WrongBlock(uint64 middle);
    /// @notice What is revealed does not hash to the claim, or is of another block.
    error WrongReveal();
    /// @notice The Timelock has not registered this verifier.
    error UnknownVerifier();

    event DisputeOpened(uint256 indexed id, uint64 indexed outputIndex, address indexed challenger);
    /// @notice `turn` is whose move is next; zero when a verifier is to decide.
    event Moved(uint256 indexed id, address turn);
    /// @notice A verifier knew nothing: the output stays blocked until another decides, or `giveUp`.
    event Undecided(uint256 indexed id, address indexed verifier);
    /// @notice `winner` is zero if no verifier decided in time.
    event DisputeResolved(uint256 indexed id, address indexed winner);
    event VerifierChanged(address indexed verifier, bool oldValue, bool newValue);
    event MoveTimeoutChanged(uint64 oldValue, uint64 newValue);

    /// @notice Disputes an output within its window. Anyone whose deposit in Outputs covers a bond equal to
    /// the proposer's. Starts from the newest final output, so that both sides stand on what cannot fall.
    /// @param counterRoot what the challenger holds to be the output root
    function open(uint64 outputIndex, bytes32 counterRoot) external returns (uint256 id);

    /// @notice The proposer says the output root after the block in the middle, `(low + high) / 2`.
    function publish(uint256 id, uint64 middle, bytes32 root) external;

    /// @notice The challenger says in which half the first wrong block lies: true means that the published
    /// root is wrong already.
    function choose(uint256 id, bool lowerHalf) external;

    /// @notice With one block left, the proposer opens its claim and shows the block in a batch; if it is not
    /// there, the proposer loses at once. Batch 0 stands for a block that derivation made without a batch.
    function reveal(uint256 id, OutputProof calldata claim, Placement calldata place) external;

    /// @notice Asks a verifier about the last block. Anyone, also after the deadline, as long as nobody has
    /// given up. If it does not know, nothing moves.
    function judge(uint256 id, IOutputVerifier verifier, bytes calldata evidence) external;

    /// @notice Ends a game whose next move did not come in time: who was silent loses. Anyone.
    function claimTimeout(uint256 id) external;

    /// @notice Ends a game that no verifier decided within `judgeTimeout`. Anyone. What nobody could prove
    /// does not stand: the output is rejected. Nobody was shown to lie: both bonds go back.
    function giveUp(uint256 id) external;

    /// @notice All of a game; zeros for an id that is not used.
    function gameAt(uint256 id) external view returns (Game memory);

    /// @notice Whether a verifier may decide.
    function isVerifier(address verifier) external view returns (bool);

    /// @notice Seconds for a move.
    function moveTimeout() external view returns (uint64);

    /// @notice Seconds for a verdict: those of fourteen moves.
    function judgeTimeout() external view returns (uint64);
}
