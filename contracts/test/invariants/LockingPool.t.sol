// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {LockingInfo} from "../../src/l1/LockingInfo.sol";
import {LockingPool} from "../../src/l1/LockingPool.sol";
import {Rewards} from "../../src/lib/Rewards.sol";
import {Mini} from "../Mini.sol";
import {LockingPoolHandler} from "./LockingPoolHandler.sol";

/// What holds of stake and rewards after any sequence of calls by eight actors, the Timelock, the guardian,
/// the group account and the Slasher, with a bridge that works or fails in six ways.
contract LockingPoolInvariants is Mini {
    LockingPoolHandler internal handler;
    LockingPool internal pool;
    LockingInfo internal info;
    address internal vault;
    IERC20 internal metis;

    error Stuck(uint256 id);

    function setUp() public {
        handler = new LockingPoolHandler();
        handler.setUp();
        (address p, address i, address v, address m) = handler.contracts();
        (pool, info, vault, metis) = (LockingPool(p), LockingInfo(i), v, IERC20(m));
    }

    function targetContracts() public view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(handler);
    }

    function excludeSelectors() public view returns (FuzzSelector[] memory all) {
        all = new FuzzSelector[](1);
        all[0].addr = address(handler);
        all[0].selectors = new bytes4[](1);
        all[0].selectors[0] = handler.setUp.selector;
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// Each `invariant_` is a campaign of its own; checked together they cost one.
    function invariant_stake_rewards_and_exits_hold() public {
        _the_escrow_covers_principal_and_rewards();
        _totals_are_the_sums_of_the_ledger();
        _rewards_are_the_payers_debit_to_the_wei();
        _rewards_stay_within_the_rate();
        _slashed_stake_is_burned_or_paid_to_a_reporter();
        _no_native_value_stays();
        _nobody_lowers_anothers_stake();
        _numbers_of_events_grow_by_one();
        _running_exits_keep_their_time();
        _indexes_agree_with_the_ledger();
        _a_signer_is_of_one_sequencer_for_ever();
        _everyone_gets_out_within_the_delay();
    }

    /// Whatever was done, whoever is in gets out now: within the delay, with its whole stake, in a pause or
    /// not, listed or not, whatever the bridge does. (What an invariant does is undone.)
    function _everyone_gets_out_within_the_delay() private {
        uint256 n = pool.totalSequencers();
        for (uint256 id = 1; id <= n; id++) {
            ISequencerInfo.Sequencer memory seq = pool.sequencerOf(id);
            if (seq.status != ISequencerInfo.Status.Active) continue;
            vm.prank(seq.owner);
            pool.unlock(id, 0);
        }
        for (uint256 id = 1; id <= n; id++) {
            ISequencerInfo.Sequencer memory seq = pool.sequencerOf(id);
            if (seq.status != ISequencerInfo.Status.Inactive) continue;
            if (seq.unlockClaimTime > seq.deactivationTime + 600) revert Stuck(id);
            if (block.timestamp < seq.unlockClaimTime) vm.warp(seq.unlockClaimTime);
            uint256 had = metis.balanceOf(seq.owner);
            vm.prank(seq.owner);
            pool.unlockClaim(id, 0);
            same(metis.balanceOf(seq.owner) - had, seq.amount);
        }
        same(info.totalLocked(), 0);
    }

    function _the_escrow_covers_principal_and_rewards() private view {
        (uint256 stake,, uint256 rewards) = _sums();
        same(metis.balanceOf(address(info)), stake + rewards);
    }

    function _totals_are_the_sums_of_the_ledger() private view {
        (uint256 stake, uint256 active, uint256 rewards) = _sums();
        same(info.totalLocked(), stake);
        same(pool.activeLocked(), active);
        same(info.totalRewards(), rewards);
    }

    function _rewards_are_the_payers_debit_to_the_wei() private view {
        same(handler.credited(), 1_000_000 ether - metis.balanceOf(vault));
    }

    function _rewards_stay_within_the_rate() private view {
        if (handler.credited() > handler.lockedTime() * 2000 / (Rewards.WHOLE * Rewards.YEAR)) {
            revert Differs(handler.credited(), handler.lockedTime());
        }
    }

    function _nobody_lowers_anothers_stake() private view {
        same(handler.harmed(), 0);
    }

    function _numbers_of_events_grow_by_one() private view {
        same(handler.badNonces(), 0);
        for (uint256 id = 1; id <= pool.totalSequencers(); id++) {
            same(pool.sequencerOf(id).nonce, handler.lastNonce(id));
        }
    }

    function _running_exits_keep_their_time() private view {
        same(handler.movedExits(), 0);
    }

    function _no_native_value_stays() private view {
        same(address(pool).balance, 0);
        same(address(info).balance, 0);
    }

    function _slashed_stake_is_burned_or_paid_to_a_reporter() private view {
        uint256 burned = metis.balanceOf(info.BURN());
        if (burned > handler.slashed()) revert Differs(burned, handler.slashed());
        if (burned * 10 < handler.slashed() * 9) revert Differs(burned, handler.slashed());
    }

    function _indexes_agree_with_the_ledger() private view {
        uint256[4] memory count;
        for (uint256 id = 1; id <= pool.totalSequencers(); id++) {
            ISequencerInfo.Sequencer memory seq = pool.sequencerOf(id);
            count[uint256(seq.status)]++;
            bool gone = seq.status == ISequencerInfo.Status.Unlocked;
            same(pool.seqSigners(seq.signer), gone ? pool.RETIRED() : id);
            if (gone) same(seq.amount, 0);
            else same(pool.seqOwners(seq.owner), id);
        }
        for (uint256 s = 0; s < 4; s++) {
            same(pool.seqStatuses(ISequencerInfo.Status(s)), count[s]);
        }
    }

    function _a_signer_is_of_one_sequencer_for_ever() private view {
        for (uint256 i = 0; i < handler.usedCount(); i++) {
            address signer = handler.usedSigners(i);
            same(pool.signerHistory(signer), handler.firstOwner(signer));
        }
    }

    /// The handler is worth something: in 450 steps each function of the pool succeeds, and in at least 1 %
    /// of its calls.
    function test_the_handler_reaches_every_function() public {
        uint256 x = 1;
        for (uint256 i = 0; i < 450; i++) {
            x = uint256(keccak256(abi.encode(x)));
            _step(x % 19, x >> 8, x >> 64, x >> 128);
        }
        bytes4[18] memory all = [
            pool.lockFor.selector,
            pool.lockWithRewardRecipient.selector,
            pool.lockWithProof.selector,
            pool.relock.selector,
            pool.withdraw.selector,
            pool.withdrawRewards.selector,
            pool.unlock.selector,
            pool.forceUnlock.selector,
            pool.unlockClaim.selector,
            pool.updateSigner.selector,
            pool.requestSignerUpdate.selector,
            pool.cancelSignerUpdate.selector,
            pool.executeSignerUpdate.selector,
            pool.setSequencerRewardRecipient.selector,
            pool.setSequencerOwner.selector,
            pool.batchSubmitRewards.selector,
            pool.slash.selector,
            pool.setPause.selector
        ];
        for (uint256 i = 0; i < all.length; i++) {
            (uint256 done, uint256 all_) = (handler.succeeded(all[i]), handler.tried(all[i]));
            if (done == 0 || done * 100 < all_) revert Unreached(i, done, all_);
        }
    }

    error Unreached(uint256 which, uint256 times, uint256 calls);

    function _step(uint256 what, uint256 a, uint256 b, uint256 c) private {
        bool yes = c % 2 == 0;
        if (what == 0 && c % 4 < 3) handler.lock(a, b, uint8(c));
        else if (what == 1) handler.relock(a, b, yes);
        else if (what == 2) handler.withdraw(a, b);
        else if (what == 3) handler.withdrawRewards(a, b);
        else if (what == 4 && c % 3 == 0) handler.unlock(a, b, yes);
        else if (what == 5) handler.unlockClaim(a, b);
        else if (what == 6) handler.updateSigner(a);
        else if (what == 7) handler.requestSigner(a, c % 4 == 0);
        else if (what == 8) handler.executeSigner(a, b);
        else if (what == 9) handler.handOver(a, b, yes);
        else if (what == 10) handler.attack(a, b, c);
        else if (what == 11) handler.reward(a, b, uint128(a), uint128(c));
        else if (what == 12) handler.slash(a, b);
        else if (what == 13) handler.pause(yes);
        else if (what == 14) handler.list(a, c % 8 == 0, yes);
        else if (what == 15) handler.changeDelay(a);
        else if (what == 16) handler.breakBridge(uint8(a), b, yes);
        else handler.passTime(uint32(a));
    }

    function _sums() private view returns (uint256 stake, uint256 active, uint256 rewards) {
        for (uint256 id = 1; id <= pool.totalSequencers(); id++) {
            ISequencerInfo.Sequencer memory seq = pool.sequencerOf(id);
            stake += seq.amount;
            rewards += seq.reward;
            if (seq.status == ISequencerInfo.Status.Active) active += seq.amount;
        }
    }
}
