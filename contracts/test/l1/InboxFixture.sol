// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {BlocksRoot} from "../../src/lib/BlocksRoot.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

/// An inbox with both group accounts, and headers that fit it.
abstract contract InboxFixture is RegistryFixture {
    uint64 internal constant L2 = 71001;
    uint64 internal constant AFTER = 15;
    uint64 internal constant RETENTION = 300;

    BatchInbox internal inbox;
    address internal batcher;
    address internal blobber;

    function makeInbox(address logic, IBatchInbox.AuthMode mode) internal {
        batcher = activate(Purpose.BATCH, 0x6409);
        blobber = activate(Purpose.BLOB, 0x6410);
        inbox = deployInbox(logic, mode);
    }

    function deployInbox(address logic, IBatchInbox.AuthMode mode) internal returns (BatchInbox) {
        bytes memory call =
            abi.encodeCall(BatchInbox.initialize, (TIMELOCK, registry, L2, AFTER, RETENTION, mode));
        return BatchInbox(address(new ERC1967Proxy(logic, call)));
    }

    /// Hashes of blocks first … last, by number only.
    function hashes(uint64 first, uint64 last) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](last - first + 1);
        for (uint256 i = 0; i < list.length; i++) {
            list[i] = keccak256(abi.encode("block", first + i));
        }
    }

    /// The siblings of a position, for `BlocksRoot.includes`.
    function pathOf(bytes32[] memory list, uint256 position) internal pure returns (bytes32[] memory path) {
        uint256 count = list.length;
        for (uint256 i = 0; i < count; i++) {
            list[i] = BlocksRoot.leaf(list[i]);
        }
        bytes32[] memory found = new bytes32[](16);
        uint256 used = 0;
        for (; count > 1; count = (count + 1) / 2) {
            uint256 sibling = position ^ 1;
            if (sibling < count) found[used++] = list[sibling];
            for (uint256 i = 0; i < count / 2; i++) {
                list[i] = BlocksRoot.node(list[2 * i], list[2 * i + 1]);
            }
            if (count % 2 == 1) list[count / 2] = list[count - 1];
            position /= 2;
        }
        path = new bytes32[](used);
        for (uint256 i = 0; i < used; i++) {
            path[i] = found[i];
        }
    }

    /// The next batch, of blocks first … last.
    function headerOf(uint64 first, uint64 last, bytes memory payload)
        internal
        view
        returns (BatchHeader memory header)
    {
        header.index = inbox.lastIndex() + 1;
        header.firstBlock = first;
        header.lastBlock = last;
        header.blocksRoot = BlocksRoot.rootOf(hashes(first, last));
        header.payloadSize = uint32(payload.length);
        header.payloadHash = keccak256(payload);
        header.setId = registry.currentSet();
    }

    function blobHashes(uint256 count) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = bytes32((1 << 248) + i + 1);
        }
    }

    function blobHeader(uint64 first, uint64 last, uint256 count)
        internal
        view
        returns (BatchHeader memory header)
    {
        header = headerOf(first, last, "any bytes");
        header.da = 3;
        header.payloadHash = keccak256(abi.encodePacked(blobHashes(count)));
    }

    /// As the group account, with three of four signatures.
    function submit(uint64 first, uint64 last) internal {
        BatchHeader memory header = headerOf(first, last, "payload");
        bytes memory cert = certify(inbox.batchDigest(header), 3);
        vm.prank(batcher);
        inbox.submitBatch(header, "payload", cert);
    }
}
