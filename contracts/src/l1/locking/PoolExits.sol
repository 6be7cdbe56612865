// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rewards} from "../../lib/Rewards.sol";
import {PoolEntry} from "./PoolEntry.sol";

/// @title Ways out: partial withdrawal, rewards, exit, slashing (sections 5.3, 13.1, 13.2)
/// @notice Leaving asks for no whitelist, no recipient, no working bridge and no end of a pause: `unlock`,
/// then `unlockClaim` after a delay that `unlock` fixed.
abstract contract PoolExits is PoolEntry {
    /// @notice Gas that the bridge gets during an exit. What it does with it, the exit has its own.
    uint256 public constant BRIDGE_GAS = 1_000_000;
    /// @dev Gas for asking the bridge's fee during an exit.
    uint256 private constant FEE_GAS = 100_000;

    /// @notice Pays `amount` wei of the stake to the owner at once; the rest is at least minLock. Active,
    /// once in a reward batch, not during a pause. Errors: `NotSeqOwner`, `SeqNotActive`, `withdraw
    /// throttle`, `invalid amount`.
    function withdraw(uint256 id, uint256 amount) public virtual onlyLive nonReentrant {
        Sequencer storage seq = _owned(id);
        _requireActive(seq);
        require(_lastWithdrawal(id) < curBatchState.id, "withdraw throttle");
        require(amount <= seq.amount, "invalid amount");
        seq.updatedBatch = withdrawnBatch[id] = curBatchState.id;
        _setActiveLocked(activeLocked - amount);
        seq.amount -= amount;
        seq.nonce++;
        _info().withdrawLocking(id, msg.sender, seq.nonce, amount, seq.amount);
    }

    /// @notice Bridges all unclaimed rewards to the recipient on L2; `l2Gas` is for the bridge. The value
    /// pays its fee, the surplus comes back. Owner, in every state, not during a pause. Errors:
    /// `NotSeqOwner`, `BridgeFeeNotPaid`, `RefundFailed`, and the bridge's own.
    function withdrawRewards(uint256 id, uint32 l2Gas) public payable virtual onlyLive nonReentrant {
        Sequencer storage seq = _owned(id);
        uint256 reward = seq.reward;
        uint256 fee = 0;
        if (reward > 0) {
            fee = _info().bridgeFee();
            if (msg.value < fee) revert BridgeFeeNotPaid(msg.value, fee);
            seq.reward = 0;
            _info().liquidateReward{value: fee}(id, reward, _recipientOf(seq), l2Gas);
        }
        _refund(fee);
    }

    /// @notice Begins the exit: out of the set, rewards bridged, the delay fixed. Rewards stay accrued where
    /// the bridge fails or the value does not pay its fee; the surplus comes back. Owner of an Active
    /// sequencer, also during a pause. Errors: `NotSeqOwner`, `SeqNotActive`, `RefundFailed` (send no value
    /// then).
    function unlock(uint256 id, uint32 l2Gas) public payable virtual nonReentrant {
        _unlock(id, _owned(id), l2Gas);
    }

    /// @notice Begins the exit of any Active sequencer. Timelock only.
    function forceUnlock(uint256 id, uint32 l2Gas) public payable virtual onlyTimelock nonReentrant {
        _unlock(id, _existing(id), l2Gas);
    }

    /// @notice Ends the exit: the stake is paid to the owner, late rewards are bridged as in `unlock`, the
    /// signer is retired, and the owner may enter anew. Owner of an Inactive sequencer, from
    /// `unlockClaimTime` on, also during a pause. Errors: `NotSeqOwner`, `NotClaimable`, `RefundFailed`.
    function unlockClaim(uint256 id, uint32 l2Gas) public payable virtual nonReentrant {
        Sequencer storage seq = _owned(id);
        if (seq.status != Status.Inactive || block.timestamp < _claimableAt(seq)) revert NotClaimable();
        uint256 amount = seq.amount;
        seq.amount = 0;
        _setStatus(seq, Status.Unlocked);
        seqSigners[seq.signer] = RETIRED;
        delete seqOwners[msg.sender];
        uint256 spent = _liquidateIfPossible(id, seq, l2Gas);
        _info().finalizeUnlock(msg.sender, id, amount);
        _refund(spent);
    }

    /// @notice Takes `bps` of a stake, rounded down, for a proven fault: `reporterBps` of that to the
    /// reporter (zero: nothing), the rest burned. Slasher only, until `unlockClaim`, also during a pause.
    /// Errors: `NotSlasher`, `SlashTooHigh`, `NoSuchSeq`, `SeqNotActive`.
    function slash(uint256 id, uint256 bps, address reporter) public virtual nonReentrant {
        if (msg.sender != slasher) revert NotSlasher();
        if (bps > slashBps) revert SlashTooHigh(bps, slashBps);
        Sequencer storage seq = _existing(id);
        if (seq.status == Status.Unlocked) revert SeqNotActive();
        uint256 cut = (seq.amount * bps) / Rewards.WHOLE;
        uint256 reporterCut = reporter == address(0) ? 0 : (cut * reporterBps) / Rewards.WHOLE;
        if (seq.status == Status.Active) _setActiveLocked(activeLocked - cut);
        seq.amount -= cut;
        seq.nonce++;
        _info().burnLocked(id, seq.nonce, cut, seq.amount, reporter, reporterCut);
    }

    function _unlock(uint256 id, Sequencer storage seq, uint32 l2Gas) private {
        _requireActive(seq);
        _setActiveLocked(activeLocked - seq.amount);
        _setStatus(seq, Status.Inactive);
        seq.deactivationBatch = curBatchState.id;
        seq.deactivationTime = block.timestamp;
        seq.unlockClaimTime = block.timestamp + exitDelayPeriod;
        seq.nonce++;
        _dropRequest(id);
        uint256 spent = _liquidateIfPossible(id, seq, l2Gas);
        _info().initializeUnlock(id, seq);
        _refund(spent);
    }

    /// @dev What `unlock` fixed, whatever the delay of others is by now.
    function _claimableAt(Sequencer storage seq) internal view virtual returns (uint256) {
        return seq.unlockClaimTime;
    }

    /// @dev A throttle of its own; see `_lastSignerUpdate`.
    function _lastWithdrawal(uint256 id) internal view virtual returns (uint256) {
        return withdrawnBatch[id];
    }

    function _recipientOf(Sequencer storage seq) internal view virtual returns (address) {
        return seq.rewardRecipient == address(0) ? seq.owner : seq.rewardRecipient;
    }

    /// @dev Bridges the reward and says what that cost. Whatever the bridge does, the exit goes on: it gets
    /// bounded gas, its failure undoes its own effects only, and the reward is then claimed another day.
    function _liquidateIfPossible(uint256 id, Sequencer storage seq, uint32 l2Gas)
        internal
        virtual
        returns (uint256 spent)
    {
        uint256 reward = seq.reward;
        if (reward == 0) return 0;
        seq.reward = 0;
        (bool done, uint256 fee) = _tryBridge(id, reward, _recipientOf(seq), l2Gas);
        if (done) return fee;
        seq.reward = reward;
        emit RewardKept(id, reward);
    }

    /// @dev Both calls go to the escrow, whose answers are well-formed: what the bridge answers is its
    /// matter.
    function _tryBridge(uint256 id, uint256 reward, address recipient, uint32 l2Gas)
        private
        returns (bool done, uint256 fee)
    {
        try _info().bridgeFee{gas: FEE_GAS}() returns (uint256 asked) {
            if (msg.value < asked) return (false, 0);
            try _info().liquidateReward{value: asked, gas: BRIDGE_GAS}(id, reward, recipient, l2Gas) {
                return (true, asked);
            } catch {
                return (false, 0);
            }
        } catch {
            return (false, 0);
        }
    }

    /// @dev What a call did not spend goes back to its caller within it.
    function _refund(uint256 spent) internal virtual {
        uint256 surplus = msg.value - spent;
        if (surplus == 0) return;
        (bool taken,) = msg.sender.call{value: surplus}("");
        if (!taken) revert RefundFailed();
    }
}
