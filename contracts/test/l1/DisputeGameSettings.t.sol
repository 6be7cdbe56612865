// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IDisputeGame} from "../../src/interfaces/IDisputeGame.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {StubValidity} from "../../src/l1/verifiers/StubValidity.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {OutputsFixture} from "./OutputsFixture.sol";

contract DisputeGameSettingsTest is OutputsFixture {
    function setUp() public {
        makeOutputs(address(new Outputs()));
    }

    function test_the_stub_is_not_for_ethereum() public {
        vm.chainId(1);
        vm.expectRevert(StubValidity.TestOnly.selector);
        new StubValidity();
    }

    function test_the_time_for_a_move_changes_by_the_timelock() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        game.setMoveTimeout(9);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(Timelocked.ZeroValue.selector);
        game.setMoveTimeout(0);
        vm.expectEmit(address(game));
        emit IDisputeGame.MoveTimeoutChanged(MOVE, 9);
        game.setMoveTimeout(9);
        same(game.moveTimeout(), 9);
    }

    function test_a_game_is_initialized_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        game.initialize(TIMELOCK, outputs, inbox, MOVE, new address[](0));
    }
}
