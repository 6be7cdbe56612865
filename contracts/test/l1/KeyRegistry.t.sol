// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

/// Keys of the group: schedule, cancel, activate, and the epochs of their shares.
contract GroupKeysTest is RegistryFixture {
    uint256 internal constant KEY = 0x6409;
    uint256 internal constant NEXT = 0x6410;

    function setUp() public {
        makeRegistry(equalPowers(4));
    }

    function pop(uint256 key, uint8 purpose, uint64 from) internal view returns (bytes memory) {
        return signed(key, registry.popDigest(purpose, from));
    }

    function schedule(uint8 purpose, uint256 key, uint64 from) internal {
        bytes memory proof = pop(key, purpose, from);
        vm.prank(TIMELOCK);
        registry.scheduleKey(purpose, vm.addr(key), from, proof);
    }

    function refuse(bytes memory reason, uint8 purpose, address account, uint64 from, bytes memory proof)
        internal
    {
        vm.prank(TIMELOCK);
        vm.expectRevert(reason);
        registry.scheduleKey(purpose, account, from, proof);
    }

    // Scheduled

    function test_a_scheduled_key_acts_from_its_block_on() public {
        activate(Purpose.BATCH, KEY);
        uint64 from = uint64(block.number) + NOTICE;
        vm.expectEmit(address(registry));
        emit IKeyRegistry.KeyScheduled(Purpose.BATCH, vm.addr(NEXT), from);
        schedule(Purpose.BATCH, NEXT, from);
        same(registry.keyAt(Purpose.BATCH, from - 1), vm.addr(KEY));
        same(registry.keyAt(Purpose.BATCH, from), vm.addr(NEXT));
        same(registry.keyAt(Purpose.BATCH, START), address(0));
        same(registry.keyAt(Purpose.STATE, from), address(0));
    }

    function test_the_history_answers_for_every_block() public {
        for (uint256 i = 0; i < 9; i++) {
            activate(Purpose.BLOB, KEY + i);
        }
        uint256 first = START + 1;
        for (uint256 i = 0; i < 9; i++) {
            same(registry.keyAt(Purpose.BLOB, first + i * NOTICE), vm.addr(KEY + i));
            same(registry.keyAt(Purpose.BLOB, first + i * NOTICE + NOTICE - 1), vm.addr(KEY + i));
        }
    }

    function test_only_the_timelock_schedules() public {
        bytes memory proof = pop(KEY, Purpose.BATCH, 2000);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.scheduleKey(Purpose.BATCH, vm.addr(KEY), 2000, proof);
    }

    function test_a_sixth_purpose_is_refused() public {
        refuse(
            abi.encodePacked(IKeyRegistry.UnknownPurpose.selector),
            Purpose.COUNT,
            vm.addr(KEY),
            2000,
            pop(KEY, Purpose.COUNT, 2000)
        );
        vm.expectRevert(IKeyRegistry.UnknownPurpose.selector);
        registry.keyAt(Purpose.COUNT, 1);
        vm.expectRevert(IKeyRegistry.UnknownPurpose.selector);
        registry.isProvenFor(Purpose.COUNT, address(1));
    }

    function test_the_zero_account_is_refused() public {
        refuse(
            abi.encodePacked(Timelocked.ZeroValue.selector), Purpose.BATCH, address(0), 2000, new bytes(65)
        );
    }

    function test_a_first_key_needs_no_notice_and_later_ones_do() public {
        bytes memory early = abi.encodeWithSelector(IKeyRegistry.NoticeTooShort.selector, START + 1);
        refuse(early, Purpose.BATCH, vm.addr(KEY), uint64(START), pop(KEY, Purpose.BATCH, uint64(START)));
        activate(Purpose.BATCH, KEY);
        uint64 from = uint64(block.number) + NOTICE - 1;
        early = abi.encodeWithSelector(IKeyRegistry.NoticeTooShort.selector, from + 1);
        refuse(early, Purpose.BATCH, vm.addr(NEXT), from, pop(NEXT, Purpose.BATCH, from));
    }

    function test_one_key_waits_at_most() public {
        schedule(Purpose.BATCH, KEY, 2000);
        refuse(
            abi.encodePacked(IKeyRegistry.KeyPending.selector),
            Purpose.BATCH,
            vm.addr(NEXT),
            3000,
            pop(NEXT, Purpose.BATCH, 3000)
        );
    }

    function test_a_cancelled_key_never_acts_and_is_not_proven() public {
        activate(Purpose.BATCH, KEY);
        schedule(Purpose.BATCH, NEXT, 2000);
        if (!registry.isProven(vm.addr(NEXT))) revert Differs(0, 1);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.KeyCancelled(Purpose.BATCH, vm.addr(NEXT));
        vm.prank(TIMELOCK);
        registry.cancelKey(Purpose.BATCH);
        same(registry.keyAt(Purpose.BATCH, 2000), vm.addr(KEY));
        if (registry.isProven(vm.addr(NEXT))) revert Differs(1, 0);
    }

    function test_an_active_key_is_not_cancelled() public {
        vm.prank(TIMELOCK);
        vm.expectRevert(IKeyRegistry.NoKeyPending.selector);
        registry.cancelKey(Purpose.BATCH);
        activate(Purpose.BATCH, KEY);
        vm.prank(TIMELOCK);
        vm.expectRevert(IKeyRegistry.NoKeyPending.selector);
        registry.cancelKey(Purpose.BATCH);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.cancelKey(Purpose.BATCH);
    }

    function test_proven_is_proven_for_one_purpose() public {
        activate(Purpose.REWARD, KEY);
        if (!registry.isProvenFor(Purpose.REWARD, vm.addr(KEY))) revert Differs(0, 1);
        if (registry.isProvenFor(Purpose.BATCH, vm.addr(KEY))) revert Differs(1, 0);
        if (registry.isProven(STRANGER)) revert Differs(1, 0);
    }

    // One account, two purposes

    function proven(uint8 purpose, uint256 key) internal view returns (bool) {
        return registry.isProvenFor(purpose, vm.addr(key));
    }

    function inUse(uint8 purpose, uint256 key) internal {
        uint64 from = uint64(block.number) + NOTICE;
        bytes memory reason = abi.encodePacked(IKeyRegistry.AccountInUse.selector);
        refuse(reason, purpose, vm.addr(key), from, pop(key, purpose, from));
    }

    function test_an_account_serves_one_purpose_once_but_for_batch_with_blob() public {
        for (uint8 first = 0; first < Purpose.COUNT; first++) {
            activate(first, KEY + first);
            for (uint8 second = 0; second < Purpose.COUNT; second++) {
                bool pair = (first == Purpose.BATCH && second == Purpose.BLOB)
                    || (first == Purpose.BLOB && second == Purpose.BATCH);
                if (!pair) inUse(second, KEY + first);
            }
        }
    }

    function test_one_account_may_send_batches_and_blobs() public {
        for (uint256 i = 0; i < 2; i++) {
            uint256 key = KEY + i;
            (uint8 one, uint8 other) = i == 0 ? (Purpose.BATCH, Purpose.BLOB) : (Purpose.BLOB, Purpose.BATCH);
            activate(one, key);
            if (proven(other, key)) revert Differs(1, 0);
            activate(other, key);
            same(registry.keyAt(one, block.number), vm.addr(key));
            same(registry.keyAt(other, block.number), vm.addr(key));
            for (uint8 third = 0; third < Purpose.COUNT; third++) {
                bool held = third == one || third == other;
                if (proven(third, key) != held) revert Differs(held ? 0 : 1, held ? 1 : 0);
                inUse(third, key);
            }
        }
    }

    function test_the_second_purpose_of_an_account_needs_a_proof_of_its_own() public {
        activate(Purpose.BATCH, KEY);
        bytes memory reason = abi.encodePacked(IKeyRegistry.BadProof.selector);
        refuse(reason, Purpose.BLOB, vm.addr(KEY), 2000, pop(KEY, Purpose.BATCH, 2000));
        if (proven(Purpose.BLOB, KEY)) revert Differs(1, 0);
    }

    function test_a_cancelled_second_purpose_leaves_the_first() public {
        activate(Purpose.BATCH, KEY);
        schedule(Purpose.BLOB, KEY, 2000);
        vm.prank(TIMELOCK);
        registry.cancelKey(Purpose.BLOB);
        if (!proven(Purpose.BATCH, KEY) || proven(Purpose.BLOB, KEY)) revert Differs(0, 1);
        if (!registry.isProven(vm.addr(KEY))) revert Differs(0, 1);
        same(registry.keyAt(Purpose.BLOB, 2000), address(0));
        inUse(Purpose.STATE, KEY);
        schedule(Purpose.BLOB, KEY, 2000);
        if (!proven(Purpose.BLOB, KEY)) revert Differs(0, 1);
    }

    function test_a_cancelled_account_is_free_for_any_purpose() public {
        schedule(Purpose.BATCH, KEY, 2000);
        vm.prank(TIMELOCK);
        registry.cancelKey(Purpose.BATCH);
        activate(Purpose.STATE, KEY);
        inUse(Purpose.BATCH, KEY);
    }

    function test_two_purposes_of_one_account_have_one_count_of_epochs() public {
        address account = activate(Purpose.BATCH, KEY);
        activate(Purpose.BLOB, KEY);
        record(0, "first", 3);
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.BadKeyEpoch.selector, uint64(1)));
        registry.recordEpoch(Purpose.BLOB, 0, "first", "");
        same(registry.epochOf(Purpose.BLOB).committeeHash, "first");
        same(registry.epochCount(account), 1);
    }

    // The first key, by the members

    function test_the_members_give_a_purpose_its_first_key() public {
        bytes memory proof = pop(KEY, Purpose.STATE, 1001);
        bytes memory cert = certify(registry.firstKeyDigest(Purpose.STATE, vm.addr(KEY), 1001), 3);
        vm.prank(STRANGER);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 1001, proof, cert);
        same(registry.keyAt(Purpose.STATE, 1001), vm.addr(KEY));
    }

    function test_the_members_do_not_replace_a_key() public {
        activate(Purpose.STATE, KEY);
        bytes memory proof = pop(NEXT, Purpose.STATE, 2000);
        bytes memory cert = certify(registry.firstKeyDigest(Purpose.STATE, vm.addr(NEXT), 2000), 4);
        vm.expectRevert(IKeyRegistry.NotFirstKey.selector);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(NEXT), 2000, proof, cert);
    }

    function test_a_first_key_needs_certificate_and_proof() public {
        bytes32 digest = registry.firstKeyDigest(Purpose.STATE, vm.addr(KEY), 2000);
        bytes memory proof = pop(KEY, Purpose.STATE, 2000);
        bytes memory weak = certify(digest, 2);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 2000, proof, weak);
        bytes memory cert = certify(digest, 3);
        bytes memory other = pop(NEXT, Purpose.STATE, 2000);
        vm.expectRevert(IKeyRegistry.BadProof.selector);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 2000, other, cert);
    }

    function test_a_cancelled_first_key_needs_a_new_certificate() public {
        bytes memory proof = pop(KEY, Purpose.STATE, 2000);
        bytes memory cert = certify(registry.firstKeyDigest(Purpose.STATE, vm.addr(KEY), 2000), 3);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 2000, proof, cert);
        vm.prank(TIMELOCK);
        registry.cancelKey(Purpose.STATE);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 2000, proof, cert);
        cert = certify(registry.firstKeyDigest(Purpose.STATE, vm.addr(KEY), 2000), 3);
        registry.scheduleFirstKey(Purpose.STATE, vm.addr(KEY), 2000, proof, cert);
    }

    // Epochs of the shares

    function record(uint64 number, bytes32 committee, uint256 signers) internal {
        bytes memory cert = certify(registry.keyEpochDigest(Purpose.BATCH, number, committee), signers);
        registry.recordEpoch(Purpose.BATCH, number, committee, cert);
    }

    function test_epochs_of_a_key_are_recorded_and_the_account_stays() public {
        address account = activate(Purpose.BATCH, KEY);
        same(registry.epochOf(Purpose.BATCH).committeeHash, 0);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.KeyEpochRecorded(Purpose.BATCH, account, 0, "first");
        record(0, "first", 3);
        vm.roll(1500);
        vm.prank(TIMELOCK);
        registry.recordEpoch(Purpose.BATCH, 1, "second", "");
        same(registry.keyAt(Purpose.BATCH, block.number), account);
        same(registry.epochCount(account), 2);
        same(registry.epochOf(Purpose.BATCH).number, 1);
        same(registry.epochOf(Purpose.BATCH).l1Block, 1500);
        same(registry.epochAt(account, 0).committeeHash, "first");
        same(registry.epochAt(account, 2).committeeHash, 0);
    }

    function testFuzz_epochs_count_up_by_one(uint64 number) public {
        activate(Purpose.BATCH, KEY);
        record(0, "first", 3);
        if (number == 1) return;
        bytes memory cert = certify(registry.keyEpochDigest(Purpose.BATCH, number, "x"), 4);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.BadKeyEpoch.selector, uint64(1)));
        registry.recordEpoch(Purpose.BATCH, number, "x", cert);
    }

    function test_an_epoch_needs_a_key_a_committee_and_authority() public {
        vm.expectRevert(IKeyRegistry.NoKey.selector);
        registry.recordEpoch(Purpose.BATCH, 0, "x", "");
        activate(Purpose.BATCH, KEY);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        registry.recordEpoch(Purpose.BATCH, 0, 0, "");
        bytes memory weak = certify(registry.keyEpochDigest(Purpose.BATCH, 0, "x"), 2);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.recordEpoch(Purpose.BATCH, 0, "x", weak);
    }

    function test_a_certificate_of_an_epoch_is_for_one_account() public {
        activate(Purpose.BATCH, KEY);
        bytes memory cert = certify(registry.keyEpochDigest(Purpose.BATCH, 0, "x"), 4);
        activate(Purpose.BATCH, NEXT);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.recordEpoch(Purpose.BATCH, 0, "x", cert);
    }

    // Parameters and deployment

    function test_the_notice_changes_by_the_timelock() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.setKeyNotice(9);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        registry.setKeyNotice(0);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.KeyNoticeChanged(NOTICE, 9);
        registry.setKeyNotice(9);
        same(registry.keyNotice(), 9);
    }

    function test_initialised_once_and_only_behind_a_proxy() public {
        IKeyRegistry.Member[] memory list = membersOf(equalPowers(4));
        ILockingPool pool = ILockingPool(address(stake));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        registry.initialize(TIMELOCK, pool, NOTICE, GRACE, list);
        KeyRegistry logic = new KeyRegistry();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        logic.initialize(TIMELOCK, pool, NOTICE, GRACE, list);
        same(registry.timelock(), TIMELOCK);
        same(address(registry.lockingPool()), address(stake));
    }
}
