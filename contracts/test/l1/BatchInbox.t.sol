// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {InboxFixture} from "./InboxFixture.sol";

contract BatchInboxTest is InboxFixture {
    function setUp() public {
        makeRegistry(equalPowers(4));
        makeInbox(address(new BatchInbox()), IBatchInbox.AuthMode.Both);
    }

    function certOf(BatchHeader memory header) internal view returns (bytes memory) {
        return certify(inbox.batchDigest(header), 3);
    }

    function refuse(bytes memory reason, BatchHeader memory header, bytes memory payload) internal {
        bytes memory cert = certOf(header);
        vm.prank(batcher);
        vm.expectRevert(reason);
        inbox.submitBatch(header, payload, cert);
    }

    function refuse(bytes4 reason, BatchHeader memory header, bytes memory payload) internal {
        refuse(abi.encodePacked(reason), header, payload);
    }

    // Appending

    function test_appends_and_says_so() public {
        BatchHeader memory header = headerOf(1, 20, "first");
        bytes32 digest = inbox.batchDigest(header);
        bytes memory cert = certOf(header);
        vm.roll(1234);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.BatchAppended(1, digest, 1, 20, keccak256("first"), 0, batcher);
        vm.prank(batcher);
        inbox.submitBatch(header, "first", cert);
        IBatchInbox.Appended memory batch = inbox.batchAt(1);
        same(batch.digest, digest);
        same(batch.blocksRoot, header.blocksRoot);
        same(batch.firstBlock, 1);
        same(batch.lastBlock, 20);
        same(batch.l1Block, 1234);
        same(inbox.lastIndex(), 1);
    }

    function test_a_digest_is_bound_to_chain_inbox_and_l2() public {
        BatchHeader memory header = headerOf(1, 2, "x");
        bytes32 digest = inbox.batchDigest(header);
        bytes32 tag = keccak256("conclave/v1/batch");
        same(digest, keccak256(abi.encode(tag, L2, block.chainid, address(inbox), header)));
        BatchInbox other = deployInbox(address(new BatchInbox()), IBatchInbox.AuthMode.Both);
        if (other.batchDigest(header) == digest) revert Differs(0, 1);
        vm.chainId(5);
        if (inbox.batchDigest(header) == digest) revert Differs(0, 1);
    }

    function testFuzz_an_index_is_the_next_or_refused(uint64 index) public {
        submit(1, 2);
        BatchHeader memory header = headerOf(3, 4, "x");
        if (index == 2) index = 3;
        header.index = index;
        refuse(abi.encodeWithSelector(IBatchInbox.BadIndex.selector, uint64(2)), header, "x");
    }

    function testFuzz_a_payload_is_the_one_of_its_header(bytes calldata payload, bytes calldata other)
        public
    {
        if (payload.length == 0 || keccak256(payload) == keccak256(other)) return;
        refuse(IBatchInbox.BadPayload.selector, headerOf(1, 2, payload), other);
    }

    function test_a_payload_has_the_size_of_its_header_and_is_not_empty() public {
        BatchHeader memory header = headerOf(1, 2, "xyz");
        header.payloadSize = 4;
        refuse(IBatchInbox.BadPayload.selector, header, "xyz");
        refuse(IBatchInbox.BadPayload.selector, headerOf(1, 2, ""), "");
    }

    function test_a_batch_has_blocks_but_not_block_0_and_not_too_many() public {
        BatchHeader memory header = headerOf(5, 5, "x");
        header.lastBlock = 4;
        refuse(IBatchInbox.BadRange.selector, header, "x");
        header.firstBlock = 0;
        refuse(IBatchInbox.BadRange.selector, header, "x");
        header.firstBlock = 1;
        header.lastBlock = 65_536;
        refuse(IBatchInbox.BadRange.selector, header, "x");
        header.lastBlock = 65_535;
        bytes memory cert = certOf(header);
        vm.prank(batcher);
        inbox.submitBatch(header, "x", cert);
    }

    function testFuzz_each_function_takes_its_own_da_bytes_only(uint8 da) public {
        BatchHeader memory header = headerOf(1, 2, "x");
        header.da = da;
        if (da != 0 && da != 4) refuse(IBatchInbox.BadDa.selector, header, "x");
        if (da == 3) return;
        bytes memory cert = certOf(header);
        vm.prank(blobber);
        vm.expectRevert(IBatchInbox.BadDa.selector);
        inbox.submitBlobBatch(header, cert);
    }

    // Blobs

    function refuseBlobs(bytes4 reason, BatchHeader memory header, uint256 carried) internal {
        bytes memory cert = certOf(header);
        vm.blobhashes(blobHashes(carried));
        vm.prank(blobber);
        vm.expectRevert(reason);
        inbox.submitBlobBatch(header, cert);
    }

    function testFuzz_appends_one_to_nine_blobs(uint256 count) public {
        count = within(count, 1, 9);
        BatchHeader memory header = blobHeader(1, 20, count);
        bytes memory cert = certOf(header);
        vm.blobhashes(blobHashes(count));
        vm.prank(blobber);
        inbox.submitBlobBatch(header, cert);
        same(inbox.lastIndex(), 1);
    }

    function testFuzz_all_blobs_and_no_others_are_named(uint256 carried, uint256 named) public {
        carried = within(carried, 0, 6);
        named = within(named, 0, 6);
        if (carried == named && carried != 0) return;
        refuseBlobs(IBatchInbox.BadBlobs.selector, blobHeader(1, 20, named), carried);
    }

    function test_a_blob_batch_of_no_bytes_is_refused() public {
        BatchHeader memory header = blobHeader(1, 20, 1);
        header.payloadSize = 0;
        refuseBlobs(IBatchInbox.BadPayload.selector, header, 1);
    }

    function test_each_kind_has_its_own_account() public {
        BatchHeader memory header = headerOf(1, 2, "x");
        bytes memory cert = certOf(header);
        vm.prank(blobber);
        vm.expectRevert(IBatchInbox.NotBatchSender.selector);
        inbox.submitBatch(header, "x", cert);
        header = blobHeader(1, 2, 1);
        cert = certOf(header);
        vm.blobhashes(blobHashes(1));
        vm.prank(batcher);
        vm.expectRevert(IBatchInbox.NotBatchSender.selector);
        inbox.submitBlobBatch(header, cert);
    }

    // Kept by the DA committee

    function dacPayload(BatchHeader memory header, uint64 expiry, uint256 signers)
        internal
        view
        returns (bytes memory)
    {
        bytes32 digest = inbox.dacDigest(header.payloadHash, header.payloadSize, expiry);
        return bytes.concat(certify(digest, signers), bytes8(expiry));
    }

    function appointDac() internal {
        address[] memory signers = new address[](4);
        for (uint256 i = 0; i < 4; i++) {
            signers[i] = vm.addr(keys[i]);
        }
        vm.prank(TIMELOCK);
        registry.setDac(signers, 3);
    }

    function test_a_committee_batch_is_appended_and_can_be_reposted() public {
        appointDac();
        BatchHeader memory header = headerOf(1, 2, "kept elsewhere");
        header.da = 4;
        bytes memory kept = dacPayload(header, uint64(block.timestamp) + RETENTION, 3);
        bytes memory cert = certOf(header);
        vm.expectRevert(IBatchInbox.UnknownBatch.selector);
        inbox.repost(header, "kept elsewhere");
        vm.prank(batcher);
        inbox.submitBatch(header, kept, cert);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.PayloadReposted(1);
        vm.prank(STRANGER);
        inbox.repost(header, "kept elsewhere");
    }

    function test_a_da_certificate_must_hold_long_enough_and_by_enough() public {
        appointDac();
        BatchHeader memory header = headerOf(1, 2, "kept elsewhere");
        header.da = 4;
        uint64 expiry = uint64(block.timestamp) + RETENTION;
        bytes4 reason = IBatchInbox.BadPayload.selector;
        refuse(reason, header, dacPayload(header, expiry - 1, 3));
        refuse(reason, header, dacPayload(header, expiry, 2));
        refuse(reason, header, bytes.concat(dacPayload(header, expiry, 3), hex"00"));
        refuse(reason, header, "short");
        header.payloadSize++;
        refuse(reason, header, dacPayload(headerOf(1, 2, "kept elsewhere"), expiry, 3));
    }

    function test_only_a_committee_batch_is_reposted_and_only_its_payload() public {
        appointDac();
        submit(1, 2);
        BatchHeader memory header = headerOf(3, 4, "kept elsewhere");
        vm.expectRevert(IBatchInbox.BadDa.selector);
        inbox.repost(header, "payload");
        header.da = 4;
        bytes memory kept = dacPayload(header, uint64(block.timestamp) + RETENTION, 3);
        bytes memory cert = certOf(header);
        vm.prank(batcher);
        inbox.submitBatch(header, kept, cert);
        vm.expectRevert(IBatchInbox.BadPayload.selector);
        inbox.repost(header, "kept elsewherE");
        header.lastBlock++;
        vm.expectRevert(IBatchInbox.UnknownBatch.selector);
        inbox.repost(header, "kept elsewhere");
    }

    // Authorship

    function test_in_mode_sender_the_account_suffices() public {
        setMode(IBatchInbox.AuthMode.Sender);
        BatchHeader memory header = headerOf(1, 2, "x");
        vm.prank(batcher);
        inbox.submitBatch(header, "x", "");
        vm.roll(block.number + 1000);
        header = headerOf(3, 4, "x");
        bytes memory cert = certOf(header);
        vm.prank(STRANGER);
        vm.expectRevert(IBatchInbox.NotBatchSender.selector);
        inbox.submitBatch(header, "x", cert);
    }

    function test_in_mode_quorum_the_certificate_suffices() public {
        setMode(IBatchInbox.AuthMode.Quorum);
        BatchHeader memory header = headerOf(1, 2, "x");
        bytes memory cert = certOf(header);
        vm.prank(batcher);
        vm.expectRevert(IBatchInbox.BadCertificate.selector);
        inbox.submitBatch(header, "x", "");
        vm.prank(STRANGER);
        inbox.submitBatch(header, "x", cert);
    }

    function test_the_account_of_a_batch_is_that_of_its_l1_block() public {
        address old = batcher;
        address next = activate(Purpose.BATCH, 0x6499);
        BatchHeader memory header = headerOf(1, 2, "x");
        bytes memory cert = certOf(header);
        vm.prank(old);
        vm.expectRevert(IBatchInbox.NotBatchSender.selector);
        inbox.submitBatch(header, "x", cert);
        vm.prank(next);
        inbox.submitBatch(header, "x", cert);
    }

    function test_a_set_that_does_not_certify_is_unknown() public {
        BatchHeader memory header = headerOf(1, 2, "x");
        header.setId = 1;
        refuse(IBatchInbox.UnknownSet.selector, header, "x");
    }

    function setMode(IBatchInbox.AuthMode mode) internal {
        vm.prank(TIMELOCK);
        inbox.setAuthMode(mode);
    }

    // Blocks of a batch

    function testFuzz_every_block_of_a_batch_is_found_at_its_place(uint256 count, uint256 place) public {
        uint64 last = uint64(within(count, 1, 70));
        submit(1, last);
        place = place % last;
        bytes32[] memory list = hashes(1, last);
        bytes32 blockHash = list[place];
        bytes32[] memory path = pathOf(list, place);
        if (!inbox.blockInBatch(1, blockHash, place, path)) revert Differs(0, 1);
        if (inbox.blockInBatch(2, blockHash, place, path)) revert Differs(1, 0);
        if (inbox.blockInBatch(1, keccak256("other"), place, path)) revert Differs(1, 0);
        if (inbox.blockInBatch(1, blockHash, last, path)) revert Differs(1, 0);
        if (last > 1 && inbox.blockInBatch(1, blockHash, (place + 1) % last, path)) revert Differs(1, 0);
        if (inbox.blockInBatch(1, blockHash, place, new bytes32[](path.length + 1))) revert Differs(1, 0);
        if (path.length > 0 && inbox.blockInBatch(1, blockHash, place, new bytes32[](0))) {
            revert Differs(1, 0);
        }
    }

    // Parameters and deployment

    function test_parameters_change_by_the_timelock() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        inbox.setAuthMode(IBatchInbox.AuthMode.Sender);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        inbox.setPermissionlessAfter(1);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        inbox.setDacRetention(1);
        vm.startPrank(TIMELOCK);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.AuthModeChanged(IBatchInbox.AuthMode.Both, IBatchInbox.AuthMode.Sender);
        inbox.setAuthMode(IBatchInbox.AuthMode.Sender);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.PermissionlessAfterChanged(AFTER, 1);
        inbox.setPermissionlessAfter(1);
        vm.expectEmit(address(inbox));
        emit IBatchInbox.DacRetentionChanged(RETENTION, 1);
        inbox.setDacRetention(1);
    }

    function test_initialised_once_with_a_registry_and_only_behind_a_proxy() public {
        IBatchInbox.AuthMode mode = IBatchInbox.AuthMode.Both;
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        inbox.initialize(TIMELOCK, registry, L2, AFTER, RETENTION, mode);
        address logic = address(new BatchInbox());
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        BatchInbox(logic).initialize(TIMELOCK, registry, L2, AFTER, RETENTION, mode);
        delete registry;
        vm.expectRevert(Timelocked.ZeroValue.selector);
        this.deploy(logic);
    }

    function deploy(address logic) external {
        deployInbox(logic, IBatchInbox.AuthMode.Both);
    }
}
