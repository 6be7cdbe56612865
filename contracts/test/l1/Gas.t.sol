// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader, IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {InboxFixture} from "./InboxFixture.sol";

/// What a batch costs, as a transaction of its own: everything is prepared before, so that storage is cold.
/// Fifteen members, eleven signatures. Read with -vvvv: `Gas(what, bytes, execution, intrinsic, floor)`.
contract InboxGas is InboxFixture {
    /// @param intrinsic 21,000 and the calldata at 16 and 4 gas a byte (EIP-2028)
    /// @param floor least price of the whole transaction by its calldata, 40 and 10 gas a byte (EIP-7623)
    event Gas(string what, uint256 size, uint256 execution, uint256 intrinsic, uint256 floor);

    BatchHeader internal first;
    BatchHeader internal large;
    BatchHeader internal blobs;
    bytes[3] internal certs;

    function setUp() public {
        makeRegistry(equalPowers(15));
        makeInbox(address(new BatchInbox()), IBatchInbox.AuthMode.Both);
        first = headerOf(1, 20, noise(1_000));
        large = headerOf(1, 20, noise(100_000));
        blobs = blobHeader(1, 20, 3);
        postFirst();
        certs[0] = certify(inbox.batchDigest(first), 11);
        certs[1] = certify(inbox.batchDigest(large), 11);
        certs[2] = certify(inbox.batchDigest(blobs), 11);
    }

    /// The first batch ever writes a few words more than all others: it is not the one measured.
    function postFirst() private {
        BatchHeader memory header = headerOf(1, 20, "payload");
        bytes memory cert = certify(inbox.batchDigest(header), 11);
        vm.prank(batcher);
        inbox.submitBatch(header, "payload", cert);
        (first.index, large.index, blobs.index) = (2, 2, 2);
        vm.roll(block.number + 1);
    }

    /// Bytes without a pattern, as those of a compressed payload.
    function noise(uint256 size) internal pure returns (bytes memory data) {
        data = new bytes(size);
        for (uint256 i = 0; i < size; i += 32) {
            bytes32 word = keccak256(abi.encode(i));
            for (uint256 j = 0; j < 32 && i + j < size; j++) {
                data[i + j] = word[j];
            }
        }
    }

    function measure(string memory what, address from, bytes memory data) internal {
        uint256 zeros = 0;
        for (uint256 i = 0; i < data.length; i++) {
            if (data[i] == 0) zeros++;
        }
        uint256 others = data.length - zeros;
        address target = address(inbox);
        bool done;
        vm.prank(from);
        uint256 start = gasleft();
        // Solidity would copy the data first, at the cost of this test's memory.
        assembly {
            done := call(gas(), target, 0, add(data, 32), mload(data), 0, 0)
        }
        uint256 execution = start - gasleft();
        if (!done) revert Differs(0, 1);
        emit Gas(
            what, data.length, execution, 21_000 + 16 * others + 4 * zeros, 21_000 + 40 * others + 10 * zeros
        );
    }

    function test_gas_of_a_calldata_batch_of_1_kB() public {
        measure("1 kB", batcher, abi.encodeCall(IBatchInbox.submitBatch, (first, noise(1_000), certs[0])));
    }

    function test_gas_of_a_calldata_batch_of_100_kB() public {
        bytes memory call = abi.encodeCall(IBatchInbox.submitBatch, (large, noise(100_000), certs[1]));
        measure("100 kB", batcher, call);
    }

    function test_gas_of_a_blob_batch() public {
        vm.blobhashes(blobHashes(3));
        measure("3 blobs", blobber, abi.encodeCall(IBatchInbox.submitBlobBatch, (blobs, certs[2])));
    }
}
