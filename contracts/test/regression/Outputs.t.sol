// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outputs} from "../../src/l1/Outputs.sol";
import {OutputsFixture} from "../l1/OutputsFixture.sol";
import {OutputsWithOneWindow} from "../weak/OutputsWithOneWindow.sol";

contract OutputsRegression is OutputsFixture {
    address internal constant FRIEND = address(0xf417);

    // dispute-lost-on-purpose-does-not-shield-a-lie

    /// A friend of the liar disputes first, says nothing until the window is over, and loses. Then a real
    /// challenger comes. Whether the lie becomes final.
    function lieIsFinal(address logic) internal returns (bool) {
        makeOutputs(logic);
        fund(FRIEND, BOND);
        uint64 index = propose(ALICE, lieOf(20));
        vm.prank(FRIEND);
        uint256 id = game.open(index, "other");
        vm.prank(ALICE);
        game.publish(id, 10, "anything");
        pass(WINDOW + 1);
        game.claimTimeout(id);
        vm.prank(CAROL);
        (bool opened,) = address(game).call(abi.encodeCall(game.open, (index, bytes32("truth"))));
        if (opened) {
            pass(MOVE + 1);
            game.claimTimeout(2);
        }
        pass(WINDOW + 1);
        return outputs.isFinal(index);
    }

    function test_dispute_lost_on_purpose_does_not_shield_a_lie() public {
        if (lieIsFinal(address(new Outputs()))) revert Differs(1, 0);
        if (!outputs.isRejected(1)) revert Differs(0, 1);
    }

    function test_weak_dispute_lost_on_purpose_does_not_shield_a_lie() public {
        if (!lieIsFinal(address(new OutputsWithOneWindow()))) revert Differs(0, 1);
    }
}
