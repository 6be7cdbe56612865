// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a group key is for (sections 5.2, 5.5). Each purpose has its own key and account;
/// batch and blob may share theirs.
library Purpose {
    uint8 internal constant BATCH = 0; // calldata batches, L1
    uint8 internal constant STATE = 1; // outputs, L1
    uint8 internal constant REWARD = 2; // reward batches, L1
    uint8 internal constant BLOB = 3; // blob batches, L1
    uint8 internal constant EPOCH = 4; // SequencerSet, L2
    uint8 internal constant COUNT = 5;
}
