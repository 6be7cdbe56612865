// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader, IBatchInbox} from "../interfaces/IBatchInbox.sol";
import {IKeyRegistry} from "../interfaces/IKeyRegistry.sol";
import {BlocksRoot} from "../lib/BlocksRoot.sol";
import {Purpose} from "../lib/Purpose.sol";
import {Tags} from "../lib/Tags.sol";
import {Timelocked} from "./Timelocked.sol";

/// @title Orders the batches of one L2 and says who wrote them (section 5.6)
/// @notice It does not judge what they contain: derivation may ignore a batch, whose index stays used. For
/// that reason a batch may name block numbers again that an earlier one named.
contract BatchInbox is Timelocked, IBatchInbox {
    uint8 private constant DA_CALLDATA = 0;
    uint8 private constant DA_BLOBS = 3;
    uint8 private constant DA_COMMITTEE = 4;
    /// The payload's prefix counts blocks up to this (section 9.1).
    uint256 private constant MAX_BLOCKS = 65_535;

    // Storage is append-only.

    /// @notice The L2 whose batches these are.
    uint64 public l2ChainId;
    /// @inheritdoc IBatchInbox
    uint64 public lastIndex;
    /// @notice L1 block of the newest batch that the group account sent; at first that of deployment.
    uint64 public lastGroupBlock;
    /// @notice L1 blocks of silence of the group account after which a certificate alone suffices.
    uint64 public permissionlessAfter;
    /// @notice Where accounts and certificates are looked up.
    IKeyRegistry public registry;
    /// @notice Seconds for which the DA committee must keep a payload, counted from its batch.
    uint64 public dacRetention;
    /// @notice Who may append.
    AuthMode public authMode;
    mapping(uint64 index => Appended) private _batches;

    /// @notice Once, by the proxy.
    function initialize(
        address timelock_,
        IKeyRegistry registry_,
        uint64 l2ChainId_,
        uint64 permissionlessAfter_,
        uint64 dacRetention_,
        AuthMode authMode_
    ) external initializer {
        __Timelocked_init(timelock_);
        if (address(registry_) == address(0) || l2ChainId_ == 0) revert ZeroValue();
        registry = registry_;
        l2ChainId = l2ChainId_;
        permissionlessAfter = permissionlessAfter_;
        dacRetention = dacRetention_;
        authMode = authMode_;
        lastGroupBlock = uint64(block.number);
    }

    // Appending

    /// @inheritdoc IBatchInbox
    function submitBatch(BatchHeader calldata header, bytes calldata payload, bytes calldata cert) external {
        if (header.payloadSize == 0) revert BadPayload();
        if (header.da == DA_CALLDATA) _checkPayload(header, payload);
        else if (header.da == DA_COMMITTEE) _checkDac(header, payload);
        else revert BadDa();
        _append(header, cert, Purpose.BATCH);
    }

    /// @inheritdoc IBatchInbox
    function submitBlobBatch(BatchHeader calldata header, bytes calldata cert) external {
        if (header.payloadSize == 0) revert BadPayload();
        if (header.da != DA_BLOBS) revert BadDa();
        _checkBlobs(header.payloadHash);
        _append(header, cert, Purpose.BLOB);
    }

    /// @inheritdoc IBatchInbox
    function repost(BatchHeader calldata header, bytes calldata payload) external {
        if (header.da != DA_COMMITTEE) revert BadDa();
        if (_batches[header.index].digest != batchDigest(header)) revert UnknownBatch();
        _checkPayload(header, payload);
        emit PayloadReposted(header.index);
    }

    // Parameters

    /// @notice Changes who may append. Timelock.
    function setAuthMode(AuthMode mode) external onlyTimelock {
        emit AuthModeChanged(authMode, mode);
        authMode = mode;
    }

    /// @notice Changes after how many L1 blocks of silence a certificate alone suffices. Timelock.
    function setPermissionlessAfter(uint64 blocks) external onlyTimelock {
        emit PermissionlessAfterChanged(permissionlessAfter, blocks);
        permissionlessAfter = blocks;
    }

    /// @notice Changes for how many seconds the DA committee must keep a payload. Timelock.
    function setDacRetention(uint64 time) external onlyTimelock {
        emit DacRetentionChanged(dacRetention, time);
        dacRetention = time;
    }

    // Questions

    /// @inheritdoc IBatchInbox
    function batchAt(uint64 index) external view returns (Appended memory) {
        return _batches[index];
    }

    /// @inheritdoc IBatchInbox
    function blockInBatch(uint64 index, bytes32 blockHash, uint256 position, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        Appended storage batch = _batches[index];
        if (batch.l1Block == 0) return false;
        uint256 count = uint256(batch.lastBlock) - batch.firstBlock + 1;
        return BlocksRoot.includes(batch.blocksRoot, count, blockHash, position, path);
    }

    /// @inheritdoc IBatchInbox
    function batchDigest(BatchHeader calldata header) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.BATCH, l2ChainId, block.chainid, address(this), header));
    }

    /// @inheritdoc IBatchInbox
    function dacDigest(bytes32 payloadHash, uint32 payloadSize, uint64 expiry) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.DAC, l2ChainId, payloadHash, payloadSize, expiry));
    }

    /// @inheritdoc IBatchInbox
    function isOpenToAll() public view returns (bool) {
        return block.number - lastGroupBlock > permissionlessAfter;
    }

    // Inside

    function _append(BatchHeader calldata header, bytes calldata cert, uint8 purpose) private {
        uint64 expected = lastIndex + 1;
        if (header.index != expected) revert BadIndex(expected);
        _checkRange(header, _batches[lastIndex]);
        bytes32 digest = batchDigest(header);
        _checkAuthor(header.setId, digest, cert, purpose);
        lastIndex = expected;
        _batches[expected] =
            Appended(digest, header.blocksRoot, header.firstBlock, header.lastBlock, uint64(block.number));
        emit BatchAppended(
            expected, digest, header.firstBlock, header.lastBlock, header.payloadHash, header.da, msg.sender
        );
    }

    /// Only the batch itself is looked at. To demand more than the last batch's blocks would let one batch
    /// that derivation ignores (a stale origin, a tail that was revoked) take block numbers away for ever.
    function _checkRange(BatchHeader calldata header, Appended storage) internal view virtual {
        if (header.firstBlock == 0 || header.lastBlock < header.firstBlock) revert BadRange();
        if (header.lastBlock - header.firstBlock >= MAX_BLOCKS) revert BadRange();
    }

    function _checkAuthor(uint64 setId, bytes32 digest, bytes calldata cert, uint8 purpose) private {
        bool isGroup = msg.sender == registry.keyAt(purpose, block.number);
        if (_senderMatters() && !isGroup) revert NotBatchSender();
        if (authMode != AuthMode.Sender) _checkCertificate(setId, digest, cert);
        if (isGroup) lastGroupBlock = uint64(block.number);
    }

    /// Silence is counted from the group's own last batch: what others post does not close the way again.
    function _senderMatters() internal view virtual returns (bool) {
        if (authMode == AuthMode.Quorum) return false;
        return authMode == AuthMode.Sender || !isOpenToAll();
    }

    function _checkCertificate(uint64 setId, bytes32 digest, bytes calldata cert) internal view virtual {
        if (!registry.isAccepted(setId)) revert UnknownSet();
        if (!registry.verify(setId, digest, cert)) revert BadCertificate();
    }

    function _checkPayload(BatchHeader calldata header, bytes calldata payload) private pure {
        if (payload.length != header.payloadSize) revert BadPayload();
        if (keccak256(payload) != header.payloadHash) revert BadPayload();
    }

    /// The committee's certificate, then 8 bytes of expiry.
    function _checkDac(BatchHeader calldata header, bytes calldata payload) private view {
        if (payload.length < 8) revert BadPayload();
        uint256 split = payload.length - 8;
        uint64 expiry = uint64(bytes8(payload[split:]));
        if (expiry < block.timestamp + dacRetention) revert BadPayload();
        bytes32 digest = dacDigest(header.payloadHash, header.payloadSize, expiry);
        if (!registry.verifyDac(digest, payload[:split])) revert BadPayload();
    }

    /// All blobs of the transaction belong to the batch, in their order.
    function _checkBlobs(bytes32 wanted) private view {
        uint256 count = 0;
        while (blobhash(count) != 0) count++;
        if (count == 0) revert BadBlobs();
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            hashes[i] = blobhash(i);
        }
        if (keccak256(abi.encodePacked(hashes)) != wanted) revert BadBlobs();
    }
}
