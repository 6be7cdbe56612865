// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOutputVerifier} from "../../interfaces/IOutputVerifier.sol";
import {Tags} from "../../lib/Tags.sol";

/// @title Stands where a verifier of validity proofs will stand (section 5.8). Test profile only
/// @notice Its proof is a mock that anyone can make: `abi.encode(tag("stub-proof"), pre, number, post)`. It
/// can therefore not be created on Ethereum.
contract StubValidity is IOutputVerifier {
    /// @notice There is no place for this contract where money is.
    error TestOnly();

    constructor() {
        if (block.chainid == 1) revert TestOnly();
    }

    /// @inheritdoc IOutputVerifier
    function verifyStep(bytes32 preRoot, uint64 blockNumber, bytes32 postRoot, bytes calldata evidence)
        external
        pure
        returns (Verdict)
    {
        if (evidence.length != 128) return Verdict.Undecided;
        (bytes32 tag, bytes32 pre, uint256 number, bytes32 post) =
            abi.decode(evidence, (bytes32, bytes32, uint256, bytes32));
        if (tag != Tags.STUB_PROOF || pre != preRoot || number != blockNumber) return Verdict.Undecided;
        return post == postRoot ? Verdict.Valid : Verdict.Invalid;
    }
}
