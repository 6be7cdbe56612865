// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {InboxFixture} from "../l1/InboxFixture.sol";
import {Mini} from "../Mini.sol";

/// Eight senders, seven members of unequal power, changes of key, set and mode. Keeps its own books.
contract InboxHandler is InboxFixture {
    uint256 public appended;
    mapping(uint256 index => bytes32) public digests;
    /// Batches that came in against the rules, as this handler reckons them.
    uint256 public unjust;
    uint256 internal nextKey = 0x7000;
    uint96[] internal powers;

    constructor() {
        uint96[7] memory list = [uint96(20_000), 25_000, 30_000, 60_000, 100_000, 100_000, 21_001];
        for (uint256 i = 0; i < 7; i++) {
            powers.push(list[i]);
        }
        makeRegistry(powers);
        makeInbox(address(new BatchInbox()), IBatchInbox.AuthMode.Both);
        uint256[] memory ids = lockAll(0);
        for (uint256 i = 0; i < 7; i++) {
            stake.set(ids[i], vm.addr(keys[i]), powers[i] * 1 ether, ISequencerInfo.Status.Active);
        }
    }

    function theInbox() external view returns (BatchInbox) {
        return inbox;
    }

    function sender(uint256 i) internal view returns (address) {
        i = i % 8;
        if (i < 3) return batcher;
        return i < 6 ? blobber : address(uint160(0xac70000 + i));
    }

    function isMajority(uint256 mask) internal view returns (bool) {
        uint256 power = 0;
        uint256 total = 0;
        for (uint256 i = 0; i < 7; i++) {
            total += powers[i];
            power += ((mask >> i) & 1) * powers[i];
        }
        return 3 * power > 2 * total;
    }

    function submit(
        uint256 who,
        uint64 index,
        uint64 first,
        uint64 count,
        uint256 mask,
        bool blob,
        bool right
    ) external {
        if (right) (mask, index) = (mask | 0x7e, inbox.lastIndex() + 1);
        mask &= 0x7f;
        first = uint64(within(first, 1, 1 << 40));
        BatchHeader memory header = headerOf(first, first, "payload");
        header.lastBlock = first + uint64(count % 70_000);
        header.index = uint64(within(index, inbox.lastIndex(), uint256(inbox.lastIndex()) + 2));
        if (blob) (header.da, header.payloadHash) = (3, keccak256(abi.encodePacked(blobHashes(2))));
        bytes32 digest = inbox.batchDigest(header);
        bytes memory cert = certifyMask(digest, mask);
        address from = sender(who);
        bool allowed = isAllowed(from, blob ? blobber : batcher, mask);
        vm.blobhashes(blobHashes(blob ? 2 : 0));
        vm.prank(from);
        (bool done,) = address(inbox)
            .call(
                blob
                    ? abi.encodeCall(inbox.submitBlobBatch, (header, cert))
                    : abi.encodeCall(inbox.submitBatch, (header, "payload", cert))
            );
        if (!done) return;
        appended++;
        digests[appended] = digest;
        if (!allowed || header.index != appended) unjust++;
    }

    function isAllowed(address from, address group, uint256 mask) internal view returns (bool) {
        IBatchInbox.AuthMode mode = inbox.authMode();
        bool silent = block.number > inbox.lastGroupBlock() + AFTER;
        if (mode == IBatchInbox.AuthMode.Sender) return from == group;
        if (!isMajority(mask)) return false;
        return mode == IBatchInbox.AuthMode.Quorum || from == group || silent;
    }

    function roll(uint256 blocks) external {
        vm.roll(block.number + within(blocks, 1, AFTER + 2));
    }

    function setMode(uint256 mode) external {
        vm.prank(TIMELOCK);
        inbox.setAuthMode(IBatchInbox.AuthMode(mode % 3));
    }

    function rotateKey(bool blob) external {
        if (blob) blobber = activate(Purpose.BLOB, nextKey++);
        else batcher = activate(Purpose.BATCH, nextKey++);
    }

    function rotateSet(uint256 mask) external {
        uint256[] memory ids = new uint256[](7);
        for (uint256 i = 0; i < 7; i++) {
            ids[i] = i + 1;
        }
        bytes memory cert = certifyMask(registry.memberSetDigest(ids), mask & 0x7f);
        try registry.rotateSet(ids, cert) {
            if (!isMajority(mask & 0x7f)) unjust++;
        } catch {}
    }
}

contract InboxInvariants is Mini {
    InboxHandler internal handler;

    function setUp() public {
        handler = new InboxHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_one_content_per_index_by_the_rules() public view {
        _one_content_per_index_and_no_gap();
        _nothing_comes_in_against_the_rules();
    }

    function _one_content_per_index_and_no_gap() private view {
        BatchInbox inbox = handler.theInbox();
        uint64 last = inbox.lastIndex();
        same(last, handler.appended());
        for (uint64 i = 1; i <= last; i++) {
            same(inbox.batchAt(i).digest, handler.digests(i));
        }
        same(inbox.batchAt(0).digest, 0);
        same(inbox.batchAt(last + 1).digest, 0);
    }

    function _nothing_comes_in_against_the_rules() private view {
        same(handler.unjust(), 0);
    }
}
