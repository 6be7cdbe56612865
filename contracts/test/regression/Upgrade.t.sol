// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

import {Governor} from "../../src/governance/Governor.sol";
import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";
import {ParamRegistry} from "../../src/governance/ParamRegistry.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {ForcedInbox} from "../../src/l1/ForcedInbox.sol";
import {GovernanceFixture} from "../governance/GovernanceFixture.sol";

/// What an upgrade would bring.
contract Next {
    function marker() external pure returns (uint256) {
        return 42;
    }
}

/// upgrade-only-through-timelock: neither deployer, nor outsider, nor the Governor by itself, nor the
/// Timelock before the delay.
abstract contract Upgrade is GovernanceFixture {
    bytes32 private constant ADMIN_SLOT = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;
    address private next = address(new Next());

    /// Who administers the proxies.
    function admin() internal view virtual returns (address);

    function deploy() private returns (address[5] memory proxies) {
        Bridge.Config memory config = Bridge.Config(address(timelock), address(metis), address(1), 71_001, 0);
        proxies[0] = proxy(address(new Bridge()), abi.encodeCall(Bridge.initialize, (config)));
        proxies[1] =
            proxy(address(new ForcedInbox()), abi.encodeCall(ForcedInbox.initialize, (address(timelock), 0)));
        proxies[2] = proxy(
            address(new ParamRegistry()), abi.encodeCall(ParamRegistry.initialize, (address(timelock)))
        );
        proxies[3] = proxy(
            address(new GrantsBudget()),
            abi.encodeCall(GrantsBudget.initialize, (address(timelock), metis, 1, 2, 1))
        );
        proxies[4] =
            proxy(address(new Governor()), abi.encodeCall(Governor.initialize, (metis, timelock, rules())));
    }

    function proxy(address code, bytes memory init) private returns (address) {
        return address(new TransparentUpgradeableProxy(code, admin(), init));
    }

    function adminOf(address which) private view returns (address) {
        return address(uint160(uint256(vm.load(which, ADMIN_SLOT))));
    }

    function upgrade(address which) private view returns (bytes memory) {
        return
            abi.encodeCall(ProxyAdmin.upgradeAndCall, (ITransparentUpgradeableProxy(which), next, bytes("")));
    }

    function upgraded(address which) private view returns (bool) {
        (bool ok, bytes memory answer) = which.staticcall(abi.encodeCall(Next.marker, ()));
        return ok && answer.length == 32;
    }

    /// How many of five contracts were upgraded without a proposal.
    function upgradedWithoutProposal() internal returns (uint256 count) {
        address[5] memory proxies = deploy();
        address[3] memory others = [address(this), address(0xBAD), address(governor)];
        for (uint256 i = 0; i < 5; i++) {
            bytes memory call = upgrade(proxies[i]);
            for (uint256 k = 0; k < 3; k++) {
                vm.prank(others[k]);
                (bool ok,) = adminOf(proxies[i]).call(call);
                ok;
                // The proxy itself has no such function for anyone but its admin.
                vm.prank(others[k]);
                (ok,) = proxies[i].call(
                    abi.encodeCall(ITransparentUpgradeableProxy.upgradeToAndCall, (next, bytes("")))
                );
            }
            if (upgraded(proxies[i])) count++;
        }
    }

    function upgradeByProposal() internal {
        address[5] memory proxies = deploy();
        for (uint256 i = 0; i < 5; i++) {
            bytes memory call = upgrade(proxies[i]);
            uint256 id = propose(adminOf(proxies[i]), call);
            carry(id);
            queue(id, adminOf(proxies[i]), call);
            vm.warp(block.timestamp + DELAY - 1);
            vm.expectRevert(Governor.TimelockNotElapsed.selector);
            this.executeExternally(id, adminOf(proxies[i]), call);
            require(!upgraded(proxies[i]));
            vm.warp(block.timestamp + 1);
            execute(id, adminOf(proxies[i]), call);
            require(upgraded(proxies[i]));
        }
    }

    function executeExternally(uint256 id, address target, bytes memory data) external {
        execute(id, target, data);
    }
}

contract UpgradeTest is Upgrade {
    function admin() internal view override returns (address) {
        return address(timelock);
    }

    function test_upgrade_only_through_timelock() public {
        same(upgradedWithoutProposal(), 0);
    }

    function test_upgrade_only_through_timelock_and_after_its_delay() public {
        upgradeByProposal();
    }
}

/// Proxies that their deployer still administers.
contract WeakUpgradeTest is Upgrade {
    function admin() internal view override returns (address) {
        return address(this);
    }

    function test_weak_upgrade_only_through_timelock() public {
        same(upgradedWithoutProposal(), 5);
    }
}
