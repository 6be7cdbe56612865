// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {Vm} from "../Mini.sol";
import {PoolFixture} from "../l1/PoolFixture.sol";

/// Eight actors and the three powers, who do what they like. After each call the handler looks at what it
/// did: whose stake fell, which numbers the events carry, what was paid.
contract LockingPoolHandler is PoolFixture {
    uint256 internal constant ACTORS = 8;

    // What the sums must come to, counted apart from the contracts.
    mapping(uint256 id => uint256) public lastNonce;
    mapping(uint256 id => uint256) public claimTime;
    mapping(address signer => uint256 id) public firstOwner;
    address[] public usedSigners;
    uint256 public harmed; // stakes that fell by another's doing
    uint256 public badNonces; // events whose number is not the next
    uint256 public movedExits; // running exits whose time changed
    uint256 public credited; // rewards given to sequencers
    uint256 public lockedTime; // active stake times time, wei·s
    uint256 public slashed;
    mapping(bytes4 selector => uint256) public succeeded;
    mapping(bytes4 selector => uint256) public tried;

    mapping(uint256 id => uint256) private _before;
    uint256 private _keys;
    uint256 private _seenAt;

    function setUp() public override {
        super.setUp();
        _seenAt = block.timestamp;
        for (uint256 i = 0; i < ACTORS; i++) {
            _fund(actor(i), 150_000 ether);
            vm.deal(actor(i), 100 ether);
        }
        vm.deal(TIMELOCK, 100 ether);
        for (uint256 i = 0; i < 3; i++) {
            lock(i, 0, uint8(i)); // a pool that has somebody in it is the usual one
        }
    }

    function actor(uint256 i) public pure returns (address) {
        return address(uint160(0xAC0000 + i % ACTORS));
    }

    // ---- what actors do ------------------------------------------------------------------------------

    function lock(uint256 who, uint256 amount, uint8 way) public {
        address owner = actor(who);
        uint256 stake = within(amount, MIN, 60_000 ether);
        uint256 seed = 1000 + _keys++;
        (address signer, bytes memory pubkey) = (_signer(seed), _pubkey(seed));
        bytes memory call = abi.encodeCall(pool.lockFor, (signer, stake, pubkey));
        if (way % 3 == 1) {
            call = abi.encodeCall(pool.lockWithRewardRecipient, (signer, actor(who / 2), stake, pubkey));
        } else if (way % 3 == 2) {
            call = abi.encodeCall(pool.lockWithProof, (signer, owner, stake, pubkey, _proof(seed, owner)));
        }
        if (_do(owner, 0, call)) _noteSigner(signer, pool.seqOwners(owner));
    }

    function relock(uint256 who, uint256 amount, bool lockReward) public {
        (address owner, uint256 id) = _ownerOf(who);
        _do(owner, 0, abi.encodeCall(pool.relock, (id, within(amount, 0, 5_000 ether), lockReward)));
    }

    function withdraw(uint256 who, uint256 amount) public {
        (address owner, uint256 id) = _ownerOf(who);
        uint256 have = id == 0 ? 0 : _seq(id).amount;
        uint256 most = have > MIN ? have - MIN : 1;
        _do(owner, 0, abi.encodeCall(pool.withdraw, (id, within(amount, 1, most))));
    }

    function withdrawRewards(uint256 who, uint256 value) public {
        (address owner, uint256 id) = _anyOwned(who);
        _do(owner, within(value, 0, 1 ether), abi.encodeCall(pool.withdrawRewards, (id, 0)));
    }

    function unlock(uint256 who, uint256 value, bool byTimelock) public {
        (address owner, uint256 id) = _ownerOf(who);
        bytes memory call = abi.encodeCall(pool.unlock, (id, 0));
        if (byTimelock) {
            (owner, call) = (TIMELOCK, abi.encodeCall(pool.forceUnlock, (id, 0)));
        }
        if (_do(owner, within(value, 0, 1 ether), call)) {
            claimTime[id] = block.timestamp + pool.exitDelayPeriod();
        }
    }

    function unlockClaim(uint256 who, uint256 value) public {
        (address owner, uint256 id) = _ownerOf(who, ISequencerInfo.Status.Inactive);
        _do(owner, within(value, 0, 1 ether), abi.encodeCall(pool.unlockClaim, (id, 0)));
    }

    function updateSigner(uint256 who) public {
        (, uint256 id) = _ownerOf(who);
        if (id == 0) return;
        uint256 seed = 1000 + _keys++;
        bytes memory pubkey = _pubkey(seed);
        if (_do(_seq(id).signer, 0, abi.encodeCall(pool.updateSigner, (id, pubkey)))) {
            _noteSigner(_signer(seed), id);
        }
    }

    function requestSigner(uint256 who, bool cancel) public {
        (address owner, uint256 id) = _ownerOf(who);
        if (cancel) _do(owner, 0, abi.encodeCall(pool.cancelSignerUpdate, (id)));
        else _do(owner, 0, abi.encodeCall(pool.requestSignerUpdate, (id, _pubkey(1000 + _keys++))));
    }

    function executeSigner(uint256 who, uint256 other) public {
        (, uint256 id) = _ownerOf(who);
        (address signer, uint256 readyAt,) = pool.signerRequests(id);
        if (readyAt == 0) return requestSigner(who, false);
        if (other % 2 == 0) passTime(uint32(pool.ownerSignerUpdateDelay()));
        if (_do(actor(other), 0, abi.encodeCall(pool.executeSignerUpdate, (id)))) _noteSigner(signer, id);
    }

    function handOver(uint256 who, uint256 to, bool recipientOnly) public {
        (address owner, uint256 id) = _ownerOf(who);
        if (recipientOnly) _do(owner, 0, abi.encodeCall(pool.setSequencerRewardRecipient, (id, actor(to))));
        else _do(owner, 0, abi.encodeCall(pool.setSequencerOwner, (id, actor(to))));
    }

    /// Anyone tries everything on anyone's sequencer, one after the other.
    function attack(uint256 who, uint256 victim, uint256 amount) public {
        uint256 id = within(victim, 0, pool.totalSequencers());
        if (id != 0 && _seq(id).owner == actor(who)) return; // what owners do is above
        amount = within(amount, 1, 5_000 ether); // what an owner could do
        bytes[10] memory tries = [
            abi.encodeCall(pool.withdraw, (id, amount)),
            abi.encodeCall(pool.withdrawRewards, (id, 0)),
            abi.encodeCall(pool.relock, (id, amount, true)),
            abi.encodeCall(pool.cancelSignerUpdate, (id)),
            abi.encodeCall(pool.slash, (id, 500, actor(who))),
            abi.encodeCall(pool.setSequencerRewardRecipient, (id, actor(who))),
            abi.encodeCall(pool.setSequencerOwner, (id, actor(who))),
            abi.encodeCall(pool.unlock, (id, 0)),
            abi.encodeCall(pool.forceUnlock, (id, 0)),
            abi.encodeCall(pool.unlockClaim, (id, 0))
        ];
        for (uint256 i = 0; i < tries.length; i++) {
            if (_do(actor(who), 0, tries[i])) harmed++;
        }
    }

    // ---- what the powers and the world do ------------------------------------------------------------

    function reward(uint256 a, uint256 b, uint128 blocksA, uint128 blocksB) public {
        uint256 first = within(a, 1, pool.totalSequencers());
        uint256 second = within(b, 1, pool.totalSequencers());
        if (first > second) (first, second) = (second, first);
        (uint256 batch,,, uint256 end) = pool.curBatchState();
        address[] memory seqs =
            first == second ? _list(_seq(first).signer) : _list(_seq(first).signer, _seq(second).signer);
        (uint256 x, uint256 y) = (uint256(blocksA) + 1, uint256(blocksB) + 1);
        uint256[] memory blocks = first == second ? _list(x) : _list(x, y);
        bytes memory call =
            abi.encodeCall(pool.batchSubmitRewards, (batch + 1, end + 1, end + 1 + x % 9, seqs, blocks));
        uint256 total = _rewards();
        if (_do(MPC, 0, call)) credited += _rewards() - total;
    }

    function slash(uint256 who, uint256 bps) public {
        uint256 id = within(who, 1, pool.totalSequencers());
        uint256 stake = _seq(id).amount;
        bytes memory call = abi.encodeCall(pool.slash, (id, within(bps, 1, 500), actor(who)));
        if (_do(address(slasher), 0, call)) slashed += stake - _seq(id).amount;
    }

    function pause(bool yes) public {
        _do(GUARDIAN, 0, abi.encodeCall(pool.setPause, (yes)));
    }

    function list(uint256 who, bool enabled, bool yes) public {
        _do(TIMELOCK, 0, abi.encodeCall(pool.setWhitelistEnabled, (enabled)));
        _do(TIMELOCK, 0, abi.encodeCall(pool.setRequireProof, (false))); // refused while the list is off
        _do(TIMELOCK, 0, abi.encodeCall(pool.setWhitelist, (actor(who), yes)));
    }

    function changeDelay(uint256 delay) public {
        _do(TIMELOCK, 0, abi.encodeCall(pool.updateWithdrawDelayTimeValue, (within(delay, 51, 600))));
    }

    function breakBridge(uint8 mood, uint256 fee, bool works) public {
        BridgeMock.Mood m = works ? BridgeMock.Mood.Works : BridgeMock.Mood(mood % 7);
        bridge.set(m, within(fee, 0, 0.5 ether));
    }

    function passTime(uint32 time) public {
        _count();
        _pass(within(time, 1, 1 days));
    }

    // ---- one call, and what it did -------------------------------------------------------------------

    /// The call by `who`; then whose stake fell, and the numbers of events.
    function _do(address who, uint256 value, bytes memory call) private returns (bool done) {
        _count();
        uint256 n = pool.totalSequencers();
        for (uint256 id = 1; id <= n; id++) {
            _before[id] = _seq(id).amount;
        }
        vm.recordLogs();
        vm.prank(who);
        // A bridge that burns gas burns what a claim has: no more than a block would.
        (done,) = address(pool).call{value: value, gas: 30_000_000}(call);
        _readNonces();
        for (uint256 id = 1; id <= n; id++) {
            ISequencerInfo.Sequencer memory seq = _seq(id);
            bool mayFall = who == seq.owner || who == address(slasher);
            if (seq.amount < _before[id] && !mayFall) harmed++;
            bool runs = seq.status == ISequencerInfo.Status.Inactive && claimTime[id] != 0;
            if (runs && seq.unlockClaimTime != claimTime[id]) movedExits++;
        }
        tried[bytes4(call)]++;
        if (done) succeeded[bytes4(call)]++;
    }

    function _readNonces() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            bytes32 event_ = logs[i].topics[0];
            uint256 id = logs[i].topics.length > 1 ? uint256(logs[i].topics[1]) : 0;
            uint256 nonce;
            if (event_ == ILockingInfo.LockUpdate.selector) {
                nonce = uint256(logs[i].topics[2]);
            } else if (event_ == ILockingInfo.Locked.selector || event_ == ILockingInfo.UnlockInit.selector) {
                (id, nonce) = (uint256(logs[i].topics[2]), _word(logs[i].data));
            } else if (event_ == ILockingInfo.SignerChange.selector) {
                nonce = _word(logs[i].data);
            } else {
                continue;
            }
            if (nonce != lastNonce[id] + 1) badNonces++;
            lastNonce[id] = nonce;
        }
    }

    function _word(bytes memory data) private pure returns (uint256 word) {
        assembly {
            word := mload(add(data, 32))
        }
    }

    /// Rewards of all sequencers as they stand.
    function _rewards() private view returns (uint256 sum) {
        for (uint256 id = 1; id <= pool.totalSequencers(); id++) {
            sum += _seq(id).reward;
        }
    }

    function _count() private {
        lockedTime += pool.activeLocked() * (block.timestamp - _seenAt);
        _seenAt = block.timestamp;
    }

    function _noteSigner(address signer, uint256 id) private {
        firstOwner[signer] = id;
        usedSigners.push(signer);
    }

    /// An actor that owns a sequencer, beginning with `who`, and its id; one in `status` if there is any, and
    /// 0 if nobody owns one.
    function _ownerOf(uint256 who, ISequencerInfo.Status status)
        private
        view
        returns (address owner, uint256 id)
    {
        for (uint256 i = 0; i < ACTORS; i++) {
            address next = actor(within(who, 0, ACTORS - 1) + i);
            uint256 nextId = pool.seqOwners(next);
            if (nextId == 0) continue;
            (owner, id) = (next, nextId);
            if (_seq(id).status == status) return (owner, id);
        }
    }

    function _ownerOf(uint256 who) private view returns (address owner, uint256 id) {
        return _ownerOf(who, ISequencerInfo.Status.Active);
    }

    /// The owner of any sequencer, also of one that has left.
    function _anyOwned(uint256 who) private view returns (address owner, uint256 id) {
        id = within(who, 1, pool.totalSequencers());
        owner = _seq(id).owner;
    }

    // ---- for the invariants --------------------------------------------------------------------------

    function contracts() external view returns (address, address, address, address) {
        return (address(pool), address(info), address(vault), address(metis));
    }

    function usedCount() external view returns (uint256) {
        return usedSigners.length;
    }
}
