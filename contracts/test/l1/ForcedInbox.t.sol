// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ForcedInbox} from "../../src/l1/ForcedInbox.sol";
import {RawTx} from "../../src/lib/RawTx.sol";
import {Mini} from "../Mini.sol";
import {Greedy, NoReceiver} from "../mocks/Receivers.sol";
import {TxMaker} from "../mocks/TxMaker.sol";

contract ForcedInboxTest is Mini {
    address private constant TIMELOCK = address(0x71E10C);
    address private alice = address(0xA11CE);
    ForcedInbox private inbox;

    function setUp() public {
        vm.roll(100);
        inbox = make(0);
    }

    function make(uint256 fee) private returns (ForcedInbox) {
        bytes memory init = abi.encodeCall(ForcedInbox.initialize, (TIMELOCK, fee));
        return ForcedInbox(address(new ERC1967Proxy(address(new ForcedInbox()), init)));
    }

    function test_it_is_initialized_once_and_behind_a_proxy() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        inbox.initialize(TIMELOCK, 0);
        ForcedInbox bare = new ForcedInbox();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(TIMELOCK, 0);
        vm.expectRevert(ForcedInbox.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(ForcedInbox.initialize, (address(0), 0)));
        vm.expectRevert(ForcedInbox.FeeTooHigh.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(ForcedInbox.initialize, (TIMELOCK, 100 gwei + 1)));
    }

    function test_a_transaction_is_queued_as_it_is() public {
        bytes memory raw = TxMaker.dynamic(21_000, "");
        vm.expectEmit(address(inbox));
        emit ForcedInbox.ForcedTxQueued(0, keccak256(raw), 100, raw);
        inbox.enqueue(raw);
        vm.expectEmit(address(inbox));
        emit ForcedInbox.ForcedTxQueued(1, keccak256(raw), 100, raw);
        inbox.enqueue(raw);
        same(inbox.count(), 2);
        same(inbox.gasLeftInBlock(), 10_000_000 - 42_000);
    }

    function testFuzz_the_gas_limit_of_each_type_is_read(uint64 gas_, uint16 size) public {
        uint256 gasLimit = within(gas_, 21_000, 3_000_000);
        bytes memory data = new bytes(within(size, 0, 2_000));
        inbox.enqueue(TxMaker.legacy(gasLimit, data));
        inbox.enqueue(TxMaker.accessList(gasLimit, data));
        inbox.enqueue(TxMaker.dynamic(gasLimit, data));
        same(inbox.gasLeftInBlock(), 10_000_000 - 3 * gasLimit);
    }

    function test_a_transaction_signed_elsewhere_is_read() public {
        // The example of EIP-155: nonce 9, gas price 20 gwei, gas limit 21000, value 1 ether.
        inbox.enqueue(
            hex"f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
            hex"8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761a"
            hex"ecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
        );
        same(inbox.gasLeftInBlock(), 10_000_000 - 21_000);
    }

    function test_size_is_bounded() public {
        bytes memory raw = TxMaker.dynamic(500_000, new bytes(32_768 - 117));
        same(raw.length, 32_768);
        inbox.enqueue(raw);
        raw = TxMaker.dynamic(500_000, new bytes(32_768 - 116));
        vm.expectRevert(ForcedInbox.TxTooLarge.selector);
        inbox.enqueue(raw);
    }

    function test_gas_is_bounded_per_block() public {
        inbox.enqueue(TxMaker.dynamic(9_979_000, ""));
        bytes memory raw = TxMaker.dynamic(21_001, "");
        vm.expectRevert(ForcedInbox.GasBudgetExceeded.selector);
        inbox.enqueue(raw);
        inbox.enqueue(TxMaker.dynamic(21_000, ""));
        same(inbox.gasLeftInBlock(), 0);
        vm.roll(101);
        same(inbox.gasLeftInBlock(), 10_000_000);
        inbox.enqueue(raw);
        same(inbox.gasLeftInBlock(), 10_000_000 - 21_001);
        raw = TxMaker.dynamic(type(uint64).max, "");
        vm.expectRevert(ForcedInbox.GasBudgetExceeded.selector);
        inbox.enqueue(raw);
    }

    function test_what_cannot_be_a_transaction_is_refused() public {
        bytes memory good = TxMaker.dynamic(21_000, "");
        bytes memory longer = bytes.concat(good, hex"00");
        bytes[17] memory bad = [
            bytes(""),
            hex"01",
            hex"02",
            hex"7f",
            bytes.concat(hex"03", TxMaker.legacy(21_000, "")), // a type that is not taken
            bytes.concat(hex"04", TxMaker.legacy(21_000, "")),
            longer, // bytes behind the list
            TxMaker.dynamic(20_999, ""),
            TxMaker.dynamic(0, ""),
            hex"c20102", // ends before the gas limit
            hex"c101", // and before that
            hex"c0",
            hex"c3010280", // gas limit zero
            hex"c60102830052ff", // leading zero
            hex"c50102835208", // length beyond the list's
            hex"c4010281" // a small number in two bytes
            hex"05",
            hex"c30102c0" // a list for a number
        ];
        for (uint256 i = 0; i < bad.length; i++) {
            vm.expectRevert(RawTx.BadTx.selector);
            inbox.enqueue(bad[i]);
        }
        bytes[7] memory worse = [
            bytes(
                hex"f80201" // long form for a short list
                hex"02"
            ),
            hex"f8", // length missing
            hex"f900", // length cut
            hex"f90038", // length with a leading zero
            hex"fa010000", // more length than any transaction needs
            hex"cc010289ffffffffffffffffff", // more than 8 bytes of gas
            hex"c201b8" // an item cut
        ];
        for (uint256 i = 0; i < worse.length; i++) {
            vm.expectRevert(RawTx.BadTx.selector);
            inbox.enqueue(worse[i]);
        }
        same(inbox.count(), 0);
    }

    function testFuzz_any_bytes_are_read_or_refused(bytes calldata raw) public {
        (bool ok, bytes memory reason) = address(inbox).call(abi.encodeCall(inbox.enqueue, (raw)));
        if (!ok) {
            require(
                bytes4(reason) == RawTx.BadTx.selector
                    || bytes4(reason) == ForcedInbox.GasBudgetExceeded.selector
            );
        }
    }

    function testFuzz_a_damaged_transaction_is_read_or_refused(uint256 place, bytes1 value) public {
        bytes memory raw = TxMaker.dynamic(1_000_000, "payload");
        raw[within(place, 0, raw.length - 1)] = value;
        (bool ok, bytes memory reason) = address(inbox).call(abi.encodeCall(inbox.enqueue, (raw)));
        if (!ok) {
            require(
                bytes4(reason) == RawTx.BadTx.selector
                    || bytes4(reason) == ForcedInbox.GasBudgetExceeded.selector
            );
        }
    }

    function testFuzz_the_fee_is_burned_and_the_rest_returned(uint256 price, uint256 gas_, uint256 value)
        public
    {
        price = within(price, 0, 100 gwei);
        uint256 gasLimit = within(gas_, 21_000, 10_000_000);
        uint256 fee = price * gasLimit;
        value = within(value, 0, 2 ether);
        vm.expectEmit(address(inbox));
        emit ForcedInbox.FeePerGasChanged(0, price);
        vm.prank(TIMELOCK);
        inbox.setFeePerGas(price);
        vm.deal(alice, value);
        uint256 burned = address(0).balance;
        bytes memory raw = TxMaker.dynamic(gasLimit, "");
        if (value < fee) vm.expectRevert(ForcedInbox.FeeTooLow.selector);
        vm.prank(alice);
        inbox.enqueue{value: value}(raw);
        if (value < fee) fee = 0;
        same(alice.balance, value - fee);
        same(address(0).balance - burned, fee);
        same(address(inbox).balance, 0);
    }

    function test_only_the_timelock_sets_the_fee_and_it_is_bounded() public {
        vm.expectRevert(ForcedInbox.NotTimelock.selector);
        inbox.setFeePerGas(1);
        vm.expectRevert(ForcedInbox.FeeTooHigh.selector);
        vm.prank(TIMELOCK);
        inbox.setFeePerGas(100 gwei + 1);
        vm.prank(TIMELOCK);
        inbox.setFeePerGas(100 gwei);
        same(inbox.feePerGas(), inbox.MAX_FEE_PER_GAS());
    }

    function test_who_takes_a_whole_block_pays_for_all_of_its_gas() public {
        inbox = make(5 gwei);
        bytes memory all = TxMaker.dynamic(10_000_000, "");
        vm.deal(address(this), 1 ether);
        vm.expectRevert(ForcedInbox.FeeTooLow.selector);
        inbox.enqueue{value: 0.05 ether - 1}(all);
        inbox.enqueue{value: 0.05 ether}(all);
        // What a transfer pays, as one of 476 that fit.
        vm.roll(101);
        inbox.enqueue{value: 0.000105 ether}(TxMaker.dynamic(21_000, ""));
        same(address(this).balance, 0.949895 ether);
    }

    function test_who_cannot_take_the_rest_back_pays_exactly() public {
        NoReceiver contract_ = new NoReceiver();
        bytes memory call = abi.encodeCall(inbox.enqueue, (TxMaker.dynamic(21_000, "")));
        vm.deal(alice, 1);
        vm.expectRevert(ForcedInbox.RefundFailed.selector);
        vm.prank(alice);
        contract_.run{value: 1}(address(inbox), 1, call);
        contract_.run(address(inbox), 0, call);
    }

    function test_the_rest_cannot_be_used_to_enter_again() public {
        Greedy greedy = new Greedy();
        bytes memory call = abi.encodeCall(inbox.enqueue, (TxMaker.dynamic(21_000, "")));
        greedy.set(address(inbox), call);
        vm.deal(alice, 1);
        vm.prank(alice);
        greedy.run{value: 1}(address(inbox), 1, call);
        require(greedy.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(inbox.count(), 1);
    }

    function test_stray_value_is_refused() public {
        vm.deal(alice, 1);
        vm.prank(alice);
        (bool ok,) = address(inbox).call{value: 1}("");
        require(!ok);
    }
}
