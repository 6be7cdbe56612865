// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {StakingFixture} from "./StakingFixture.sol";

/// What calls of liquid staking cost, without the 21,000 of the transaction and its calldata. `forge test
/// -vvvv` shows the figures; the tests hold upper bounds. What is prepared in `setUp` is cold storage.
abstract contract StakingGas is StakingFixture {
    event Gas(string what, uint256 used);

    function _measure(string memory what, address from, address target, bytes memory data, uint256 most)
        internal
    {
        vm.prank(from);
        uint256 before = gasleft();
        (bool ok,) = target.call(data);
        uint256 used = before - gasleft();
        emit Gas(what, used);
        if (!ok || used > most) revert Differs(used, most);
    }
}

contract HolderGasTest is StakingGas {
    function setUp() public override {
        super.setUp();
        stake(alice, 60_000 ether);
        reward(one, 90 days);
        strategy.harvest(address(one));
        t1.report();
        pump();
        vm.warp(block.timestamp + 1 days);
        redeem(alice, 10 ether);
        deposit(bob, 6000 ether);
        line.fund();
        vm.deal(alice, 10 ether);
        vm.warp(block.timestamp + 10);
    }

    function test_gas_of_a_deposit() public {
        vm.prank(alice);
        uint256 before = gasleft();
        vault.depositNative{value: 10 ether}(alice);
        uint256 used = before - gasleft();
        emit Gas("depositNative", used);
        if (used > 120_000) revert Differs(used, 120_000);
    }

    function test_gas_of_a_request() public {
        bytes memory call = abi.encodeCall(vault.requestRedeem, (5 ether, alice));
        _measure("requestRedeem", alice, address(vault), call, 220_000);
    }

    function test_gas_of_a_claim() public {
        _measure("claim", alice, address(line), abi.encodeCall(line.claim, (1)), 80_000);
    }

    function test_gas_of_a_dispatch() public {
        _measure("dispatch", alice, address(t2), abi.encodeCall(t2.dispatch, ()), 260_000);
    }
}

/// `n` sequencers that all have stake, and METIS for one of them.
abstract contract ManyVaultsGas is StakingGas {
    function count() internal pure virtual returns (uint256);

    function setUp() public override {
        super.setUp();
        vm.prank(TIMELOCK);
        strategy.removeVault(address(two));
        _arrive(20_000 ether);
        for (uint256 i = 1; i < count(); i++) {
            SequencerVault v = _newVaultOf(string(abi.encode(i)));
            vm.prank(TIMELOCK);
            strategy.addVault(address(v), 100_000 ether);
            _arrive(20_000 ether);
        }
        metis.mint(address(strategy), 1000 ether);
        vm.prank(address(t1));
        strategy.receiveMetis(1000 ether);
    }

    /// One after the other, so that each begins.
    function _arrive(uint256 amount) private {
        metis.mint(address(strategy), amount);
        vm.prank(address(t1));
        strategy.receiveMetis(amount);
        strategy.allocate();
    }

    function test_gas_of_an_allocation() public {
        bytes memory call = abi.encodeCall(strategy.allocate, ());
        _measure("allocate", alice, address(strategy), call, 200_000 + 50_000 * count());
    }

    function test_gas_of_a_report() public {
        _measure("report", alice, address(t1), abi.encodeCall(t1.report, ()), 200_000 + 55_000 * count());
    }
}

contract OneVaultGasTest is ManyVaultsGas {
    function count() internal pure override returns (uint256) {
        return 1;
    }
}

contract TenVaultsGasTest is ManyVaultsGas {
    function count() internal pure override returns (uint256) {
        return 10;
    }
}

contract FiftyVaultsGasTest is ManyVaultsGas {
    function count() internal pure override returns (uint256) {
        return 50;
    }
}
