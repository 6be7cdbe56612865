// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";

/// What KeyRegistry reads of LockingPool and of its escrow, set by hand.
contract StakeMock {
    uint256 public minLock = 20_000 ether;
    mapping(uint256 id => ISequencerInfo.Sequencer) private _sequencers;

    function set(uint256 id, address signer, uint256 amount, ISequencerInfo.Status status) external {
        _sequencers[id].signer = signer;
        _sequencers[id].amount = amount;
        _sequencers[id].status = status;
    }

    function setMinLock(uint256 value) external {
        minLock = value;
    }

    function escrow() external view returns (address) {
        return address(this);
    }

    function sequencerOf(uint256 id) external view returns (ISequencerInfo.Sequencer memory) {
        return _sequencers[id];
    }
}
