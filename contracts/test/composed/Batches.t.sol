// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {Founded} from "./Founded.sol";

/// Batches under a set whose powers are the pool's, in all three modes, which votes change.
contract BatchesTest is Founded {
    function setUp() public override {
        super.setUp();
        found();
    }

    function send(address from, BatchHeader memory header, bytes memory cert) internal {
        vm.prank(from);
        inbox.submitBatch(header, "payload", cert);
    }

    function refuse(bytes4 reason, address from, BatchHeader memory header, bytes memory cert) internal {
        vm.prank(from);
        vm.expectRevert(reason);
        inbox.submitBatch(header, "payload", cert);
    }

    function next() internal view returns (BatchHeader memory header, bytes memory cert) {
        uint64 first = 20 * inbox.lastIndex() + 1;
        header = headerOf(first, first + 19, "payload");
        cert = certify(inbox.batchDigest(header), 3);
    }

    function mode(IBatchInbox.AuthMode wanted) internal {
        decide(address(inbox), abi.encodeCall(inbox.setAuthMode, (wanted)));
    }

    function test_in_mode_both_a_batch_needs_the_account_and_the_powers_of_the_pool() public {
        (BatchHeader memory header, bytes memory cert) = next();
        refuse(IBatchInbox.NotBatchSender.selector, STRANGER, header, cert);
        bytes memory twoThirds = certifyMask(inbox.batchDigest(header), 14);
        refuse(IBatchInbox.BadCertificate.selector, batcher, header, twoThirds);
        send(batcher, header, cert);
        same(inbox.lastIndex(), 1);
    }

    function test_after_silence_anyone_posts_until_the_account_speaks_again() public {
        submit(1, 20);
        vm.roll(block.number + AFTER);
        (BatchHeader memory header, bytes memory cert) = next();
        refuse(IBatchInbox.NotBatchSender.selector, STRANGER, header, cert);
        vm.roll(block.number + 1);
        refuse(IBatchInbox.BadCertificate.selector, STRANGER, header, "");
        send(STRANGER, header, cert);
        (header, cert) = next();
        send(STRANGER, header, cert);
        submit(61, 80);
        (header, cert) = next();
        refuse(IBatchInbox.NotBatchSender.selector, STRANGER, header, cert);
        same(inbox.lastIndex(), 4);
    }

    function test_one_account_sends_calldata_and_blobs_in_turn() public {
        submit(1, 20);
        BatchHeader memory header = blobHeader(21, 40, 2);
        bytes memory cert = certify(inbox.batchDigest(header), 3);
        vm.blobhashes(blobHashes(2));
        vm.prank(batcher);
        inbox.submitBlobBatch(header, cert);
        submit(41, 60);
        same(inbox.lastIndex(), 3);
    }

    function test_in_mode_quorum_a_certificate_is_enough() public {
        mode(IBatchInbox.AuthMode.Quorum);
        (BatchHeader memory header, bytes memory cert) = next();
        refuse(IBatchInbox.BadCertificate.selector, batcher, header, "");
        send(STRANGER, header, cert);
        same(inbox.lastIndex(), 1);
    }

    function test_in_mode_sender_the_account_is_enough_and_silence_opens_nothing() public {
        mode(IBatchInbox.AuthMode.Sender);
        (BatchHeader memory header, bytes memory cert) = next();
        vm.roll(block.number + 10 * AFTER);
        refuse(IBatchInbox.NotBatchSender.selector, STRANGER, header, cert);
        send(batcher, header, "");
        same(inbox.lastIndex(), 1);
    }

    function test_a_certificate_of_the_set_before_counts_in_its_grace_only() public {
        BatchHeader memory header = headerOf(1, 20, "payload");
        header.setId = 0;
        bytes memory cert = certify(inbox.batchDigest(header), 3);
        vm.roll(block.number + GRACE + 1);
        refuse(IBatchInbox.UnknownSet.selector, batcher, header, cert);
        vm.roll(block.number - 1);
        send(batcher, header, cert);
    }

    function test_a_committee_that_a_vote_named_keeps_a_payload_which_anyone_reposts() public {
        address[] memory heads = new address[](2);
        (heads[0], heads[1]) = (vm.addr(keys[0]), vm.addr(keys[1]));
        decide(address(registry), abi.encodeCall(registry.setDac, (heads, 2)));
        BatchHeader memory header = headerOf(1, 20, "payload");
        header.da = 4;
        uint64 expiry = uint64(block.timestamp) + RETENTION;
        bytes32 kept = inbox.dacDigest(header.payloadHash, header.payloadSize, expiry);
        bytes memory both = bytes.concat(hex"03", signed(keys[0], kept), signed(keys[1], kept));
        bytes memory cert = certify(inbox.batchDigest(header), 3);
        vm.prank(batcher);
        vm.expectRevert(IBatchInbox.BadPayload.selector);
        inbox.submitBatch(
            header, bytes.concat(hex"01", signed(keys[0], kept), abi.encodePacked(expiry)), cert
        );
        vm.prank(batcher);
        inbox.submitBatch(header, bytes.concat(both, abi.encodePacked(expiry)), cert);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.PayloadReposted(1);
        vm.prank(STRANGER);
        inbox.repost(header, "payload");
    }

    function test_a_new_key_of_the_group_takes_over_after_a_vote_and_its_notice() public {
        uint64 from = uint64(block.number) + 10;
        bytes memory pop = signed(0xbeef, registry.popDigest(0, from));
        decide(address(registry), abi.encodeCall(registry.scheduleKey, (0, vm.addr(0xbeef), from, pop)));
        submit(1, 20);
        vm.roll(from);
        (BatchHeader memory header, bytes memory cert) = next();
        refuse(IBatchInbox.NotBatchSender.selector, batcher, header, cert);
        send(vm.addr(0xbeef), header, cert);
        same(registry.keyAt(3, block.number), blobber);
    }
}
