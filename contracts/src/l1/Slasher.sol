// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {ILockingPool} from "../interfaces/ILockingPool.sol";
import {ISlasher} from "../interfaces/ISlasher.sol";
import {Recover} from "../lib/Recover.sol";
import {Tags} from "../lib/Tags.sol";

/// @title Judge of equivocation (section 5.9)
/// @notice A sequencer that signed two blocks, or attested two, for one (chain, epoch, view, number) loses
/// `slashBps` of its stake. Anyone reports; the proof speaks for itself. Being silent or slow is no fault
/// here.
/// @dev Behind a proxy whose admin is the Timelock. Storage is append-only. Moves no value itself.
contract Slasher is ISlasher, Initializable {
    ILockingPool public pool;
    /// @notice The one chain whose votes count: a key that also serves a test network is not liable for that.
    uint256 public l2ChainId;

    mapping(bytes32 fault => bool) private _punished;

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, at deployment.
    function initialize(address pool_, uint256 l2ChainId_) external initializer {
        if (pool_ == address(0)) revert NullAddress();
        pool = ILockingPool(pool_);
        l2ChainId = l2ChainId_;
    }

    /// @notice Reports that a signer of sequencer `id` signed the blocks `a` and `b` for one place. Anyone;
    /// the caller gets the reporter's share. Errors: `NotEquivocation`, `UnknownSigner`, `AlreadyPunished`.
    function submitBlockEquivocation(
        uint256 id,
        BlockVote calldata a,
        BlockVote calldata b,
        bytes calldata sigA,
        bytes calldata sigB
    ) external {
        AttestVote memory one = AttestVote(a.l2ChainId, a.epoch, a.view_, a.number, a.blockHash);
        AttestVote memory other = AttestVote(b.l2ChainId, b.epoch, b.view_, b.number, b.blockHash);
        if (!_contradict(one, other)) revert NotEquivocation();
        _punish(id, Kind.Block, one, _signer(id, blockDigest(a), blockDigest(b), sigA, sigB));
    }

    /// @notice Reports that a signer of sequencer `id` attested the blocks of `a` and `b` for one place; as
    /// above.
    function submitAttestEquivocation(
        uint256 id,
        AttestVote calldata a,
        AttestVote calldata b,
        bytes calldata sigA,
        bytes calldata sigB
    ) external {
        if (!_contradict(a, b)) revert NotEquivocation();
        _punish(id, Kind.Attest, a, _signer(id, attestDigest(a), attestDigest(b), sigA, sigB));
    }

    /// @notice Whether this fault was punished.
    function punished(uint256 id, Kind kind, uint64 epoch, uint64 view_, uint64 number)
        external
        view
        returns (bool)
    {
        return _punished[_fault(id, kind, epoch, view_, number)];
    }

    /// @notice What a leader signs of a block (section 8.3).
    function blockDigest(BlockVote calldata v) public pure returns (bytes32) {
        return keccak256(abi.encode(Tags.BLOCK, v));
    }

    /// @notice What a validator signs of a block (section 6.11).
    function attestDigest(AttestVote calldata v) public pure returns (bytes32) {
        return keccak256(abi.encode(Tags.ATTEST, v));
    }

    /// @dev One place, two contents. The same number signed again in a later view is honest work after a
    /// change of leader.
    function _contradict(AttestVote memory a, AttestVote memory b) internal view virtual returns (bool) {
        return a.l2ChainId == l2ChainId && b.l2ChainId == l2ChainId && a.epoch == b.epoch
            && a.view_ == b.view_ && a.number == b.number && a.blockHash != b.blockHash;
    }

    function _signer(uint256 id, bytes32 digestA, bytes32 digestB, bytes calldata sigA, bytes calldata sigB)
        private
        view
        returns (address signer)
    {
        signer = Recover.recover(digestA, sigA);
        if (signer == address(0) || signer != Recover.recover(digestB, sigB)) revert UnknownSigner();
        if (id == 0 || pool.signerHistory(signer) != id) revert UnknownSigner();
    }

    function _punish(uint256 id, Kind kind, AttestVote memory v, address signer) private {
        bytes32 fault = _fault(id, kind, v.epoch, v.view_, v.number);
        if (_punished[fault]) revert AlreadyPunished();
        _punished[fault] = true;
        emit EquivocationProven(id, kind, v.epoch, v.view_, v.number, signer, msg.sender);
        pool.slash(id, pool.slashBps(), msg.sender);
    }

    function _fault(uint256 id, Kind kind, uint64 epoch, uint64 view_, uint64 number)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(id, kind, epoch, view_, number));
    }
}
