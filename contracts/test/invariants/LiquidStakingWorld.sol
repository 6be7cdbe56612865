// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {IL2Transmitter} from "../../src/interfaces/IL2Transmitter.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {StakingFixture} from "../staking/StakingFixture.sol";

/// A provider that runs already, eight people around it, and what is noted beside the contracts: one stake is
/// full, so that rewards of it, which are no whole gwei, go down to L2.
abstract contract LiquidStakingWorld is StakingFixture {
    uint256 public constant ACTORS = 8;

    /// How often the rate fell without a loss, and how often it rose by more than 1 % a period.
    uint256 public falls;
    uint256 public leaps;
    /// How often a call lowered what somebody else could redeem; a gift moved something; a message that had
    /// arrived did so again.
    uint256 public harms;
    uint256 public moved;
    uint256 public doubles;
    /// How often a ticket was paid before its turn; a funded one, or a request, was refused.
    uint256 public overtakings;
    uint256 public refusals;
    /// After how many calls places and claims differed: a later transfer can make up for a miscount.
    uint256 public uncovered;
    uint256 public steps;
    mapping(bytes32 call => uint256) public tried;
    mapping(bytes32 call => uint256) public succeeded;

    /// Vaults that the provider has, or had; wei of stake ever slashed, and how much of it a report knows.
    SequencerVault[] internal vaults;
    uint256 internal slashed;
    mapping(uint64 report => uint256) internal slashedBy;
    /// Wei of rewards ever credited to these vaults.
    uint256 internal earned;
    /// METIS that somebody gave the strategy.
    uint256 internal gifts;
    uint256 private _seen;
    uint256 private _worth;
    uint256 private _rate;
    uint256 private _from;
    uint64 private _last;
    /// Messages that have arrived.
    L1Message[] internal doneL2;
    L2Message[] internal doneL1;

    function setUp() public virtual override {
        super.setUp();
        vaults.push(one);
        vaults.push(two);
        vaults.push(_addVault("three", 100_000 ether));
        _report();
        pump();
        for (uint256 i = 0; i < 3; i++) {
            deposit(actor(i), 45_000 ether + 7 * i + 1);
        }
        t2.dispatch();
        pump();
        strategy.allocate();
        strategy.allocate();
        _earn(one, 30 days);
        strategy.harvest(address(one));
        _earn(one, 30 days);
        collect();
    }

    function actor(uint256 n) public pure returns (address) {
        return address(uint160(0xAC0000 + (n % ACTORS)));
    }

    /// Looks at the rate and at somebody, before and after: at another one each time. `who` may change its
    /// own worth; ACTORS is nobody.
    modifier watched(uint256 who) {
        _look();
        _;
        _compare(who);
    }

    function _look() private {
        steps++;
        _seen = steps;
        _worth = vault.previewRedeem(vault.balanceOf(actor(_seen)));
        (_rate, _from, _last) = (vault.convertToAssets(1e27), block.timestamp, vault.lastReport());
    }

    function _compare(uint256 who) private {
        if (slashedBy[vault.lastReport()] == slashedBy[_last]) _lowered(who);
        _climb(_rate, 1 + (block.timestamp - _from) / 10);
        if (uint256(int256(places() + deficit()) + unknown()) != claims()) uncovered++;
        collect();
    }

    /// Rounding: a wei for each operation, and the rate is seen through 1e9 shares.
    function _lowered(uint256 who) private {
        if (vault.convertToAssets(1e27) + 1e10 < _rate) falls++;
        uint256 worth = vault.previewRedeem(vault.balanceOf(actor(_seen)));
        if (_seen % ACTORS != who && worth + 2 < _worth) harms++;
    }

    function _climb(uint256 rate, uint256 periods) private {
        if (periods > 20) return;
        for (uint256 i = 0; i < periods; i++) {
            rate += rate / 100;
        }
        if (vault.convertToAssets(1e27) > rate + 1e10) leaps++;
    }

    /// Whatever it is, it may be impossible by what was done before.
    function _try(address who, address target, bytes memory call) internal returns (bool ok) {
        bytes32 key = _key(target, bytes4(call));
        tried[key]++;
        vm.prank(who);
        (ok,) = target.call(call);
        if (ok) succeeded[key]++;
    }

    function _earn(SequencerVault v, uint256 time) internal {
        earned += reward(v, time);
    }

    function _key(address target, bytes4 selector) internal pure returns (bytes32) {
        return keccak256(abi.encode(target, selector));
    }

    function _report() internal {
        bytes memory call = abi.encodeCall(t1.report, ());
        if (_try(actor(7), address(t1), call)) slashedBy[t1.lastReport()] = slashed;
    }

    // ---- messages under way --------------------------------------------------------------------------

    /// One message arrives, in any order; `early` ones before the chain has credited what they tell of.
    function _deliverToL2(uint256 n, bool early) internal {
        n = n % toL2.length;
        L1Message memory m = toL2[n];
        if (!early) credit();
        bytes32 root = _rootOf(leafUp(m), m.nonce);
        block2(block.timestamp + 1, block.number, blockhash(block.number - 1), root);
        messenger.checkpoint(block.timestamp, block.number, blockhash(block.number - 1), root);
        bytes32[32] memory path;
        bytes memory call = abi.encodeCall(messenger.relay, (m, path));
        if (!_try(actor(6), address(messenger), call)) return;
        toL2[n] = toL2[toL2.length - 1];
        toL2.pop();
        doneL2.push(m);
    }

    function _deliverToL1(uint256 n) internal {
        n = n % toL1.length;
        L2Message memory m = toL1[n];
        OutputProof memory proof = _outputOf(m);
        bytes32[32] memory path;
        bridge.finalizeWithdrawal(m, outputIndex, proof, path);
        toL1[n] = toL1[toL1.length - 1];
        toL1.pop();
        doneL1.push(m);
    }

    /// A tree that has nothing but this leaf: with all leaves it would cost most of the campaign.
    function _rootOf(bytes32 node, uint256 index) private pure returns (bytes32) {
        for (uint256 height = 0; height < 32; height++) {
            node = index & 1 == 1 ? keccak256(abi.encode(0, node)) : keccak256(abi.encode(node, 0));
            index >>= 1;
        }
        return node;
    }

    /// A new output under which the message is, with zeros beside it.
    function _outputOf(L2Message memory m) internal returns (OutputProof memory proof) {
        proof = OutputProof(++outputIndex, 0, 0, _rootOf(leafDown(m), m.nonce));
        bytes32 tag = keccak256("conclave/v1/output");
        outputs.put(outputIndex, keccak256(abi.encode(tag, L2, outputIndex, 0, 0, proof.messageTreeRoot)));
    }

    /// Everything arrives, but for reports that a later one overtook: nobody needs them.
    function _deliverAll() internal {
        collect();
        while (toL1.length > 0) {
            _deliverToL1(0);
        }
        uint256 left = toL2.length;
        while (left > 0) {
            _deliverToL2(--left, false);
        }
        for (uint256 i = 0; i < toL2.length; i++) {
            if (bytes4(toL2[i].data) != IL2Transmitter.onReport.selector) refusals++;
        }
        delete toL2;
    }

    // ---- what invariants ask -------------------------------------------------------------------------

    /// METIS of all places, each asked for what is there.
    function places() public view returns (uint256 sum) {
        sum = vault.buffer();
        sum += t2.dispatched() - t1.arrivedUp();
        sum += strategy.holdings();
        sum += t1.sentDown() - vault.arrivedDown() + vault.dust();
    }

    /// What holders, tickets and fees have a claim to.
    function claims() public view returns (uint256) {
        return vault.totalAssets() + vault.booksNow().feesDue + line.pending();
    }

    /// Losses that L2 does not know of yet, or had nothing to take from; negative: gains, or what drips.
    function unknown() public view returns (int256) {
        return vault.booksNow().applied - t1.gain();
    }

    /// Rewards less losses, as the world knows them; those of removed vaults count when they are harvested.
    function trueGain() external view returns (int256 sum) {
        sum = int256(earned) - int256(slashed);
        for (uint256 i = 0; i < vaults.length; i++) {
            if (strategy.isVault(address(vaults[i])) || vaults[i].id() == 0) continue;
            sum -= int256(pool.sequencerOf(vaults[i].id()).reward);
        }
    }

    function gain() external view returns (int256) {
        return t1.gain();
    }

    function deficit() public view returns (uint256) {
        return vault.booksNow().deficit;
    }

    function locked() external view returns (uint256 inPool, uint256 total, uint256 idle, uint256 held) {
        for (uint256 i = 0; i < vaults.length; i++) {
            uint256 id = vaults[i].id();
            if (id != 0) inPool += pool.sequencerOf(id).amount;
        }
        return (inPool, info.totalLocked(), strategy.idle() + gifts, metis.balanceOf(address(strategy)));
    }

    /// The queue has what it owes, and tickets are stretches of one line.
    function queueIsWhole() public view returns (bool whole) {
        whole = address(line).balance >= _owed() && line.funded() <= line.requested();
        uint256 end = 0;
        for (uint256 id = 1; id <= line.tickets(); id++) {
            (uint256 assets, uint256 to,) = line.ticket(id);
            end += assets;
            whole = whole && to == end;
        }
        whole = whole && line.requested() == end;
    }

    /// METIS that has come for tickets that are not claimed.
    function _owed() private view returns (uint256 sum) {
        sum = line.funded();
        for (uint256 id = 1; id <= line.tickets(); id++) {
            if (_ownerOf(id) != address(0)) continue;
            (uint256 assets,,) = line.ticket(id);
            sum -= assets;
        }
    }

    function _ownerOf(uint256 id) internal view returns (address) {
        try line.ownerOf(id) returns (address found) {
            return found;
        } catch {
            return address(0);
        }
    }

    function floatIsUnderWay() external view returns (bool) {
        return strategy.floatOwed() <= t2.dispatched() - t1.arrivedUp();
    }

    function _isActive(SequencerVault v) internal view returns (bool) {
        uint256 id = v.id();
        return id != 0 && pool.sequencerOf(id).status == ISequencerInfo.Status.Active;
    }
}
