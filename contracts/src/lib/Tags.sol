// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a digest is for, as its first word: `tag(x) = keccak256("conclave/v1/" + x)` (section 1.3).
/// A signature given for one purpose says nothing under another.
library Tags {
    // KeyRegistry
    bytes32 internal constant KEY_POP = keccak256("conclave/v1/key-pop");
    bytes32 internal constant FIRST_KEY = keccak256("conclave/v1/first-key");
    bytes32 internal constant KEY_EPOCH = keccak256("conclave/v1/key-epoch");
    bytes32 internal constant MEMBER_SET = keccak256("conclave/v1/member-set");
    // BatchInbox
    bytes32 internal constant BATCH = keccak256("conclave/v1/batch");
    bytes32 internal constant DAC = keccak256("conclave/v1/dac");
    // Outputs and disputes
    bytes32 internal constant OUTPUT = keccak256("conclave/v1/output");
    bytes32 internal constant OUTPUT_PROPOSAL = keccak256("conclave/v1/output-proposal");
    bytes32 internal constant STEP = keccak256("conclave/v1/step");
    bytes32 internal constant STUB_PROOF = keccak256("conclave/v1/stub-proof");
    // LockingPool and Slasher
    bytes32 internal constant LOCK_PROOF = keccak256("conclave/v1/lock-proof");
    bytes32 internal constant BLOCK = keccak256("conclave/v1/block");
    bytes32 internal constant ATTEST = keccak256("conclave/v1/attest");
    // Messages between L1 and L2
    bytes32 internal constant L1_MSG = keccak256("conclave/v1/l1-msg");
    bytes32 internal constant L2_MSG = keccak256("conclave/v1/l2-msg");
    bytes32 internal constant L1_ORIGIN = keccak256("conclave/v1/l1-origin");
}
