// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {L2Message} from "../../src/interfaces/IBridge.sol";
import {IL2TokenBridge} from "../../src/interfaces/IL2TokenBridge.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {BridgedToken} from "../../src/l2/BridgedToken.sol";
import {L2TokenBridge} from "../../src/l2/L2TokenBridge.sol";
import {Messenger} from "../../src/l2/Messenger.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";

contract L2TokenBridgeTest is CrossFixture {
    PlainToken private usd;
    BridgedToken private usd2;

    function setUp() public override {
        super.setUp();
        usd = new PlainToken("Dollar", "USD");
        usd2 = BridgedToken(tokens.l2TokenOf(address(usd)));
        usd.mint(alice, 1000);
        vm.prank(alice);
        usd.approve(address(bridge), 1000);
    }

    /// The message that the bridge queued last, which has these calldata.
    function fromBridge(uint32 l2Gas, bytes memory data) private returns (L1Message memory m) {
        m = L1Message(bridge.messageCount() - 1, address(bridge), Predeploys.L2_TOKEN_BRIDGE, l2Gas, data);
        up.push(leafUp(m));
    }

    function register() private returns (L1Message memory) {
        bridge.registerToken(address(usd));
        return fromBridge(
            2_000_000, abi.encodeCall(IL2TokenBridge.createToken, (address(usd), "Dollar", "USD", 18))
        );
    }

    function deposit(uint256 amount, bytes memory data) private returns (L1Message memory) {
        vm.prank(alice);
        bridge.depositERC20ToByChainId(L2, address(usd), address(usd2), bob, amount, 500_000, data);
        return fromBridge(
            500_000, abi.encodeCall(IL2TokenBridge.finalizeDeposit, (address(usd), alice, bob, amount, data))
        );
    }

    function test_a_token_goes_to_l2_and_back() public {
        L1Message memory made = register();
        L1Message memory sent = deposit(600, "memo");
        checkpoint();
        vm.expectEmit(address(tokens));
        emit L2TokenBridge.TokenCreated(address(usd), address(usd2));
        this.relayExternally(made);
        same(keccak256(bytes(usd2.name())), keccak256("Dollar"));
        same(keccak256(bytes(usd2.symbol())), keccak256("USD"));
        same(usd2.decimals(), 18);
        same(usd2.l1Token(), address(usd));
        same(usd2.bridge(), address(tokens));

        vm.expectEmit(address(tokens));
        emit L2TokenBridge.DepositFinalized(address(usd), address(usd2), alice, bob, 600, "memo");
        this.relayExternally(sent);
        same(usd2.balanceOf(bob), 600);
        same(usd2.totalSupply(), bridge.escrow(address(usd)));

        vm.expectEmit(address(tokens));
        emit L2TokenBridge.WithdrawalInitiated(address(usd), address(usd2), bob, alice, 250);
        vm.prank(bob);
        same(tokens.withdraw(address(usd), alice, 250), 0);
        L2Message memory m = L2Message(0, address(tokens), alice, address(usd), 250, "");
        down.push(leafDown(m));
        same(passer.messageRoot(), down.root());
        finalize(m, 1, propose(1));
        same(usd.balanceOf(alice), 650);
        same(bridge.escrow(address(usd)), 350);
        same(usd2.totalSupply(), 350);
        same(bridge.released(), 0);
    }

    function test_a_deposit_before_its_token_waits() public {
        L1Message memory made = register();
        L1Message memory sent = deposit(1, "");
        checkpoint();
        bytes memory reason = abi.encodePacked(L2TokenBridge.UnknownToken.selector);
        vm.expectRevert(abi.encodeWithSelector(Messenger.TargetFailed.selector, reason));
        this.relayExternally(sent);
        relay(made);
        relay(sent);
        same(usd2.balanceOf(bob), 1);
    }

    function test_both_ends_compute_the_same_address() public view {
        same(bridge.l2TokenOf(address(usd)), address(usd2));
        same(bridge.l2TokenOf(address(metis)), Predeploys.NATIVE);
    }

    function test_only_the_bridge_on_l1_is_heard() public {
        vm.expectRevert(L2TokenBridge.NotL1Bridge.selector);
        tokens.createToken(address(usd), "", "", 0);
        vm.expectRevert(L2TokenBridge.NotL1Bridge.selector);
        tokens.finalizeDeposit(address(usd), alice, bob, 1, "");
        // Through Messenger, but from someone else.
        L1Message memory m = queue(
            alice,
            address(tokens),
            abi.encodeCall(tokens.finalizeDeposit, (address(usd), alice, bob, 1, "")),
            0
        );
        checkpoint();
        bytes memory reason = abi.encodePacked(L2TokenBridge.NotL1Bridge.selector);
        vm.expectRevert(abi.encodeWithSelector(Messenger.TargetFailed.selector, reason));
        this.relayExternally(m);
        m = queue(
            alice,
            address(tokens),
            abi.encodeCall(tokens.createToken, (address(usd), "Dollar", "USD", uint8(18))),
            0
        );
        checkpoint();
        vm.expectRevert(abi.encodeWithSelector(Messenger.TargetFailed.selector, reason));
        this.relayExternally(m);
    }

    function test_a_token_is_made_once() public {
        L1Message memory made = register();
        checkpoint();
        relay(made);
        L1Message memory again = queue(address(bridge), address(tokens), made.data, 0);
        checkpoint();
        bytes memory reason = abi.encodePacked(L2TokenBridge.TokenExists.selector);
        vm.expectRevert(abi.encodeWithSelector(Messenger.TargetFailed.selector, reason));
        this.relayExternally(again);
    }

    function test_only_its_bridge_mints_and_burns() public {
        L1Message memory made = register();
        checkpoint();
        relay(made);
        vm.expectRevert(BridgedToken.NotBridge.selector);
        usd2.mint(alice, 1);
        vm.expectRevert(BridgedToken.NotBridge.selector);
        usd2.burn(alice, 1);
    }

    function test_nobody_withdraws_what_they_do_not_have() public {
        vm.expectRevert(L2TokenBridge.UnknownToken.selector);
        tokens.withdraw(address(usd), alice, 1);
        L1Message memory made = register();
        checkpoint();
        relay(made);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, bob, 0, 1));
        vm.prank(bob);
        tokens.withdraw(address(usd), alice, 1);
    }

    function test_it_is_initialized_once() public {
        same(tokens.l1Bridge(), address(bridge));
        vm.expectRevert(L2TokenBridge.AlreadyInitialized.selector);
        tokens.initialize(alice);
        L2TokenBridge fresh = new L2TokenBridge();
        vm.expectRevert(L2TokenBridge.ZeroAddress.selector);
        fresh.initialize(address(0));
        vm.expectEmit(address(fresh));
        emit L2TokenBridge.Initialized(alice);
        fresh.initialize(alice);
    }

    function test_nothing_is_being_made_outside_of_a_creation() public {
        L1Message memory made = register();
        checkpoint();
        relay(made);
        (address l1Token, string memory name,, uint8 decimals) = tokens.making();
        same(l1Token, address(0));
        same(bytes(name).length, 0);
        same(decimals, 0);
    }

    function relayExternally(L1Message memory m) external {
        bytes32[32] memory path = up.pathOf(m.nonce);
        messenger.relay(m, path);
    }
}
