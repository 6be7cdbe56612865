// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {OutputProof} from "../../src/interfaces/IBridge.sol";
import {IOutputs, Placement} from "../../src/interfaces/IOutputs.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {DisputeGame} from "../../src/l1/DisputeGame.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {QuorumReexecution} from "../../src/l1/verifiers/QuorumReexecution.sol";
import {StubValidity} from "../../src/l1/verifiers/StubValidity.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {BondToken} from "../mocks/BondToken.sol";
import {InboxFixture} from "./InboxFixture.sol";

/// Four members, an inbox with batches of 20 blocks, Outputs and DisputeGame.
abstract contract OutputsFixture is InboxFixture {
    address internal constant ALICE = address(0xa11ce); // proposes
    address internal constant CAROL = address(0xca401); // challenges
    uint64 internal constant WINDOW = 30;
    uint64 internal constant MOVE = 5;
    uint96 internal constant BOND = 10 ether;
    bytes32 internal constant GENESIS = keccak256("genesis");

    BondToken internal token;
    Outputs internal outputs;
    DisputeGame internal game;
    QuorumReexecution internal quorum;
    StubValidity internal stub;
    address internal stateAccount;

    function makeOutputs(address logic) internal {
        makeRegistry(equalPowers(4));
        makeInbox(address(new BatchInbox()), IBatchInbox.AuthMode.Both);
        stateAccount = activate(Purpose.STATE, 0x57a7e);
        token = new BondToken();
        quorum = new QuorumReexecution(registry, L2);
        stub = new StubValidity();
        outputs = Outputs(deployOutputs(logic, address(new DisputeGame())));
        for (uint64 i = 0; i < 3; i++) {
            submit(20 * i + 1, 20 * i + 20);
        }
        fund(ALICE, 100 ether);
        fund(CAROL, 100 ether);
        fund(stateAccount, 100 ether);
    }

    /// Each of the two knows the other, so the address of the second is computed before it is there.
    function deployOutputs(address logic, address gameLogic) internal returns (address proxy) {
        address ahead = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        IERC20 metis = IERC20(address(token));
        bytes memory call = abi.encodeCall(
            Outputs.initialize, (TIMELOCK, metis, inbox, registry, ahead, L2, WINDOW, BOND, GENESIS)
        );
        proxy = address(new ERC1967Proxy(logic, call));
        address[] memory verifiers = new address[](2);
        (verifiers[0], verifiers[1]) = (address(quorum), address(stub));
        call = abi.encodeCall(DisputeGame.initialize, (TIMELOCK, Outputs(proxy), inbox, MOVE, verifiers));
        game = DisputeGame(address(new ERC1967Proxy(gameLogic, call)));
        same(address(game), ahead);
    }

    function fund(address account, uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(outputs), amount);
        outputs.deposit(account, amount);
    }

    /// What L2 is after a block, honestly.
    function claimOf(uint64 number) internal pure returns (OutputProof memory claim) {
        claim.blockNumber = number;
        claim.blockHash = keccak256(abi.encode("block", uint256(number)));
        claim.stateRoot = keccak256(abi.encode("state", number));
        claim.messageTreeRoot = keccak256(abi.encode("messages", number));
    }

    /// A claim on a block that is in the batch but with another state.
    function lieOf(uint64 number) internal pure returns (OutputProof memory claim) {
        claim = claimOf(number);
        claim.stateRoot = "lie";
    }

    function placeOf(uint64 number) internal pure returns (Placement memory place) {
        place.batchIndex = (number - 1) / 20 + 1;
        place.blockPos = (number - 1) % 20;
        uint64 first = (place.batchIndex - 1) * 20 + 1;
        place.path = pathOf(hashes(first, first + 19), place.blockPos);
    }

    function rootOf(uint64 number) internal view returns (bytes32) {
        return number == 0 ? GENESIS : outputs.hashOutput(claimOf(number));
    }

    function propose(address from, OutputProof memory claim) internal returns (uint64 index) {
        index = outputs.lastIndex() + 1;
        Placement memory place = placeOf(uint64(claim.blockNumber));
        vm.prank(from);
        outputs.proposeOutput(index, claim, place, 0, "");
    }

    function dispute(uint64 index) internal returns (uint256 id) {
        vm.prank(CAROL);
        return game.open(index, "other");
    }

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }
}
