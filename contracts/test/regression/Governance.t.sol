// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {Governor} from "../../src/governance/Governor.sol";
import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";
import {GovernanceFixture} from "../governance/GovernanceFixture.sol";
import {Mini} from "../Mini.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";
import {GovernorForgetsNothing, GovernorLocksNothing, GrantsWithoutCaps} from "../weak/GovernanceWeak.sol";

/// Votes stay locked until the vote ends: one and the same METIS cannot vote again and again.
abstract contract BorrowedVotes is GovernanceFixture {
    /// What 20,000 METIS, passed on from voter to voter at one moment, weigh.
    function weightOfBorrowed() internal returns (uint256) {
        uint256 id = propose(address(1), "");
        metis.mint(voter(1), 20_000 ether);
        for (uint256 i = 1; i <= 5; i++) {
            vm.startPrank(voter(i));
            metis.approve(address(governor), 20_000 ether);
            (bool ok,) = address(governor).call(abi.encodeCall(governor.castVote, (id, 1, 20_000 ether)));
            (ok,) = address(governor).call(abi.encodeCall(governor.reclaim, (id)));
            uint256 back = metis.balanceOf(voter(i));
            require(metis.transfer(voter(i + 1), back));
            vm.stopPrank();
        }
        return governor.proposal(id).yes;
    }
}

contract BorrowedVotesTest is BorrowedVotes {
    function test_borrowed_votes_count_once() public {
        same(weightOfBorrowed(), 20_000 ether);
    }
}

contract WeakBorrowedVotesTest is BorrowedVotes {
    function implementation() internal override returns (Governor) {
        return new GovernorLocksNothing();
    }

    function test_weak_borrowed_votes_count_once() public {
        same(weightOfBorrowed(), 100_000 ether);
    }
}

/// What passed and was left alone does not come back when nobody thinks of it any more.
abstract contract StaleProposals is GovernanceFixture {
    function queuedAfterAYear() internal returns (bool ok) {
        uint256 id = propose(address(1), "");
        carry(id);
        vm.warp(block.timestamp + 365 days);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = one(address(1), "");
        (ok,) = address(governor).call(abi.encodeCall(governor.queue, (id, targets, values, calldatas)));
    }
}

contract StaleProposalsTest is StaleProposals {
    function test_passed_proposal_expires() public {
        require(!queuedAfterAYear());
    }
}

contract WeakStaleProposalsTest is StaleProposals {
    function implementation() internal override returns (Governor) {
        return new GovernorForgetsNothing();
    }

    function test_weak_passed_proposal_expires() public {
        require(queuedAfterAYear());
    }
}

/// Grants stay within their caps, whoever votes for more.
abstract contract GrantCaps is Mini {
    function implementation() internal virtual returns (GrantsBudget);

    function granted() internal returns (uint256 lst, uint256 all) {
        address timelock = address(0x71E10C);
        PlainToken metis = new PlainToken("Metis Token", "METIS");
        bytes memory init = abi.encodeCall(
            GrantsBudget.initialize, (timelock, metis, 220_000 ether, 4_600_000 ether, 3_000_000 ether)
        );
        GrantsBudget budget = GrantsBudget(address(new ERC1967Proxy(address(implementation()), init)));
        metis.mint(address(this), 5_000_000 ether);
        metis.approve(address(budget), 5_000_000 ether);
        budget.fund(5_000_000 ether);
        for (uint256 i = 0; i < 20; i++) {
            vm.prank(timelock);
            (bool ok,) = address(budget)
                .call(abi.encodeCall(budget.createStream, (address(this), 150_000 ether, 0, 1, i % 2 == 0)));
            ok;
        }
        return (budget.grantedLst(), budget.grantedAll());
    }
}

contract GrantCapsTest is GrantCaps {
    function implementation() internal override returns (GrantsBudget) {
        return new GrantsBudget();
    }

    function test_grants_stay_within_their_caps() public {
        (uint256 lst, uint256 all) = granted();
        same(lst, 150_000 ether);
        same(all, 1_500_000 ether);
    }
}

contract WeakGrantCapsTest is GrantCaps {
    function implementation() internal override returns (GrantsBudget) {
        return new GrantsWithoutCaps();
    }

    function test_weak_grants_stay_within_their_caps() public {
        (uint256 lst, uint256 all) = granted();
        same(lst, 1_500_000 ether);
        same(all, 3_000_000 ether);
    }
}
