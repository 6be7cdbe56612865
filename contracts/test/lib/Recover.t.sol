// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Recover} from "../../src/lib/Recover.sol";
import {Mini} from "../Mini.sol";

contract RecoverTest is Mini {
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function testFuzz_a_signature_gives_its_signer(uint256 key, bytes32 digest) public pure {
        key = within(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        same(Recover.recover(digest, abi.encodePacked(r, s, v)), vm.addr(key));
    }

    function testFuzz_its_mirror_image_gives_nobody(uint256 key, bytes32 digest) public pure {
        key = within(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes32 high = bytes32(ORDER - uint256(s));
        uint8 other = v == 27 ? 28 : 27;
        // ecrecover itself takes it.
        same(ecrecover(digest, other, r, high), vm.addr(key));
        same(Recover.recover(digest, abi.encodePacked(r, high, other)), address(0));
    }

    function testFuzz_any_other_length_gives_nobody(bytes calldata sig) public pure {
        if (sig.length != 65) same(Recover.recover("x", sig), address(0));
    }

    function testFuzz_any_other_v_gives_nobody(uint8 v) public pure {
        (, bytes32 r, bytes32 s) = vm.sign(1, "x");
        if (v == 27 || v == 28) return;
        same(Recover.recover("x", abi.encodePacked(r, s, v)), address(0));
    }

    function test_zeros_and_numbers_beyond_the_order_give_nobody() public pure {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(1, "x");
        same(Recover.recover("x", bytes32(0), s, v), address(0));
        same(Recover.recover("x", r, bytes32(0), v), address(0));
        same(Recover.recover("x", bytes32(ORDER), s, v), address(0));
        same(Recover.recover("x", r, bytes32(ORDER), v), address(0));
        same(Recover.recover("x", r, bytes32(type(uint256).max), v), address(0));
    }

    function test_half_the_order_is_the_last_s() public pure {
        same(Recover.HALF_ORDER, ORDER / 2);
    }
}
