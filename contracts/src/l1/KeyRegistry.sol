// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILockingPool} from "../interfaces/ILockingPool.sol";
import {DataCommittee} from "./registry/DataCommittee.sol";
import {GroupKeys} from "./registry/GroupKeys.sol";

/// @title Who signs what on L1: group accounts, member set, DA committee (section 5.5)
/// @notice Others ask: `keyAt` for the account of a purpose, `verify` for a certificate of the members.
contract KeyRegistry is GroupKeys, DataCommittee {
    /// @notice Once, by the proxy.
    /// @param pool where stake and signers are read at a rotation
    /// @param keyNotice_ L1 blocks between the scheduling of a key and its first block; not zero
    /// @param setGrace_ L1 blocks for which a set is accepted beside its successor
    /// @param first set 0, strictly ascending by signer; stake is not asked, there may be none yet
    function initialize(
        address timelock_,
        ILockingPool pool,
        uint64 keyNotice_,
        uint64 setGrace_,
        Member[] calldata first
    ) external initializer {
        __Timelocked_init(timelock_);
        __GroupKeys_init(keyNotice_);
        __MemberSets_init(pool, setGrace_, first);
    }
}
