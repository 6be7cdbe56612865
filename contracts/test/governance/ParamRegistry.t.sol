// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {ParamRegistry} from "../../src/governance/ParamRegistry.sol";
import {Mini} from "../Mini.sol";

contract ParamRegistryTest is Mini {
    address private constant TIMELOCK = address(0x71E10C);
    bytes32 private constant KEY = "maxActive";
    ParamRegistry private registry;

    function setUp() public {
        vm.roll(100);
        bytes memory init = abi.encodeCall(ParamRegistry.initialize, (TIMELOCK));
        registry = ParamRegistry(address(new ERC1967Proxy(address(new ParamRegistry()), init)));
    }

    function set(bytes memory value, uint64 activation) private {
        vm.prank(TIMELOCK);
        registry.set(KEY, value, activation);
    }

    function valueIs(uint256 l1Block, bytes memory want, uint64 wantSince) private view {
        (bytes memory value, uint64 since) = registry.valueAt(KEY, l1Block);
        same(keccak256(value), keccak256(want));
        same(since, wantSince);
    }

    function test_a_value_is_in_force_from_its_activation_on() public {
        valueIs(1000, "", 0);
        vm.expectEmit(address(registry));
        emit ParamRegistry.ParamSet(KEY, "15", 110);
        set("15", 110);
        vm.expectEmit(address(registry));
        emit ParamRegistry.ParamReplaced(KEY, "15", 110);
        vm.expectEmit(address(registry));
        emit ParamRegistry.ParamSet(KEY, "20", 120);
        set("20", 120);
        valueIs(109, "", 0);
        valueIs(110, "15", 110);
        valueIs(119, "15", 110);
        valueIs(120, "20", 120);
        valueIs(type(uint256).max, "20", 120);
        same(registry.versions(KEY), 2);
        same(registry.version(KEY, 0).activation, 110);
    }

    function test_a_waiting_value_can_be_taken_back() public {
        set("15", 110);
        set("bad", 120);
        set("15", 120);
        valueIs(120, "15", 120);
    }

    function testFuzz_lookup_finds_the_newest_activation_not_later(uint8[12] memory steps, uint256 when)
        public
    {
        uint64 activation = 101;
        uint64[12] memory all;
        for (uint64 i = 0; i < 12; i++) {
            activation += steps[i];
            all[i] = activation;
            set(abi.encode(i), activation);
        }
        uint256 l1Block = within(when, 90, activation + 10);
        bytes memory want = "";
        uint64 since = 0;
        for (uint64 i = 0; i < 12; i++) {
            if (all[i] <= l1Block) (want, since) = (abi.encode(i), all[i]);
        }
        valueIs(l1Block, want, since);
    }

    function test_keys_do_not_touch_each_other() public {
        set("15", 110);
        vm.prank(TIMELOCK);
        registry.set("minTip", "1", 105);
        valueIs(200, "15", 110);
    }

    function test_the_past_is_not_changed() public {
        vm.expectRevert(abi.encodeWithSelector(ParamRegistry.ActivationTooEarly.selector, uint64(101)));
        set("15", 100);
        set("15", 150);
        vm.expectRevert(abi.encodeWithSelector(ParamRegistry.ActivationTooEarly.selector, uint64(150)));
        set("16", 149);
    }

    function test_only_the_timelock_sets_and_within_bounds() public {
        vm.expectRevert(ParamRegistry.NotTimelock.selector);
        registry.set(KEY, "15", 110);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(ParamRegistry.ZeroKey.selector);
        registry.set(0, "15", 110);
        registry.set(KEY, new bytes(16_384), 110);
        vm.expectRevert(ParamRegistry.ValueTooLong.selector);
        registry.set(KEY, new bytes(16_385), 110);
        vm.stopPrank();
    }

    function test_it_is_initialized_once_and_behind_a_proxy() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        registry.initialize(TIMELOCK);
        ParamRegistry bare = new ParamRegistry();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(TIMELOCK);
        vm.expectRevert(ParamRegistry.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(ParamRegistry.initialize, (address(0))));
    }
}
