// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LockingPool} from "../../src/l1/LockingPool.sol";
import {Slasher} from "../../src/l1/Slasher.sol";

// Copies of the pool and the slasher with one weak spot put back each. The regression tests show that what
// they guard against happens here.

/// Pays current signers only.
contract PoolThatForgetsSigners is LockingPool {
    function _payee(address signer) internal view override returns (uint256 id) {
        id = seqSigners[signer];
        if (id == 0 || id == RETIRED) revert NoSuchSeq();
    }
}

/// Pays those only who are still in.
contract PoolThatForgetsTheGone is LockingPool {
    function _payee(address signer) internal view override returns (uint256 id) {
        id = super._payee(signer);
        if (sequencers[id].status == Status.Unlocked) revert SeqNotActive();
    }
}

/// Takes a range for one that ends later than it begins.
contract PoolOfLongRanges is LockingPool {
    function _isRange(uint256 startEpoch, uint256 endEpoch) internal pure override returns (bool) {
        return startEpoch < endEpoch;
    }
}

/// Takes a range of any length.
contract PoolOfEndlessRanges is LockingPool {
    function _isRange(uint256 startEpoch, uint256 endEpoch) internal pure override returns (bool) {
        return startEpoch <= endEpoch;
    }
}

/// Pays for whatever blocks it is told of.
contract PoolThatBelievesCounts is LockingPool {
    function _drawPool(uint256 all) internal view override returns (uint256 total, uint256 rpb) {
        return (all * rewardPerBlock, rewardPerBlock);
    }
}

/// Asks the whitelist of those who leave.
contract PoolThatHoldsTheDelisted is LockingPool {
    function withdraw(uint256 id, uint256 amount) public override onlyWhitelisted {
        super.withdraw(id, amount);
    }

    function withdrawRewards(uint256 id, uint32 l2Gas) public payable override onlyWhitelisted {
        super.withdrawRewards(id, l2Gas);
    }

    function unlock(uint256 id, uint32 l2Gas) public payable override onlyWhitelisted {
        super.unlock(id, l2Gas);
    }

    function unlockClaim(uint256 id, uint32 l2Gas) public payable override onlyWhitelisted {
        super.unlockClaim(id, l2Gas);
    }
}

/// Needs a recipient, and does not provide one.
contract PoolThatNeedsARecipient is LockingPool {
    function _recipientAtEntry(address given) internal pure override returns (address) {
        return given;
    }

    function _recipientOf(Sequencer storage seq) internal view override returns (address) {
        if (seq.rewardRecipient == address(0)) revert NoRewardRecipient();
        return seq.rewardRecipient;
    }
}

/// Pauses exits too, and for as long as the guardian likes.
contract PoolThatPausesExits is LockingPool {
    function paused() public view override returns (bool) {
        return pausedAt != 0;
    }

    function unlock(uint256 id, uint32 l2Gas) public payable override onlyLive {
        super.unlock(id, l2Gas);
    }

    function unlockClaim(uint256 id, uint32 l2Gas) public payable override onlyLive {
        super.unlockClaim(id, l2Gas);
    }
}

/// Lets nobody out whose reward the bridge does not take.
contract PoolThatNeedsTheBridge is LockingPool {
    function _liquidateIfPossible(uint256 id, Sequencer storage seq, uint32 l2Gas)
        internal
        override
        returns (uint256 fee)
    {
        uint256 reward = seq.reward;
        if (reward == 0) return 0;
        fee = _info().bridgeFee();
        seq.reward = 0;
        _info().liquidateReward{value: fee}(id, reward, _recipientOf(seq), l2Gas);
    }
}

/// Counts the delay of today for an exit of yesterday.
contract PoolOfTodaysDelay is LockingPool {
    function _claimableAt(Sequencer storage seq) internal view override returns (uint256) {
        return seq.deactivationTime + exitDelayPeriod;
    }
}

/// Keeps the change.
contract PoolThatKeepsTheChange is LockingPool {
    function _refund(uint256) internal override {}
}

/// Has one throttle for two things.
contract PoolOfOneThrottle is LockingPool {
    function _lastSignerUpdate(uint256 id) internal view override returns (uint256) {
        return sequencers[id].updatedBatch;
    }

    function _lastWithdrawal(uint256 id) internal view override returns (uint256) {
        return sequencers[id].updatedBatch;
    }
}

/// Changes a signer for the signer alone, lost or not.
contract PoolOfLostKeys is LockingPool {
    function requestSignerUpdate(uint256 id, bytes calldata pubkey) public override {
        if (msg.sender != sequencers[id].signer) revert NotSeqSigner();
        super.requestSignerUpdate(id, pubkey);
    }
}

/// Does not look at views.
contract SlasherOfViews is Slasher {
    function _contradict(AttestVote memory a, AttestVote memory b) internal pure override returns (bool) {
        return a.epoch == b.epoch && a.number == b.number && a.blockHash != b.blockHash;
    }
}
