// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a batch says of itself. The index counts from 1 without gaps.
struct BatchHeader {
    uint64 index;
    /// 0: the payload is in calldata; 3: in blobs.
    uint8 da;
    /// 0: none; 12: brotli. Not judged here.
    uint8 compression;
    /// Bytes of the payload.
    uint32 payloadSize;
    /// calldata: keccak256(payload); blobs: keccak256(blobhash(0) || ... || blobhash(k - 1)).
    bytes32 payloadHash;
}

/// What remains of an appended batch in storage.
struct Appended {
    bytes32 digest;
    uint64 l1Block;
    address submitter;
}

/// Orders the batches of one L2 and says who wrote them. It does not judge what they contain.
contract BatchInbox {
    /// The L2 whose batches these are.
    uint64 public immutable l2ChainId;
    /// May register the first submitter and propose the next. It can neither append nor remove a batch.
    address public immutable owner;
    /// The only account that may append: the group address of the cluster. Zero before it is registered.
    address public submitter;
    /// The account that may take over as submitter. Zero when no hand-over is pending.
    address public pendingSubmitter;
    /// The index of the newest batch; 0 before the first.
    uint64 public lastIndex;

    mapping(uint64 index => Appended) private batches;

    uint8 private constant DA_CALLDATA = 0;
    uint8 private constant DA_BLOBS = 3;
    uint256 private constant MAX_BLOBS = 6;
    bytes32 private constant BATCH_TAG = keccak256("conclave/v1/batch");

    event BatchAppended(
        uint64 indexed index,
        bytes32 indexed digest,
        bytes32 payloadHash,
        uint32 payloadSize,
        uint8 da,
        uint8 compression,
        address submitter
    );
    event SubmitterRegistered(address indexed submitter);
    event SubmitterProposed(address indexed current, address indexed next);
    event SubmitterChanged(address indexed previous, address indexed submitter);

    error NotOwner();
    error NotBatchSender();
    error NotPendingSubmitter();
    error AlreadyRegistered();
    error NotRegistered();
    error ZeroAddress();
    error BadIndex(uint64 expected);
    error BadDa();
    error BadPayload();
    error BadBlobs();

    constructor(uint64 l2ChainId_, address owner_) {
        if (owner_ == address(0)) revert ZeroAddress();
        l2ChainId = l2ChainId_;
        owner = owner_;
    }

    /// Names the first submitter. Once only: later changes need the consent of the new account.
    function registerSubmitter(address first) external {
        if (msg.sender != owner) revert NotOwner();
        if (submitter != address(0)) revert AlreadyRegistered();
        if (first == address(0)) revert ZeroAddress();
        submitter = first;
        emit SubmitterRegistered(first);
    }

    /// First step of a hand-over; zero withdraws a proposal. The current submitter goes on until it is
    /// accepted.
    function proposeSubmitter(address next) external {
        if (msg.sender != owner) revert NotOwner();
        if (submitter == address(0)) revert NotRegistered();
        pendingSubmitter = next;
        emit SubmitterProposed(submitter, next);
    }

    /// Second step, sent by the new account itself: a key that cannot sign cannot take over.
    function acceptSubmitter() external {
        if (pendingSubmitter == address(0) || msg.sender != pendingSubmitter) revert NotPendingSubmitter();
        address previous = submitter;
        submitter = msg.sender;
        pendingSubmitter = address(0);
        emit SubmitterChanged(previous, msg.sender);
    }

    /// Appends a batch whose payload is in this call.
    function submitBatch(BatchHeader calldata header, bytes calldata payload) external {
        if (header.da != DA_CALLDATA) revert BadDa();
        if (payload.length == 0 || payload.length != header.payloadSize) revert BadPayload();
        if (keccak256(payload) != header.payloadHash) revert BadPayload();
        append(header);
    }

    /// Appends a batch whose payload is in the blobs of this transaction.
    function submitBlobBatch(BatchHeader calldata header) external {
        if (header.da != DA_BLOBS) revert BadDa();
        if (header.payloadSize == 0) revert BadPayload();
        bytes memory hashes;
        for (uint256 i = 0; i < MAX_BLOBS; i++) {
            bytes32 hash = blobhash(i);
            if (hash == 0) break;
            hashes = bytes.concat(hashes, hash);
        }
        if (hashes.length == 0 || blobhash(MAX_BLOBS) != 0) revert BadBlobs();
        if (keccak256(hashes) != header.payloadHash) revert BadBlobs();
        append(header);
    }

    /// What was appended under an index; zeros if nothing was.
    function batchAt(uint64 index) external view returns (Appended memory) {
        return batches[index];
    }

    /// Names a header on this chain, in this inbox, for this L2.
    function batchDigest(BatchHeader calldata header) public view returns (bytes32) {
        return keccak256(abi.encode(BATCH_TAG, l2ChainId, block.chainid, address(this), header));
    }

    function append(BatchHeader calldata header) private {
        if (submitter == address(0) || msg.sender != submitter) revert NotBatchSender();
        uint64 expected = lastIndex + 1;
        if (header.index != expected) revert BadIndex(expected);
        bytes32 digest = batchDigest(header);
        lastIndex = expected;
        batches[expected] = Appended(digest, uint64(block.number), msg.sender);
        emit BatchAppended({
            index: expected,
            digest: digest,
            payloadHash: header.payloadHash,
            payloadSize: header.payloadSize,
            da: header.da,
            compression: header.compression,
            submitter: msg.sender
        });
    }
}
