// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OutputProof} from "../../src/interfaces/IBridge.sol";
import {IOutputs, Placement} from "../../src/interfaces/IOutputs.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {OutputsFixture} from "./OutputsFixture.sol";

contract OutputsTest is OutputsFixture {
    function setUp() public {
        makeOutputs(address(new Outputs()));
    }

    function isFinal(uint256 index) internal view returns (uint256) {
        return outputs.isFinal(index) ? 1 : 0;
    }

    function refuse(bytes4 reason, uint64 index, OutputProof memory claim, Placement memory place) internal {
        vm.prank(ALICE);
        vm.expectRevert(reason);
        outputs.proposeOutput(index, claim, place, 0, "");
    }

    // Proposed

    function test_an_output_is_proposed_and_says_so() public {
        bytes32 root = rootOf(7);
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputProposed(1, root, 7, ALICE, false);
        propose(ALICE, claimOf(7));
        IOutputs.Output memory output = outputs.outputAt(1);
        same(output.outputRoot, root);
        same(outputs.outputRoot(1), root);
        same(output.l2Block, 7);
        same(output.windowEnd, block.timestamp + WINDOW);
        same(output.bond, BOND);
        same(outputs.depositOf(ALICE), 90 ether);
        same(outputs.lastIndex(), 1);
    }

    function test_the_root_is_that_of_the_design() public view {
        OutputProof memory claim = claimOf(7);
        bytes32 wanted = keccak256(
            abi.encode(
                keccak256("conclave/v1/output"),
                uint256(L2),
                uint256(7),
                claim.blockHash,
                claim.stateRoot,
                claim.messageTreeRoot
            )
        );
        same(outputs.hashOutput(claim), wanted);
    }

    function test_genesis_is_final_from_the_start() public view {
        same(outputs.outputRoot(0), GENESIS);
        same(isFinal(0), 1);
        same(isFinal(1), 0);
        same(outputs.lastFinal(), 0);
    }

    function test_outputs_count_up_and_go_up() public {
        propose(ALICE, claimOf(7));
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IOutputs.BadIndex.selector, uint64(2)));
        outputs.proposeOutput(3, claimOf(8), placeOf(8), 0, "");
        refuse(IOutputs.BadBlock.selector, 2, claimOf(7), placeOf(7));
        refuse(IOutputs.BadBlock.selector, 2, claimOf(6), placeOf(6));
        OutputProof memory far = claimOf(8);
        far.blockNumber = 1 << 64;
        refuse(IOutputs.BadBlock.selector, 2, far, placeOf(8));
    }

    function test_the_block_is_in_its_batch_at_its_place() public {
        bytes4 reason = IOutputs.BadProof.selector;
        OutputProof memory other = claimOf(7);
        other.blockHash = "other";
        refuse(reason, 1, other, placeOf(7));
        refuse(reason, 1, claimOf(7), placeOf(8));
        Placement memory place = placeOf(7);
        place.batchIndex = 2;
        refuse(reason, 1, claimOf(7), place);
        place.batchIndex = 9;
        refuse(reason, 1, claimOf(7), place);
        // The hash of block 7 does not pass for block 8.
        other = claimOf(7);
        other.blockNumber = 8;
        refuse(reason, 1, other, placeOf(7));
    }

    function test_the_group_account_needs_a_certificate() public {
        bytes32 root = rootOf(7);
        vm.expectRevert(IOutputs.CertificateRequired.selector);
        vm.prank(stateAccount);
        outputs.proposeOutput(1, claimOf(7), placeOf(7), 0, "");
        bytes32 digest = outputs.proposalDigest(root);
        bytes memory weak = certify(digest, 2);
        vm.expectRevert(IOutputs.BadCertificate.selector);
        vm.prank(stateAccount);
        outputs.proposeOutput(1, claimOf(7), placeOf(7), 0, weak);
        bytes memory cert = certify(digest, 3);
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputProposed(1, root, 7, stateAccount, true);
        vm.prank(stateAccount);
        outputs.proposeOutput(1, claimOf(7), placeOf(7), 0, cert);
    }

    function test_a_proposer_has_a_bond() public {
        vm.prank(STRANGER);
        vm.expectRevert(IOutputs.BondTooLow.selector);
        outputs.proposeOutput(1, claimOf(7), placeOf(7), 0, "");
    }

    // Final

    function test_an_output_is_final_after_its_window() public {
        propose(ALICE, claimOf(7));
        pass(WINDOW);
        same(isFinal(1), 0);
        pass(1);
        same(isFinal(1), 1);
        same(outputs.lastFinal(), 1);
        vm.expectEmit(address(outputs));
        emit IOutputs.BondReleased(1, ALICE, BOND);
        vm.prank(STRANGER);
        outputs.releaseBond(1);
        same(outputs.depositOf(ALICE), 100 ether);
        vm.expectRevert(IOutputs.AlreadyReleased.selector);
        outputs.releaseBond(1);
        vm.expectRevert(IOutputs.AlreadyReleased.selector);
        outputs.releaseBond(0);
    }

    function test_a_bond_stays_while_an_output_is_not_final() public {
        propose(ALICE, claimOf(7));
        vm.expectRevert(IOutputs.NotFinal.selector);
        outputs.releaseBond(1);
    }

    function test_proposals_settle_on_their_way_and_anyone_may() public {
        propose(ALICE, claimOf(7));
        propose(ALICE, claimOf(8));
        pass(WINDOW + 1);
        outputs.advance(1);
        same(isFinal(2), 1);
        propose(ALICE, claimOf(9));
        same(outputs.lastFinal(), 2);
    }

    function test_a_dispute_blocks_later_outputs_and_not_earlier_ones() public {
        for (uint64 i = 1; i <= 3; i++) {
            propose(ALICE, claimOf(i));
        }
        dispute(2);
        pass(WINDOW + 1);
        same(isFinal(1), 1);
        same(isFinal(2), 0);
        same(isFinal(3), 0);
        if (outputs.isDisputed(1)) revert Differs(1, 0);
        if (!outputs.isDisputed(2)) revert Differs(0, 1);
        if (!outputs.isDisputed(3)) revert Differs(0, 1);
    }

    function test_what_lies_far_beyond_what_is_settled_is_not_final_and_shows_its_own_dispute() public {
        for (uint64 i = 3; i < 13; i++) {
            submit(20 * i + 1, 20 * i + 20);
        }
        fund(ALICE, 2500 ether);
        for (uint64 i = 1; i <= 259; i++) {
            propose(ALICE, claimOf(i));
        }
        dispute(257);
        if (!outputs.isDisputed(257)) revert Differs(0, 1);
        // 256 are looked at from what is settled on.
        if (outputs.isDisputed(259)) revert Differs(1, 0);
        pass(WINDOW + 1);
        same(outputs.lastFinal(), 256);
        same(isFinal(259), 0);
        outputs.advance(2);
        if (!outputs.isDisputed(259)) revert Differs(0, 1);
    }

    // Disputed

    function open(uint64 index, address challenger) internal {
        vm.prank(address(game));
        outputs.openDispute(index, challenger);
    }

    function close(uint64 index, bool proposerWins) internal {
        vm.prank(address(game));
        outputs.closeDispute(index, CAROL, proposerWins);
    }

    function test_only_the_game_disputes() public {
        propose(ALICE, claimOf(7));
        vm.expectRevert(IOutputs.NotGame.selector);
        outputs.openDispute(1, CAROL);
        vm.expectRevert(IOutputs.NotGame.selector);
        outputs.closeDispute(1, CAROL, true);
        vm.expectRevert(IOutputs.NotGame.selector);
        outputs.dropDispute(1, CAROL);
    }

    function test_only_a_disputed_output_is_dropped_and_its_bonds_go_back() public {
        propose(ALICE, claimOf(7));
        vm.prank(address(game));
        vm.expectRevert(IOutputs.NotDisputed.selector);
        outputs.dropDispute(1, CAROL);
        open(1, CAROL);
        same(outputs.depositOf(ALICE), 90 ether);
        same(outputs.depositOf(CAROL), 90 ether);
        vm.prank(address(game));
        outputs.dropDispute(1, CAROL);
        same(outputs.depositOf(ALICE), 100 ether);
        same(outputs.depositOf(CAROL), 100 ether);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
        vm.expectRevert(IOutputs.NotFinal.selector);
        outputs.releaseBond(1);
        propose(ALICE, claimOf(7));
    }

    function test_a_dispute_needs_a_bond_a_window_and_no_other_dispute() public {
        propose(ALICE, claimOf(7));
        vm.expectRevert(IOutputs.BondTooLow.selector);
        open(1, STRANGER);
        vm.expectRevert(IOutputs.NotDisputed.selector);
        close(1, true);
        open(1, CAROL);
        vm.expectRevert(IOutputs.AlreadyDisputed.selector);
        open(1, CAROL);
        bytes4 reason = IOutputs.WindowClosed.selector;
        vm.expectRevert(reason);
        open(2, CAROL);
        vm.expectRevert(reason);
        open(0, CAROL);
        propose(ALICE, claimOf(8));
        pass(WINDOW + 1);
        vm.expectRevert(reason);
        open(2, CAROL);
    }

    function test_an_upheld_output_opens_its_window_again() public {
        propose(ALICE, claimOf(7));
        open(1, CAROL);
        pass(WINDOW + 1);
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputUpheld(1, uint64(block.timestamp) + WINDOW);
        vm.expectEmit(address(outputs));
        emit IOutputs.BondLost(1, CAROL, ALICE, BOND / 10);
        close(1, true);
        same(isFinal(1), 0);
        same(outputs.depositOf(ALICE), 99 ether);
        same(outputs.depositOf(CAROL), 90 ether);
        open(1, CAROL);
        close(1, true);
        pass(WINDOW + 1);
        same(isFinal(1), 1);
        outputs.releaseBond(1);
        same(outputs.depositOf(ALICE), 118 ether);
    }

    function test_a_rejected_output_is_never_final_and_its_block_is_free_again() public {
        propose(ALICE, lieOf(7));
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputDisputed(1, CAROL);
        open(1, CAROL);
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputRejected(1);
        close(1, false);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
        same(outputs.depositOf(CAROL), 109 ether);
        same(token.balanceOf(0x000000000000000000000000000000000000dEaD), 1 ether);
        propose(CAROL, claimOf(7));
        pass(WINDOW + 1);
        same(isFinal(1), 0);
        same(isFinal(2), 1);
        vm.expectRevert(IOutputs.NotFinal.selector);
        outputs.releaseBond(1);
    }

    function test_rejections_out_of_order_leave_the_newest_standing_one() public {
        for (uint64 i = 1; i <= 4; i++) {
            propose(ALICE, claimOf(10 * i));
        }
        for (uint64 i = 2; i <= 4; i++) {
            open(i, CAROL);
        }
        close(3, false);
        close(2, false);
        refuse(IOutputs.BadBlock.selector, 5, claimOf(40), placeOf(40));
        close(4, false);
        refuse(IOutputs.BadBlock.selector, 5, claimOf(10), placeOf(10));
        propose(ALICE, claimOf(11));
        open(5, CAROL);
        close(5, false);
        refuse(IOutputs.BadBlock.selector, 6, claimOf(10), placeOf(10));
        propose(ALICE, claimOf(11));
    }

    // Deposits

    function test_a_deposit_comes_and_goes() public {
        token.mint(STRANGER, 5);
        vm.startPrank(STRANGER);
        token.approve(address(outputs), 5);
        vm.expectEmit(address(outputs));
        emit IOutputs.Deposited(STRANGER, ALICE, 5);
        outputs.deposit(ALICE, 5);
        vm.expectRevert(IOutputs.InsufficientDeposit.selector);
        outputs.withdraw(STRANGER, 1);
        vm.stopPrank();
        vm.expectEmit(address(outputs));
        emit IOutputs.Withdrawn(ALICE, STRANGER, 7);
        vm.prank(ALICE);
        outputs.withdraw(STRANGER, 7);
        same(token.balanceOf(STRANGER), 7);
        same(outputs.depositOf(ALICE), 100 ether - 2);
    }

    function test_zeros_are_refused() public {
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.deposit(address(0), 1);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.deposit(ALICE, 0);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.withdraw(address(0), 1);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.withdraw(ALICE, 0);
    }

    function test_a_token_that_takes_a_fee_is_refused() public {
        token.mint(address(this), 100);
        token.approve(address(outputs), 100);
        token.setFee(3);
        token.mint(address(outputs), 0);
        vm.expectRevert(abi.encodeWithSelector(IOutputs.WrongAmountMoved.selector, 97, 100));
        outputs.deposit(ALICE, 100);
    }

    function test_a_token_cannot_come_back_in() public {
        token.setHook(address(outputs), abi.encodeCall(outputs.withdraw, (CAROL, 1)));
        vm.prank(ALICE);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        outputs.withdraw(ALICE, 1);
    }

    // Parameters and deployment

    function test_parameters_change_by_the_timelock() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        outputs.setOutputBond(1);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        outputs.setChallengeWindow(1);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.setOutputBond(0);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        outputs.setChallengeWindow(0);
        vm.expectEmit(address(outputs));
        emit IOutputs.OutputBondChanged(BOND, 1);
        outputs.setOutputBond(1);
        vm.expectEmit(address(outputs));
        emit IOutputs.ChallengeWindowChanged(WINDOW, 1);
        outputs.setChallengeWindow(1);
        same(outputs.outputBond(), 1);
        same(address(outputs.token()), address(token));
    }

    function test_the_window_does_not_outgrow_the_exit_delay_of_stake() public {
        same(outputs.longestWindow(), WINDOW);
        vm.startPrank(TIMELOCK);
        outputs.setChallengeWindow(1);
        vm.expectRevert(abi.encodeWithSelector(IOutputs.WindowTooLong.selector, WINDOW));
        outputs.setChallengeWindow(WINDOW + 1);
        same(outputs.challengeWindow(), 1);
        outputs.setChallengeWindow(WINDOW);
        same(outputs.challengeWindow(), WINDOW);
    }

    function test_initialised_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        outputs.initialize(
            TIMELOCK, IERC20(address(token)), inbox, registry, address(game), L2, WINDOW, BOND, GENESIS
        );
    }
}
