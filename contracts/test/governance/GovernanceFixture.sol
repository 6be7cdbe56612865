// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "../../src/governance/Governor.sol";
import {Timelock} from "../../src/governance/Timelock.sol";
import {Mini} from "../Mini.sol";
import {PlainToken} from "../mocks/BridgeTokens.sol";

/// A governor and its timelock with the parameters of the `test` profile, and a short way through a proposal.
abstract contract GovernanceFixture is Mini {
    uint256 internal constant DELAY = 10;
    PlainToken internal metis;
    Timelock internal timelock;
    Governor internal governor;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(100);
        metis = new PlainToken("Metis Token", "METIS");
        timelock = new Timelock(DELAY, address(implementation()), metis, rules());
        governor = Governor(timelock.governor());
    }

    function implementation() internal virtual returns (Governor) {
        return new Governor();
    }

    function rules() internal pure returns (Governor.Settings memory) {
        return Governor.Settings(50_000 ether, 3, 8_000, 30, 1 ether);
    }

    function voter(uint256 n) internal pure returns (address) {
        return address(uint160(0x70_0000 + n));
    }

    function vote(uint256 id, address who, uint8 support, uint256 amount) internal {
        metis.mint(who, amount);
        vm.startPrank(who);
        metis.approve(address(governor), amount);
        governor.castVote(id, support, amount);
        vm.stopPrank();
    }

    function one(address target, bytes memory data)
        internal
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory calldatas)
    {
        targets = new address[](1);
        values = new uint256[](1);
        calldatas = new bytes[](1);
        targets[0] = target;
        calldatas[0] = data;
    }

    function propose(address target, bytes memory data) internal returns (uint256 id) {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = one(target, data);
        return governor.propose(targets, values, calldatas, "why");
    }

    function queue(uint256 id, address target, bytes memory data) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = one(target, data);
        governor.queue(id, targets, values, calldatas);
    }

    function execute(uint256 id, address target, bytes memory data) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = one(target, data);
        governor.execute(id, targets, values, calldatas);
    }

    /// Votes that pass anything.
    function carry(uint256 id) internal {
        for (uint256 i = 1; i <= 3; i++) {
            vote(id, voter(i), 1, 20_000 ether);
        }
        vm.warp(block.timestamp + 30);
    }

    /// A call of the Timelock by all stations.
    function decide(address target, bytes memory data) internal returns (uint256 id) {
        id = propose(target, data);
        carry(id);
        queue(id, target, data);
        vm.warp(block.timestamp + DELAY);
        execute(id, target, data);
    }
}
