// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {SupplyHandler} from "../invariants/SupplyHandler.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";
import {BridgeIgnoresDisputes, BridgeLosesDust, BridgeSpendsPerOutput} from "../weak/BridgeWeak.sol";

/// withdrawal-spent-once: a message is released once, whatever is tried.
abstract contract WithdrawalSpentOnce is CrossFixture {
    /// How often 1 METIS came out for one message: at a replay, under another output, under a disputed one.
    function timesReleased() internal returns (uint256) {
        depositMetis(alice, alice, 100 ether);
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        OutputProof memory disputed = propose(1);
        outputs.mark(1, false, true, false);
        attempt(m, 1, disputed);
        outputs.mark(1, false, false, true);
        attempt(m, 1, disputed);
        OutputProof memory good = propose(2);
        attempt(m, 2, good);
        attempt(m, 2, good);
        OutputProof memory later = propose(3);
        attempt(m, 3, later);
        return metis.balanceOf(bob) / 1 ether;
    }

    /// Whether a disputed output released anything.
    function releasedByDisputed() internal returns (bool) {
        depositMetis(alice, alice, 100 ether);
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        OutputProof memory proof = propose(1);
        outputs.mark(1, false, true, false);
        attempt(m, 1, proof);
        return metis.balanceOf(bob) > 0;
    }

    function finalizeExternally(L2Message memory m, uint256 index, OutputProof memory proof) external {
        bridge.finalizeWithdrawal(m, index, proof, down.pathOf(m.nonce));
    }

    function attempt(L2Message memory m, uint256 index, OutputProof memory proof) private {
        bytes32[32] memory path = down.pathOf(m.nonce);
        bytes memory call = abi.encodeCall(bridge.finalizeWithdrawal, (m, index, proof, path));
        (bool ok,) = address(bridge).call(call);
        ok;
    }
}

contract WithdrawalSpentOnceTest is WithdrawalSpentOnce {
    function test_withdrawal_spent_once() public {
        same(timesReleased(), 1);
    }

    function test_a_spent_withdrawal_is_refused_by_name_under_every_output() public {
        depositMetis(alice, alice, 100 ether);
        L2Message memory m = sendDown(alice, bob, 1 ether, "");
        OutputProof memory proof = propose(1);
        this.finalizeExternally(m, 1, proof);
        vm.expectRevert(Bridge.AlreadySpent.selector);
        this.finalizeExternally(m, 1, proof);
        OutputProof memory later = propose(2);
        vm.expectRevert(Bridge.AlreadySpent.selector);
        this.finalizeExternally(m, 2, later);
    }

    function test_withdrawal_spent_once_and_not_by_a_disputed_output() public {
        require(!releasedByDisputed());
    }
}

contract WeakSpendsPerOutputTest is WithdrawalSpentOnce {
    function implementation() internal override returns (Bridge) {
        return new BridgeSpendsPerOutput();
    }

    function test_weak_withdrawal_spent_once() public {
        same(timesReleased(), 2);
    }
}

contract WeakIgnoresDisputesTest is WithdrawalSpentOnce {
    function implementation() internal override returns (Bridge) {
        return new BridgeIgnoresDisputes();
    }

    function test_weak_withdrawal_spent_once_and_not_by_a_disputed_output() public {
        require(releasedByDisputed());
    }
}

/// supply-equation-exact: random deposits, withdrawals and fees.
abstract contract SupplyEquation is CrossFixture {
    /// What the equation is off by after 400 steps.
    function difference(uint256 seed) internal returns (uint256) {
        bridge = newBridge(8_000 ether);
        metis.mint(address(this), 8_000 ether);
        metis.approve(address(bridge), 8_000 ether);
        bridge.backGenesis();
        SupplyHandler handler = new SupplyHandler(metis, outputs, bridge);
        for (uint256 i = 0; i < 400; i++) {
            uint256 x = uint256(keccak256(abi.encode(seed, i)));
            uint256 kind = x % 8;
            if (kind < 2) handler.deposit(x >> 8, x >> 16, x >> 24, kind == 0);
            else if (kind == 2) handler.derive();
            else if (kind == 3) handler.pay(x >> 8, x >> 16, x >> 24);
            else if (kind == 4) handler.burnFee(x >> 8, x >> 16);
            else if (kind == 5) handler.withdraw(x >> 8, x >> 16, x >> 24);
            else if (kind == 6) handler.finalize(x >> 8);
            else handler.force(x >> 8, x >> 16);
        }
        (uint256 l1, uint256 l2) = handler.equation();
        return l1 > l2 ? l1 - l2 : l2 - l1;
    }
}

contract SupplyEquationTest is SupplyEquation {
    function test_supply_equation_exact() public {
        same(difference(7), 0);
    }
}

contract WeakLosesDustTest is SupplyEquation {
    function implementation() internal override returns (Bridge) {
        return new BridgeLosesDust();
    }

    function test_weak_supply_equation_exact() public {
        // Less than a gwei for each deposit.
        uint256 lost = difference(7);
        require(lost > 0 && lost < 400 gwei);
    }
}
