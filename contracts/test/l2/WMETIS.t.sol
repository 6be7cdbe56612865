// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {WMETIS} from "../../src/l2/WMETIS.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {Mini} from "../Mini.sol";
import {Greedy, NoReceiver} from "../mocks/Receivers.sol";

contract WMETISTest is Mini {
    WMETIS private wmetis = WMETIS(payable(Predeploys.WMETIS));
    address private alice = address(0xA11CE);

    function setUp() public {
        vm.etch(Predeploys.WMETIS, address(new WMETIS()).code);
        vm.deal(alice, 10 ether);
    }

    function test_it_has_its_names_without_genesis_storage() public view {
        same(keccak256(bytes(wmetis.name())), keccak256("Wrapped METIS"));
        same(keccak256(bytes(wmetis.symbol())), keccak256("WMETIS"));
        same(wmetis.decimals(), 18);
    }

    function test_wrapping_and_unwrapping_is_one_to_one() public {
        vm.expectEmit(address(wmetis));
        emit WMETIS.Deposit(alice, 3 ether);
        vm.prank(alice);
        wmetis.deposit{value: 3 ether}();
        same(wmetis.balanceOf(alice), 3 ether);
        same(wmetis.totalSupply(), address(wmetis).balance);
        vm.expectEmit(address(wmetis));
        emit WMETIS.Withdrawal(alice, 1 ether);
        vm.prank(alice);
        wmetis.withdraw(1 ether);
        same(alice.balance, 8 ether);
        same(wmetis.totalSupply(), 2 ether);
    }

    function test_plain_value_is_wrapped() public {
        vm.prank(alice);
        (bool ok,) = address(wmetis).call{value: 2}("");
        require(ok);
        same(wmetis.balanceOf(alice), 2);
    }

    function test_nobody_unwraps_more_than_they_have() public {
        vm.prank(alice);
        wmetis.deposit{value: 1}();
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1, 2));
        vm.prank(alice);
        wmetis.withdraw(2);
    }

    function test_a_contract_that_takes_no_metis_keeps_its_tokens() public {
        NoReceiver contract_ = new NoReceiver();
        vm.prank(alice);
        contract_.run{value: 5}(address(wmetis), 5, abi.encodeCall(wmetis.deposit, ()));
        vm.expectRevert(WMETIS.TransferFailed.selector);
        contract_.run(address(wmetis), 0, abi.encodeCall(wmetis.withdraw, (5)));
        same(wmetis.balanceOf(address(contract_)), 5);
    }

    function test_unwrapping_cannot_be_entered_twice() public {
        Greedy greedy = new Greedy();
        vm.prank(alice);
        greedy.run{value: 6}(address(wmetis), 6, abi.encodeCall(wmetis.deposit, ()));
        greedy.set(address(wmetis), abi.encodeCall(wmetis.withdraw, (3)));
        greedy.run(address(wmetis), 0, abi.encodeCall(wmetis.withdraw, (3)));
        require(greedy.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(address(greedy).balance, 3);
        same(wmetis.balanceOf(address(greedy)), 3);
    }
}
