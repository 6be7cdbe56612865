// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ILockingInfo} from "../../src/interfaces/ILockingInfo.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {CallingOwner, CallingToken, FeeToken, SilentToken} from "../mocks/HostileTokens.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// A token that takes a fee is refused wherever METIS comes in.
contract FeeTokenTest is PoolFixture {
    function _newToken() internal override returns (IERC20) {
        return new FeeToken(10_000_000 ether);
    }

    function test_a_token_that_takes_a_fee_is_refused() public {
        uint256 id = _join(ANN, 1, MIN);
        _pass(1 days);
        _fund(ANN, 100 ether);
        _fund(BEN, MIN);
        FeeToken(address(metis)).beGreedy();
        bytes memory why = _moved(MIN);
        _refused(BEN, abi.encodeCall(pool.lockFor, (_signer(2), MIN, _pubkey(2))), why);
        _refused(ANN, abi.encodeCall(pool.relock, (id, 100 ether, false)), _moved(100 ether));
        why = _moved(pool.pendingPool());
        bytes memory batch = abi.encodeCall(pool.batchSubmitRewards, (2, 1, 1, _list(_signer(1)), _list(1)));
        _refused(MPC, batch, why);
        // Out it goes all the same: the escrow pays what it holds for the owner, the token keeps its part.
        vm.startPrank(ANN);
        pool.unlock(id, 0);
        _pass(60);
        pool.unlockClaim(id, 0);
        same(metis.balanceOf(address(info)), 0);
    }

    function _moved(uint256 asked) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILockingInfo.WrongAmountMoved.selector, asked - asked / 100, asked);
    }
}

/// A token that answers nothing works like any other.
contract SilentTokenTest is PoolFixture {
    function _newToken() internal override returns (IERC20) {
        return IERC20(address(new SilentToken(10_000_000 ether)));
    }

    function test_a_token_without_return_values_is_harmless() public {
        uint256 id = _join(ANN, 1, MIN + 10 ether);
        _pass(1 days);
        _reward(1, 1);
        uint256 reward = _seq(id).reward;
        vm.startPrank(ANN);
        pool.withdraw(id, 10 ether);
        pool.withdrawRewards(id, 0);
        pool.unlock(id, 0);
        _pass(60);
        pool.unlockClaim(id, 0);
        vm.stopPrank();
        same(metis.balanceOf(ANN), MIN + 10 ether);
        same(metis.balanceOf(address(bridge)), reward);
        same(metis.balanceOf(address(info)), 0);
    }
}

/// A token, a bridge and an owner that call back in the middle of a call.
contract ReentryTest is PoolFixture {
    CallingToken internal token;
    uint256 internal id;

    function _newToken() internal override returns (IERC20) {
        token = new CallingToken(10_000_000 ether);
        return token;
    }

    function setUp() public override {
        super.setUp();
        _join(BEN, 2, MIN);
        id = _join(address(token), 1, 50_000 ether);
        _pass(1 days);
        _reward(1, 1);
        _fund(address(token), 1 ether);
    }

    function test_a_token_cannot_enter_again_from_a_transfer() public {
        bytes[5] memory outer = [
            abi.encodeCall(pool.withdraw, (id, 1 ether)),
            abi.encodeCall(pool.relock, (id, 1 ether, false)),
            abi.encodeCall(pool.withdrawRewards, (id, 0)),
            abi.encodeCall(pool.unlock, (id, 0)),
            abi.encodeCall(pool.unlockClaim, (id, 0))
        ];
        for (uint256 i = 0; i < outer.length; i++) {
            if (i == 3) _reward(1, 1);
            if (i == 4) _pass(60);
            uint256 inner = i;
            bytes[] memory tries = _guarded();
            token.arm(address(pool), tries[(inner + i) % tries.length]);
            if (i == 3) _pass(1 days);
            token.act(address(pool), outer[i]);
            if (i != 3) _guardHeld(token.called(), token.done(), token.answer());
        }
        same(metis.balanceOf(address(info)), info.totalLocked() + info.totalRewards());
        same(_status(id), uint256(ISequencerInfo.Status.Unlocked));
    }

    function test_no_function_that_moves_value_is_entered_again() public {
        bytes[] memory tries = _guarded();
        for (uint256 i = 0; i < tries.length; i++) {
            token.arm(address(pool), tries[i]);
            token.act(address(pool), abi.encodeCall(pool.relock, (id, 1, false)));
            _guardHeld(token.called(), token.done(), token.answer());
        }
    }

    function test_the_bridge_cannot_enter_again_and_the_exit_goes_on() public {
        uint256 theirs = _join(address(bridge), 7, MIN);
        _pass(1 days);
        _reward(7, 1);
        bytes[] memory tries = _guarded();
        for (uint256 i = 0; i < tries.length; i++) {
            bridge.callBack(address(pool), tries[i]);
            bridge.act(address(pool), abi.encodeCall(pool.withdrawRewards, (theirs, 0)));
            _guardHeld(true, bridge.calledBack(), bridge.answer());
            _pass(1 days);
            _reward(7, 1);
        }
        bridge.callBack(address(pool), abi.encodeCall(pool.unlock, (theirs, 0)));
        bridge.act(address(pool), abi.encodeCall(pool.unlock, (theirs, 0)));
        _guardHeld(true, bridge.calledBack(), bridge.answer());
        same(_seq(theirs).reward, 0);
        same(_status(theirs), uint256(ISequencerInfo.Status.Inactive));
    }

    function test_an_owner_cannot_enter_again_from_its_change() public {
        CallingOwner owner = new CallingOwner();
        uint256 theirs = _join(address(owner), 7, MIN);
        owner.arm(address(pool), abi.encodeCall(pool.unlockClaim, (theirs, 0)));
        vm.deal(address(this), 1 ether);
        owner.act{value: 1 ether}(address(pool), abi.encodeCall(pool.unlock, (theirs, 0)));
        _guardHeld(owner.called(), owner.done(), owner.answer());
        same(address(owner).balance, 1 ether);
    }

    function _guardHeld(bool called, bool done, bytes memory answer) private pure {
        same(called ? 1 : 0, 1);
        same(done ? 1 : 0, 0);
        bytes4 why = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        same(keccak256(answer), keccak256(abi.encodeWithSelector(why)));
    }

    /// Every function that moves value, but those behind another gate (Slasher, Timelock, group account).
    function _guarded() private returns (bytes[] memory all) {
        all = new bytes[](7);
        all[0] = abi.encodeCall(pool.withdraw, (id, 1 ether));
        all[1] = abi.encodeCall(pool.withdrawRewards, (id, 0));
        all[2] = abi.encodeCall(pool.relock, (id, 1, true));
        all[3] = abi.encodeCall(pool.unlock, (id, 0));
        all[4] = abi.encodeCall(pool.unlockClaim, (id, 0));
        all[5] = abi.encodeCall(pool.lockFor, (_signer(9), MIN, _pubkey(9)));
        all[6] = abi.encodeCall(pool.slash, (id, 500, address(token)));
    }
}
