// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {OutputProof} from "../interfaces/IBridge.sol";
import {IBatchInbox} from "../interfaces/IBatchInbox.sol";
import {IKeyRegistry} from "../interfaces/IKeyRegistry.sol";
import {IOutputs, Placement} from "../interfaces/IOutputs.sol";
import {Purpose} from "../lib/Purpose.sol";
import {Tags} from "../lib/Tags.sol";
import {OutputBonds} from "./outputs/OutputBonds.sol";

/// @title Claims on the state of L2 (section 5.8)
/// @notice Life of an output: proposed with a bond, open to dispute for a window, perhaps disputed (and
/// upheld, which opens a new window, or rejected), final in order of index.
contract Outputs is OutputBonds {
    /// How many outputs a view looks at beyond what is stored.
    uint256 private constant LOOK_AHEAD = 256;
    /// How many outputs a proposal settles on its way.
    uint256 private constant SETTLE = 8;

    // Storage is append-only.

    /// @notice The L2 whose outputs these are.
    uint64 public l2ChainId;
    /// @inheritdoc IOutputs
    uint64 public lastIndex;
    /// @inheritdoc IOutputs
    uint64 public challengeWindow;
    /// The newest output that is not rejected.
    uint64 private _standing;
    /// All outputs up to here are final or rejected; the newest final one among them.
    uint64 private _settled;
    uint64 private _final;
    /// @notice Where the blocks are.
    IBatchInbox public inbox;
    /// @notice Where the account `state` and certificates are looked up.
    IKeyRegistry public registry;
    /// @notice DisputeGame, which opens and closes disputes.
    address public game;
    mapping(uint256 index => Output) private _outputs;
    /// @notice Seconds that the window can have at most: those of deployment, of which the floor of
    /// LockingPool's exit delay was made. Stake would leave before its faults are known otherwise.
    uint64 public longestWindow;

    modifier onlyGame() {
        if (msg.sender != game) revert NotGame();
        _;
    }

    /// @notice Once, by the proxy.
    /// @param genesisRoot the output root after block 0 of L2, see `hashOutput`: output 0, final at once
    function initialize(
        address timelock_,
        IERC20 token_,
        IBatchInbox inbox_,
        IKeyRegistry registry_,
        address game_,
        uint64 l2ChainId_,
        uint64 challengeWindow_,
        uint96 outputBond_,
        bytes32 genesisRoot
    ) external initializer {
        __Timelocked_init(timelock_);
        __OutputBonds_init(token_, outputBond_);
        if (address(inbox_) == address(0) || address(registry_) == address(0)) revert ZeroValue();
        if (game_ == address(0) || l2ChainId_ == 0 || challengeWindow_ == 0 || genesisRoot == 0) {
            revert ZeroValue();
        }
        inbox = inbox_;
        registry = registry_;
        game = game_;
        l2ChainId = l2ChainId_;
        challengeWindow = challengeWindow_;
        longestWindow = challengeWindow_;
        _outputs[0].outputRoot = genesisRoot;
        _outputs[0].status = Status.Proposed;
        _outputs[0].released = true;
    }

    // Proposed

    /// @inheritdoc IOutputs
    function proposeOutput(
        uint64 index,
        OutputProof calldata output,
        Placement calldata place,
        uint64 setId,
        bytes calldata cert
    ) external {
        if (index != lastIndex + 1) revert BadIndex(lastIndex + 1);
        _checkOrder(output.blockNumber, _outputs[_standing].l2Block);
        _checkPlace(output, place);
        bytes32 root = hashOutput(output);
        bool certified = _checkCertificate(root, setId, cert);
        _advance(SETTLE);
        _outputs[index] = Output({
            outputRoot: root,
            l2Block: uint64(output.blockNumber),
            windowEnd: uint64(block.timestamp) + challengeWindow,
            previous: _standing,
            status: Status.Proposed,
            certified: certified,
            released: false,
            proposer: msg.sender,
            bond: _takeBond(msg.sender)
        });
        lastIndex = index;
        _standing = index;
        emit OutputProposed(index, root, uint64(output.blockNumber), msg.sender, certified);
    }

    // Disputed

    /// @inheritdoc IOutputs
    function openDispute(uint64 index, address challenger) external onlyGame returns (uint64 anchor) {
        Output storage output = _outputs[index];
        if (output.status == Status.Disputed) revert AlreadyDisputed();
        if (output.status != Status.Proposed || block.timestamp > output.windowEnd) revert WindowClosed();
        _takeBondOf(challenger, output.bond);
        output.status = Status.Disputed;
        emit OutputDisputed(index, challenger);
        _advance(LOOK_AHEAD);
        return _final;
    }

    /// @inheritdoc IOutputs
    function closeDispute(uint64 index, address challenger, bool proposerWins) external onlyGame {
        Output storage output = _outputs[index];
        if (output.status != Status.Disputed) revert NotDisputed();
        if (proposerWins) {
            output.status = Status.Proposed;
            output.windowEnd = _windowAfterDispute(output.windowEnd);
            emit OutputUpheld(index, output.windowEnd);
            _payBonds(index, challenger, output.proposer, output.bond, 0);
        } else {
            _reject(index);
            _payBonds(index, output.proposer, challenger, output.bond, output.bond);
        }
    }

    /// @inheritdoc IOutputs
    function dropDispute(uint64 index, address challenger) external onlyGame {
        Output storage output = _outputs[index];
        if (output.status != Status.Disputed) revert NotDisputed();
        _reject(index);
        _returnBond(index, output.proposer, output.bond);
        _returnBond(index, challenger, output.bond);
    }

    // Final

    /// @inheritdoc IOutputs
    function advance(uint256 limit) external {
        _advance(limit);
    }

    /// @inheritdoc IOutputs
    function releaseBond(uint64 index) external {
        if (!isFinal(index)) revert NotFinal();
        Output storage output = _outputs[index];
        if (output.released) revert AlreadyReleased();
        output.released = true;
        _returnBond(index, output.proposer, output.bond);
    }

    // Parameters

    /// @notice Changes the seconds in which later outputs can be disputed. Timelock; not zero, and at most
    /// `longestWindow`.
    function setChallengeWindow(uint64 time) external onlyTimelock {
        if (time == 0) revert ZeroValue();
        if (time > longestWindow) revert WindowTooLong(longestWindow);
        emit ChallengeWindowChanged(challengeWindow, time);
        challengeWindow = time;
    }

    // Questions

    /// @inheritdoc IOutputs
    function isFinal(uint256 index) public view returns (bool) {
        (uint64 settled,) = _settle(LOOK_AHEAD);
        return index <= settled && _outputs[index].status == Status.Proposed;
    }

    /// @inheritdoc IOutputs
    function isDisputed(uint256 index) external view returns (bool) {
        uint256 end = index < lastIndex ? index : lastIndex;
        if (end > uint256(_settled) + LOOK_AHEAD) end = uint256(_settled) + LOOK_AHEAD;
        for (uint256 i = uint256(_settled) + 1; i <= end; i++) {
            if (_outputs[i].status == Status.Disputed) return true;
        }
        return _outputs[index].status == Status.Disputed;
    }

    /// @inheritdoc IOutputs
    function isRejected(uint256 index) external view returns (bool) {
        return _outputs[index].status == Status.Rejected;
    }

    /// @inheritdoc IOutputs
    function outputRoot(uint256 index) external view returns (bytes32) {
        return _outputs[index].outputRoot;
    }

    /// @inheritdoc IOutputs
    function outputAt(uint256 index) external view returns (Output memory) {
        return _outputs[index];
    }

    /// @inheritdoc IOutputs
    function lastFinal() external view returns (uint64 newest) {
        (, newest) = _settle(LOOK_AHEAD);
    }

    /// @inheritdoc IOutputs
    function hashOutput(OutputProof calldata proof) public view returns (bytes32) {
        return keccak256(
            abi.encode(
                Tags.OUTPUT,
                l2ChainId,
                proof.blockNumber,
                proof.blockHash,
                proof.stateRoot,
                proof.messageTreeRoot
            )
        );
    }

    /// @inheritdoc IOutputs
    function proposalDigest(bytes32 root) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.OUTPUT_PROPOSAL, block.chainid, address(this), root));
    }

    // Inside

    /// Claims go up: an output says something of blocks that no standing one speaks of.
    function _checkOrder(uint256 l2Block, uint64 standing) internal view virtual {
        if (l2Block <= standing || l2Block > type(uint64).max) revert BadBlock();
    }

    function _checkPlace(OutputProof calldata output, Placement calldata place) private view {
        IBatchInbox.Appended memory batch = inbox.batchAt(place.batchIndex);
        if (output.blockNumber < batch.firstBlock) revert BadProof();
        if (output.blockNumber - batch.firstBlock != place.blockPos) revert BadProof();
        bool found = inbox.blockInBatch(place.batchIndex, output.blockHash, place.blockPos, place.path);
        if (!found) revert BadProof();
    }

    function _checkCertificate(bytes32 root, uint64 setId, bytes calldata cert) private view returns (bool) {
        if (cert.length == 0) {
            if (msg.sender == registry.keyAt(Purpose.STATE, block.number)) revert CertificateRequired();
            return false;
        }
        if (!registry.verify(setId, proposalDigest(root), cert)) revert BadCertificate();
        return true;
    }

    function _reject(uint64 index) private {
        _outputs[index].status = Status.Rejected;
        _outputs[index].released = true;
        _dropRejected();
        emit OutputRejected(index);
    }

    /// A friend of the proposer may have lost on purpose: everyone else gets a whole window again.
    function _windowAfterDispute(uint64) internal view virtual returns (uint64) {
        return uint64(block.timestamp) + challengeWindow;
    }

    /// Each step down is along `previous`, so that a rejected output is passed once only.
    function _dropRejected() private {
        uint64 standing = _standing;
        while (_outputs[standing].status == Status.Rejected) standing = _outputs[standing].previous;
        _standing = standing;
    }

    function _advance(uint256 limit) private {
        (_settled, _final) = _settle(limit);
    }

    /// How far outputs are settled: rejected, or past their window with all earlier ones settled.
    function _settle(uint256 limit) private view returns (uint64 settled, uint64 newest) {
        (settled, newest) = (_settled, _final);
        uint64 last = lastIndex;
        for (uint256 i = 0; i < limit && settled < last; i++) {
            Output storage output = _outputs[settled + 1];
            if (output.status == Status.Rejected) {
                settled++;
            } else if (_isOver(output)) {
                newest = ++settled;
            } else {
                break;
            }
        }
    }

    function _isOver(Output storage output) internal view virtual returns (bool) {
        return output.status == Status.Proposed && block.timestamp > output.windowEnd;
    }
}
