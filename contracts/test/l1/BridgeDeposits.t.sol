// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Bridge} from "../../src/l1/Bridge.sol";
import {BridgeDeposits} from "../../src/l1/BridgeDeposits.sol";
import {BridgeState} from "../../src/l1/BridgeState.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {FalseToken, FeeToken, HookToken, PlainToken, SilentToken} from "../mocks/BridgeTokens.sol";
import {Vm} from "../Mini.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";
import {Greedy, NoReceiver} from "../mocks/Receivers.sol";

contract BridgeDepositsTest is CrossFixture {
    // Start

    function test_the_implementation_cannot_be_initialized() public {
        Bridge bare = new Bridge();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(Bridge.Config(TIMELOCK, address(metis), address(outputs), L2, 0));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bridge.initialize(Bridge.Config(TIMELOCK, address(metis), address(outputs), L2, 0));
    }

    function test_no_part_of_the_configuration_is_zero() public {
        Bridge.Config[3] memory bad = [
            Bridge.Config(address(0), address(metis), address(outputs), L2, 0),
            Bridge.Config(TIMELOCK, address(0), address(outputs), L2, 0),
            Bridge.Config(TIMELOCK, address(metis), address(0), L2, 0)
        ];
        for (uint256 i = 0; i < bad.length; i++) {
            vm.expectRevert(BridgeState.ZeroAddress.selector);
            this.initializeExternally(bad[i]);
        }
    }

    function initializeExternally(Bridge.Config calldata config) external {
        Bridge fresh = Bridge(clone(address(implementation())));
        fresh.initialize(config);
    }

    /// EIP-1167.
    function clone(address code) private returns (address made) {
        bytes memory init = abi.encodePacked(
            hex"3d602d80600a3d3981f3363d3d373d3d3d363d73", code, hex"5af43d82803e903d91602b57fd5bf3"
        );
        assembly ("memory-safe") {
            made := create(0, add(init, 32), mload(init))
        }
    }

    function test_genesis_is_backed_before_the_first_deposit() public {
        Bridge fresh = newBridge(50 ether);
        metis.mint(alice, 60 ether);
        vm.startPrank(alice);
        metis.approve(address(fresh), 60 ether);
        vm.expectRevert(BridgeDeposits.NotBacked.selector);
        fresh.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1, 0, "");
        vm.expectEmit(address(fresh));
        emit BridgeDeposits.GenesisBacked(50 ether);
        fresh.backGenesis();
        same(fresh.escrow(address(metis)), 50 ether);
        fresh.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1, 0, "");
        vm.expectRevert(BridgeDeposits.AlreadyBacked.selector);
        fresh.backGenesis();
        vm.stopPrank();
    }

    // METIS

    function test_metis_is_escrowed_and_credited_in_gwei() public {
        metis.mint(alice, 5 ether + 7);
        vm.startPrank(alice);
        metis.approve(address(bridge), 5 ether + 7);
        vm.expectEmit(address(bridge));
        emit BridgeDeposits.ERC20DepositInitiated(
            address(metis), Predeploys.NATIVE, alice, bob, 5 ether + 7, ""
        );
        vm.expectEmit(address(bridge));
        emit BridgeDeposits.NativeCredit(0, bob, 5e9);
        bridge.depositERC20ToByChainId(L2, address(metis), Predeploys.NATIVE, bob, 5 ether + 7, 200_000, "");
        vm.stopPrank();
        same(bridge.escrow(address(metis)), 5 ether + 7);
        same(metis.balanceOf(address(bridge)), 5 ether + 7);
        same(bridge.dust(bob), 7);
        same(bridge.totalDust(), 7);
        same(bridge.creditCount(), 1);
    }

    function test_dust_joins_the_next_deposit() public {
        depositMetis(alice, bob, 999_999_999);
        same(bridge.creditCount(), 0);
        same(bridge.dust(bob), 999_999_999);
        metis.mint(alice, 2);
        vm.startPrank(alice);
        metis.approve(address(bridge), 2);
        vm.expectEmit(address(bridge));
        emit BridgeDeposits.NativeCredit(0, bob, 1);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 2, 0, "");
        vm.stopPrank();
        same(bridge.dust(bob), 1);
        same(bridge.totalDust(), 1);
    }

    function testFuzz_credits_and_dust_are_the_deposits_to_the_wei(uint256[6] memory amounts) public {
        uint256 sum = 0;
        uint256 bobs = 0;
        vm.recordLogs();
        for (uint256 i = 0; i < 6; i++) {
            uint256 amount = within(amounts[i], 1, 1e25);
            address to = i % 2 == 0 ? bob : alice;
            depositMetis(alice, to, amount);
            sum += amount;
            if (to == bob) bobs += amount;
        }
        same(creditedGwei(bob), bobs / 1e9);
        same(bridge.dust(bob), bobs % 1e9);
        same(bridge.dust(alice), (sum - bobs) % 1e9);
        same(bridge.totalDust(), bridge.dust(bob) + bridge.dust(alice));
        same(bridge.escrow(address(metis)), sum);
    }

    function creditedGwei(address who) private returns (uint256 total) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != BridgeDeposits.NativeCredit.selector) continue;
            (uint64 nonce, address to, uint64 amount) = abi.decode(logs[i].data, (uint64, address, uint64));
            nonce;
            if (to == who) total += amount;
        }
    }

    function test_a_block_takes_512_credits_and_the_next_goes_on() public {
        for (uint256 i = 0; i < 512; i++) {
            depositMetis(alice, bob, 1 gwei);
        }
        metis.mint(alice, 2 gwei);
        vm.startPrank(alice);
        metis.approve(address(bridge), 2 gwei);
        vm.expectRevert(BridgeDeposits.TooManyDeposits.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1 gwei, 0, "");
        // What credits nothing still goes.
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1, 0, "");
        vm.roll(block.number + 1);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1 gwei - 1, 0, "");
        vm.stopPrank();
        same(bridge.creditCount(), 513);
    }

    function test_metis_deposits_that_would_be_lost_are_refused() public {
        metis.mint(alice, type(uint128).max);
        vm.startPrank(alice);
        metis.approve(address(bridge), type(uint256).max);
        vm.expectRevert(BridgeDeposits.WrongChain.selector);
        bridge.depositERC20ToByChainId(1, address(metis), address(0), bob, 1, 0, "");
        vm.expectRevert(BridgeDeposits.ZeroAmount.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 0, 0, "");
        vm.expectRevert(BridgeState.ZeroAddress.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), address(0), 1, 0, "");
        vm.expectRevert(BridgeDeposits.WrongL2Token.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), alice, bob, 1, 0, "");
        vm.expectRevert(BridgeDeposits.DataNotEmpty.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1, 0, "x");
        vm.expectRevert(BridgeDeposits.BadRecipient.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), address(passer), 1, 0, "");
        vm.expectRevert(BridgeDeposits.AmountTooLarge.selector);
        bridge.depositERC20ToByChainId(L2, address(metis), address(0), bob, 1e9 * 2 ** 64, 0, "");
        vm.stopPrank();
    }

    // Other tokens

    function registered(PlainToken token) private returns (PlainToken) {
        bridge.registerToken(address(token));
        token.mint(alice, 1000);
        vm.prank(alice);
        token.approve(address(bridge), 1000);
        return token;
    }

    function test_a_token_deposit_is_a_message_of_the_bridge() public {
        PlainToken token = registered(new PlainToken("Dollar", "USD"));
        address l2Token = bridge.l2TokenOf(address(token));
        bytes memory data = abi.encodeCall(tokens.finalizeDeposit, (address(token), alice, bob, 10, "memo"));
        bytes32 leaf = keccak256(
            abi.encode(
                keccak256("conclave/v1/l1-msg"), 1, address(bridge), address(tokens), 90_000, keccak256(data)
            )
        );
        vm.expectEmit(address(bridge));
        emit BridgeDeposits.ERC20DepositInitiated(address(token), l2Token, alice, bob, 10, "memo");
        vm.expectEmit(address(bridge));
        emit BridgeState.MessageQueued(1, leaf, address(bridge), address(tokens), 90_000, data);
        vm.prank(alice);
        bridge.depositERC20ToByChainId(L2, address(token), l2Token, bob, 10, 90_000, "memo");
        same(bridge.escrow(address(token)), 10);
        same(bridge.escrow(address(metis)), 0);
    }

    function test_tokens_are_registered_once_and_with_plain_metadata() public {
        PlainToken token = new PlainToken("Dollar", "USD");
        vm.expectEmit(address(bridge));
        emit BridgeDeposits.TokenRegistered(address(token), bridge.l2TokenOf(address(token)));
        bridge.registerToken(address(token));
        vm.expectRevert(BridgeDeposits.AlreadyRegistered.selector);
        bridge.registerToken(address(token));
        vm.expectRevert(BridgeDeposits.BadToken.selector);
        bridge.registerToken(address(metis));
        vm.expectRevert(BridgeDeposits.BadToken.selector);
        bridge.registerToken(alice);
        address long = address(new PlainToken(string(new bytes(65)), "L"));
        vm.expectRevert(BridgeDeposits.BadToken.selector);
        bridge.registerToken(long);
        long = address(new PlainToken("L", string(new bytes(65))));
        vm.expectRevert(BridgeDeposits.BadToken.selector);
        bridge.registerToken(long);
    }

    function test_an_unknown_or_misnamed_token_is_refused() public {
        PlainToken token = new PlainToken("Dollar", "USD");
        token.mint(alice, 10);
        vm.startPrank(alice);
        token.approve(address(bridge), 10);
        vm.expectRevert(BridgeDeposits.UnknownToken.selector);
        bridge.depositERC20ToByChainId(L2, address(token), address(0), bob, 1, 0, "");
        bridge.registerToken(address(token));
        vm.expectRevert(BridgeDeposits.WrongL2Token.selector);
        bridge.depositERC20ToByChainId(L2, address(token), Predeploys.NATIVE, bob, 1, 0, "");
        vm.stopPrank();
    }

    function test_a_token_that_keeps_a_fee_is_refused() public {
        PlainToken token = registered(new FeeToken());
        vm.expectRevert(BridgeState.NotExact.selector);
        depositToken(address(token), alice, bob, 500);
    }

    function test_a_token_that_says_no_is_refused() public {
        PlainToken token = registered(new FalseToken());
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        depositToken(address(token), alice, bob, 500);
    }

    function test_a_token_that_answers_nothing_is_taken() public {
        SilentToken token = new SilentToken();
        bridge.registerToken(address(token));
        token.mint(alice, 9);
        depositToken(address(token), alice, bob, 9);
        same(bridge.escrow(address(token)), 9);
    }

    function test_a_hook_in_a_token_cannot_enter_the_bridge() public {
        HookToken token = new HookToken();
        registered(token);
        bytes[4] memory calls = [
            abi.encodeCall(
                bridge.depositERC20ToByChainId, (L2, address(token), address(0), bob, 1, 0, bytes(""))
            ),
            abi.encodeCall(bridge.sendMessage, (bob, bytes("x"), 0)),
            abi.encodeCall(bridge.registerToken, (address(token))),
            abi.encodeCall(bridge.backGenesis, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            token.set(address(bridge), calls[i]);
            depositToken(address(token), alice, bob, 1);
            require(token.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        same(bridge.escrow(address(token)), 4);
    }

    // Messages and the fee

    function test_a_message_is_queued_with_its_sender() public {
        bytes32 leaf =
            keccak256(abi.encode(keccak256("conclave/v1/l1-msg"), 0, alice, bob, 70_000, keccak256("hi")));
        vm.expectEmit(address(bridge));
        emit BridgeState.MessageQueued(0, leaf, alice, bob, 70_000, "hi");
        vm.prank(alice);
        same(bridge.sendMessage(bob, "hi", 70_000), 0);
        up.push(leaf);
        same(bridge.messageRoot(), up.root());
        same(bridge.messageCount(), 1);
    }

    function test_messages_are_bounded() public {
        bridge.sendMessage(bob, new bytes(16_384), 20_000_000);
        vm.expectRevert(BridgeState.DataTooLong.selector);
        bridge.sendMessage(bob, new bytes(16_385), 0);
        vm.expectRevert(BridgeState.GasTooHigh.selector);
        bridge.sendMessage(bob, "", 20_000_001);
        vm.expectRevert(BridgeState.ZeroAddress.selector);
        bridge.sendMessage(address(0), "", 0);
    }

    function test_only_the_timelock_sets_the_fee_and_it_is_bounded() public {
        vm.expectRevert(BridgeState.NotTimelock.selector);
        bridge.setFee(1);
        vm.expectEmit(address(bridge));
        emit BridgeState.FeeChanged(0, 0.1 ether);
        vm.prank(TIMELOCK);
        bridge.setFee(0.1 ether);
        vm.expectRevert(BridgeState.FeeTooHigh.selector);
        vm.prank(TIMELOCK);
        bridge.setFee(0.1 ether + 1);
    }

    function testFuzz_the_fee_is_taken_and_the_rest_returned(uint256 fee, uint256 value, uint8 which) public {
        fee = within(fee, 0, 0.1 ether);
        value = within(value, 0, 1 ether);
        vm.prank(TIMELOCK);
        bridge.setFee(fee);
        PlainToken token = new PlainToken("Dollar", "USD");
        metis.mint(alice, 5);
        vm.deal(alice, value);
        vm.startPrank(alice);
        metis.approve(address(bridge), 5);
        if (value < fee) vm.expectRevert(BridgeState.FeeTooLow.selector);
        if (which % 3 == 0) bridge.sendMessage{value: value}(bob, "hi", 0);
        else if (which % 3 == 1) bridge.registerToken{value: value}(address(token));
        else bridge.depositERC20ToByChainId{value: value}(L2, address(metis), address(0), bob, 5, 0, "");
        vm.stopPrank();
        if (value < fee) fee = 0;
        same(alice.balance, value - fee);
        same(TIMELOCK.balance, fee);
        same(address(bridge).balance, 0);
    }

    function test_who_cannot_take_the_rest_back_pays_exactly() public {
        NoReceiver contract_ = new NoReceiver();
        bytes memory call = abi.encodeCall(bridge.sendMessage, (bob, bytes("hi"), 0));
        vm.deal(alice, 2);
        vm.expectRevert(BridgeState.RefundFailed.selector);
        vm.prank(alice);
        contract_.run{value: 1}(address(bridge), 1, call);
        contract_.run(address(bridge), 0, call);
    }

    function test_the_rest_cannot_be_used_to_enter_the_bridge() public {
        Greedy greedy = new Greedy();
        bytes memory call = abi.encodeCall(bridge.sendMessage, (bob, bytes("hi"), 0));
        greedy.set(address(bridge), call);
        vm.deal(alice, 1);
        vm.prank(alice);
        greedy.run{value: 1}(address(bridge), 1, call);
        require(greedy.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        same(bridge.messageCount(), 1);
    }

    function test_stray_value_is_refused() public {
        vm.deal(alice, 1);
        vm.prank(alice);
        (bool ok,) = address(bridge).call{value: 1}("");
        require(!ok);
    }

    function test_gifts_do_not_move_the_escrow() public {
        metis.mint(address(bridge), 5 ether);
        same(bridge.escrow(address(metis)), 0);
        depositMetis(alice, bob, 1 gwei);
        same(bridge.escrow(address(metis)), 1 gwei);
    }
}
