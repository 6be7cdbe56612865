// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISlasher} from "../../src/interfaces/ISlasher.sol";
import {PoolFixture} from "../l1/PoolFixture.sol";
import {SlasherOfViews} from "../weak/WeakPools.sol";

/// Section 15, Contracts, of slashing.
contract SlasherRegression is PoolFixture {
    error RuleBroken();
    error WeakCopyIsStrong();

    function test_slash_only_for_same_epoch_view_number() public {
        if (!_laterViewIsInnocent()) revert RuleBroken();
    }

    function test_weak_slash_only_for_same_epoch_view_number() public {
        _deploy(_newPool(), address(new SlasherOfViews()));
        if (_laterViewIsInnocent()) revert WeakCopyIsStrong();
    }

    /// A leader was replaced and came back: it signs number 900 again in a later view, with another hash. Two
    /// hashes in one view are a fault all the same.
    function _laterViewIsInnocent() private returns (bool) {
        uint256 id = _join(ANN, 1, MIN);
        bool later = _reported(id, 1, 2);
        return !later && _seq(id).amount == MIN && _reported(id, 1, 1) && _seq(id).amount < MIN;
    }

    function _reported(uint256 id, uint64 viewA, uint64 viewB) private returns (bool done) {
        ISlasher.BlockVote memory a = ISlasher.BlockVote(L2_CHAIN, 7, viewA, 900, "p", "a", 5);
        ISlasher.BlockVote memory b = ISlasher.BlockVote(L2_CHAIN, 7, viewB, 900, "p", "b", 5);
        (bytes memory sa, bytes memory sb) =
            (_sign(1, slasher.blockDigest(a)), _sign(1, slasher.blockDigest(b)));
        (done,) = address(slasher).call(abi.encodeCall(slasher.submitBlockEquivocation, (id, a, b, sa, sb)));
    }
}
