// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OutputProof} from "../../src/interfaces/IBridge.sol";
import {IDisputeGame} from "../../src/interfaces/IDisputeGame.sol";
import {IOutputs, Placement} from "../../src/interfaces/IOutputs.sol";
import {DisputeGame} from "../../src/l1/DisputeGame.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {Tags} from "../../src/lib/Tags.sol";
import {OutputsFixture} from "../l1/OutputsFixture.sol";
import {BondToken} from "../mocks/BondToken.sol";
import {Mini} from "../Mini.sol";

/// Eight actors propose truths and lies and dispute them. Verdicts are right; moves are not always.
contract OutputsHandler is OutputsFixture {
    uint256 public paidIn;
    uint256 public paidOut;
    /// The newest output that was ever seen final.
    uint64 public seenFinal;
    bool public fell;
    mapping(string what => uint256) public done;

    constructor() {
        makeOutputs(address(new Outputs()));
        for (uint256 i = 0; i < 8; i++) {
            fund(actor(i), 60 ether);
        }
        paidIn = 780 ether;
    }

    function parts() external view returns (Outputs, DisputeGame, BondToken) {
        return (outputs, game, token);
    }

    function actor(uint256 i) public pure returns (address) {
        return address(uint160(0xac70000 + i % 8));
    }

    function others(uint256 i) public view returns (address) {
        return [ALICE, CAROL, stateAccount][i];
    }

    modifier observed() {
        _;
        if (seenFinal > 0 && !outputs.isFinal(seenFinal)) fell = true;
        uint64 newest = outputs.lastFinal();
        if (newest < seenFinal) fell = true;
        seenFinal = newest;
    }

    function warp(uint256 time) external observed {
        pass(within(time, 1, WINDOW));
    }

    function propose(uint256 who, uint64 number, bool lie) external observed {
        number = uint64(within(number, 1, 60));
        uint64 index = outputs.lastIndex() + 1;
        Placement memory place = placeOf(number);
        OutputProof memory claim = lie ? lieOf(number) : claimOf(number);
        vm.prank(actor(who));
        try outputs.proposeOutput(index, claim, place, 0, "") {
            done["propose"]++;
        } catch {}
    }

    function open(uint256 who, uint64 index) external observed {
        index = uint64(within(index, 1, uint256(outputs.lastIndex()) + 1));
        vm.prank(actor(who));
        try game.open(index, "other") {
            done["open"]++;
        } catch {}
    }

    /// The party whose turn it is makes a move, or one makes it whose turn it is not.
    function play(uint256 id, bool yes, bool truth, bool wrongParty) external observed {
        id = within(id, 1, game.lastGame() + 1);
        IDisputeGame.Game memory it = game.gameAt(id);
        uint64 middle = it.low + (it.high - it.low) / 2;
        bytes32 root = truth ? rootOf(middle) : bytes32("lie");
        Placement memory none;
        address from = it.phase == IDisputeGame.Phase.Choose ? it.challenger : it.proposer;
        vm.prank(wrongParty ? STRANGER : from);
        (bool moved,) = address(game)
            .call(
                it.phase == IDisputeGame.Phase.Choose
                    ? abi.encodeCall(game.choose, (id, yes))
                    : it.phase == IDisputeGame.Phase.Reveal
                        ? abi.encodeCall(game.reveal, (id, claimOf(it.high), none))
                        : abi.encodeCall(game.publish, (id, middle, root))
            );
        if (moved && wrongParty) fell = true;
        if (moved) done["play"]++;
    }

    function judge(uint256 id) external observed {
        id = within(id, 1, game.lastGame() + 1);
        IDisputeGame.Game memory it = game.gameAt(id);
        bytes memory proof = abi.encode(Tags.STUB_PROOF, it.lowRoot, uint256(it.high), rootOf(it.high));
        try game.judge(id, stub, proof) {
            done["judge"]++;
        } catch {}
    }

    function timeOut(uint256 id) external observed {
        try game.claimTimeout(within(id, 1, game.lastGame() + 1)) {
            done["timeout"]++;
        } catch {}
    }

    /// Both sides move in time until a verdict is awaited, which random moves hardly ever reach; then perhaps
    /// nobody judges for as long as it takes.
    function playOn(uint256 id, uint256 halves, bool late) external observed {
        id = within(id, 1, game.lastGame() + 1);
        IDisputeGame.Game memory it = game.gameAt(id);
        Placement memory none;
        for (; it.phase == IDisputeGame.Phase.Publish; it = game.gameAt(id)) {
            uint64 middle = it.low + (it.high - it.low) / 2;
            bytes32 root = rootOf(middle);
            vm.prank(it.proposer);
            try game.publish(id, middle, root) {} catch {}
            vm.prank(it.challenger);
            try game.choose(id, halves & 1 == 1) {} catch {}
            halves >>= 1;
            if (game.gameAt(id).high - game.gameAt(id).low == it.high - it.low) return;
        }
        vm.prank(it.proposer);
        try game.reveal(id, claimOf(it.high), none) {} catch {}
        if (late) pass(game.judgeTimeout() + 1);
        try game.giveUp(id) {
            done["giveUp"]++;
        } catch {}
    }

    function release(uint64 index) external observed {
        try outputs.releaseBond(uint64(within(index, 0, uint256(outputs.lastIndex()) + 1))) {
            done["release"]++;
        } catch {}
    }

    function deposit(uint256 who, uint256 amount) external observed {
        amount = within(amount, 1, 20 ether);
        fund(actor(who), amount);
        paidIn += amount;
    }

    function withdraw(uint256 who, uint256 amount) external observed {
        amount = within(amount, 1, 5 ether);
        vm.prank(actor(who));
        try outputs.withdraw(address(0x0dd), amount) {
            paidOut += amount;
        } catch {}
    }
}

contract OutputsInvariants is Mini {
    address internal constant BURNED = 0x000000000000000000000000000000000000dEaD;

    OutputsHandler internal handler;
    Outputs internal outputs;
    DisputeGame internal game;
    BondToken internal token;

    function setUp() public {
        handler = new OutputsHandler();
        (outputs, game, token) = handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_outputs_games_and_bonds_hold() public view {
        _bonds_and_deposits_are_conserved();
        _outputs_that_stand_go_up();
        _what_is_final_stays_final();
        _a_dispute_is_open_iff_its_game_is();
    }

    function _bonds_and_deposits_are_conserved() private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < 8; i++) {
            sum += outputs.depositOf(handler.actor(i));
        }
        for (uint256 i = 0; i < 3; i++) {
            sum += outputs.depositOf(handler.others(i));
        }
        for (uint64 i = 1; i <= outputs.lastIndex(); i++) {
            IOutputs.Output memory output = outputs.outputAt(i);
            if (!output.released) sum += output.bond;
            if (output.status == IOutputs.Status.Disputed) sum += output.bond;
        }
        same(token.balanceOf(address(outputs)), sum);
        same(handler.paidIn(), sum + handler.paidOut() + token.balanceOf(BURNED));
        same(token.balanceOf(address(game)), 0);
    }

    function _outputs_that_stand_go_up() private view {
        uint64 last = 0;
        for (uint64 i = 1; i <= outputs.lastIndex(); i++) {
            IOutputs.Output memory output = outputs.outputAt(i);
            if (output.status == IOutputs.Status.Rejected) continue;
            if (output.l2Block <= last) revert Differs(output.l2Block, last);
            last = output.l2Block;
        }
    }

    function _what_is_final_stays_final() private view {
        if (handler.fell()) revert Differs(1, 0);
    }

    function _a_dispute_is_open_iff_its_game_is() private view {
        uint256 open = 0;
        for (uint256 id = 1; id <= game.lastGame(); id++) {
            IDisputeGame.Game memory it = game.gameAt(id);
            if (it.phase == IDisputeGame.Phase.Resolved) continue;
            open++;
            uint256 status = uint256(outputs.outputAt(it.outputIndex).status);
            same(status, uint256(IOutputs.Status.Disputed));
            if (it.low >= it.high) revert Differs(it.low, it.high);
        }
        uint256 disputed = 0;
        for (uint64 i = 1; i <= outputs.lastIndex(); i++) {
            if (outputs.outputAt(i).status == IOutputs.Status.Disputed) disputed++;
        }
        same(open, disputed);
    }
}
