// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolFixture} from "./PoolFixture.sol";

/// What calls cost, without the 21,000 of the transaction and its calldata. `forge test -vvvv` shows the
/// figures; the tests hold upper bounds.
contract LockingPoolGasTest is PoolFixture {
    event Gas(string what, uint256 used);

    address[] private _signers;
    address private _newSigner;
    bytes private _newPubkey;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 100; i++) {
            _join(address(uint160(0xF000 + i)), 500 + i, MIN);
            _signers.push(_signer(500 + i));
        }
        _fund(ANN, MIN);
        (_newSigner, _newPubkey) = (_signer(1), _pubkey(1));
        _pass(1 days);
        if (_paidBefore()) _reward(_first(100), _ones(100));
        _pass(1 days);
    }

    function _paidBefore() internal pure virtual returns (bool) {
        return false;
    }

    function test_gas_of_a_lock() public {
        (address signer, bytes memory pubkey) = (_newSigner, _newPubkey);
        vm.prank(ANN);
        uint256 before = gasleft();
        pool.lockFor(signer, MIN, pubkey);
        _used("lock", before - gasleft(), 500_000);
    }

    function test_gas_of_a_reward_batch_of_10() public {
        _batch(10);
    }

    function test_gas_of_a_reward_batch_of_50() public {
        _batch(50);
    }

    function test_gas_of_a_reward_batch_of_100() public {
        _batch(100);
    }

    function _batch(uint256 n) private {
        (address[] memory seqs, uint256[] memory blocks) = (_first(n), _ones(n));
        (uint256 id,,, uint256 end) = pool.curBatchState();
        vm.prank(MPC);
        uint256 before = gasleft();
        pool.batchSubmitRewards(id + 1, end + 1, end + 1, seqs, blocks);
        _used("reward batch", before - gasleft(), 200_000 + 27_500 * n);
    }

    function _used(string memory what, uint256 used, uint256 most) private {
        emit Gas(what, used);
        if (used > most) revert Differs(used, most);
    }

    function _first(uint256 n) private view returns (address[] memory all) {
        all = new address[](n);
        for (uint256 i = 0; i < n; i++) {
            all[i] = _signers[i];
        }
    }

    function _ones(uint256 n) private pure returns (uint256[] memory all) {
        all = new uint256[](n);
        for (uint256 i = 0; i < n; i++) {
            all[i] = 1;
        }
    }
}

/// The same where all have unclaimed rewards already: the usual batch.
contract LockingPoolGasLaterTest is LockingPoolGasTest {
    function _paidBefore() internal pure override returns (bool) {
        return true;
    }
}
