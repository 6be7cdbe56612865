// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Governor} from "../../src/governance/Governor.sol";
import {FeeToken, HookToken} from "../mocks/BridgeTokens.sol";
import {GovernanceFixture} from "./GovernanceFixture.sol";

/// Something to be governed.
contract Board {
    address public immutable owner;
    uint256 public value;

    error NotOwner();

    constructor(address owner_) {
        owner = owner_;
    }

    function set(uint256 value_) external payable {
        if (msg.sender != owner) revert NotOwner();
        value = value_;
    }
}

contract GovernorTest is GovernanceFixture {
    Board private board;
    bytes private set7 = abi.encodeCall(Board.set, (7));

    function setUp() public override {
        super.setUp();
        board = new Board(address(timelock));
    }

    function queueExternally(uint256 id, bytes memory data) external {
        queue(id, address(board), data);
    }

    function executeExternally(uint256 id, bytes memory data) external {
        execute(id, address(board), data);
    }

    function stateIs(uint256 id, Governor.State want) private view {
        same(uint256(governor.state(id)), uint256(want));
    }

    // Life

    function test_a_proposal_goes_from_vote_to_execution() public {
        stateIs(1, Governor.State.Unknown);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(board), set7);
        vm.expectEmit(address(governor));
        emit Governor.ProposalCreated(
            1, address(this), targets, values, calldatas, "why", block.timestamp + 30
        );
        uint256 id = governor.propose(targets, values, calldatas, "why");
        stateIs(id, Governor.State.Voting);
        metis.mint(voter(1), 20_000 ether);
        vm.startPrank(voter(1));
        metis.approve(address(governor), 20_000 ether);
        vm.expectEmit(address(governor));
        emit Governor.VoteCast(id, voter(1), 1, 20_000 ether);
        governor.castVote(id, 1, 20_000 ether);
        vm.stopPrank();
        vote(id, voter(2), 1, 20_000 ether);
        vote(id, voter(3), 0, 10_000 ether);
        same(governor.proposal(id).yes, 40_000 ether);
        same(governor.proposal(id).no, 10_000 ether);
        same(governor.proposal(id).voters, 3);
        same(governor.totalLocked(), 50_000 ether);
        vm.warp(block.timestamp + 30);
        stateIs(id, Governor.State.Passed);
        bytes32 operation = timelock.hashOperationBatch(targets, values, calldatas, 0, bytes32(id));
        vm.expectEmit(address(governor));
        emit Governor.ProposalQueued(id, operation, block.timestamp + DELAY);
        governor.queue(id, targets, values, calldatas);
        stateIs(id, Governor.State.Queued);
        vm.warp(block.timestamp + DELAY);
        vm.expectEmit(address(governor));
        emit Governor.ProposalExecuted(id);
        governor.execute(id, targets, values, calldatas);
        stateIs(id, Governor.State.Executed);
        same(board.value(), 7);
        vm.expectRevert(Governor.AlreadyExecuted.selector);
        governor.execute(id, targets, values, calldatas);
    }

    function test_the_timelock_may_be_asked_directly_too() public {
        uint256 id = propose(address(board), set7);
        carry(id);
        queue(id, address(board), set7);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(board), set7);
        vm.warp(block.timestamp + DELAY);
        vm.prank(voter(9));
        timelock.executeBatch(targets, values, calldatas, 0, bytes32(id));
        stateIs(id, Governor.State.Executed);
        vm.expectRevert(Governor.AlreadyExecuted.selector);
        this.executeExternally(id, set7);
    }

    function test_value_of_a_proposal_goes_with_its_execution() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(board), set7);
        values[0] = 3;
        uint256 id = governor.propose(targets, values, calldatas, "");
        carry(id);
        governor.queue(id, targets, values, calldatas);
        vm.warp(block.timestamp + DELAY);
        vm.deal(address(this), 4);
        vm.expectRevert(Governor.StrayValue.selector);
        governor.execute{value: 4}(id, targets, values, calldatas);
        governor.execute{value: 3}(id, targets, values, calldatas);
        same(address(board).balance, 3);
        same(address(governor).balance, 0);
        same(address(timelock).balance, 0);
    }

    // Votes

    function test_votes_add_up_on_one_side_only() public {
        uint256 id = propose(address(board), set7);
        vote(id, voter(1), 1, 5 ether);
        vote(id, voter(1), 1, 6 ether);
        same(governor.proposal(id).voters, 1);
        same(governor.ballotOf(id, voter(1)).amount, 11 ether);
        same(governor.ballotOf(id, voter(1)).support, 1);
        metis.mint(voter(1), 1 ether);
        vm.startPrank(voter(1));
        metis.approve(address(governor), 1 ether);
        vm.expectRevert(Governor.OtherSide.selector);
        governor.castVote(id, 0, 1 ether);
        vm.expectRevert(Governor.BadSupport.selector);
        governor.castVote(id, 2, 1 ether);
        vm.expectRevert(Governor.VoteTooSmall.selector);
        governor.castVote(id, 1, 1 ether - 1);
        vm.expectRevert(Governor.UnknownProposal.selector);
        governor.castVote(2, 1, 1 ether);
        vm.warp(block.timestamp + 30);
        vm.expectRevert(Governor.VoteEnded.selector);
        governor.castVote(id, 1, 1 ether);
        vm.stopPrank();
    }

    function test_votes_come_back_after_the_vote_and_not_before() public {
        uint256 id = propose(address(board), set7);
        vote(id, voter(1), 0, 5 ether);
        vm.prank(voter(1));
        vm.expectRevert(Governor.VoteNotEnded.selector);
        governor.reclaim(id);
        vm.warp(block.timestamp + 30);
        vm.expectEmit(address(governor));
        emit Governor.VoteReclaimed(id, voter(1), 5 ether);
        vm.prank(voter(1));
        governor.reclaim(id);
        same(metis.balanceOf(voter(1)), 5 ether);
        same(governor.totalLocked(), 0);
        vm.prank(voter(1));
        vm.expectRevert(Governor.NothingLocked.selector);
        governor.reclaim(id);
        vm.expectRevert(Governor.UnknownProposal.selector);
        governor.reclaim(2);
    }

    function test_taking_votes_back_does_not_change_the_result() public {
        uint256 id = propose(address(board), set7);
        carry(id);
        for (uint256 i = 1; i <= 3; i++) {
            vm.prank(voter(i));
            governor.reclaim(id);
        }
        stateIs(id, Governor.State.Passed);
        queue(id, address(board), set7);
    }

    function test_a_token_that_keeps_a_fee_or_calls_back_gains_nothing() public {
        FeeToken fee = new FeeToken();
        Governor g = other(IERC20(address(fee)));
        fee.mint(voter(1), 10 ether);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(board), set7);
        uint256 id = g.propose(targets, values, calldatas, "");
        vm.startPrank(voter(1));
        fee.approve(address(g), 10 ether);
        vm.expectRevert(Governor.NotExact.selector);
        g.castVote(id, 1, 10 ether);
        vm.stopPrank();

        HookToken hook = new HookToken();
        g = other(IERC20(address(hook)));
        hook.mint(voter(1), 10 ether);
        id = g.propose(targets, values, calldatas, "");
        hook.set(address(g), abi.encodeCall(g.castVote, (id, 1, 1 ether)));
        vm.startPrank(voter(1));
        hook.approve(address(g), 10 ether);
        g.castVote(id, 1, 10 ether);
        require(hook.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.warp(block.timestamp + 30);
        hook.set(address(g), abi.encodeCall(g.reclaim, (id)));
        g.reclaim(id);
        require(hook.answer() == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.stopPrank();
        same(hook.balanceOf(voter(1)), 10 ether);
    }

    function other(IERC20 token) private returns (Governor) {
        bytes memory init = abi.encodeCall(Governor.initialize, (token, timelock, rules()));
        return Governor(address(new ERC1967Proxy(address(new Governor()), init)));
    }

    // What does not pass

    function test_each_condition_is_needed() public {
        // Quorum: 1 wei too few.
        uint256 id = propose(address(board), set7);
        vote(id, voter(1), 1, 20_000 ether);
        vote(id, voter(2), 1, 20_000 ether);
        vote(id, voter(3), 1, 10_000 ether - 1);
        vm.expectRevert(Governor.VoteNotEnded.selector);
        this.queueExternally(id, set7);
        vm.warp(block.timestamp + 30);
        vm.expectRevert(Governor.QuorumNotReached.selector);
        this.queueExternally(id, set7);
        stateIs(id, Governor.State.Defeated);
        // Voters: two.
        id = propose(address(board), set7);
        vote(id, voter(1), 1, 40_000 ether);
        vote(id, voter(2), 1, 40_000 ether);
        vm.warp(block.timestamp + 30);
        vm.expectRevert(Governor.TooFewVoters.selector);
        this.queueExternally(id, set7);
        stateIs(id, Governor.State.Defeated);
        // Approval: a wei short of 80 %.
        id = propose(address(board), set7);
        vote(id, voter(1), 1, 40_000 ether - 1);
        vote(id, voter(2), 1, 40_000 ether);
        vote(id, voter(3), 0, 20_000 ether);
        vm.warp(block.timestamp + 30);
        vm.expectRevert(Governor.NotPassed.selector);
        this.queueExternally(id, set7);
        stateIs(id, Governor.State.Defeated);
        vm.expectRevert(Governor.NotQueued.selector);
        this.executeExternally(id, set7);
    }

    function testFuzz_what_passes_has_quorum_voters_and_four_fifths(uint256[4] memory amounts, uint8 sides)
        public
    {
        uint256 id = propose(address(board), set7);
        uint256 yes = 0;
        uint256 no = 0;
        for (uint256 i = 0; i < 4; i++) {
            uint256 amount = within(amounts[i], 1 ether, 40_000 ether);
            bool isYes = sides >> i & 1 == 1 || i < 2;
            vote(id, voter(i), isYes ? 1 : 0, amount);
            if (isYes) yes += amount;
            else no += amount;
        }
        vm.warp(block.timestamp + 30);
        bool passes = yes + no >= 50_000 ether && 5 * yes >= 4 * (yes + no);
        stateIs(id, passes ? Governor.State.Passed : Governor.State.Defeated);
    }

    function test_only_what_was_proposed_is_queued_and_run() public {
        uint256 id = propose(address(board), set7);
        carry(id);
        bytes memory set8 = abi.encodeCall(Board.set, (8));
        vm.expectRevert(Governor.WrongContent.selector);
        this.queueExternally(id, set8);
        vm.expectRevert(Governor.UnknownProposal.selector);
        this.queueExternally(2, set7);
        queue(id, address(board), set7);
        vm.expectRevert(Governor.AlreadyQueued.selector);
        this.queueExternally(id, set7);
        vm.expectRevert(Governor.TimelockNotElapsed.selector);
        this.executeExternally(id, set7);
        vm.warp(block.timestamp + DELAY - 1);
        vm.expectRevert(Governor.TimelockNotElapsed.selector);
        this.executeExternally(id, set7);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(Governor.WrongContent.selector);
        this.executeExternally(id, set8);
        vm.expectRevert(Governor.UnknownProposal.selector);
        this.executeExternally(2, set7);
        execute(id, address(board), set7);
    }

    function test_what_passed_is_queued_within_14_days_or_never() public {
        uint256 late = propose(address(board), set7);
        carry(late);
        uint256 timely = propose(address(board), set7);
        carry(timely); // 30 s later
        vm.warp(block.timestamp + 14 days - 31);
        stateIs(late, Governor.State.Passed);
        vm.warp(block.timestamp + 1);
        stateIs(late, Governor.State.Expired);
        vm.expectRevert(Governor.Expired.selector);
        this.queueExternally(late, set7);
        queue(timely, address(board), set7);
        vm.warp(block.timestamp + 365 days); // what is queued waits for whoever has it run
        execute(timely, address(board), set7);
        vm.prank(voter(1));
        governor.reclaim(late);
    }

    function test_a_failing_call_fails_with_its_reason_and_may_be_run_later() public {
        bytes memory bad = abi.encodeCall(Board.set, (9));
        Board alien = new Board(address(this));
        uint256 id = propose(address(alien), bad);
        carry(id);
        queue(id, address(alien), bad);
        vm.warp(block.timestamp + DELAY);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(alien), bad);
        vm.expectRevert(Board.NotOwner.selector);
        governor.execute(id, targets, values, calldatas);
        stateIs(id, Governor.State.Queued);
    }

    function test_lists_are_of_one_length_and_bounded() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) =
            one(address(board), set7);
        vm.expectRevert(Governor.BadLength.selector);
        governor.propose(new address[](0), new uint256[](0), new bytes[](0), "");
        vm.expectRevert(Governor.BadLength.selector);
        governor.propose(targets, new uint256[](2), calldatas, "");
        vm.expectRevert(Governor.BadLength.selector);
        governor.propose(targets, values, new bytes[](0), "");
        governor.propose(new address[](256), new uint256[](256), new bytes[](256), "");
        vm.expectRevert(Governor.BadLength.selector);
        governor.propose(new address[](257), new uint256[](257), new bytes[](257), "");
    }

    // Rules

    function test_new_rules_are_for_later_proposals() public {
        Governor.Settings memory strict = Governor.Settings(90_000 ether, 4, 9_000, 60, 2 ether);
        uint256 running = propose(address(board), set7);
        bytes memory change = abi.encodeCall(Governor.setSettings, (strict));
        vm.expectRevert(Governor.NotTimelock.selector);
        governor.setSettings(strict);
        vm.expectEmit(address(governor));
        emit Governor.SettingsChanged(rules(), strict);
        vm.prank(address(timelock));
        governor.setSettings(strict);
        same(governor.settings().quorum, 90_000 ether);
        carry(running);
        stateIs(running, Governor.State.Passed);
        uint256 later = propose(address(governor), change);
        same(governor.proposal(later).voteEnd, block.timestamp + 60);
        for (uint256 i = 1; i <= 3; i++) {
            vote(later, voter(i), 1, 30_000 ether);
        }
        vm.warp(block.timestamp + 60);
        stateIs(later, Governor.State.Defeated);
    }

    function test_a_proposal_can_change_the_rules() public {
        Governor.Settings memory strict = Governor.Settings(90_000 ether, 4, 9_000, 60, 2 ether);
        decide(address(governor), abi.encodeCall(Governor.setSettings, (strict)));
        same(governor.settings().votingPeriod, 60);
    }

    function test_rules_without_sense_are_refused() public {
        for (uint256 i = 0; i < 7; i++) {
            Governor.Settings memory bad = rules();
            if (i == 0) bad.quorum = 0;
            if (i == 1) bad.minVoters = 0;
            if (i == 2) bad.minVote = 0;
            if (i == 3) bad.approvalBps = 5_000;
            if (i == 4) bad.approvalBps = 10_001;
            if (i == 5) bad.votingPeriod = 0;
            if (i == 6) bad.votingPeriod = 30 days + 1;
            vm.prank(address(timelock));
            vm.expectRevert(Governor.BadSettings.selector);
            governor.setSettings(bad);
        }
    }

    function test_it_is_initialized_once_and_behind_a_proxy() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        governor.initialize(metis, timelock, rules());
        Governor bare = new Governor();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(metis, timelock, rules());
        bytes memory init = abi.encodeCall(Governor.initialize, (IERC20(address(0)), timelock, rules()));
        vm.expectRevert(Governor.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
        init = abi.encodeCall(Governor.initialize, (metis, TimelockController(payable(0)), rules()));
        vm.expectRevert(Governor.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
    }
}
