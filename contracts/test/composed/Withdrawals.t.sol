// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {IL2TokenBridge} from "../../src/interfaces/IL2TokenBridge.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {IOutputs} from "../../src/interfaces/IOutputs.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {Tags} from "../../src/lib/Tags.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";
import {TxMaker} from "../mocks/TxMaker.sol";
import {BothChains} from "./BothChains.sol";

/// METIS, tokens and messages across both chains, under outputs that are claimed, disputed and judged.
contract WithdrawalsTest is BothChains {
    address internal constant ANN = address(0xA11);
    address internal constant BEN = address(0xB22);

    /// Ann's METIS came over the bridge; seven of hers leave again.
    function leaving() internal returns (L2Message memory m) {
        depositMetis(ANN, ANN, 100 ether);
        same(ANN.balance, 100 ether);
        m = sendDown(ANN, BEN, 7 ether, "");
    }

    function lieOf(uint64 number) internal view returns (OutputProof memory lie) {
        lie = truth(number);
        lie.stateRoot = "lie";
    }

    function test_metis_goes_up_and_comes_back_under_a_certified_output() public {
        L2Message memory m = leaving();
        same(bridge.escrow(address(metis)), GENESIS_METIS + 100 ether);
        uint64 last = batch();
        OutputProof memory claim = truth(last);
        uint64 index = propose(claim);
        refuse(Bridge.NotFinal.selector, m, index, claim);
        pass(WINDOW);
        refuse(Bridge.NotFinal.selector, m, index, claim);
        pass(1);
        refuse(Bridge.BadProof.selector, m, index, lieOf(last));
        finalize(m, index, claim);
        same(metis.balanceOf(BEN), 7 ether);
        same(bridge.escrow(address(metis)), GENESIS_METIS + 93 ether);
        refuse(Bridge.AlreadySpent.selector, m, index, claim);
        outputs.releaseBond(index);
        same(outputs.depositOf(vm.addr(STATE_KEY)), 10 * uint256(BOND));
    }

    function test_a_lie_is_narrowed_to_its_block_and_judged_by_the_powers_of_the_pool() public {
        L2Message memory m = leaving();
        uint64 last = batch();
        bond(STRANGER);
        OutputProof memory lie = lieOf(last);
        uint64 index = proposeAs(STRANGER, lie);
        uint256 id = narrow(index, lie);
        refuse(Bridge.Disputed.selector, m, index, lie);
        game.judge(id, quorum, verdict(id));
        same(game.gameAt(id).winner, CAROL);
        same(outputs.depositOf(CAROL), 10 * uint256(BOND) + 9 ether);
        refuse(Bridge.Rejected.selector, m, index, lie);
        uint64 good = propose(truth(last));
        pass(WINDOW + 1);
        finalize(m, good, truth(last));
        same(metis.balanceOf(BEN), 7 ether);
    }

    function test_a_true_output_is_upheld_and_releases_after_a_whole_new_window() public {
        L2Message memory m = leaving();
        uint64 last = batch();
        OutputProof memory claim = truth(last);
        uint64 index = propose(claim);
        pass(WINDOW - 1);
        uint256 id = narrow(index, claim);
        game.judge(id, quorum, verdict(id));
        same(game.gameAt(id).winner, vm.addr(STATE_KEY));
        pass(WINDOW);
        refuse(Bridge.NotFinal.selector, m, index, claim);
        pass(1);
        finalize(m, index, claim);
        same(metis.balanceOf(BEN), 7 ether);
    }

    function test_an_output_that_nobody_can_judge_falls_and_the_next_one_releases() public {
        L2Message memory m = leaving();
        uint64 last = batch();
        OutputProof memory claim = truth(last);
        uint64 index = propose(claim);
        uint256 id = narrow(index, claim);
        bytes32 digest = quorum.stepDigest(game.gameAt(id).lowRoot, last, rootOf(last));
        // Two thirds of the power and no more: nothing is decided.
        game.judge(id, quorum, abi.encode(registry.currentSet(), rootOf(last), certifyMask(digest, 14)));
        refuse(Bridge.Disputed.selector, m, index, claim);
        pass(14 * uint256(MOVE) + 1);
        game.giveUp(id);
        refuse(Bridge.Rejected.selector, m, index, claim);
        same(outputs.depositOf(CAROL), 10 * uint256(BOND));
        same(outputs.depositOf(vm.addr(STATE_KEY)), 10 * uint256(BOND));
        uint64 again = propose(claim);
        pass(WINDOW + 1);
        finalize(m, again, claim);
        same(metis.balanceOf(BEN), 7 ether);
    }

    function test_governance_names_another_verifier_while_a_verdict_is_awaited() public {
        leaving();
        uint64 last = batch();
        OutputProof memory claim = truth(last);
        uint256 id = narrow(propose(claim), claim);
        decide(address(game), abi.encodeCall(game.setVerifier, (address(stub), true)));
        bytes32 low = game.gameAt(id).lowRoot;
        game.judge(id, stub, abi.encode(Tags.STUB_PROOF, low, uint256(last), rootOf(last)));
        same(game.gameAt(id).winner, vm.addr(STATE_KEY));
    }

    function test_a_token_goes_up_by_messages_and_comes_back_under_an_output() public {
        PlainToken token = new PlainToken("Gold", "GLD");
        token.mint(ANN, 50 ether);
        vm.recordLogs();
        bridge.registerToken(address(token));
        vm.startPrank(ANN);
        token.approve(address(bridge), 50 ether);
        bridge.depositERC20ToByChainId(L2, address(token), address(0), BEN, 50 ether, 500_000, "");
        vm.stopPrank();
        derive();
        checkpoint();
        string memory name = "Gold";
        relay(
            message(
                0, 2_000_000, abi.encodeCall(IL2TokenBridge.createToken, (address(token), name, "GLD", 18))
            )
        );
        bytes memory note =
            abi.encodeCall(IL2TokenBridge.finalizeDeposit, (address(token), ANN, BEN, 50 ether, ""));
        relay(message(1, 500_000, note));
        IERC20Metadata there = IERC20Metadata(bridge.l2TokenOf(address(token)));
        same(there.balanceOf(BEN), 50 ether);
        vm.prank(BEN);
        tokens.withdraw(address(token), ANN, 20 ether);
        L2Message memory m = L2Message(0, address(tokens), ANN, address(token), 20 ether, "");
        pushDown(m);
        OutputProof memory claim = truth(batch());
        uint64 index = propose(claim);
        pass(WINDOW + 1);
        finalize(m, index, claim);
        same(IERC20(token).balanceOf(ANN), 20 ether);
        same(bridge.escrow(address(token)), 30 ether);
    }

    /// A message of the bridge to its other end.
    function message(uint256 nonce, uint32 l2Gas, bytes memory data)
        internal
        view
        returns (L1Message memory)
    {
        return L1Message(nonce, address(bridge), address(tokens), l2Gas, data);
    }

    function test_a_vote_on_l1_changes_l2_by_a_message_that_anyone_carries() public {
        bytes memory change = abi.encodeCall(mirror.UpdateEpochLength, (30));
        vm.recordLogs();
        decide(address(bridge), abi.encodeCall(bridge.sendMessage, (address(mirror), change, 100_000)));
        derive();
        checkpoint();
        vm.prank(STRANGER);
        vm.expectRevert(bytes("Not Mpc or Owner"));
        mirror.UpdateEpochLength(30);
        vm.startPrank(STRANGER);
        relay(L1Message(0, address(timelock), address(mirror), 100_000, change));
        vm.stopPrank();
        same(mirror.epochLength(), 30);
    }

    function test_fees_of_l2_follow_the_mirror_and_leave_by_the_bridge() public {
        vm.startPrank(EPOCH_ACCOUNT);
        for (uint256 i = 1; i <= 3; i++) {
            (,,, uint256 end) = mirror.epochs(i - 1);
            if (i > 2) vm.roll(end - 1);
            mirror.commitEpoch(i, end + 1, end + 20, vm.addr(keys[i]));
        }
        vm.stopPrank();
        (,,, uint256 done) = mirror.epochs(1);
        vm.roll(done + 41);
        vm.deal(Predeploys.FEE_VAULT, 5 ether);
        fees.distribute(0, 1);
        same(EPOCH_ACCOUNT.balance, 1 ether);
        address signer = vm.addr(keys[1]);
        fees.claim(signer);
        same(signer.balance, 2 ether);
        L2Message memory m = sendDown(signer, BEN, 2 ether, "");
        OutputProof memory claim = truth(batch());
        uint64 index = propose(claim);
        pass(WINDOW + 1);
        finalize(m, index, claim);
        same(metis.balanceOf(BEN), 2 ether);
    }

    function test_a_forced_transaction_costs_what_a_vote_says() public {
        bytes memory raw = TxMaker.dynamic(21_000, "");
        decide(address(forced), abi.encodeCall(forced.setFeePerGas, (2 gwei)));
        vm.deal(ANN, 1 ether);
        vm.prank(ANN);
        forced.enqueue{value: 1 ether}(raw);
        same(ANN.balance, 1 ether - 42_000 gwei);
        same(forced.count(), 1);
        same(uint256(outputs.outputAt(0).status), uint256(IOutputs.Status.Proposed));
    }
}
