// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a batch says of itself.
struct BatchHeader {
    uint64 index; // from 1, without gaps
    uint64 firstBlock; // of L2
    uint64 lastBlock;
    bytes32 parentHash; // of the block before firstBlock
    bytes32 lastHash; // of lastBlock
    bytes32 blocksRoot; // over the hashes of the blocks, see BlocksRoot
    uint64 lastOrigin; // L1 block that lastBlock refers to
    uint8 da; // 0 calldata, 3 blobs, 4 DA committee
    uint8 compression; // not judged here
    uint32 payloadSize; // bytes
    bytes32 payloadHash; // keccak256 of the payload; for blobs of the versioned hashes in a row
    uint64 setId; // the member set of the certificate
}

/// @title The order and the authors of the batches of one L2 (section 5.6)
interface IBatchInbox {
    /// @notice What remains of an appended batch in storage.
    struct Appended {
        bytes32 digest;
        bytes32 blocksRoot;
        uint64 firstBlock;
        uint64 lastBlock;
        uint64 l1Block;
    }

    /// @notice Who may append: the group account, whoever has a certificate, or the group account with one.
    enum AuthMode {
        Sender,
        Quorum,
        Both
    }

    /// @notice The sender is not the group account of this kind of batch.
    error NotBatchSender();
    /// @notice The certificate is not one of more than 2/3 of the power of the header's set.
    error BadCertificate();
    /// @notice The header's set does not certify any more, or not yet.
    error UnknownSet();
    /// @notice Batches count up by one.
    error BadIndex(uint64 expected);
    /// @notice No block, block 0, or more than 65,535 blocks.
    error BadRange();
    /// @notice The DA byte belongs to another function, or to none.
    error BadDa();
    /// @notice The payload is not the one of the header, or the DA certificate does not hold.
    error BadPayload();
    /// @notice The blobs of the transaction are not those of the header.
    error BadBlobs();
    /// @notice The header is not that of an appended batch.
    error UnknownBatch();

    event BatchAppended(
        uint64 indexed index,
        bytes32 indexed digest,
        uint64 firstBlock,
        uint64 lastBlock,
        bytes32 payloadHash,
        uint8 da,
        address submitter
    );
    /// @notice The payload of a committee's batch is in the calldata of this transaction.
    event PayloadReposted(uint64 indexed index);
    event AuthModeChanged(AuthMode oldValue, AuthMode newValue);
    event PermissionlessAfterChanged(uint64 oldValue, uint64 newValue);
    event DacRetentionChanged(uint64 oldValue, uint64 newValue);

    /// @notice Appends a batch whose payload is in this call (`da` 0) or with the DA committee (`da` 4).
    /// @param payload the payload; for `da` 4 the committee's certificate, then its expiry, 8 bytes
    /// @param cert members' certificate over `batchDigest(header)`; not looked at in mode Sender
    function submitBatch(BatchHeader calldata header, bytes calldata payload, bytes calldata cert) external;

    /// @notice Appends a batch whose payload is in the blobs of this transaction (`da` 3).
    function submitBlobBatch(BatchHeader calldata header, bytes calldata cert) external;

    /// @notice Puts the payload of a committee's batch into calldata. Anyone, at any time.
    function repost(BatchHeader calldata header, bytes calldata payload) external;

    /// @notice What was appended under an index; zeros if nothing was.
    function batchAt(uint64 index) external view returns (Appended memory);

    /// @notice The newest index; 0 before the first batch.
    function lastIndex() external view returns (uint64);

    /// @notice Whether a block hash is at `position` of a batch.
    function blockInBatch(uint64 index, bytes32 blockHash, uint256 position, bytes32[] calldata path)
        external
        view
        returns (bool);

    /// @notice Names a header on this chain, in this inbox, for this L2: what a certificate signs.
    function batchDigest(BatchHeader calldata header) external view returns (bytes32);

    /// @notice What a member of the DA committee signs: it keeps the payload until `expiry` (Unix seconds).
    function dacDigest(bytes32 payloadHash, uint32 size, uint64 expiry) external view returns (bytes32);

    /// @notice Whether the group account has been silent for so long that a certificate alone suffices.
    function isOpenToAll() external view returns (bool);
}
