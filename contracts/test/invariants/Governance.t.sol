// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Governor} from "../../src/governance/Governor.sol";
import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";
import {GovernanceFixture} from "../governance/GovernanceFixture.sol";
import {Mini} from "../Mini.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";

/// Eight voters on up to three proposals.
contract VoteHandler is Mini {
    PlainToken private metis;
    Governor private governor;
    mapping(uint256 id => mapping(address who => uint256)) public locked;
    mapping(uint256 id => uint256) public cast;
    mapping(uint256 id => uint256) public heads;
    uint256 public sum;

    constructor(PlainToken metis_, Governor governor_) {
        (metis, governor) = (metis_, governor_);
    }

    function actor(uint256 n) public pure returns (address) {
        return address(uint160(0xAC0000 + n % 8));
    }

    function propose(uint256 seed) public {
        if (governor.proposalCount() >= 3) return;
        address[] memory targets = new address[](1);
        targets[0] = address(uint160(seed));
        governor.propose(targets, new uint256[](1), new bytes[](1), "");
    }

    function vote(uint256 who, uint256 id, uint256 amount, bool yes) external {
        if (governor.proposalCount() == 0) propose(id);
        id = within(id, 1, governor.proposalCount());
        amount = within(amount, 1 ether, 30_000 ether);
        address voter = actor(who);
        Governor.Ballot memory ballot = governor.ballotOf(id, voter);
        if (block.timestamp >= governor.proposal(id).voteEnd) return;
        metis.mint(voter, amount);
        vm.startPrank(voter);
        metis.approve(address(governor), amount);
        uint8 support = ballot.amount > 0 ? ballot.support : yes ? 1 : 0;
        governor.castVote(id, support, amount);
        vm.stopPrank();
        if (locked[id][voter] == 0) heads[id]++;
        locked[id][voter] += amount;
        cast[id] += amount;
        sum += amount;
    }

    function reclaim(uint256 who, uint256 id) external {
        id = within(id, 1, 3);
        address voter = actor(who);
        uint256 before = metis.balanceOf(voter);
        vm.prank(voter);
        (bool ok,) = address(governor).call(abi.encodeCall(governor.reclaim, (id)));
        if (!ok) return;
        require(metis.balanceOf(voter) - before == locked[id][voter]);
        sum -= locked[id][voter];
        locked[id][voter] = 0;
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 12));
    }

    function gift(uint256 amount) external {
        metis.mint(address(governor), within(amount, 1, 1e24));
    }
}

contract VoteInvariants is GovernanceFixture {
    VoteHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new VoteHandler(metis, governor);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_votes_are_counted_and_covered() public view {
        _what_is_locked_is_the_sum_of_the_ballots_and_is_there();
        _the_count_is_all_that_was_cast();
    }

    function _what_is_locked_is_the_sum_of_the_ballots_and_is_there() private view {
        uint256 sum = 0;
        for (uint256 id = 1; id <= governor.proposalCount(); id++) {
            for (uint256 i = 0; i < 8; i++) {
                uint256 amount = governor.ballotOf(id, handler.actor(i)).amount;
                same(amount, handler.locked(id, handler.actor(i)));
                sum += amount;
            }
        }
        same(governor.totalLocked(), sum);
        same(sum, handler.sum());
        require(metis.balanceOf(address(governor)) >= sum);
    }

    function _the_count_is_all_that_was_cast() private view {
        for (uint256 id = 1; id <= governor.proposalCount(); id++) {
            Governor.Proposal memory p = governor.proposal(id);
            same(p.yes + p.no, handler.cast(id));
            same(p.voters, handler.heads(id));
        }
    }
}

/// Governance that grants and revokes at random, and grantees that claim.
contract GrantHandler is Mini {
    address public constant TIMELOCK = address(0x71E10C);
    PlainToken private metis;
    GrantsBudget private budget;
    uint256 public funded;
    uint256 public left;
    uint256 public paid;

    constructor(PlainToken metis_, GrantsBudget budget_) {
        (metis, budget) = (metis_, budget_);
        metis.approve(address(budget), type(uint256).max);
    }

    function fund(uint256 amount) external {
        amount = within(amount, 1, 2_000_000 ether);
        metis.mint(address(this), amount);
        budget.fund(amount);
        funded += amount;
    }

    function create(uint256 to, uint256 amount, uint32 start, uint32 duration, bool lst) external {
        amount = within(amount, 1, lst ? 150_000 ether : 1_000_000 ether);
        address grantee = address(uint160(0xAC0000 + to % 8));
        bytes memory call = abi.encodeCall(
            budget.createStream,
            (grantee, amount, uint64(block.timestamp + start % 100), 1 + duration % 1000, lst)
        );
        vm.prank(TIMELOCK);
        (bool ok,) = address(budget).call(call);
        ok;
    }

    function claim(uint256 id) external {
        if (budget.streamCount() == 0) return;
        id = within(id, 1, budget.streamCount());
        address grantee = budget.streamOf(id).grantee;
        uint256 before = metis.balanceOf(grantee);
        (bool ok,) = address(budget).call(abi.encodeCall(budget.claim, (id)));
        if (ok) paid += metis.balanceOf(grantee) - before;
    }

    function revoke(uint256 id) external {
        if (budget.streamCount() == 0) return;
        id = within(id, 1, budget.streamCount());
        vm.prank(TIMELOCK);
        (bool ok,) = address(budget).call(abi.encodeCall(budget.revoke, (id)));
        ok;
    }

    function reclaim(uint256 amount) external {
        amount = within(amount, 0, budget.unallocated());
        vm.prank(TIMELOCK);
        budget.reclaim(TIMELOCK, amount);
        left += amount;
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 200));
    }
}

contract GrantInvariants is Mini {
    PlainToken private metis;
    GrantsBudget private budget;
    GrantHandler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        metis = new PlainToken("Metis Token", "METIS");
        bytes memory init = abi.encodeCall(
            GrantsBudget.initialize,
            (address(0x71E10C), IERC20(address(metis)), 220_000 ether, 4_600_000 ether, 3_000_000 ether)
        );
        budget = GrantsBudget(address(new ERC1967Proxy(address(implementation()), init)));
        handler = new GrantHandler(metis, budget);
    }

    function implementation() internal virtual returns (GrantsBudget) {
        return new GrantsBudget();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_grants_are_bounded_and_covered() public view {
        _grants_stay_within_their_caps();
        _what_is_promised_is_there();
        _the_sums_are_those_of_the_streams();
    }

    function _grants_stay_within_their_caps() private view {
        require(budget.grantedLst() <= 220_000 ether);
        require(budget.grantedAll() + 3_000_000 ether <= 4_600_000 ether);
    }

    function _what_is_promised_is_there() private view {
        same(metis.balanceOf(address(budget)), budget.promised() + budget.unallocated());
        same(budget.promised() + budget.unallocated(), handler.funded() - handler.left() - handler.paid());
    }

    function _the_sums_are_those_of_the_streams() private view {
        uint256 all = 0;
        uint256 lst = 0;
        uint256 open = 0;
        for (uint256 id = 1; id <= budget.streamCount(); id++) {
            GrantsBudget.Stream memory s = budget.streamOf(id);
            require(s.claimed <= budget.vestedOf(id) && budget.vestedOf(id) <= s.amount);
            all += s.amount;
            if (s.lst) lst += s.amount;
            open += s.amount - s.claimed;
        }
        same(budget.grantedAll(), all);
        same(budget.grantedLst(), lst);
        same(budget.promised(), open);
    }
}
