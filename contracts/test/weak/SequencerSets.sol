// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SequencerSet} from "../../src/l2/SequencerSet.sol";

/// Weak: the new epoch need not join the old one, only be above what is final.
contract SequencerSetWithGaps is SequencerSet {
    function _checkStart(uint256 oldEpochId, uint256 startBlock) internal view override {
        require(finalizedBlock() < startBlock, "Invalid start block");
        require(_epochs[oldEpochId].startBlock < startBlock, "Invalid start block");
    }
}

/// Weak: any length that is not zero.
contract SequencerSetOfAnyLength is SequencerSet {
    function _checkLength(uint256 length) internal pure override {
        require(length > 0, "Invalid new epoch length");
    }
}

/// Weak: looks at one epoch after the other.
contract SequencerSetByWalking is SequencerSet {
    function getEpochByBlock(uint256 number) public view override returns (uint256) {
        for (uint256 id = currentEpochNumber + 1; id > 0; id--) {
            if (_epochs[id - 1].startBlock <= number && number <= _epochs[id - 1].endBlock) return id - 1;
        }
        return type(uint256).max;
    }
}
