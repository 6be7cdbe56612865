// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {Mini} from "../Mini.sol";

/// Messenger as far as a target sees it.
contract MessengerMock {
    address public l1Sender;

    function relay(address from, address target, bytes calldata data) external {
        l1Sender = from;
        (bool done, bytes memory reason) = target.call(data);
        l1Sender = address(0);
        if (!done) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}

/// SequencerSet and Messenger at their addresses.
abstract contract MirrorFixture is Mini {
    address internal constant TIMELOCK = address(0x71);
    address internal constant MPC = address(0x6409);
    address internal constant FIRST = address(0x5e90);
    address internal constant STRANGER = address(0xbad);
    uint256 internal constant LENGTH = 20;
    uint256 internal constant LAG = 40;

    SequencerSet internal set = SequencerSet(Predeploys.SEQUENCER_SET);

    function makeMirror(address logic) internal {
        vm.roll(0);
        vm.etch(Predeploys.SEQUENCER_SET, logic.code);
        vm.etch(Predeploys.MESSENGER, address(new MessengerMock()).code);
        set.initialize(FIRST, MPC, 1, 20, LENGTH, LAG, TIMELOCK);
    }

    function fromL1(address sender, address target, bytes memory data) internal {
        MessengerMock(Predeploys.MESSENGER).relay(sender, target, data);
    }

    function signerOf(uint256 id) internal pure returns (address) {
        return address(uint160(0x5e90 + id));
    }

    /// The next epoch of full length.
    function commit() internal {
        uint256 id = set.currentEpochNumber() + 1;
        uint256 start = set.currentEpoch().endBlock + 1;
        vm.prank(MPC);
        set.commitEpoch(id, start, start + LENGTH - 1, signerOf(id));
    }

    function recommit(uint256 old, uint256 start, uint256 end, address signer) internal {
        vm.prank(MPC);
        set.recommitEpoch(old, old + 1, start, end, signer);
    }
}
