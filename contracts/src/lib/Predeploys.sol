// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The addresses that genesis fixes on L2 (section 5.2), and the name that METIS has there.
library Predeploys {
    address internal constant SEQUENCER_SET = 0x4c32000000000000000000000000000000000001;
    address internal constant MESSAGE_PASSER = 0x4C32000000000000000000000000000000000002;
    address internal constant MESSENGER = 0x4C32000000000000000000000000000000000003;
    address internal constant FEE_VAULT = 0x4c32000000000000000000000000000000000004;
    address internal constant WMETIS = 0x4C32000000000000000000000000000000000005;
    address internal constant L2_TOKEN_BRIDGE = 0x4c32000000000000000000000000000000000006;

    /// @notice What a METIS deposit names as its `l2Token`: the native currency of L2 (the reference's
    /// marker).
    address internal constant NATIVE = 0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000;
    /// @notice The contract of EIP-4788, on every chain from Cancun on.
    address internal constant BEACON_ROOTS = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02;
}
