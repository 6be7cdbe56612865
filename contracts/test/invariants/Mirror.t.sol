// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FeeVault} from "../../src/l2/FeeVault.sol";
import {SequencerSet} from "../../src/l2/SequencerSet.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {MirrorFixture} from "../l2/MirrorFixture.sol";

/// Eight sequencers, the group account, fees and time, in any order. Keeps its own books.
contract MirrorHandler is MirrorFixture {
    FeeVault internal vault = FeeVault(Predeploys.FEE_VAULT);

    uint256 public lastFinalized;
    bool public decreased;
    /// Leader of each block that was final once.
    mapping(uint256 block_ => address) public leaders;
    uint256 public charged;
    uint256 public paid;
    /// Calls that went through, by function.
    mapping(string what => uint256) public done;

    constructor() {
        makeMirror(address(new SequencerSet()));
        vm.etch(Predeploys.FEE_VAULT, address(new FeeVault()).code);
        vault.initialize(TIMELOCK, 2, 1 ether);
    }

    function actor(uint256 i) public pure returns (address) {
        return address(uint160(0xac70000 + i % 8));
    }

    modifier observed() {
        _;
        uint256 finalized = set.finalizedBlock();
        if (finalized < lastFinalized) decreased = true;
        for (uint256 n = lastFinalized + 1; n <= finalized; n++) {
            leaders[n] = set.getMetisSequencer(n);
        }
        if (finalized > lastFinalized) lastFinalized = finalized;
    }

    function roll(uint256 blocks) external observed {
        vm.roll(block.number + within(blocks, 1, 25));
    }

    function commitNext(uint256 signer) external observed {
        uint256 id = set.currentEpochNumber() + 1;
        uint256 start = set.currentEpoch().endBlock + 1;
        uint256 end = start + set.epochLength() - 1;
        vm.prank(MPC);
        try set.commitEpoch(id, start, end, actor(signer)) {
            done["commit"]++;
        } catch {}
    }

    function recommitRight(uint256 back, uint256 length, uint256 signer) external observed {
        uint256 start = block.number - back % (LAG + 5 < block.number ? LAG + 5 : block.number + 1);
        uint256 old = set.getEpochByBlock(start == 0 ? 0 : start - 1);
        if (old == type(uint256).max) {
            (old, start) = (set.currentEpochNumber(), set.currentEpoch().endBlock + 1);
        }
        recommitAny(old, start, block.number + within(length, 1, 30), signer);
    }

    function recommitWild(uint256 old, uint256 start, uint256 end, uint256 signer) external observed {
        recommitAny(old % (set.currentEpochNumber() + 2), start % (block.number + 3), end % 2000, signer);
    }

    function recommitAny(uint256 old, uint256 start, uint256 end, uint256 signer) private {
        vm.prank(MPC);
        try set.recommitEpoch(old, old + 1, start, end, actor(signer)) {
            done["recommit"]++;
        } catch {}
    }

    function changeLength(uint256 length) external observed {
        length = within(length, 2, 25);
        vm.prank(MPC);
        set.UpdateEpochLength(length);
    }

    // Fees

    function charge(uint256 amount) external {
        amount = within(amount, 0, 5 ether);
        charged += amount;
        vm.deal(address(vault), address(vault).balance + amount);
    }

    function distribute() external {
        uint256 start = vault.nextEpoch();
        uint256 before = MPC.balance;
        try vault.distribute(start, start + vault.period() - 1) {
            done["distribute"]++;
        } catch {}
        paid += MPC.balance - before;
    }

    function claim(uint256 who) external {
        address to = who % 9 == 8 ? FIRST : actor(who);
        uint256 before = to.balance;
        try vault.claim(to) {
            done["claim"]++;
        } catch {}
        paid += to.balance - before;
    }

    function fund(uint256 spend) external {
        vm.deal(MPC, spend % (MPC.balance + 1));
        uint256 before = MPC.balance;
        vault.topUp();
        paid += MPC.balance - before;
    }

    function redirect(uint256 who, uint256 to) external {
        vm.prank(actor(who));
        vault.setFeeRecipient(to % 5 == 0 ? address(0) : actor(to));
    }
}

contract MirrorInvariants is MirrorFixture {
    MirrorHandler internal handler;
    FeeVault internal vault = FeeVault(Predeploys.FEE_VAULT);

    function setUp() public {
        handler = new MirrorHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_the_mirror_and_its_fees_hold() public view {
        _epoch_ranges_never_overlap_and_leave_no_gap();
        _the_finalized_block_never_decreases();
        _a_final_block_keeps_its_leader();
        _fees_are_conserved_to_the_wei();
    }

    function _epoch_ranges_never_overlap_and_leave_no_gap() private view {
        uint256 next = 1;
        uint256 current = set.currentEpochNumber();
        for (uint256 id = 0; id <= current; id++) {
            (uint256 number,, uint256 start, uint256 end) = set.epochs(id);
            same(number, id);
            same(start, next);
            if (end < start) revert Differs(end, start);
            same(set.getEpochByBlock(start), id);
            same(set.getEpochByBlock(end), id);
            next = end + 1;
        }
        same(set.getEpochByBlock(next), type(uint256).max);
    }

    function _the_finalized_block_never_decreases() private view {
        if (handler.decreased()) revert Differs(1, 0);
        same(set.finalizedBlock(), handler.lastFinalized());
    }

    function _a_final_block_keeps_its_leader() private view {
        uint256 last = handler.lastFinalized();
        for (uint256 n = last > 100 ? last - 100 : 1; n <= last; n++) {
            same(set.getMetisSequencer(n), handler.leaders(n));
        }
    }

    function _fees_are_conserved_to_the_wei() private view {
        same(handler.charged(), handler.paid() + address(vault).balance);
        uint256 owed = vault.owed(FIRST);
        for (uint256 i = 0; i < 8; i++) {
            owed += vault.owed(handler.actor(i));
        }
        same(vault.totalOwed(), owed);
        if (vault.totalOwed() > address(vault).balance) revert Differs(vault.totalOwed(), 0);
    }
}
