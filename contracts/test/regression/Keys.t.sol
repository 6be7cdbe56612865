// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {RegistryFixture} from "../l1/RegistryFixture.sol";
import {RegistryWithoutProof, RegistryWithoutTimelock} from "../weak/Registries.sol";

contract KeysRegression is RegistryFixture {
    uint256 internal constant KEY = 0x6409;
    uint64 internal constant FROM = 2000;

    function setUp() public {
        makeRegistry(equalPowers(4));
    }

    function schedules(address from, bytes memory proof) internal returns (bool done) {
        vm.prank(from);
        (done,) = address(registry)
            .call(abi.encodeCall(registry.scheduleKey, (Purpose.BATCH, vm.addr(KEY), FROM, proof)));
    }

    function proofFor(uint8 purpose, uint64 from) internal view returns (bytes memory) {
        return signed(KEY, registry.popDigest(purpose, from));
    }

    /// How many of the wrong updates go through.
    function accepted(address logic) internal returns (uint256 count) {
        registry = deployRegistry(logic, equalPowers(4));
        KeyRegistry elsewhere = deployRegistry(logic, equalPowers(4));
        bytes memory other = signed(KEY, elsewhere.popDigest(Purpose.BATCH, FROM));
        bytes[6] memory wrong = [
            bytes(""), // absent
            signed(KEY + 1, registry.popDigest(Purpose.BATCH, FROM)), // of another key
            mirrored(KEY, registry.popDigest(Purpose.BATCH, FROM)),
            proofFor(Purpose.BLOB, FROM), // replayed: for another purpose,
            proofFor(Purpose.BATCH, FROM - 1), // another block,
            other // another registry
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            count += attempt(TIMELOCK, wrong[i]);
        }
        count += attempt(STRANGER, proofFor(Purpose.BATCH, FROM));
        count += attempt(vm.addr(KEY), proofFor(Purpose.BATCH, FROM));
    }

    function attempt(address from, bytes memory proof) internal returns (uint256) {
        if (!schedules(from, proof)) return 0;
        vm.prank(TIMELOCK);
        registry.cancelKey(Purpose.BATCH);
        return 1;
    }

    function test_key_update_needs_proof_and_timelock() public {
        same(accepted(address(new KeyRegistry())), 0);
        same(attempt(TIMELOCK, proofFor(Purpose.BATCH, FROM)), 1);
    }

    function test_weak_key_update_needs_proof_and_timelock() public {
        same(accepted(address(new RegistryWithoutProof())), 6);
        same(accepted(address(new RegistryWithoutTimelock())), 2);
    }
}
