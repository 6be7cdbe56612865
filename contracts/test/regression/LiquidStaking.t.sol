// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IBridge} from "../../src/interfaces/IBridge.sol";
import {IL1Strategy} from "../../src/interfaces/IL1Strategy.sol";
import {IL2Queue} from "../../src/interfaces/IL2Queue.sol";
import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {IL2Transmitter} from "../../src/interfaces/IL2Transmitter.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {L2Queue} from "../../src/staking/L2Queue.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {LiquidStakingRules} from "../invariants/LiquidStaking.t.sol";
import {LiquidStakingHandler} from "../invariants/LiquidStakingHandler.sol";
import {StakingFixture} from "../staking/StakingFixture.sol";
import {MessengerStub, VaultFixture} from "../staking/VaultFixture.sol";
import {
    L1TransmitterThatForgets,
    QueueThatPauses,
    QueueThatPaysWhoComes,
    TransmitterThatForgets,
    VaultThatBelievesArrivals,
    VaultThatCountsBalances,
    VaultThatCountsWholeGwei,
    VaultThatMixesUnits,
    VaultThatPaysBeforeItSplits,
    VaultWithoutVirtualShares
} from "../weak/StakingWeak.sol";

/// fee-split-before-transfer: what is paid is what was due.
abstract contract FeeSplit is VaultFixture {
    /// Wei of fees due, by what rates say, that nobody was paid.
    function lost() internal returns (uint256) {
        asTimelock(abi.encodeCall(vault.setFees, (1000, 600)));
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        vault.collectFees();
        return 1100 ether - vault.totalAssets() - vault.booksNow().feesDue;
    }
}

contract FeeSplitTest is FeeSplit {
    function test_fee_split_before_transfer() public {
        same(lost(), 0);
    }
}

contract WeakFeeSplitTest is FeeSplit {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatPaysBeforeItSplits(c);
    }

    function test_weak_fee_split_before_transfer() public {
        require(lost() > 3 ether);
    }
}

/// assets-and-shares-never-mixed: at a rate that is not 1, a ticket is over assets.
abstract contract Units_ is VaultFixture {
    function mixed() internal returns (bool) {
        deposit(ANN, 1000 ether);
        gainAndWait(100 ether);
        uint256 worth = vault.previewRedeem(100 ether);
        (uint256 assets,,) = queue.ticket(redeem(ANN, 100 ether));
        return assets != worth || queue.pending() != worth || queue.fund() != worth;
    }
}

contract UnitsTest is Units_ {
    function test_assets_and_shares_never_mixed() public {
        require(!mixed());
    }
}

contract WeakUnitsTest is Units_ {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatMixesUnits(c);
    }

    function test_weak_assets_and_shares_never_mixed() public {
        require(mixed());
    }
}

/// donation-does-not-move-rate: of any size, native or wrapped.
abstract contract Donation is VaultFixture {
    function moved(uint256 gift) internal returns (bool) {
        deposit(ANN, 1000 ether);
        (uint256 rate, uint256 worth) = (vault.rate(), vault.previewRedeem(1000 ether));
        vm.deal(address(this), gift);
        wmetis.deposit{value: gift}();
        wmetis.transfer(address(vault), gift);
        vm.deal(address(vault), address(vault).balance + gift);
        vault.sweep();
        return vault.rate() != rate || vault.previewRedeem(1000 ether) != worth;
    }
}

contract DonationTest is Donation {
    function testFuzz_donation_does_not_move_rate(uint96 gift) public {
        require(!moved(gift));
    }
}

contract WeakDonationTest is Donation {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatCountsBalances(c);
    }

    function test_weak_donation_does_not_move_rate() public {
        require(moved(1 ether));
    }
}

/// first-depositor-cannot-inflate: 1 wei, a gift of 10,000 METIS, a victim of 1000.
abstract contract Inflation is VaultFixture {
    function config() internal view override returns (L2Vault.Config memory c) {
        c = super.config();
        c.minDeposit = 1;
    }

    function victimGets() internal returns (uint256) {
        deposit(ANN, 1);
        vm.deal(address(vault), address(vault).balance + 10_000 ether);
        vm.deal(BEN, 1000 ether);
        vm.prank(BEN);
        try vault.depositNative{value: 1000 ether}(BEN) returns (uint256 shares) {
            return shares;
        } catch {
            return 0;
        }
    }
}

contract InflationTest is Inflation {
    function test_first_depositor_cannot_inflate() public {
        same(victimGets(), 1000 ether);
    }
}

/// The variant of section 12.2: even where the gift counts, the attacker has 10,000 wei for 10,000 METIS.
contract CountedInflationTest is Inflation {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatCountsBalances(c);
    }

    function test_first_depositor_cannot_inflate_even_if_gifts_counted() public {
        vm.deal(ANN, 1);
        vm.startPrank(ANN);
        wmetis.deposit{value: 1}();
        wmetis.approve(address(vault), 1);
        same(vault.deposit(1, ANN), 1);
        vm.stopPrank();
        vm.deal(address(vault), address(vault).balance + 10_000 ether);
        require(vault.previewRedeem(1) <= 10_001);
    }
}

contract WeakInflationTest is Inflation {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultWithoutVirtualShares(c);
    }

    function test_weak_first_depositor_cannot_inflate() public {
        same(victimGets(), 0);
    }
}

/// in-transit-counted-once: a transfer told of twice, and one told of before the chain has credited it.
abstract contract InTransit is VaultFixture {
    address internal constant L1 = address(0x1111);
    L2Transmitter internal transmitter;

    function config() internal view override returns (L2Vault.Config memory c) {
        c = super.config();
        c.transmitter = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
    }

    function setUp() public override {
        super.setUp();
        transmitter = newTransmitter();
        require(address(transmitter) == vault.transmitter());
    }

    function newTransmitter() internal virtual returns (L2Transmitter) {
        return new L2Transmitter(IL2Vault(vault), IL2Queue(queue), L1, 5000 ether, 10);
    }

    function tell(uint64 id, uint256 amount) internal {
        bytes memory call = abi.encodeCall(IL2Transmitter.onReturn, (id, amount));
        try MessengerStub(Predeploys.MESSENGER).callAs(L1, address(transmitter), call) {} catch {}
    }

    /// What the vault counts of one transfer of 5 METIS, beside a gift of 5.
    function counted() internal returns (uint256) {
        tell(1, 5 ether);
        same(vault.buffer(), early());
        vm.deal(address(vault), 10 ether);
        tell(1, 5 ether);
        tell(1, 5 ether);
        return vault.arrivedDown();
    }

    /// What it counts before the credit.
    function early() internal pure virtual returns (uint256) {
        return 0;
    }
}

contract InTransitTest is InTransit {
    function test_in_transit_counted_once() public {
        same(counted(), 5 ether);
    }
}

contract WeakTransmitterTest is InTransit {
    function newTransmitter() internal override returns (L2Transmitter) {
        return new TransmitterThatForgets(IL2Vault(vault), IL2Queue(queue), L1);
    }

    function test_weak_in_transit_counted_once() public {
        same(counted(), 10 ether);
    }
}

contract WeakArrivalTest is InTransit {
    function newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatBelievesArrivals(c);
    }

    function early() internal pure override returns (uint256) {
        return 5 ether;
    }

    function test_weak_in_transit_counted_once_when_credited() public {
        counted();
    }
}

/// in-transit-counted-once, the way up: a transfer that the bridge told of twice.
abstract contract InTransitUp is StakingFixture {
    /// What L1 counts of one transfer of 30,000 METIS.
    function counted() internal returns (uint256) {
        deposit(alice, 30_000 ether);
        t2.dispatch();
        collect();
        bytes memory data = toL1[0].data;
        pump();
        metis.mint(address(t1), 30_000 ether);
        vm.prank(address(bridge));
        try t1.onL2Message(address(t2), 30_000 ether, data) {} catch {}
        same(t1.arrivedUp(), strategy.idle());
        return t1.arrivedUp();
    }
}

contract InTransitUpTest is InTransitUp {
    function test_in_transit_counted_once_on_the_way_up() public {
        same(counted(), 30_000 ether);
    }
}

contract WeakL1TransmitterTest is InTransitUp {
    function _newL1Transmitter(IL1Strategy s, address l2, address v)
        internal
        override
        returns (L1Transmitter)
    {
        IBridge b = IBridge(address(bridge));
        return new L1TransmitterThatForgets(b, IERC20(address(metis)), L2, s, l2, v);
    }

    function test_weak_in_transit_counted_once_on_the_way_up() public {
        same(counted(), 60_000 ether);
    }
}

/// in-transit-counted-once, to the wei: what a walk of the invariants sees of a miscount below a gwei.
contract WalkTest is LiquidStakingRules {
    function test_in_transit_counted_once_below_a_gwei() public {
        vm.warp(1_800_000_000);
        handler = new LiquidStakingHandler();
        _walk(1, 64);
        _after_a_call();
        _everybody_gets_out_without_a_keeper();
    }
}

contract HandlerOfWholeGwei is LiquidStakingHandler {
    function _newVault(L2Vault.Config memory c) internal override returns (L2Vault) {
        return new VaultThatCountsWholeGwei(c);
    }
}

/// Whatever the walk is: one of 64 steps sees it.
contract WeakWalkTest is LiquidStakingRules {
    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new HandlerOfWholeGwei();
    }

    function test_weak_in_transit_counted_once_below_a_gwei() public {
        _walk(1, 64);
        require(handler.uncovered() > 0);
    }

    function test_weak_in_transit_counted_once_below_a_gwei_on_another_walk() public {
        _walk(2, 64);
        require(handler.uncovered() > 0);
    }
}

/// tickets-fifo-and-unpausable: random requests; the later is never paid before the earlier, paused or not.
abstract contract Fifo is VaultFixture {
    /// Whether the second ticket is paid while the first is not; whether the first is paid when it is funded.
    function outcome(uint256 a, uint256 b) internal returns (bool overtaken, bool paid) {
        deposit(ANN, 1000 ether);
        deposit(BEN, 1000 ether);
        vault.handOver();
        a = redeem(ANN, within(a, 2 ether, 1000 ether));
        b = redeem(BEN, within(b, 1, 1 ether));
        vm.prank(GUARDIAN);
        vault.pauseDeposits(true);
        (uint256 first,,) = queue.ticket(a);
        bring(first - 1 gwei);
        overtaken = claim(BEN, b);
        bring(10 ether);
        paid = claim(ANN, a);
    }

    function bring(uint256 amount) private {
        vm.deal(address(vault), address(vault).balance + amount);
        vault.arrive(amount);
        queue.fund();
    }

    function claim(address who, uint256 ticket) private returns (bool done) {
        vm.prank(who);
        (done,) = address(queue).call(abi.encodeCall(queue.claim, (ticket)));
    }
}

contract FifoTest is Fifo {
    function testFuzz_tickets_fifo_and_unpausable(uint256 a, uint256 b) public {
        (bool overtaken, bool paid) = outcome(a, b);
        require(!overtaken && paid);
    }
}

contract WeakFifoTest is Fifo {
    function newQueue() internal override returns (L2Queue) {
        return new QueueThatPaysWhoComes(IL2Vault(vault));
    }

    function test_weak_tickets_fifo_and_unpausable() public {
        (bool overtaken,) = outcome(0, 0);
        require(overtaken);
    }
}

contract WeakPauseTest is Fifo {
    function newQueue() internal override returns (L2Queue) {
        return new QueueThatPauses(IL2Vault(vault));
    }

    function test_weak_tickets_fifo_and_unpausable_when_paused() public {
        (, bool paid) = outcome(0, 0);
        require(!paid);
    }
}
