// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {AllocationRegistry} from "../../src/governance/AllocationRegistry.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {Mini} from "../Mini.sol";

/// Who owns which sequencer, as set.
contract OwnersMock {
    mapping(uint256 id => address) public owners;

    function set(uint256 id, address owner) external {
        owners[id] = owner;
    }

    function sequencerOf(uint256 id) external view returns (ISequencerInfo.Sequencer memory s) {
        s.owner = owners[id];
    }
}

contract AllocationRegistryTest is Mini {
    address private constant TIMELOCK = address(0x71E10C);
    address private vaultA = address(0xA);
    address private vaultB = address(0xB);
    OwnersMock private pool = new OwnersMock();
    AllocationRegistry private registry;

    function setUp() public {
        bytes memory init =
            abi.encodeCall(AllocationRegistry.initialize, (TIMELOCK, ILockingPool(address(pool))));
        registry = AllocationRegistry(address(new ERC1967Proxy(address(new AllocationRegistry()), init)));
        pool.set(1, vaultA);
        pool.set(2, vaultB);
    }

    function test_a_sequencer_has_one_vault_and_a_vault_one_sequencer() public {
        vm.startPrank(TIMELOCK);
        vm.expectEmit(address(registry));
        emit AllocationRegistry.Allocated(1, vaultA);
        registry.allocate(1, vaultA);
        same(registry.vaultOf(1), vaultA);
        same(registry.idOf(vaultA), 1);
        vm.expectRevert(AllocationRegistry.AlreadyAllocated.selector);
        registry.allocate(1, vaultB);
        pool.set(3, vaultA);
        vm.expectRevert(AllocationRegistry.AlreadyAllocated.selector);
        registry.allocate(3, vaultA);
        vm.stopPrank();
    }

    function test_the_vault_owns_the_sequencer() public {
        vm.startPrank(TIMELOCK);
        vm.expectRevert(AllocationRegistry.NotVaultOfSequencer.selector);
        registry.allocate(1, vaultB);
        vm.expectRevert(AllocationRegistry.NotVaultOfSequencer.selector);
        registry.allocate(9, vaultB);
        vm.expectRevert(AllocationRegistry.ZeroAddress.selector);
        registry.allocate(9, address(0));
        vm.stopPrank();
    }

    function test_an_allocation_moves_with_the_ownership() public {
        address vaultC = address(0xC);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(AllocationRegistry.NotAllocated.selector);
        registry.transfer(1, vaultC);
        registry.allocate(1, vaultA);
        vm.expectRevert(AllocationRegistry.NotVaultOfSequencer.selector);
        registry.transfer(1, vaultC);
        pool.set(1, vaultC);
        vm.expectEmit(address(registry));
        emit AllocationRegistry.AllocationMoved(1, vaultA, vaultC);
        registry.transfer(1, vaultC);
        same(registry.vaultOf(1), vaultC);
        same(registry.idOf(vaultA), 0);
        registry.allocate(2, vaultB);
        pool.set(1, vaultB);
        vm.expectRevert(AllocationRegistry.AlreadyAllocated.selector);
        registry.transfer(1, vaultB);
        vm.stopPrank();
    }

    function test_an_allocation_ends() public {
        vm.startPrank(TIMELOCK);
        registry.allocate(1, vaultA);
        vm.expectEmit(address(registry));
        emit AllocationRegistry.AllocationReleased(1, vaultA);
        registry.release(1);
        same(registry.vaultOf(1), address(0));
        vm.expectRevert(AllocationRegistry.NotAllocated.selector);
        registry.release(1);
        registry.allocate(1, vaultA);
        vm.stopPrank();
    }

    function test_only_the_timelock_decides() public {
        vm.expectRevert(AllocationRegistry.NotTimelock.selector);
        registry.allocate(1, vaultA);
        vm.expectRevert(AllocationRegistry.NotTimelock.selector);
        registry.transfer(1, vaultA);
        vm.expectRevert(AllocationRegistry.NotTimelock.selector);
        registry.release(1);
    }

    function test_it_is_initialized_once_and_behind_a_proxy() public {
        ILockingPool pool_ = ILockingPool(address(pool));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        registry.initialize(TIMELOCK, pool_);
        AllocationRegistry bare = new AllocationRegistry();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(TIMELOCK, pool_);
        bytes memory init = abi.encodeCall(AllocationRegistry.initialize, (address(0), pool_));
        vm.expectRevert(AllocationRegistry.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
        init = abi.encodeCall(AllocationRegistry.initialize, (TIMELOCK, ILockingPool(address(0))));
        vm.expectRevert(AllocationRegistry.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), init);
    }
}
