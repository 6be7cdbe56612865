// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {L2TokenBridge} from "../../src/l2/L2TokenBridge.sol";
import {MessagePasser} from "../../src/l2/MessagePasser.sol";
import {Messenger} from "../../src/l2/Messenger.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {Mini} from "../Mini.sol";
import {BEACON_ROOTS_CODE} from "./BeaconRoots.sol";
import {PlainToken} from "./BridgeTokens.sol";
import {OutputsMock} from "./OutputsMock.sol";
import {TreeModel} from "./TreeModel.sol";

/// Both chains in one EVM: the bridge as on L1, the predeploys at their addresses, and the contract of
/// EIP-4788 with its code as published there. Proofs are made from models that know nothing of the contracts.
abstract contract CrossFixture is Mini {
    uint256 internal constant L2 = 71_001;
    address internal constant TIMELOCK = address(0x71E10C);
    address internal constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;

    address internal alice = address(0xA11CE);
    address internal bob = address(0xB0B);

    PlainToken internal metis;
    OutputsMock internal outputs;
    Bridge internal bridge;
    MessagePasser internal passer = MessagePasser(Predeploys.MESSAGE_PASSER);
    Messenger internal messenger = Messenger(Predeploys.MESSENGER);
    L2TokenBridge internal tokens = L2TokenBridge(Predeploys.L2_TOKEN_BRIDGE);
    /// Messages to L2, and messages to L1.
    TreeModel internal up;
    TreeModel internal down;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(100);
        metis = new PlainToken("Metis Token", "METIS");
        outputs = new OutputsMock();
        up = new TreeModel();
        down = new TreeModel();
        bridge = newBridge(0);
        bridge.backGenesis();
        vm.etch(Predeploys.MESSAGE_PASSER, address(new MessagePasser()).code);
        vm.etch(Predeploys.MESSENGER, address(new Messenger()).code);
        vm.etch(Predeploys.L2_TOKEN_BRIDGE, address(new L2TokenBridge()).code);
        vm.etch(Predeploys.BEACON_ROOTS, BEACON_ROOTS_CODE);
        tokens.initialize(address(bridge));
    }

    function implementation() internal virtual returns (Bridge) {
        return new Bridge();
    }

    function newBridge(uint256 genesis) internal returns (Bridge) {
        Bridge.Config memory config = Bridge.Config(TIMELOCK, address(metis), address(outputs), L2, genesis);
        bytes memory init = abi.encodeCall(Bridge.initialize, (config));
        return Bridge(address(new ERC1967Proxy(address(implementation()), init)));
    }

    // L1 to L2

    /// Gives METIS to `from` and deposits it for `to`.
    function depositMetis(address from, address to, uint256 amount) internal {
        metis.mint(from, amount);
        vm.startPrank(from);
        metis.approve(address(bridge), amount);
        bridge.depositERC20ToByChainId(L2, address(metis), Predeploys.NATIVE, to, amount, 0, "");
        vm.stopPrank();
    }

    function depositToken(address token, address from, address to, uint256 amount) internal {
        vm.prank(from);
        bridge.depositERC20ToByChainId(L2, token, address(0), to, amount, 500_000, "");
    }

    /// The leaf as section 5.7 has it.
    function leafUp(L1Message memory m) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("conclave/v1/l1-msg"), m.nonce, m.sender, m.target, m.l2Gas, keccak256(m.data)
            )
        );
    }

    function queue(address sender, address target, bytes memory data, uint32 l2Gas)
        internal
        returns (L1Message memory m)
    {
        m = L1Message(bridge.messageCount(), sender, target, l2Gas, data);
        vm.prank(sender);
        bridge.sendMessage(target, data, l2Gas);
        up.push(leafUp(m));
    }

    /// What a block of L2 at this time says of L1, as its system call stores it.
    function block2(uint256 time, uint256 number, bytes32 hash, bytes32 root) internal {
        vm.warp(time);
        bytes32 origin = keccak256(abi.encode(keccak256("conclave/v1/l1-origin"), number, hash, root));
        vm.prank(SYSTEM);
        (bool ok,) = Predeploys.BEACON_ROOTS.call(abi.encode(origin));
        require(ok);
    }

    /// Makes the present root of the bridge known to Messenger.
    function checkpoint() internal {
        bytes32 root = bridge.messageRoot();
        block2(block.timestamp + 1, block.number, blockhash(block.number - 1), root);
        messenger.checkpoint(block.timestamp, block.number, blockhash(block.number - 1), root);
    }

    function relay(L1Message memory m) internal {
        messenger.relay(m, up.pathOf(m.nonce));
    }

    // L2 to L1

    function leafDown(L2Message memory m) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("conclave/v1/l2-msg"),
                m.nonce,
                m.sender,
                m.target,
                m.token,
                m.amount,
                keccak256(m.data)
            )
        );
    }

    function sendDown(address sender, address target, uint256 amount, bytes memory data)
        internal
        returns (L2Message memory m)
    {
        m = L2Message(passer.messageCount(), sender, target, address(0), amount, data);
        vm.deal(sender, sender.balance + amount);
        vm.prank(sender);
        passer.send{value: amount}(target, data);
        down.push(leafDown(m));
    }

    /// A final output with the present root of MessagePasser.
    function propose(uint256 index) internal returns (OutputProof memory proof) {
        proof = OutputProof(
            20 * index, keccak256(abi.encode("block", index)), keccak256("state"), passer.messageRoot()
        );
        outputs.put(
            index,
            keccak256(
                abi.encode(
                    keccak256("conclave/v1/output"),
                    L2,
                    proof.blockNumber,
                    proof.blockHash,
                    proof.stateRoot,
                    proof.messageTreeRoot
                )
            )
        );
    }

    function finalize(L2Message memory m, uint256 index, OutputProof memory proof) internal {
        bridge.finalizeWithdrawal(m, index, proof, down.pathOf(m.nonce));
    }
}
