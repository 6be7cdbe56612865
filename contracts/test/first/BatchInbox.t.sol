// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Appended, BatchHeader, BatchInbox} from "../../src/first/BatchInbox.sol";
import {Mini} from "../Mini.sol";

contract BatchInboxTest is Mini {
    address internal constant GROUP = address(0x6409);
    address internal constant NEXT = address(0x6410);
    address internal constant STRANGER = address(0xbad);

    BatchInbox internal inbox;

    event BatchAppended(
        uint64 indexed index,
        bytes32 indexed digest,
        bytes32 payloadHash,
        uint32 payloadSize,
        uint8 da,
        uint8 compression,
        address submitter
    );

    function setUp() public {
        inbox = new BatchInbox(71001, address(this));
        inbox.registerSubmitter(GROUP);
    }

    function headerOf(uint64 index, bytes memory payload) internal pure returns (BatchHeader memory) {
        return BatchHeader(index, 0, 12, uint32(payload.length), keccak256(payload));
    }

    function blobHeader(uint64 index, bytes32[] memory hashes) internal pure returns (BatchHeader memory) {
        return BatchHeader(index, 3, 12, 1000, keccak256(abi.encodePacked(hashes)));
    }

    function hashesOf(uint256 count) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) hashes[i] = bytes32(uint256(1 << 248) + i + 1);
    }

    function submit(uint64 index, bytes memory payload) internal {
        vm.prank(GROUP);
        inbox.submitBatch(headerOf(index, payload), payload);
    }

    // Appending

    function test_appends_and_says_so() public {
        BatchHeader memory header = headerOf(1, "first");
        bytes32 digest = inbox.batchDigest(header);
        vm.roll(1234);
        vm.expectEmit(true, true, true, true);
        emit BatchAppended(1, digest, keccak256("first"), 5, 0, 12, GROUP);
        submit(1, "first");
        same(inbox.lastIndex(), 1);
        Appended memory found = inbox.batchAt(1);
        same(found.digest, digest);
        same(found.l1Block, 1234);
        same(found.submitter, GROUP);
    }

    function test_digest_is_bound_to_chain_inbox_and_l2() public {
        BatchHeader memory header = headerOf(1, "x");
        bytes32 wanted = keccak256(
            abi.encode(keccak256("conclave/v1/batch"), uint64(71001), block.chainid, address(inbox), header)
        );
        same(inbox.batchDigest(header), wanted);
        if (new BatchInbox(71001, address(this)).batchDigest(header) == wanted) revert Differs(0, 1);
        if (new BatchInbox(71002, address(this)).batchDigest(header) == wanted) revert Differs(0, 1);
    }

    function testFuzz_nobody_else_appends(address sender) public {
        if (sender == GROUP) sender = STRANGER;
        vm.prank(sender);
        vm.expectRevert(BatchInbox.NotBatchSender.selector);
        inbox.submitBatch(headerOf(1, "x"), "x");
    }

    function test_the_owner_does_not_append() public {
        vm.expectRevert(BatchInbox.NotBatchSender.selector);
        inbox.submitBatch(headerOf(1, "x"), "x");
    }

    function test_nobody_appends_before_a_submitter_is_registered() public {
        BatchInbox fresh = new BatchInbox(71001, address(this));
        vm.prank(address(0));
        vm.expectRevert(BatchInbox.NotBatchSender.selector);
        fresh.submitBatch(headerOf(1, "x"), "x");
    }

    function testFuzz_an_index_is_the_next_or_refused(uint64 index) public {
        submit(1, "one");
        if (index == 2) index = 3;
        vm.prank(GROUP);
        vm.expectRevert(abi.encodeWithSelector(BatchInbox.BadIndex.selector, uint64(2)));
        inbox.submitBatch(headerOf(index, "x"), "x");
    }

    function testFuzz_a_payload_is_the_one_of_its_header(bytes calldata payload, bytes calldata other)
        public
    {
        if (payload.length == 0 || keccak256(payload) == keccak256(other)) return;
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadPayload.selector);
        inbox.submitBatch(headerOf(1, payload), other);
        submit(1, payload);
    }

    function test_a_size_that_is_not_that_of_the_payload_is_refused() public {
        BatchHeader memory header = headerOf(1, "xyz");
        header.payloadSize = 4;
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadPayload.selector);
        inbox.submitBatch(header, "xyz");
    }

    function test_an_empty_payload_is_refused() public {
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadPayload.selector);
        inbox.submitBatch(headerOf(1, ""), "");
    }

    function testFuzz_each_function_takes_its_own_place_only(uint8 da) public {
        BatchHeader memory header = headerOf(1, "x");
        header.da = da;
        if (da != 0) {
            vm.prank(GROUP);
            vm.expectRevert(BatchInbox.BadDa.selector);
            inbox.submitBatch(header, "x");
        }
        if (da != 3) {
            vm.prank(GROUP);
            vm.expectRevert(BatchInbox.BadDa.selector);
            inbox.submitBlobBatch(header);
        }
    }

    // Blobs

    function testFuzz_appends_one_to_six_blobs(uint256 count) public {
        bytes32[] memory hashes = hashesOf(within(count, 1, 6));
        vm.blobhashes(hashes);
        vm.prank(GROUP);
        inbox.submitBlobBatch(blobHeader(1, hashes));
        same(inbox.lastIndex(), 1);
    }

    function test_a_blob_batch_without_blobs_is_refused() public {
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadBlobs.selector);
        inbox.submitBlobBatch(blobHeader(1, hashesOf(0)));
    }

    function testFuzz_all_blobs_and_no_others_are_named(uint256 carried, uint256 named) public {
        carried = within(carried, 1, 6);
        named = within(named, 0, 6);
        if (carried == named) return;
        vm.blobhashes(hashesOf(carried));
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadBlobs.selector);
        inbox.submitBlobBatch(blobHeader(1, hashesOf(named)));
    }

    function test_a_seventh_blob_is_refused() public {
        vm.blobhashes(hashesOf(7));
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadBlobs.selector);
        inbox.submitBlobBatch(blobHeader(1, hashesOf(6)));
    }

    function test_a_blob_batch_of_no_bytes_is_refused() public {
        BatchHeader memory header = blobHeader(1, hashesOf(1));
        header.payloadSize = 0;
        vm.blobhashes(hashesOf(1));
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.BadPayload.selector);
        inbox.submitBlobBatch(header);
    }

    function test_a_stranger_appends_no_blobs() public {
        vm.blobhashes(hashesOf(1));
        vm.prank(STRANGER);
        vm.expectRevert(BatchInbox.NotBatchSender.selector);
        inbox.submitBlobBatch(blobHeader(1, hashesOf(1)));
    }

    // The submitter

    function test_a_submitter_is_registered_once() public {
        vm.expectRevert(BatchInbox.AlreadyRegistered.selector);
        inbox.registerSubmitter(NEXT);
    }

    function test_only_the_owner_registers_and_proposes() public {
        BatchInbox fresh = new BatchInbox(71001, address(this));
        vm.prank(STRANGER);
        vm.expectRevert(BatchInbox.NotOwner.selector);
        fresh.registerSubmitter(STRANGER);
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.NotOwner.selector);
        inbox.proposeSubmitter(NEXT);
    }

    function test_zero_addresses_are_refused() public {
        vm.expectRevert(BatchInbox.ZeroAddress.selector);
        new BatchInbox(71001, address(0));
        BatchInbox fresh = new BatchInbox(71001, address(this));
        vm.expectRevert(BatchInbox.ZeroAddress.selector);
        fresh.registerSubmitter(address(0));
    }

    function test_no_proposal_before_there_is_a_submitter() public {
        BatchInbox fresh = new BatchInbox(71001, address(this));
        vm.expectRevert(BatchInbox.NotRegistered.selector);
        fresh.proposeSubmitter(NEXT);
    }

    function test_a_hand_over_takes_both_steps() public {
        inbox.proposeSubmitter(NEXT);
        submit(1, "still the old one");
        vm.prank(NEXT);
        inbox.acceptSubmitter();
        same(inbox.submitter(), NEXT);
        same(inbox.pendingSubmitter(), address(0));
        vm.prank(GROUP);
        vm.expectRevert(BatchInbox.NotBatchSender.selector);
        inbox.submitBatch(headerOf(2, "x"), "x");
        vm.prank(NEXT);
        inbox.submitBatch(headerOf(2, "x"), "x");
    }

    function testFuzz_only_the_proposed_account_accepts(address sender) public {
        if (sender == NEXT) sender = STRANGER;
        inbox.proposeSubmitter(NEXT);
        vm.prank(sender);
        vm.expectRevert(BatchInbox.NotPendingSubmitter.selector);
        inbox.acceptSubmitter();
    }

    function test_a_proposal_can_be_withdrawn() public {
        inbox.proposeSubmitter(NEXT);
        inbox.proposeSubmitter(address(0));
        vm.prank(NEXT);
        vm.expectRevert(BatchInbox.NotPendingSubmitter.selector);
        inbox.acceptSubmitter();
        vm.prank(address(0));
        vm.expectRevert(BatchInbox.NotPendingSubmitter.selector);
        inbox.acceptSubmitter();
    }
}

/// Calls the inbox in every way, right and wrong, and keeps its own books.
contract BatchInboxHandler is Mini {
    BatchInbox public inbox;
    address public expectedSubmitter = address(0x6409);
    uint64 public appended;
    mapping(uint64 index => bytes32) public digests;

    constructor() {
        inbox = new BatchInbox(71001, address(this));
        inbox.registerSubmitter(expectedSubmitter);
    }

    function submit(address sender, uint64 index, bytes calldata payload, bool honest) external {
        if (honest) (sender, index) = (expectedSubmitter, appended + 1);
        BatchHeader memory header = BatchHeader(index, 0, 0, uint32(payload.length), keccak256(payload));
        bytes32 digest = inbox.batchDigest(header);
        vm.prank(sender);
        try inbox.submitBatch(header, payload) {
            appended++;
            if (sender != expectedSubmitter || index != appended) revert Differs(index, appended);
            digests[index] = digest;
        } catch {}
    }

    function handOver(address next, address accepter, bool honest) external {
        if (next == address(0)) return;
        inbox.proposeSubmitter(next);
        if (honest) accepter = next;
        vm.prank(accepter);
        try inbox.acceptSubmitter() {
            if (accepter != next) revert Differs(0, 1);
            expectedSubmitter = next;
        } catch {}
    }

    function seize(address sender, address next) external {
        if (sender == address(this)) return;
        vm.prank(sender);
        try inbox.proposeSubmitter(next) {
            revert Differs(0, 1);
        } catch {}
    }
}

contract BatchInboxInvariants is Mini {
    BatchInboxHandler internal handler;

    function setUp() public {
        handler = new BatchInboxHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_indices_are_never_skipped_nor_used_twice() public view {
        uint64 last = handler.inbox().lastIndex();
        same(last, handler.appended());
        for (uint64 i = 1; i <= last; i++) same(handler.inbox().batchAt(i).digest, handler.digests(i));
        same(handler.inbox().batchAt(last + 1).digest, 0);
        same(handler.inbox().batchAt(0).digest, 0);
    }

    function invariant_the_submitter_never_changes_without_both_steps() public view {
        same(handler.inbox().submitter(), handler.expectedSubmitter());
    }
}
