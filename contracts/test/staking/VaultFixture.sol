// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2Queue} from "../../src/interfaces/IL2Queue.sol";
import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {WMETIS} from "../../src/l2/WMETIS.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {L2Queue} from "../../src/staking/L2Queue.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {Mini} from "../Mini.sol";

/// The messenger as a vault sees it.
contract MessengerStub {
    address public l1Sender;

    function callAs(address sender, address target, bytes calldata data) external {
        l1Sender = sender;
        (bool ok, bytes memory reason) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
        l1Sender = address(0);
    }
}

/// A vault and its queue; this contract stands for the transmitter.
abstract contract VaultFixture is Mini {
    address internal constant TIMELOCK = address(0x71E10C);
    address internal constant GUARDIAN = address(0x6A4D);
    address internal constant TREASURY = address(0x77EA);
    address internal constant OPERATORS = address(0x09E7);
    address internal constant ANN = address(0xA11);
    address internal constant BEN = address(0xB22);
    uint256 internal constant CAPACITY = 300_000 ether;

    L2Vault internal vault;
    L2Queue internal queue;
    WMETIS internal wmetis = WMETIS(payable(Predeploys.WMETIS));
    uint64 internal lastReport;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.etch(Predeploys.WMETIS, address(new WMETIS()).code);
        vm.etch(Predeploys.MESSENGER, address(new MessengerStub()).code);
        _deploy(config());
    }

    function _deploy(L2Vault.Config memory c) internal {
        uint64 nonce = vm.getNonce(address(this));
        c.queue = vm.computeCreateAddress(address(this), nonce + 1);
        vault = newVault(c);
        queue = newQueue();
        require(address(queue) == c.queue);
    }

    // What a weak copy replaces.

    function newVault(L2Vault.Config memory c) internal virtual returns (L2Vault) {
        return new L2Vault(c);
    }

    function newQueue() internal virtual returns (L2Queue) {
        return new L2Queue(IL2Vault(vault), "Ticket", "TKT");
    }

    function config() internal view virtual returns (L2Vault.Config memory c) {
        c.name = "Staked METIS";
        c.symbol = "stMETIS";
        c.transmitter = address(this);
        c.l1Timelock = TIMELOCK;
        c.guardian = GUARDIAN;
        c.treasury = TREASURY;
        c.operators = OPERATORS;
        c.minDeposit = 1 ether;
        c.capacity = CAPACITY;
        c.ratePeriod = 1 days;
        c.maxPause = 1 days;
        c.protocolBps = 1000;
    }

    function deposit(address who, uint256 amount) internal returns (uint256 shares) {
        vm.deal(who, who.balance + amount);
        vm.prank(who);
        return vault.depositNative{value: amount}(who);
    }

    function redeem(address who, uint256 shares) internal returns (uint256 ticket) {
        vm.prank(who);
        return vault.requestRedeem(shares, who);
    }

    function report(int256 gain) internal {
        vault.report(++lastReport, IL2Vault.Totals(gain, CAPACITY, 0, 0));
    }

    /// A gain, and the time that it takes to drip.
    function gainAndWait(int256 gain) internal {
        report(gain);
        vm.warp(block.timestamp + 365 days);
    }

    function asTimelock(bytes memory call) internal {
        MessengerStub(Predeploys.MESSENGER).callAs(TIMELOCK, address(vault), call);
    }

    receive() external payable {}
}
