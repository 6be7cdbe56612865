// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {IDisputeGame} from "../../src/interfaces/IDisputeGame.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {Placement} from "../../src/interfaces/IOutputs.sol";
import {BridgeDeposits} from "../../src/l1/BridgeDeposits.sol";
import {BridgeState} from "../../src/l1/BridgeState.sol";
import {FeeVault} from "../../src/l2/FeeVault.sol";
import {L2TokenBridge} from "../../src/l2/L2TokenBridge.sol";
import {MessagePasser} from "../../src/l2/MessagePasser.sol";
import {Messenger} from "../../src/l2/Messenger.sol";
import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {WMETIS} from "../../src/l2/WMETIS.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {BEACON_ROOTS_CODE} from "../mocks/BeaconRoots.sol";
import {TreeModel} from "../mocks/TreeModel.sol";
import {Vm} from "../Mini.sol";
import {Founded} from "./Founded.sol";

/// L1 as founded and L2 as genesis makes it, in one EVM. What crosses is carried by hand and proven: credits
/// as derivation gives them, messages up under a root of the beacon contract, messages down under an output
/// whose block is in a batch.
abstract contract BothChains is Founded {
    using SafeERC20 for IERC20;

    address internal constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;
    address internal constant EPOCH_ACCOUNT = address(0xE90C);
    address internal constant CAROL = address(0xca401); // challenges

    MessagePasser internal passer = MessagePasser(Predeploys.MESSAGE_PASSER);
    Messenger internal messenger = Messenger(Predeploys.MESSENGER);
    L2TokenBridge internal tokens = L2TokenBridge(Predeploys.L2_TOKEN_BRIDGE);
    SequencerSet internal mirror = SequencerSet(Predeploys.SEQUENCER_SET);
    FeeVault internal fees = FeeVault(payable(Predeploys.FEE_VAULT));
    /// Messages to L2, and messages to L1, as a node keeps them.
    TreeModel internal up;
    TreeModel internal down;
    /// The root of MessagePasser after the blocks that were batched up to a number.
    mapping(uint64 number => bytes32) internal passerRoot;

    function setUp() public virtual override {
        super.setUp();
        found();
        up = new TreeModel();
        down = new TreeModel();
        vm.etch(Predeploys.MESSAGE_PASSER, address(new MessagePasser()).code);
        vm.etch(Predeploys.MESSENGER, address(new Messenger()).code);
        vm.etch(Predeploys.L2_TOKEN_BRIDGE, address(new L2TokenBridge()).code);
        vm.etch(Predeploys.SEQUENCER_SET, address(new SequencerSet()).code);
        vm.etch(Predeploys.FEE_VAULT, address(new FeeVault()).code);
        vm.etch(Predeploys.WMETIS, address(new WMETIS()).code);
        vm.etch(Predeploys.BEACON_ROOTS, BEACON_ROOTS_CODE);
        tokens.initialize(address(bridge));
        uint256 first = block.number + 1;
        mirror.initialize(vm.addr(keys[0]), EPOCH_ACCOUNT, first, first + 19, 20, 40, address(timelock));
        fees.initialize(address(timelock), 2, 1 ether);
        bond(vm.addr(STATE_KEY));
        bond(CAROL);
    }

    function bond(address who) internal {
        metis.approve(address(outputs), 10 * uint256(BOND));
        outputs.deposit(who, 10 * uint256(BOND));
    }

    // Up

    /// Gives METIS to `from`, deposits it, and credits it on L2 as the first block of that origin does.
    function depositMetis(address from, address to, uint256 amount) internal {
        IERC20(address(metis)).safeTransfer(from, amount);
        vm.recordLogs();
        vm.startPrank(from);
        metis.approve(address(bridge), amount);
        bridge.depositERC20ToByChainId(L2, address(metis), Predeploys.NATIVE, to, amount, 0, "");
        vm.stopPrank();
        derive();
    }

    /// Gives what the events recorded say: METIS of credits, and messages that can be relayed.
    function derive() internal returns (uint256 credited) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(bridge)) continue;
            if (logs[i].topics[0] == BridgeState.MessageQueued.selector) up.push(logs[i].topics[2]);
            if (logs[i].topics[0] != BridgeDeposits.NativeCredit.selector) continue;
            (, address to, uint64 amount) = abi.decode(logs[i].data, (uint64, address, uint64));
            vm.deal(to, to.balance + uint256(amount) * 1 gwei);
            credited += uint256(amount) * 1 gwei;
        }
    }

    /// An L2 block commits to L1 as it is now, and anyone shows that to Messenger.
    function checkpoint() internal {
        bytes32 hash = blockhash(block.number - 1);
        bytes32 root = bridge.messageRoot();
        same(root, up.root());
        vm.warp(block.timestamp + 1);
        vm.prank(SYSTEM);
        (bool ok,) = Predeploys.BEACON_ROOTS
            .call(
                abi.encode(
                    keccak256(abi.encode(keccak256("conclave/v1/l1-origin"), block.number, hash, root))
                )
            );
        require(ok);
        messenger.checkpoint(block.timestamp, block.number, hash, root);
    }

    function relay(L1Message memory m) internal {
        messenger.relay(m, up.pathOf(m.nonce));
    }

    // Down

    /// `sender` sends METIS or words to L1.
    function sendDown(address sender, address target, uint256 amount, bytes memory data)
        internal
        returns (L2Message memory m)
    {
        m = L2Message(passer.messageCount(), sender, target, address(0), amount, data);
        vm.prank(sender);
        passer.send{value: amount}(target, data);
        pushDown(m);
    }

    function pushDown(L2Message memory m) internal {
        bytes32 data = keccak256(m.data);
        down.push(
            keccak256(
                abi.encode(
                    keccak256("conclave/v1/l2-msg"), m.nonce, m.sender, m.target, m.token, m.amount, data
                )
            )
        );
        same(passer.messageRoot(), down.root());
    }

    /// The next twenty blocks go to the inbox; what left L2 by now is in their state.
    function batch() internal returns (uint64 last) {
        uint64 first = 20 * inbox.lastIndex() + 1;
        last = first + 19;
        submit(first, last);
        passerRoot[last] = passer.messageRoot();
    }

    /// What L2 is after a block. Only the ends of batches have seen messages.
    function truth(uint64 number) internal view returns (OutputProof memory claim) {
        claim.blockNumber = number;
        claim.blockHash = keccak256(abi.encode("block", uint256(number)));
        claim.stateRoot = keccak256(abi.encode("state", number));
        claim.messageTreeRoot = passerRoot[number];
    }

    function rootOf(uint64 number) internal view returns (bytes32) {
        return number == 0 ? GENESIS : outputs.hashOutput(truth(number));
    }

    function placeOf(uint64 number) internal pure returns (Placement memory place) {
        place.batchIndex = (number - 1) / 20 + 1;
        place.blockPos = (number - 1) % 20;
        uint64 first = (place.batchIndex - 1) * 20 + 1;
        place.path = pathOf(hashes(first, first + 19), place.blockPos);
    }

    /// The group account claims with a certificate.
    function propose(OutputProof memory claim) internal returns (uint64 index) {
        index = outputs.lastIndex() + 1;
        Placement memory place = placeOf(uint64(claim.blockNumber));
        bytes memory cert = certify(outputs.proposalDigest(outputs.hashOutput(claim)), 3);
        uint64 setId = registry.currentSet();
        vm.prank(vm.addr(STATE_KEY));
        outputs.proposeOutput(index, claim, place, setId, cert);
        if (!outputs.outputAt(index).certified) revert Differs(0, 1);
    }

    /// Anyone with a bond claims without one.
    function proposeAs(address from, OutputProof memory claim) internal returns (uint64 index) {
        index = outputs.lastIndex() + 1;
        Placement memory place = placeOf(uint64(claim.blockNumber));
        vm.prank(from);
        outputs.proposeOutput(index, claim, place, 0, "");
    }

    function finalize(L2Message memory m, uint64 index, OutputProof memory proof) internal {
        bridge.finalizeWithdrawal(m, index, proof, down.pathOf(m.nonce));
    }

    function refuse(bytes4 reason, L2Message memory m, uint64 index, OutputProof memory proof) internal {
        bytes32[32] memory path = down.pathOf(m.nonce);
        vm.expectRevert(reason);
        bridge.finalizeWithdrawal(m, index, proof, path);
    }

    // Disputed

    /// Carol disputes, and both play until one block is left. The proposer claims `lie` for the last block
    /// and the truth for all others; Carol says what is true.
    function narrow(uint64 index, OutputProof memory lie) internal returns (uint256 id) {
        vm.prank(CAROL);
        id = game.open(index, "other");
        IDisputeGame.Game memory it = game.gameAt(id);
        while (it.phase == IDisputeGame.Phase.Publish) {
            uint64 middle = it.low + (it.high - it.low) / 2;
            bytes32 root = rootOf(middle);
            vm.prank(it.proposer);
            game.publish(id, middle, root);
            vm.prank(CAROL);
            game.choose(id, false);
            it = game.gameAt(id);
        }
        same(it.high, lie.blockNumber);
        Placement memory place = placeOf(it.high);
        vm.prank(it.proposer);
        game.reveal(id, lie, place);
    }

    /// What the members found when they executed the last block again.
    function verdict(uint256 id) internal view returns (bytes memory) {
        IDisputeGame.Game memory it = game.gameAt(id);
        bytes32 post = rootOf(it.high);
        bytes memory cert = certify(quorum.stepDigest(it.lowRoot, it.high, post), 3);
        return abi.encode(registry.currentSet(), post, cert);
    }
}
