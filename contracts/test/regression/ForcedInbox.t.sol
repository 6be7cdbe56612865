// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {ForcedInbox} from "../../src/l1/ForcedInbox.sol";
import {Mini, Vm} from "../Mini.sol";
import {TxMaker} from "../mocks/TxMaker.sol";
import {ForcedInboxWithoutBudget} from "../weak/ForcedInboxWeak.sol";

/// forced-tx-included-by-deadline, the contract's side: what an L1 block queues fits into the one L2 block
/// that has to start with it, and the queue has no gap.
abstract contract ForcedTx is Mini {
    ForcedInbox internal inbox;

    function setUp() public {
        vm.roll(100);
        bytes memory init = abi.encodeCall(ForcedInbox.initialize, (address(0x71E10C), 0));
        inbox = ForcedInbox(address(new ERC1967Proxy(address(implementation()), init)));
    }

    function implementation() internal virtual returns (ForcedInbox);

    /// The gas that the queue of one L1 block asks for, when more is offered than fits.
    function gasOfOneBlock() internal returns (uint256 total) {
        vm.recordLogs();
        uint256[4] memory limits = [uint256(3_000_000), 21_000, 900_000, 6_000_000];
        for (uint256 i = 0; i < 40; i++) {
            bytes memory raw = TxMaker.dynamic(limits[i % 4], "");
            (bool ok,) = address(inbox).call(abi.encodeCall(inbox.enqueue, (raw)));
            if (ok) total += limits[i % 4];
        }
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            same(uint256(logs[i].topics[1]), i);
            (uint256 l1Block,) = abi.decode(logs[i].data, (uint256, bytes));
            same(l1Block, 100);
        }
        same(inbox.count(), logs.length);
    }
}

contract ForcedTxTest is ForcedTx {
    function implementation() internal override returns (ForcedInbox) {
        return new ForcedInbox();
    }

    function test_forced_tx_included_by_deadline() public {
        uint256 total = gasOfOneBlock();
        require(total <= 10_000_000 && total > 9_900_000);
        // Filling a block keeps nobody out of the next one.
        vm.roll(101);
        inbox.enqueue(TxMaker.dynamic(10_000_000, ""));
    }
}

contract WeakForcedTxTest is ForcedTx {
    function implementation() internal override returns (ForcedInbox) {
        return new ForcedInboxWithoutBudget();
    }

    function test_weak_forced_tx_included_by_deadline() public {
        // More than an L2 block has.
        require(gasOfOneBlock() > 30_000_000);
    }
}
