// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchInbox} from "../interfaces/IBatchInbox.sol";
import {OutputProof} from "../interfaces/IBridge.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IOutputVerifier} from "../interfaces/IOutputVerifier.sol";
import {IOutputs, Placement} from "../interfaces/IOutputs.sol";
import {Timelocked} from "./Timelocked.sol";

/// @title Bisection over the blocks of an output (section 5.8)
/// @notice Life of a game: opened, halved by turns until one block is left, revealed, judged. Who lets a
/// deadline pass loses; if no verifier decides in time, the output falls and nobody loses. It holds no
/// money: Outputs does. It is not a virtual machine: the last block is decided by a verifier, which adds
/// bonds, evidence and a delay, not trustlessness.
contract DisputeGame is Timelocked, IDisputeGame {
    /// A verdict has the time of so many moves: more than a vote with the Timelock's delay takes, so that
    /// governance can name another verifier meanwhile.
    uint64 private constant JUDGE_MOVES = 14;

    // Storage is append-only.

    /// @notice What is disputed, and where the bonds are.
    IOutputs public outputs;
    /// @inheritdoc IDisputeGame
    uint64 public moveTimeout;
    /// @notice Where the blocks are.
    IBatchInbox public inbox;
    /// @notice The newest game; ids count from 1.
    uint256 public lastGame;
    /// @inheritdoc IDisputeGame
    mapping(address verifier => bool) public isVerifier;
    mapping(uint256 id => Game) private _games;

    /// A move: of this phase, by this party, in time.
    modifier move(uint256 id, Phase phase) {
        Game storage game = _games[id];
        if (game.phase != phase || msg.sender != _turn(game)) revert NotYourTurn();
        if (block.timestamp > game.deadline) revert MoveTimedOut();
        _;
    }

    /// @notice Once, by the proxy.
    /// @param verifiers those who may judge from the start
    function initialize(
        address timelock_,
        IOutputs outputs_,
        IBatchInbox inbox_,
        uint64 moveTimeout_,
        address[] calldata verifiers
    ) external initializer {
        __Timelocked_init(timelock_);
        if (address(outputs_) == address(0) || address(inbox_) == address(0)) revert ZeroValue();
        if (moveTimeout_ == 0) revert ZeroValue();
        outputs = outputs_;
        inbox = inbox_;
        moveTimeout = moveTimeout_;
        for (uint256 i = 0; i < verifiers.length; i++) {
            _setVerifier(verifiers[i], true);
        }
    }

    // Opened

    /// @inheritdoc IDisputeGame
    function open(uint64 outputIndex, bytes32 counterRoot) external returns (uint256 id) {
        uint64 anchorIndex = outputs.openDispute(outputIndex, msg.sender);
        IOutputs.Output memory anchor = outputs.outputAt(anchorIndex);
        IOutputs.Output memory claim = outputs.outputAt(outputIndex);
        if (counterRoot == claim.outputRoot || counterRoot == 0) revert SameRoot();
        id = ++lastGame;
        Game storage game = _games[id];
        game.outputIndex = outputIndex;
        game.proposer = claim.proposer;
        game.challenger = msg.sender;
        game.counterRoot = counterRoot;
        (game.low, game.lowRoot) = (anchor.l2Block, anchor.outputRoot);
        (game.high, game.highRoot) = (claim.l2Block, claim.outputRoot);
        emit DisputeOpened(id, outputIndex, msg.sender);
        _await(id, _narrowed(game));
    }

    // Halved

    /// @inheritdoc IDisputeGame
    function publish(uint256 id, uint64 middle, bytes32 root) external move(id, Phase.Publish) {
        Game storage game = _games[id];
        if (middle != _middle(game)) revert WrongBlock(_middle(game));
        if (root == 0) revert SameRoot();
        game.midRoot = root;
        _await(id, Phase.Choose);
    }

    /// @inheritdoc IDisputeGame
    function choose(uint256 id, bool lowerHalf) external move(id, Phase.Choose) {
        Game storage game = _games[id];
        if (lowerHalf) (game.high, game.highRoot) = (_middle(game), game.midRoot);
        else (game.low, game.lowRoot) = (_middle(game), game.midRoot);
        game.midRoot = 0;
        _await(id, _narrowed(game));
    }

    // Revealed

    /// @inheritdoc IDisputeGame
    function reveal(uint256 id, OutputProof calldata claim, Placement calldata place)
        external
        move(id, Phase.Reveal)
    {
        Game storage game = _games[id];
        if (claim.blockNumber != game.high) revert WrongReveal();
        if (outputs.hashOutput(claim) != game.highRoot) revert WrongReveal();
        if (_isPlaced(claim, place)) _await(id, Phase.Judge);
        else _resolve(id, false);
    }

    // Judged, or given up

    /// @inheritdoc IDisputeGame
    function judge(uint256 id, IOutputVerifier verifier, bytes calldata evidence) external {
        Game storage game = _games[id];
        if (game.phase != Phase.Judge) revert NotYourTurn();
        if (!isVerifier[address(verifier)]) revert UnknownVerifier();
        IOutputVerifier.Verdict verdict =
            verifier.verifyStep(game.lowRoot, game.high, game.highRoot, evidence);
        if (verdict == IOutputVerifier.Verdict.Undecided) emit Undecided(id, address(verifier));
        else _resolve(id, verdict == IOutputVerifier.Verdict.Valid);
    }

    /// @inheritdoc IDisputeGame
    function claimTimeout(uint256 id) external {
        Game storage game = _games[id];
        address silent = _turn(game);
        if (silent == address(0) || block.timestamp <= game.deadline) revert NotTimedOut();
        _resolve(id, game.phase == Phase.Choose);
    }

    /// @inheritdoc IDisputeGame
    function giveUp(uint256 id) external {
        Game storage game = _games[id];
        if (game.phase != Phase.Judge || block.timestamp <= game.deadline) revert NotTimedOut();
        game.phase = Phase.Resolved;
        emit DisputeResolved(id, address(0));
        outputs.dropDispute(game.outputIndex, game.challenger);
    }

    // Parameters

    /// @notice Lets a verifier judge, or no longer. Timelock.
    function setVerifier(address verifier, bool yes) external onlyTimelock {
        _setVerifier(verifier, yes);
    }

    /// @notice Changes the seconds for later moves, and for later verdicts with them. Timelock; not zero.
    function setMoveTimeout(uint64 time) external onlyTimelock {
        if (time == 0) revert ZeroValue();
        emit MoveTimeoutChanged(moveTimeout, time);
        moveTimeout = time;
    }

    /// @inheritdoc IDisputeGame
    function gameAt(uint256 id) external view returns (Game memory) {
        return _games[id];
    }

    /// @inheritdoc IDisputeGame
    function judgeTimeout() public view returns (uint64) {
        return JUDGE_MOVES * moveTimeout;
    }

    // Inside

    function _await(uint256 id, Phase phase) private {
        Game storage game = _games[id];
        game.phase = phase;
        game.deadline = uint64(block.timestamp) + (phase == Phase.Judge ? judgeTimeout() : moveTimeout);
        emit Moved(id, _turn(game));
    }

    function _resolve(uint256 id, bool proposerWins) private {
        Game storage game = _games[id];
        game.phase = Phase.Resolved;
        game.winner = proposerWins ? game.proposer : game.challenger;
        emit DisputeResolved(id, game.winner);
        outputs.closeDispute(game.outputIndex, game.challenger, proposerWins);
    }

    /// Whose move is awaited; zero if none is.
    function _turn(Game storage game) private view returns (address) {
        Phase phase = game.phase;
        if (phase == Phase.Publish || phase == Phase.Reveal) return game.proposer;
        return phase == Phase.Choose ? game.challenger : address(0);
    }

    function _narrowed(Game storage game) private view returns (Phase) {
        return game.high - game.low == 1 ? Phase.Reveal : Phase.Publish;
    }

    function _middle(Game storage game) private view returns (uint64) {
        return game.low + (game.high - game.low) / 2;
    }

    /// A block that derivation made alone, after a long silence of the inbox, is in no batch (section 8.6
    /// rule 7): there the verifier decides. To let its proposer lose would make every such block a trap.
    function _isPlaced(OutputProof calldata claim, Placement calldata place) private view returns (bool) {
        if (place.batchIndex == 0) return true;
        uint256 first = inbox.batchAt(place.batchIndex).firstBlock;
        if (claim.blockNumber < first || claim.blockNumber - first != place.blockPos) return false;
        return inbox.blockInBatch(place.batchIndex, claim.blockHash, place.blockPos, place.path);
    }

    function _setVerifier(address verifier, bool yes) private {
        if (verifier == address(0)) revert ZeroValue();
        emit VerifierChanged(verifier, isVerifier[verifier], yes);
        isVerifier[verifier] = yes;
    }
}
