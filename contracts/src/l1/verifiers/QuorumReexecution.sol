// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../interfaces/IKeyRegistry.sol";
import {IOutputVerifier} from "../../interfaces/IOutputVerifier.sol";
import {Tags} from "../../lib/Tags.sol";

/// @title More than 2/3 of the member set re-executed the block and say what comes out (section 5.8)
/// @notice Evidence is `abi.encode(uint64 setId, bytes32 post, bytes cert)`: the root that the members found,
/// and their certificate over `stepDigest(pre, number, post)`.
contract QuorumReexecution is IOutputVerifier {
    /// @notice Where certificates are verified.
    IKeyRegistry public immutable registry;
    /// @notice The L2 whose blocks these are.
    uint64 public immutable l2ChainId;

    constructor(IKeyRegistry registry_, uint64 l2ChainId_) {
        registry = registry_;
        l2ChainId = l2ChainId_;
    }

    /// @inheritdoc IOutputVerifier
    function verifyStep(bytes32 preRoot, uint64 blockNumber, bytes32 postRoot, bytes calldata evidence)
        external
        view
        returns (Verdict)
    {
        (uint64 setId, bytes32 found, bytes memory cert) = abi.decode(evidence, (uint64, bytes32, bytes));
        if (!registry.verify(setId, stepDigest(preRoot, blockNumber, found), cert)) return Verdict.Undecided;
        return found == postRoot ? Verdict.Valid : Verdict.Invalid;
    }

    /// @notice What members sign: block `blockNumber` leads from `preRoot` to `postRoot`, which is zero where
    /// `preRoot` is not the root before that block: nothing leads anywhere from there. Without that answer a
    /// liar and its friend could agree on such a root, and nobody could decide.
    function stepDigest(bytes32 preRoot, uint64 blockNumber, bytes32 postRoot) public view returns (bytes32) {
        return keccak256(
            abi.encode(Tags.STEP, l2ChainId, block.chainid, address(this), preRoot, blockNumber, postRoot)
        );
    }
}
