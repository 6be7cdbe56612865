// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2Queue} from "../../src/interfaces/IL2Queue.sol";
import {IL2Transmitter} from "../../src/interfaces/IL2Transmitter.sol";
import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {MessengerStub, VaultFixture} from "./VaultFixture.sol";

contract L2TransmitterTest is VaultFixture {
    address private constant L1 = address(0x1111);
    L2Transmitter private transmitter;

    function config() internal view override returns (L2Vault.Config memory c) {
        c = super.config();
        c.transmitter = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
    }

    function setUp() public override {
        super.setUp();
        transmitter = new L2Transmitter(IL2Vault(vault), IL2Queue(queue), L1, 5000 ether, 10);
    }

    function tell(address from, uint64 id, uint256 amount) private {
        bytes memory call = abi.encodeCall(IL2Transmitter.onReturn, (id, amount));
        MessengerStub(Predeploys.MESSENGER).callAs(from, address(transmitter), call);
    }

    function test_a_transfer_down_arrives_once() public {
        vm.deal(address(vault), 20 ether);
        vm.expectEmit(address(transmitter));
        emit L2Transmitter.Arrived(3, 5 ether);
        tell(L1, 3, 5 ether);
        vm.expectRevert(L2Transmitter.AlreadyArrived.selector);
        tell(L1, 3, 5 ether);
        same(vault.arrivedDown(), 5 ether);
    }

    function test_transfers_of_others_are_not_known() public {
        vm.expectRevert(L2Transmitter.UnknownTransfer.selector);
        tell(ANN, 3, 5 ether);
    }

    function test_a_transfer_that_came_before_its_credit_comes_again() public {
        vm.expectRevert(L2Vault.NotCredited.selector);
        tell(L1, 1, 5 ether);
        require(!transmitter.arrived(1));
        vm.deal(address(vault), 5 ether);
        tell(L1, 1, 5 ether);
        require(transmitter.arrived(1));
    }
}
