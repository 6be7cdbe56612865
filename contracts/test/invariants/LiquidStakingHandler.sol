// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {LiquidStakingWorld} from "./LiquidStakingWorld.sol";

/// What people, keepers, the provider, governance and the world do, in any order; what one step makes
/// impossible is simply not done. Messages wait until one of them is delivered, or all are.
contract LiquidStakingHandler is LiquidStakingWorld {
    uint256 private constant NOBODY = ACTORS;

    constructor() {
        setUp();
    }

    /// One of the vaults that the provider has now.
    function _vault(uint256 n) private view returns (SequencerVault) {
        address[] memory all = strategy.vaults();
        return SequencerVault(payable(all[n % all.length]));
    }

    // ---- people --------------------------------------------------------------------------------------

    function enter(uint256 who, uint256 amount, uint256 way) public watched(who % ACTORS) {
        amount = within(amount, 1 ether, 30_000 ether);
        address a = actor(who);
        if (vault.maxDeposit(a) < amount) return;
        if (way % 3 == 0) {
            deposit(a, amount);
            return;
        }
        // What a person has on L2 came over the bridge.
        depositMetis(a, a, amount);
        vm.deal(a, a.balance + amount);
        vm.startPrank(a);
        (bool ok,) = vault.asset().call{value: amount}("");
        (bool allowed,) = vault.asset().call(abi.encodeCall(vault.approve, (address(vault), amount)));
        vm.stopPrank();
        require(ok && allowed);
        if (way % 3 == 1) _try(a, address(vault), abi.encodeCall(vault.deposit, (amount, a)));
        else _try(a, address(vault), abi.encodeCall(vault.mint, (vault.previewDeposit(amount), a)));
    }

    function leave_(uint256 who, uint256 share) public watched(who % ACTORS) {
        _redeem(actor(who), within(share, 0, vault.balanceOf(actor(who))));
    }

    function _redeem(address a, uint256 shares) private {
        if (vault.previewRedeem(shares) == 0 || vault.totalAssets() == 0) return;
        bytes memory call = abi.encodeCall(vault.requestRedeem, (shares, a));
        if (!_try(a, address(vault), call)) refusals++;
    }

    /// A ticket that is there, from `n` on; one that is funded where `eager`.
    function claim(uint256 n, bool eager) public watched(NOBODY) {
        uint256 count = line.tickets();
        for (uint256 i = 0; i < count; i++) {
            uint256 id = 1 + ((n % count) + i) % count;
            (,, bool funded) = line.ticket(id);
            if (_ownerOf(id) == address(0) || (eager && !funded)) continue;
            _claim(id);
            return;
        }
    }

    function _claim(uint256 id) private {
        (uint256 assets, uint256 end, bool funded) = line.ticket(id);
        address owner = _ownerOf(id);
        uint256 had = owner.balance;
        bool paid = _try(owner, address(line), abi.encodeCall(line.claim, (id)));
        if (paid && (end > line.funded() || owner.balance != had + assets)) overtakings++;
        if (!paid && funded) refusals++;
    }

    function pass(uint256 who, uint256 to, uint256 share) public watched(who % ACTORS) {
        uint256 shares = within(share, 0, vault.balanceOf(actor(who)));
        _try(actor(who), address(vault), abi.encodeCall(vault.transfer, (actor(to), shares)));
    }

    /// Gifts of every kind, to everybody who could count them.
    function give(uint256 amount, uint256 to) public watched(NOBODY) {
        amount = within(amount, 1, 1e24);
        (uint256 assets, uint256 rate, int256 gain) = (vault.totalAssets(), vault.rate(), t1.gain());
        address[6] memory all =
            [address(vault), address(line), address(t2), address(strategy), address(t1), address(one)];
        address receiver = all[to % 6];
        if (to % 6 < 3) {
            vm.deal(receiver, receiver.balance + amount);
        } else {
            metis.mint(receiver, amount);
            if (to % 6 == 3) gifts += amount;
        }
        vm.deal(address(this), amount);
        (bool ok,) = vault.asset().call{value: amount}("");
        require(ok);
        (ok,) = vault.asset().call(abi.encodeCall(vault.transfer, (address(vault), amount)));
        require(ok);
        if (amount % 2 == 0) _try(actor(to), address(vault), abi.encodeCall(vault.sweep, ()));
        if (vault.totalAssets() != assets || vault.rate() != rate || t1.gain() != gain) moved++;
    }

    function pause(bool yes) public watched(NOBODY) {
        _try(GUARDIAN, address(vault), abi.encodeCall(vault.pauseDeposits, (yes)));
    }

    // ---- keepers, of whom none has to exist ----------------------------------------------------------

    function keep(uint256 what, uint256 which) public watched(NOBODY) {
        _keep(what % 12, address(_vault(which)));
    }

    function _keep(uint256 what, address v) private {
        address who = actor(what);
        if (what == 0) _try(who, address(t2), abi.encodeCall(t2.dispatch, ()));
        else if (what == 1) _try(who, address(t2), abi.encodeCall(t2.requestFunds, ()));
        else if (what == 2) _try(who, address(strategy), abi.encodeCall(strategy.allocate, ()));
        else if (what == 3) _try(who, address(strategy), abi.encodeCall(strategy.requestFunds, ()));
        else if (what == 4) _try(who, address(strategy), abi.encodeCall(strategy.draw, (v)));
        else if (what == 5) _try(who, address(strategy), abi.encodeCall(strategy.harvest, (v)));
        else if (what == 6) _try(who, address(strategy), abi.encodeCall(strategy.beginExit, ()));
        else if (what == 7) _try(who, address(strategy), abi.encodeCall(strategy.finishExit, (v)));
        else if (what == 8) _report();
        else if (what == 9) _try(who, address(line), abi.encodeCall(line.fund, ()));
        else if (what == 10) _try(who, address(vault), abi.encodeCall(vault.collectFees, ()));
        else strategy.noteShortage();
    }

    /// Rewards of a vault that the provider has, or had.
    function harvest(uint256 which) public watched(NOBODY) {
        address v = address(vaults[which % vaults.length]);
        _try(actor(which), address(strategy), abi.encodeCall(strategy.harvest, (v)));
    }

    function deliver(uint256 n, bool up_, bool early) public watched(NOBODY) {
        if (up_ ? toL1.length > 0 : toL2.length == 0 && toL1.length > 0) _deliverToL1(n);
        else if (toL2.length > 0) _deliverToL2(n, early);
    }

    /// What has arrived does not arrive again, over the bridge or beside it.
    function replay(uint256 n) public watched(NOBODY) {
        bytes32[32] memory path;
        if (doneL2.length > 0) {
            uint256 i = n % doneL2.length;
            bytes memory call = abi.encodeCall(messenger.relay, (doneL2[i], path));
            if (_try(actor(n), address(messenger), call)) doubles++;
        }
        if (doneL1.length == 0) return;
        L2Message memory m = doneL1[n % doneL1.length];
        OutputProof memory proof = _outputOf(m);
        bytes memory again = abi.encodeCall(bridge.finalizeWithdrawal, (m, outputIndex, proof, path));
        if (_try(actor(n), address(bridge), again)) doubles++;
        again = abi.encodeCall(t1.onL2Message, (m.sender, m.amount, m.data));
        if (_try(address(bridge), address(t1), again)) doubles++;
    }

    /// All the way up, and all the way down again: one step each, so that runs get deep.
    function tripUp(uint256 who, uint256 amount) public {
        enter(who, amount, 0);
        wait_(10);
        keep(0, 0);
        arrive();
        keep(2, 0);
    }

    function tripDown(uint256 who, uint256 share, uint256 which) public {
        leave_(who, share % 2 == 0 ? share : vault.balanceOf(actor(who)));
        keep(1, 0);
        arrive();
        earn(which, 1);
        keep(4, which);
        keep(5, which);
        keep(11, 0);
        keep(6, 0);
        keep(7, which);
        keep(3, 0);
        arrive();
        keep(9, 0);
        claim(which, true);
    }

    function arrive() public watched(NOBODY) {
        _deliverAll();
    }

    // ---- provider, governance, the world -------------------------------------------------------------

    /// The provider lends ahead of something that is under way, or tries to.
    function lend(uint256 n, uint256 amount) public {
        enter(n, amount, 0);
        wait_(8);
        keep(0, 0);
        _lend(n, amount);
    }

    function _lend(uint256 n, uint256 amount) private watched(NOBODY) {
        if (toL1.length == 0) return;
        L2Message memory m = toL1[n % toL1.length];
        OutputProof memory proof = _outputOf(m);
        bytes32[32] memory path;
        amount = within(amount, 0, m.amount);
        metis.mint(PROVIDER, amount);
        vm.prank(PROVIDER);
        metis.approve(address(strategy), amount);
        bytes memory call = abi.encodeCall(strategy.lockFromFloat, (amount, m, outputIndex, proof, path));
        _try(PROVIDER, address(strategy), call);
    }

    /// Another vault in the place of one that has left, another target, an exit.
    function govern(uint256 which, uint256 what, uint256 amount) public watched(NOBODY) {
        address v = address(_vault(which));
        bytes memory call = abi.encodeCall(strategy.removeVault, (v));
        if (_try(TIMELOCK, address(strategy), call)) {
            SequencerVault next = _newVaultOf(string(abi.encode(steps)));
            vaults.push(next);
            call = abi.encodeCall(strategy.addVault, (address(next), 60_000 ether));
        } else if (what % 8 == 0) {
            call = abi.encodeCall(strategy.exitVault, (v));
        } else {
            call = abi.encodeCall(strategy.setTarget, (v, within(amount, 0, 100_000 ether)));
        }
        _try(TIMELOCK, address(strategy), call);
    }

    function wait_(uint256 time) public watched(NOBODY) {
        time = time % 4 == 0 ? within(time, 10, 90) : within(time, 1, 9);
        vm.warp(block.timestamp + time);
    }

    /// A reward batch for any vault that ever began: rewards of the last blocks come late.
    function earn(uint256 which, uint256 time) public watched(NOBODY) {
        SequencerVault v = vaults[which % vaults.length];
        if (v.id() == 0) return;
        _earn(v, time % 2 == 0 ? within(time, 1, 9) : within(time, 1 days, 30 days));
    }

    function slash(uint256 which, uint256 bps) public watched(NOBODY) {
        SequencerVault v = vaults[which % vaults.length];
        if (v.id() == 0) return;
        uint256 total = info.totalLocked();
        bytes memory call = abi.encodeCall(pool.slash, (v.id(), within(bps, 1, 100), address(0)));
        if (_try(SLASHER, address(pool), call)) slashed += total - info.totalLocked();
    }

    // ---- everybody leaves ----------------------------------------------------------------------------

    /// Everybody redeems everything and triggers every step itself, without keeper, guardian and governance.
    /// Says what tickets still wait for then, and how many of the others are not paid.
    function everybodyLeaves() external returns (uint256 waiting, uint256 unpaid) {
        for (uint256 i = 0; i < ACTORS; i++) {
            _redeem(actor(i), vault.balanceOf(actor(i)));
        }
        for (uint256 round = 0; round < 6 && line.pending() > deficit(); round++) {
            _bringDown();
        }
        for (uint256 id = 1; id <= line.tickets(); id++) {
            (,, bool funded) = line.ticket(id);
            if (funded && _ownerOf(id) != address(0)) _claim(id);
            if (funded && _ownerOf(id) != address(0)) unpaid++;
        }
        return (line.pending(), unpaid);
    }

    function _bringDown() private {
        _deliverAll();
        _keep(1, address(0));
        _deliverAll();
        strategy.noteShortage();
        vm.warp(block.timestamp + 60);
        for (uint256 i = 0; i < strategy.vaults().length; i++) {
            _keep(6, address(0));
        }
        vm.warp(block.timestamp + 60);
        for (uint256 i = 0; i < strategy.vaults().length; i++) {
            if (!_isActive(_vault(i))) _keep(7, address(_vault(i)));
            _keep(5, address(_vault(i)));
        }
        _keep(3, address(0));
        _report();
        _deliverAll();
        _keep(9, address(0));
    }

    // ---- what was reached ----------------------------------------------------------------------------

    /// How often each call of the contracts was tried, and how often it did something.
    function reached() external view returns (uint256[20] memory tries, uint256[20] memory hits) {
        bytes32[20] memory all = _calls();
        for (uint256 i = 0; i < 20; i++) {
            (tries[i], hits[i]) = (tried[all[i]], succeeded[all[i]]);
        }
    }

    function _calls() private view returns (bytes32[20] memory) {
        return [
            _key(address(vault), vault.deposit.selector),
            _key(address(vault), vault.mint.selector),
            _key(address(vault), vault.requestRedeem.selector),
            _key(address(vault), vault.pauseDeposits.selector),
            _key(address(vault), vault.collectFees.selector),
            _key(address(line), line.claim.selector),
            _key(address(line), line.fund.selector),
            _key(address(t2), t2.dispatch.selector),
            _key(address(t2), t2.requestFunds.selector),
            _key(address(t1), t1.report.selector),
            _key(address(messenger), messenger.relay.selector),
            _key(address(strategy), strategy.allocate.selector),
            _key(address(strategy), strategy.requestFunds.selector),
            _key(address(strategy), strategy.draw.selector),
            _key(address(strategy), strategy.harvest.selector),
            _key(address(strategy), strategy.beginExit.selector),
            _key(address(strategy), strategy.finishExit.selector),
            _key(address(strategy), strategy.lockFromFloat.selector),
            _key(address(strategy), strategy.setTarget.selector),
            _key(address(pool), pool.slash.selector)
        ];
    }
}
