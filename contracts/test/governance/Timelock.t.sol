// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";

import {GovernanceFixture} from "./GovernanceFixture.sol";

contract TimelockTest is GovernanceFixture {
    bytes32 private constant ADMIN_SLOT = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;

    function test_only_the_governor_proposes_anyone_runs_and_nobody_else_has_a_role() public view {
        require(timelock.hasRole(timelock.PROPOSER_ROLE(), address(governor)));
        require(timelock.hasRole(timelock.EXECUTOR_ROLE(), address(0)));
        require(timelock.hasRole(bytes32(0), address(timelock)));
        require(!timelock.hasRole(timelock.CANCELLER_ROLE(), address(governor)));
        require(!timelock.hasRole(bytes32(0), address(this)));
        require(!timelock.hasRole(bytes32(0), address(governor)));
        require(!timelock.hasRole(timelock.PROPOSER_ROLE(), address(this)));
        require(!timelock.hasRole(timelock.PROPOSER_ROLE(), address(0)));
        same(timelock.getMinDelay(), DELAY);
    }

    function test_the_governor_is_upgraded_by_the_timelock_only() public view {
        ProxyAdmin admin = ProxyAdmin(address(uint160(uint256(vm.load(address(governor), ADMIN_SLOT)))));
        same(admin.owner(), address(timelock));
    }

    function test_nobody_schedules_cancels_or_gives_roles() public {
        address me = address(this);
        bytes32 role = timelock.PROPOSER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, me, role)
        );
        timelock.schedule(me, 0, "", 0, 0, DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, me, bytes32(0))
        );
        timelock.grantRole(role, me);
        role = timelock.CANCELLER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, me, role)
        );
        timelock.cancel(0);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, me));
        timelock.updateDelay(0);
    }

    function test_the_delay_changes_by_a_proposal() public {
        decide(address(timelock), abi.encodeCall(TimelockController.updateDelay, (20)));
        same(timelock.getMinDelay(), 20);
    }
}
