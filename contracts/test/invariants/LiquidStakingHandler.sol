// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Mini.sol";
import {StakingFixture} from "../staking/StakingFixture.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";

/// Eight people around a provider, and keepers who trigger its steps in any order; what one step makes
/// impossible is simply not done. Messages may wait: they arrive when `deliver` is drawn.
contract LiquidStakingHandler is StakingFixture {
    uint256 public constant ACTORS = 8;
    /// How often the rate fell without a loss, and how often it rose by more than 1 % a period.
    uint256 public falls;
    uint256 public leaps;
    /// How often somebody's action lowered what another could redeem.
    uint256 public harms;
    /// How often a ticket was paid while an earlier one was not funded, or a funded one was not.
    uint256 public overtakings;
    uint256 public refusals;
    uint256 public steps;
    uint256 public done;
    bool private loss;

    constructor() {
        setUp();
    }

    function actor(uint256 n) public pure returns (address) {
        return address(uint160(0xAC0000 + (n % ACTORS)));
    }

    modifier watched() {
        steps++;
        uint256 before = vault.convertToAssets(1e27);
        uint256 from = block.timestamp;
        uint256 reported = vault.lastReport();
        _;
        uint256 rate = vault.convertToAssets(1e27);
        // Rounding: a wei for each operation, seen through 1e9 shares.
        if (rate + 1e10 < before && !(loss && vault.lastReport() != reported)) falls++;
        uint256 periods = 1 + (block.timestamp - from) / 10;
        if (periods == 1 && rate > before + before / 100 + 1e10) leaps++;
        if (vault.lastReport() != reported) loss = false;
    }

    // People.

    function enter(uint256 who, uint256 amount) external watched {
        amount = within(amount, 1 ether, 30_000 ether);
        if (vault.maxDeposit(actor(who)) < amount) return;
        deposit(actor(who), amount);
        done++;
    }

    function leave(uint256 who, uint256 share) external watched {
        uint256 have = vault.balanceOf(actor(who));
        uint256 shares = within(share, 0, have);
        if (shares < 1e9) return;
        uint256 others = vault.previewRedeem(vault.balanceOf(actor((who % ACTORS) + 1)));
        redeem(actor(who), shares);
        if (vault.previewRedeem(vault.balanceOf(actor((who % ACTORS) + 1))) + 1 < others) harms++;
        done++;
    }

    function claim(uint256 n) external watched {
        uint256 count = line.tickets();
        if (count == 0) return;
        uint256 id = 1 + (n % count);
        (uint256 assets, uint256 end, bool funded) = line.ticket(id);
        address owner;
        try line.ownerOf(id) returns (address found) {
            owner = found;
        } catch {
            return;
        }
        vm.prank(owner);
        (bool paid,) = address(line).call(abi.encodeCall(line.claim, (id)));
        if (paid && end > line.funded()) overtakings++;
        if (!paid && funded) refusals++;
        if (paid) done++;
        assets;
    }

    function give(uint256 amount, bool native) external watched {
        amount = within(amount, 1, 1e24);
        uint256 assets = vault.totalAssets();
        vm.deal(address(this), amount);
        if (native) {
            vm.deal(address(vault), address(vault).balance + amount);
        } else {
            (bool ok,) = vault.asset().call{value: amount}("");
            require(ok);
            (ok,) = vault.asset().call(abi.encodeWithSignature("transfer(address,uint256)", vault, amount));
            require(ok);
        }
        if (vault.totalAssets() != assets) falls++;
    }

    function pause(bool yes) external watched {
        vm.prank(GUARDIAN);
        vault.pauseDeposits(yes);
    }

    // Keepers, of whom none has to exist.

    function keep(uint256 what, bool second) external watched {
        address v = address(second ? two : one);
        what %= 9;
        if (what == 0) attempt(address(t2), abi.encodeCall(t2.dispatch, ()));
        if (what == 1) attempt(address(t2), abi.encodeCall(t2.requestFunds, ()));
        if (what == 2) attempt(address(strategy), abi.encodeCall(strategy.allocate, ()));
        if (what == 3) attempt(address(strategy), abi.encodeCall(strategy.requestFunds, ()));
        if (what == 4) attempt(address(strategy), abi.encodeCall(strategy.draw, (v)));
        if (what == 5) attempt(address(strategy), abi.encodeCall(strategy.harvest, (v)));
        if (what == 6) attempt(address(t1), abi.encodeCall(t1.report, ()));
        if (what == 7) attempt(address(line), abi.encodeCall(line.fund, ()));
        if (what == 8) attempt(address(vault), abi.encodeCall(vault.collectFees, ()));
    }

    function exit(bool finish, bool second) external watched {
        address v = address(second ? two : one);
        if (finish) attempt(address(strategy), abi.encodeCall(strategy.finishExit, (v)));
        else attempt(address(strategy), abi.encodeCall(strategy.beginExit, ()));
    }

    function deliver() external watched {
        pump();
    }

    // The world.

    function wait_(uint256 time) external watched {
        vm.warp(block.timestamp + within(time, 1, 9));
    }

    function earn(bool second, uint256 time) external watched {
        SequencerVault v = second ? two : one;
        uint256 id = v.id();
        if (id == 0 || pool.sequencerOf(id).amount == 0) return;
        reward(v, within(time, 1, 8));
        done++;
    }

    function slash(bool second, uint256 bps) external watched {
        uint256 id = (second ? two : one).id();
        if (id == 0 || pool.sequencerOf(id).amount == 0) return;
        vm.prank(SLASHER);
        pool.slash(id, within(bps, 1, 100), address(0));
        loss = true;
        done++;
    }

    function attempt(address target, bytes memory call) private {
        (bool ok,) = target.call(call);
        if (ok) done++;
    }

    // What invariants ask.

    /// METIS of all places, each asked for what is there.
    function places() external view returns (uint256 sum) {
        sum = vault.buffer();
        sum += t2.dispatched() - t1.arrivedUp();
        sum += strategy.holdings();
        sum += t1.sentDown() - vault.arrivedDown() + vault.dust();
    }

    /// What holders, tickets and fees have a claim to, and rewards that have not dripped.
    function claims() external view returns (uint256) {
        return vault.totalAssets() + vault.booksNow().feesDue + line.pending();
    }

    /// Losses that L2 does not know of yet, or had nothing to take from; negative: gains.
    function unknown() external view returns (int256) {
        return vault.booksNow().applied - t1.gain();
    }

    function deficit() external view returns (uint256) {
        return vault.booksNow().deficit;
    }

    function locked() external view returns (uint256 inPool, uint256 total, uint256 idle, uint256 held) {
        for (uint256 i = 0; i < 2; i++) {
            uint256 id = (i == 0 ? one : two).id();
            if (id != 0) inPool += pool.sequencerOf(id).amount;
        }
        return (inPool, info.totalLocked(), strategy.idle(), metis.balanceOf(address(strategy)));
    }

    function queueIsWhole() external view returns (bool) {
        return address(line).balance <= line.funded() && line.funded() <= line.requested()
            && address(vault).balance >= vault.buffer();
    }
}
