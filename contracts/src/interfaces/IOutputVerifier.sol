// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Decides the last step of a dispute: one block (section 5.8)
interface IOutputVerifier {
    /// @notice What a verifier can say. Zero is to know nothing.
    enum Verdict {
        Undecided,
        Valid,
        Invalid
    }

    /// @notice Whether block `blockNumber` leads from the state of `preRoot` to that of `postRoot`.
    /// @param preRoot output root after block `blockNumber - 1`, on which both sides agree
    /// @param postRoot output root that the proposer claims after the block
    /// @param evidence as the verifier defines it; bad evidence is `Undecided`, or reverts
    function verifyStep(bytes32 preRoot, uint64 blockNumber, bytes32 postRoot, bytes calldata evidence)
        external
        view
        returns (Verdict);
}
