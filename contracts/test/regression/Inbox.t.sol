// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {InboxFixture} from "../l1/InboxFixture.sol";
import {InboxGoingUp, InboxOfTheGroup, InboxWithoutCertificate} from "../weak/Inboxes.sol";
import {RegistryOfTwoThirds} from "../weak/Registries.sol";

contract InboxRegression is InboxFixture {
    function make(address registryLogic, address inboxLogic, uint96[] memory powers) internal {
        makeRegistry(powers);
        registry = deployRegistry(registryLogic, powers);
        makeInbox(inboxLogic, IBatchInbox.AuthMode.Both);
    }

    function post(address from, BatchHeader memory header, bytes memory cert) internal returns (uint256) {
        vm.prank(from);
        (bool done,) = address(inbox).call(abi.encodeCall(inbox.submitBatch, (header, "payload", cert)));
        return done ? 1 : 0;
    }

    function next() internal view returns (BatchHeader memory) {
        uint64 first = 20 * inbox.lastIndex() + 1;
        return headerOf(first, first + 19, "payload");
    }

    // inbox-refuses-weak-certificate

    /// Four members, of whom the first two have two thirds exactly. How many weak certificates go through.
    function weakAccepted(address registryLogic, address inboxLogic) internal returns (uint256 count) {
        uint96[] memory powers = equalPowers(4);
        (powers[0], powers[1]) = (40_000, 40_000);
        make(registryLogic, inboxLogic, powers);
        for (uint256 mask = 0; mask < 16; mask++) {
            uint256 power = 0;
            for (uint256 i = 0; i < 4; i++) {
                power += ((mask >> i) & 1) * powers[i];
            }
            if (3 * power > 2 * 120_000) continue;
            BatchHeader memory weak = next();
            count += post(batcher, weak, certifyMask(inbox.batchDigest(weak), mask));
        }
        count += malformedAccepted();
    }

    /// Three signers, but one twice; one mirrored; over another batch; of a set that is not there.
    function malformedAccepted() private returns (uint256 count) {
        BatchHeader memory header = next();
        bytes32 digest = inbox.batchDigest(header);
        bytes memory one = signed(keys[0], digest);
        bytes memory two = signed(keys[1], digest);
        bytes memory three = signed(keys[2], digest);
        bytes memory high = mirrored(keys[2], digest);
        count += post(batcher, header, bytes.concat(bitmap(7, 4), one, two, two));
        count += post(batcher, next(), bytes.concat(bitmap(7, 4), one, two, high));
        header = next();
        header.payloadSize = 7;
        header.lastHash = "another";
        count += post(batcher, header, bytes.concat(bitmap(7, 4), one, two, three));
        header = next();
        header.setId = 1;
        count += post(batcher, header, certify(inbox.batchDigest(header), 4));
    }

    function test_inbox_refuses_weak_certificate() public {
        same(weakAccepted(address(new KeyRegistry()), address(new BatchInbox())), 0);
        BatchHeader memory header = next();
        same(post(batcher, header, certifyMask(inbox.batchDigest(header), 7)), 1);
    }

    function test_weak_inbox_refuses_weak_certificate() public {
        // {0, 1} has two thirds exactly, as has {i, 2, 3} with i one of them.
        same(weakAccepted(address(new RegistryOfTwoThirds()), address(new BatchInbox())), 3);
        // Thirteen masks and four malformed.
        same(weakAccepted(address(new KeyRegistry()), address(new InboxWithoutCertificate())), 17);
    }

    // anyone-posts-certified-batch-after-silence

    /// What a stranger gets through: just before the deadline, just after, and once more right away.
    function strangers(address inboxLogic) internal returns (uint256 before, uint256 later, uint256 again) {
        make(address(new KeyRegistry()), inboxLogic, equalPowers(4));
        submit(1, 20);
        uint256 last = block.number;
        vm.roll(last + AFTER);
        BatchHeader memory header = next();
        before = post(STRANGER, header, certify(inbox.batchDigest(header), 3));
        vm.roll(last + AFTER + 1);
        same(post(STRANGER, header, certify(inbox.batchDigest(header), 2)), 0);
        later = post(STRANGER, header, certify(inbox.batchDigest(header), 3));
        header = next();
        again = post(STRANGER, header, certify(inbox.batchDigest(header), 3));
    }

    function test_anyone_posts_certified_batch_after_silence() public {
        (uint256 before, uint256 later, uint256 again) = strangers(address(new BatchInbox()));
        same(before, 0);
        same(later, 1);
        same(again, 1);
        if (!inbox.isOpenToAll()) revert Differs(0, 1);
        // The group comes back: its batch closes the way.
        submit(61, 80);
        BatchHeader memory header = next();
        same(post(STRANGER, header, certify(inbox.batchDigest(header), 4)), 0);
    }

    function test_weak_anyone_posts_certified_batch_after_silence() public {
        (uint256 before, uint256 later,) = strangers(address(new InboxOfTheGroup()));
        same(before, 0);
        same(later, 0);
    }

    // ignored-batch-does-not-take-block-numbers

    /// A certified batch that derivation will ignore (its tail was revoked), then the right one for the same
    /// blocks.
    function rightOneAfterIgnored(address inboxLogic) internal returns (uint256) {
        make(address(new KeyRegistry()), inboxLogic, equalPowers(4));
        submit(1, 20);
        submit(21, 40);
        BatchHeader memory header = headerOf(21, 30, "payload");
        header.lastHash = "right";
        return post(batcher, header, certify(inbox.batchDigest(header), 3));
    }

    function test_ignored_batch_does_not_take_block_numbers() public {
        same(rightOneAfterIgnored(address(new BatchInbox())), 1);
    }

    function test_weak_ignored_batch_does_not_take_block_numbers() public {
        same(rightOneAfterIgnored(address(new InboxGoingUp())), 0);
    }
}
