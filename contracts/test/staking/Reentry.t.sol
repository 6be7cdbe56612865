// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Mini} from "../Mini.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {StakingFixture} from "./StakingFixture.sol";
import {VaultFixture} from "./VaultFixture.sol";

/// Calls back into whoever pays it, once a payment.
contract Returner is Mini {
    address private target;
    bytes private call_;
    bool public wasPaid;
    bool public came;
    bytes4 public reason;

    function aim(address target_, bytes calldata data) external {
        (target, call_) = (target_, data);
    }

    function run(address where, bytes calldata data, uint256 value) external {
        (bool ok,) = where.call{value: value}(data);
        require(ok);
    }

    receive() external payable {
        if (target == address(0)) return;
        wasPaid = true;
        (bool ok, bytes memory why) = target.call(call_);
        (came, reason) = (ok, bytes4(why));
    }
}

abstract contract Reentry is Mini {
    bytes4 internal constant GUARDED = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
    Returner internal returner = new Returner();

    function refused() internal view returns (bool) {
        return returner.wasPaid() && !returner.came() && returner.reason() == GUARDED;
    }
}

/// Whoever is paid on L2 cannot come back into the contract that pays.
contract ReentryOnL2Test is VaultFixture, Reentry {
    function test_a_ticket_is_not_paid_twice_to_who_comes_back() public {
        deposit(address(returner), 10 ether);
        deposit(BEN, 20 ether);
        returner.run(address(vault), abi.encodeCall(vault.requestRedeem, (4 ether, address(returner))), 0);
        returner.run(address(vault), abi.encodeCall(vault.requestRedeem, (6 ether, address(returner))), 0);
        queue.fund();
        returner.aim(address(queue), abi.encodeCall(queue.claim, (2)));
        returner.run(address(queue), abi.encodeCall(queue.claim, (1)), 0);
        require(refused());
        same(address(returner).balance, 4 ether);
        same(queue.ownerOf(2), address(returner));
    }

    function test_tickets_are_not_funded_by_who_comes_back() public {
        deposit(address(returner), 10 ether);
        returner.run(address(vault), abi.encodeCall(vault.requestRedeem, (4 ether, address(returner))), 0);
        queue.fund();
        returner.aim(address(queue), abi.encodeCall(queue.fund, ()));
        returner.run(address(queue), abi.encodeCall(queue.claim, (1)), 0);
        require(refused());
    }
}

contract ReentryBeforeLaunchTest is VaultFixture, Reentry {
    function config() internal view override returns (L2Vault.Config memory c) {
        c = super.config();
        c.preStakePhase = true;
    }

    function test_pre_stake_is_not_paid_twice_to_who_comes_back() public {
        vm.deal(address(returner), 4 ether);
        returner.run(address(vault), abi.encodeCall(vault.preStake, ()), 4 ether);
        returner.aim(address(vault), abi.encodeCall(vault.exitPreStake, (2 ether)));
        returner.run(address(vault), abi.encodeCall(vault.exitPreStake, (2 ether)), 0);
        require(refused());
        same(vault.preStakeOf(address(returner)), 2 ether);
        same(address(returner).balance, 2 ether);
    }
}

/// Whoever gets its surplus back on L1 cannot come back in before the call is over.
contract ReentryOnL1Test is StakingFixture, Reentry {
    function test_the_surplus_of_a_harvest_opens_no_step_of_the_strategy() public {
        stake(alice, 100_000 ether);
        uint256 got = reward(one, 30 days);
        vm.deal(address(returner), 1 ether);
        returner.aim(address(strategy), abi.encodeCall(strategy.harvest, (address(one))));
        returner.run(address(strategy), abi.encodeCall(strategy.harvest, (address(one))), 1 ether);
        require(refused());
        same(t1.sentDown(), got);
    }

    /// A report is the state of its moment: another one within it is one more, with a later number.
    function test_the_surplus_of_a_report_may_report_again() public {
        vm.deal(address(returner), 1 ether);
        returner.aim(address(t1), abi.encodeCall(t1.report, ()));
        returner.run(address(t1), abi.encodeCall(t1.report, ()), 1 ether);
        require(returner.came());
        same(t1.lastReport(), 3);
        same(address(returner).balance, 1 ether);
        pump();
        same(vault.lastReport(), 3);
    }
}
