// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Group accounts, the member set that certifies, the DA committee (section 5.5)
interface IKeyRegistry {
    /// @notice One member of a set: the signer key and its power in whole METIS.
    struct Member {
        address signer;
        uint96 power;
    }

    /// @notice One generation of the shares of a group key (of a committee); the account stays the same.
    struct KeyEpoch {
        uint64 number;
        uint64 l1Block;
        bytes32 committeeHash;
    }

    /// @notice There are five purposes: 0 batch, 1 state, 2 reward, 3 blob, 4 epoch.
    error UnknownPurpose();
    /// @notice A key takes over at `earliest` or later.
    error NoticeTooShort(uint256 earliest);
    /// @notice A key of this purpose waits already.
    error KeyPending();
    /// @notice No key of this purpose waits.
    error NoKeyPending();
    /// @notice The purpose had a key before: only the Timelock gives it another.
    error NotFirstKey();
    /// @notice The account has, or had, this purpose or another: nonces of two purposes must not meet. Batch
    /// and blob alone may share one.
    error AccountInUse();
    /// @notice The account did not sign that it takes over this purpose, here, at this block.
    error BadProof();
    /// @notice The certificate is not one of more than 2/3 of the power of the set.
    error BadCertificate();
    /// @notice The purpose has no active key.
    error NoKey();
    /// @notice Key epochs count up by one.
    error BadKeyEpoch(uint64 expected);
    /// @notice A set has 1 to 256 members; a DA committee 1 <= k <= n.
    error BadSetSize();
    /// @notice The power of a member is 1 to 100,000 whole METIS.
    error BadPower();
    /// @notice Members are not strictly ascending by signer.
    error UnsortedMembers();
    /// @notice The sequencer is not Active, or has less than the minLock of now.
    error NotEligible(uint256 id);

    event KeyScheduled(uint8 indexed purpose, address indexed account, uint64 activationBlock);
    event KeyCancelled(uint8 indexed purpose, address indexed account);
    event KeyEpochRecorded(
        uint8 indexed purpose, address indexed account, uint64 number, bytes32 committeeHash
    );
    /// @notice `root` = keccak256(abi.encode(Member[])).
    event MemberSetRotated(uint64 indexed setId, bytes32 root, uint256 totalPower);
    event DacRotated(uint64 indexed dacId, address[] signers, uint256 k);
    event KeyNoticeChanged(uint64 oldValue, uint64 newValue);
    event SetGraceChanged(uint64 oldValue, uint64 newValue);

    // Group accounts

    /// @notice Names the next account of a purpose. Timelock. An account takes a purpose once, and one
    /// purpose only, but for batch and blob together: each with its own proof and activation.
    /// @param activationBlock the L1 block from which on it acts; `keyNotice` blocks ahead unless it is the
    /// first key of the purpose
    /// @param pop the account's signature over `popDigest(purpose, activationBlock)`
    function scheduleKey(uint8 purpose, address account, uint64 activationBlock, bytes calldata pop) external;

    /// @notice Names the first account of a purpose. Anyone, with a certificate of the current set over
    /// `firstKeyDigest(purpose, account, activationBlock)`.
    function scheduleFirstKey(
        uint8 purpose,
        address account,
        uint64 activationBlock,
        bytes calldata pop,
        bytes calldata cert
    ) external;

    /// @notice Withdraws a key before its activation, and its proof for this purpose. Timelock.
    function cancelKey(uint8 purpose) external;

    /// @notice The account of a purpose at an L1 block, zero if there was none. For a block ahead this is
    /// what is planned now.
    function keyAt(uint8 purpose, uint256 l1Block) external view returns (address);

    /// @notice Whether the account proved that it can sign, for a purpose that was not cancelled before
    /// activation.
    function isProven(address account) external view returns (bool);

    /// @notice As `isProven`, for one purpose.
    function isProvenFor(uint8 purpose, address account) external view returns (bool);

    /// @notice What `pop` signs.
    function popDigest(uint8 purpose, uint64 activationBlock) external view returns (bytes32);

    /// @notice What the certificate of `scheduleFirstKey` signs.
    function firstKeyDigest(uint8 purpose, address account, uint64 activationBlock)
        external
        view
        returns (bytes32);

    // Epochs of a group key

    /// @notice Records that the shares of a purpose's account are now with another committee. The Timelock,
    /// or anyone with a certificate of the current set over `keyEpochDigest(...)`.
    /// @param number one more than the last; the first is 0
    function recordEpoch(uint8 purpose, uint64 number, bytes32 committeeHash, bytes calldata cert) external;

    /// @notice The newest epoch of the account that a purpose has now; zeros before the first record.
    function epochOf(uint8 purpose) external view returns (KeyEpoch memory);

    /// @notice One epoch of any account; zeros if it was not recorded.
    function epochAt(address account, uint64 number) external view returns (KeyEpoch memory);

    /// @notice How many epochs of an account are recorded; with two purposes it has one count.
    function epochCount(address account) external view returns (uint64);

    /// @notice What the certificate of `recordEpoch` signs.
    function keyEpochDigest(uint8 purpose, uint64 number, bytes32 committeeHash)
        external
        view
        returns (bytes32);

    // Member set

    /// @notice Makes these sequencers the next set, with the signers and powers they have now. Anyone, with a
    /// certificate of the current set over `memberSetDigest(ids)`.
    /// @param ids 1 to 256 of LockingPool, in the order in which their signers ascend
    function rotateSet(uint256[] calldata ids, bytes calldata cert) external;

    /// @notice The same by the Timelock, if more than 1/3 of the set is lost. Ends all earlier sets at once.
    function resetSet(uint256[] calldata ids) external;

    /// @notice What the certificate of `rotateSet` signs.
    function memberSetDigest(uint256[] calldata ids) external view returns (bytes32);

    /// @notice The id of the newest set.
    function currentSet() external view returns (uint64);

    /// @notice Members, their power, and the L1 block from which the set is in force.
    function memberSet(uint64 setId)
        external
        view
        returns (Member[] memory members, uint256 totalPower, uint64 fromBlock);

    /// @notice Whether certificates of a set count now: it is the newest, or its successor came at most
    /// `setGrace` L1 blocks ago and was not a reset.
    function isAccepted(uint64 setId) external view returns (bool);

    /// @notice Whether `cert` is by more than 2/3 of the power of an accepted set. Bad input
    /// does not revert.
    /// @param cert bitmap of members, little-endian in bits, ceil(n / 8) bytes; then the 65-byte signatures
    /// of those members, in order
    function verify(uint64 setId, bytes32 digest, bytes calldata cert) external view returns (bool);

    // DA committee

    /// @notice Makes these the DA committee, at once. Timelock.
    /// @param signers 1 to 256, strictly ascending
    /// @param k signatures that make a DA certificate
    function setDac(address[] calldata signers, uint256 k) external;

    /// @notice A DA committee and its k.
    function dacSet(uint64 dacId) external view returns (address[] memory signers, uint256 k);

    /// @notice The id of the newest DA committee; 0 before there is one.
    function currentDac() external view returns (uint64);

    /// @notice Whether `cert` (encoded as above) is by at least k members of the newest DA committee.
    function verifyDac(bytes32 digest, bytes calldata cert) external view returns (bool);
}
