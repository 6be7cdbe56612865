// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../interfaces/IKeyRegistry.sol";
import {ILockingInfo} from "../../interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../interfaces/ISequencerInfo.sol";
import {Certificates} from "../../lib/Certificates.sol";
import {Tags} from "../../lib/Tags.sol";
import {Timelocked} from "../Timelocked.sol";

/// @title The sets of members whose signatures make a certificate (section 5.5)
/// @notice A set is a picture of LockingPool at its rotation; it does not follow stake until the next one.
abstract contract MemberSets is Timelocked, IKeyRegistry {
    /// One picture: who signs, and with how much power.
    struct MemberSet {
        uint64 fromBlock;
        uint128 totalPower;
        Member[] members;
    }

    /// @custom:storage-location erc7201:conclave.storage.MemberSets
    struct MemberSetsStorage {
        ILockingPool lockingPool;
        uint64 current;
        /// Sets below this one were ended by a reset.
        uint64 floor;
        uint64 grace;
        mapping(uint64 setId => MemberSet) sets;
    }

    bytes32 private constant SLOT = keccak256(
        abi.encode(uint256(keccak256("conclave.storage.MemberSets")) - 1)
    ) & ~bytes32(uint256(0xff));

    uint256 internal constant MAX_MEMBERS = 256;
    /// Section 1.3: power is counted in whole METIS, up to this many.
    uint256 internal constant MAX_POWER = 100_000;

    // Life of a set: rotated in, accepted for a while after its successor, ended

    /// @inheritdoc IKeyRegistry
    function rotateSet(uint256[] calldata ids, bytes calldata cert) external {
        if (!_certified(memberSetDigest(ids), cert)) revert BadCertificate();
        _install(_picture(ids));
    }

    /// @inheritdoc IKeyRegistry
    function resetSet(uint256[] calldata ids) external onlyTimelock {
        _install(_picture(ids));
        _memberSets().floor = _memberSets().current;
    }

    /// @notice Changes how many L1 blocks a set is accepted beside its successor. Timelock.
    function setSetGrace(uint64 blocks) external onlyTimelock {
        MemberSetsStorage storage $ = _memberSets();
        emit SetGraceChanged($.grace, blocks);
        $.grace = blocks;
    }

    // Questions

    /// @inheritdoc IKeyRegistry
    function verify(uint64 setId, bytes32 digest, bytes calldata cert) public view returns (bool) {
        if (!isAccepted(setId)) return false;
        MemberSet storage set = _memberSets().sets[setId];
        return _isMajority(Certificates.weigh(set.members, digest, cert), set.totalPower);
    }

    /// @inheritdoc IKeyRegistry
    function isAccepted(uint64 setId) public view returns (bool) {
        MemberSetsStorage storage $ = _memberSets();
        if (setId == $.current) return true;
        if (setId > $.current || setId < $.floor) return false;
        return block.number <= uint256($.sets[setId + 1].fromBlock) + $.grace;
    }

    /// @inheritdoc IKeyRegistry
    function memberSetDigest(uint256[] calldata ids) public view returns (bytes32) {
        bytes32 list = keccak256(abi.encode(ids));
        return
            keccak256(
                abi.encode(Tags.MEMBER_SET, block.chainid, address(this), uint256(currentSet()) + 1, list)
            );
    }

    /// @inheritdoc IKeyRegistry
    function currentSet() public view returns (uint64) {
        return _memberSets().current;
    }

    /// @inheritdoc IKeyRegistry
    function memberSet(uint64 setId)
        external
        view
        returns (Member[] memory members, uint256 totalPower, uint64 fromBlock)
    {
        MemberSet storage set = _memberSets().sets[setId];
        return (set.members, set.totalPower, set.fromBlock);
    }

    /// @notice L1 blocks for which a set is accepted beside its successor.
    function setGrace() external view returns (uint64) {
        return _memberSets().grace;
    }

    /// @notice Where stake and signers are read.
    function lockingPool() external view returns (ILockingPool) {
        return _memberSets().lockingPool;
    }

    // Inside

    function __MemberSets_init(ILockingPool pool, uint64 grace, Member[] calldata first)
        internal
        onlyInitializing
    {
        if (address(pool) == address(0)) revert ZeroValue();
        MemberSetsStorage storage $ = _memberSets();
        $.lockingPool = pool;
        $.grace = grace;
        _write(0, first);
    }

    /// Whether the current set certifies a change of this registry itself.
    function _certified(bytes32 digest, bytes calldata cert) internal view returns (bool) {
        return verify(currentSet(), digest, cert);
    }

    /// More than two thirds; exactly two thirds is not enough.
    function _isMajority(uint256 power, uint256 total) internal view virtual returns (bool) {
        return 3 * power > 2 * total;
    }

    function _install(Member[] memory members) private {
        _write(++_memberSets().current, members);
    }

    function _write(uint64 setId, Member[] memory members) private {
        if (members.length == 0 || members.length > MAX_MEMBERS) revert BadSetSize();
        MemberSet storage set = _memberSets().sets[setId];
        uint128 total;
        address previous;
        for (uint256 i = 0; i < members.length; i++) {
            Member memory member = members[i];
            if (member.signer <= previous) revert UnsortedMembers();
            if (member.power == 0 || member.power > MAX_POWER) revert BadPower();
            previous = member.signer;
            total += member.power;
            set.members.push(member);
        }
        set.totalPower = total;
        set.fromBlock = uint64(block.number);
        emit MemberSetRotated(setId, keccak256(abi.encode(members)), total);
    }

    /// What LockingPool says now of these sequencers.
    function _picture(uint256[] calldata ids) private view returns (Member[] memory members) {
        if (ids.length == 0 || ids.length > MAX_MEMBERS) revert BadSetSize();
        ILockingPool pool = _memberSets().lockingPool;
        uint256 minLock = ILockingInfo(pool.escrow()).minLock();
        members = new Member[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            ISequencerInfo.Sequencer memory it = pool.sequencerOf(ids[i]);
            if (it.status != ISequencerInfo.Status.Active || it.amount < minLock) revert NotEligible(ids[i]);
            members[i] = Member(it.signer, _powerOf(it.amount));
        }
    }

    function _powerOf(uint256 amount) private pure returns (uint96) {
        uint256 whole = amount / 1 ether;
        return uint96(whole < MAX_POWER ? whole : MAX_POWER);
    }

    function _memberSets() private pure returns (MemberSetsStorage storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
