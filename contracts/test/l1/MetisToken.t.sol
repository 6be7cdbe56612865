// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MetisToken} from "../../src/l1/MetisToken.sol";
import {Mini, Vm} from "../Mini.sol";

contract MetisTokenTest is Mini {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function test_the_whole_supply_is_the_treasurys() public {
        MetisToken token = new MetisToken(address(0xA11), 10_000_000 ether);
        same(token.totalSupply(), 10_000_000 ether);
        same(token.balanceOf(address(0xA11)), 10_000_000 ether);
        same(token.decimals(), 18);
        same(keccak256(bytes(token.symbol())), keccak256("METIS"));
    }

    function test_nobody_mints_later() public {
        MetisToken token = new MetisToken(address(this), 1);
        bytes memory mint = abi.encodeWithSignature("mint(address,uint256)", address(this), 1);
        (bool done,) = address(token).call(mint);
        same(done ? 1 : 0, 0);
    }

    function test_a_signature_is_an_approval() public {
        MetisToken token = new MetisToken(address(this), 1 ether);
        Vm.Wallet memory ann = vm.createWallet(42);
        bytes32 content = keccak256(abi.encode(PERMIT, ann.addr, address(0xB22), 5, 0, type(uint256).max));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(42, digest);
        token.permit(ann.addr, address(0xB22), 5, type(uint256).max, v, r, s);
        same(token.allowance(ann.addr, address(0xB22)), 5);
    }
}
