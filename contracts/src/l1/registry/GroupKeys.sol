// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../interfaces/IKeyRegistry.sol";
import {Purpose} from "../../lib/Purpose.sol";
import {Recover} from "../../lib/Recover.sol";
import {Tags} from "../../lib/Tags.sol";
import {MemberSets} from "./MemberSets.sol";

/// @title Accounts of the group keys, with their history by L1 block, and the epochs of their shares (5.5)
/// @notice Life of a key: scheduled with a proof that it can sign, cancelled or active, replaced by the next.
/// While it is active its shares go from committee to committee; the account stays.
abstract contract GroupKeys is MemberSets {
    /// From this L1 block on this account acts.
    struct Key {
        address account;
        uint64 fromBlock;
    }

    /// @custom:storage-location erc7201:conclave.storage.GroupKeys
    struct GroupKeysStorage {
        uint64 notice;
        mapping(uint8 purpose => Key[]) history;
        /// Bit p is set if the account proved itself for purpose p.
        mapping(address account => uint8) purposesOf;
        mapping(address account => KeyEpoch[]) epochs;
        /// How many keys of a purpose were cancelled.
        mapping(uint8 purpose => uint256) cancelled;
    }

    bytes32 private constant SLOT =
        keccak256(abi.encode(uint256(keccak256("conclave.storage.GroupKeys")) - 1)) & ~bytes32(uint256(0xff));

    modifier known(uint8 purpose) {
        if (purpose >= Purpose.COUNT) revert UnknownPurpose();
        _;
    }

    // Life of a key

    /// @inheritdoc IKeyRegistry
    function scheduleKey(uint8 purpose, address account, uint64 activationBlock, bytes calldata pop)
        external
    {
        _mayScheduleKey();
        _schedule(purpose, account, activationBlock, pop);
    }

    /// @inheritdoc IKeyRegistry
    function scheduleFirstKey(
        uint8 purpose,
        address account,
        uint64 activationBlock,
        bytes calldata pop,
        bytes calldata cert
    ) external {
        if (_groupKeys().history[purpose].length != 0) revert NotFirstKey();
        if (!_certified(firstKeyDigest(purpose, account, activationBlock), cert)) revert BadCertificate();
        _schedule(purpose, account, activationBlock, pop);
    }

    /// @inheritdoc IKeyRegistry
    function cancelKey(uint8 purpose) external onlyTimelock {
        Key[] storage history = _groupKeys().history[purpose];
        if (!_isPending(history)) revert NoKeyPending();
        address account = history[history.length - 1].account;
        history.pop();
        _groupKeys().purposesOf[account] &= ~_bit(purpose);
        _groupKeys().cancelled[purpose]++;
        emit KeyCancelled(purpose, account);
    }

    /// @inheritdoc IKeyRegistry
    function recordEpoch(uint8 purpose, uint64 number, bytes32 committeeHash, bytes calldata cert) external {
        address account = keyAt(purpose, block.number);
        if (account == address(0)) revert NoKey();
        if (committeeHash == 0) revert ZeroValue();
        KeyEpoch[] storage epochs = _groupKeys().epochs[account];
        uint64 expected = uint64(epochs.length);
        if (number != expected) revert BadKeyEpoch(expected);
        bool allowed =
            msg.sender == timelock() || _certified(keyEpochDigest(purpose, number, committeeHash), cert);
        if (!allowed) revert BadCertificate();
        epochs.push(KeyEpoch(number, uint64(block.number), committeeHash));
        emit KeyEpochRecorded(purpose, account, number, committeeHash);
    }

    /// @notice Changes how many L1 blocks ahead a key must be scheduled. Timelock; not zero.
    function setKeyNotice(uint64 blocks) external onlyTimelock {
        if (blocks == 0) revert ZeroValue();
        emit KeyNoticeChanged(_groupKeys().notice, blocks);
        _groupKeys().notice = blocks;
    }

    // Questions

    /// @inheritdoc IKeyRegistry
    function keyAt(uint8 purpose, uint256 l1Block) public view known(purpose) returns (address) {
        Key[] storage history = _groupKeys().history[purpose];
        uint256 low = 0;
        uint256 high = history.length;
        // Keys below `low` begin at or before the block, keys from `high` on after it.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].fromBlock <= l1Block) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? address(0) : history[low - 1].account;
    }

    /// @inheritdoc IKeyRegistry
    function isProven(address account) external view returns (bool) {
        return _groupKeys().purposesOf[account] != 0;
    }

    /// @inheritdoc IKeyRegistry
    function isProvenFor(uint8 purpose, address account) external view known(purpose) returns (bool) {
        return _groupKeys().purposesOf[account] & _bit(purpose) != 0;
    }

    /// @inheritdoc IKeyRegistry
    function popDigest(uint8 purpose, uint64 activationBlock) public view returns (bytes32) {
        return keccak256(abi.encode(Tags.KEY_POP, block.chainid, address(this), purpose, activationBlock));
    }

    /// @inheritdoc IKeyRegistry
    function firstKeyDigest(uint8 purpose, address account, uint64 activationBlock)
        public
        view
        returns (bytes32)
    {
        // What the Timelock cancelled does not come back by the old certificate.
        uint256 cancelled = _groupKeys().cancelled[purpose];
        return keccak256(
            abi.encode(
                Tags.FIRST_KEY, block.chainid, address(this), purpose, account, activationBlock, cancelled
            )
        );
    }

    /// @inheritdoc IKeyRegistry
    function keyEpochDigest(uint8 purpose, uint64 number, bytes32 committeeHash)
        public
        view
        returns (bytes32)
    {
        address account = keyAt(purpose, block.number);
        return keccak256(
            abi.encode(Tags.KEY_EPOCH, block.chainid, address(this), purpose, account, number, committeeHash)
        );
    }

    /// @inheritdoc IKeyRegistry
    function epochOf(uint8 purpose) external view returns (KeyEpoch memory newest) {
        KeyEpoch[] storage epochs = _groupKeys().epochs[keyAt(purpose, block.number)];
        if (epochs.length > 0) newest = epochs[epochs.length - 1];
    }

    /// @inheritdoc IKeyRegistry
    function epochAt(address account, uint64 number) external view returns (KeyEpoch memory epoch) {
        KeyEpoch[] storage epochs = _groupKeys().epochs[account];
        if (number < epochs.length) epoch = epochs[number];
    }

    /// @inheritdoc IKeyRegistry
    function epochCount(address account) external view returns (uint64) {
        return uint64(_groupKeys().epochs[account].length);
    }

    /// @notice L1 blocks between the scheduling of a key and its first block.
    function keyNotice() external view returns (uint64) {
        return _groupKeys().notice;
    }

    // Inside

    function __GroupKeys_init(uint64 notice) internal onlyInitializing {
        if (notice == 0) revert ZeroValue();
        _groupKeys().notice = notice;
    }

    function _mayScheduleKey() internal view virtual onlyTimelock {}

    /// An account proves that it can sign before anything depends on it.
    function _checkProof(uint8 purpose, address account, uint64 activationBlock, bytes calldata pop)
        internal
        view
        virtual
    {
        if (Recover.recover(popDigest(purpose, activationBlock), pop) != account) revert BadProof();
    }

    function _schedule(uint8 purpose, address account, uint64 activationBlock, bytes calldata pop)
        private
        known(purpose)
    {
        GroupKeysStorage storage $ = _groupKeys();
        if (account == address(0)) revert ZeroValue();
        if (!_mayTake($.purposesOf[account], purpose)) revert AccountInUse();
        Key[] storage history = $.history[purpose];
        if (_isPending(history)) revert KeyPending();
        // Nobody depends on a purpose that never had a key: its first one needs no notice.
        uint256 earliest = block.number + (history.length == 0 ? 1 : $.notice);
        if (activationBlock < earliest) revert NoticeTooShort(earliest);
        _checkProof(purpose, account, activationBlock, pop);
        $.purposesOf[account] |= _bit(purpose);
        history.push(Key(account, activationBlock));
        emit KeyScheduled(purpose, account, activationBlock);
    }

    /// One purpose once. Batches and blobs may have one account, for clusters with one key: whoever runs it
    /// sees to it that transactions of the two kinds do not wait at once.
    function _mayTake(uint8 held, uint8 purpose) private pure returns (bool) {
        if (purpose == Purpose.BATCH) return held & ~_bit(Purpose.BLOB) == 0;
        if (purpose == Purpose.BLOB) return held & ~_bit(Purpose.BATCH) == 0;
        return held == 0;
    }

    function _bit(uint8 purpose) private pure returns (uint8) {
        return uint8(1) << purpose;
    }

    function _isPending(Key[] storage history) private view returns (bool) {
        return history.length > 0 && history[history.length - 1].fromBlock > block.number;
    }

    function _groupKeys() private pure returns (GroupKeysStorage storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
