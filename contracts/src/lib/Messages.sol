// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2Message, OutputProof} from "../interfaces/IBridge.sol";
import {L1Message} from "../interfaces/IMessenger.sol";
import {Tags} from "./Tags.sol";

/// @title What both ends of the bridge hash (sections 5.7, 5.8, 8.4), in one place
library Messages {
    /// @notice The most bytes of data in a message: what a delivery can carry without crowding out a block.
    uint256 internal constant MAX_DATA = 16_384;
    /// @notice The most gas that a message may ask for on L2, two thirds of a block there.
    uint256 internal constant MAX_GAS = 20_000_000;

    /// @notice Leaf of a message to L2.
    function l1Leaf(uint256 nonce, address sender, address target, uint32 l2Gas, bytes memory data)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(Tags.L1_MSG, nonce, sender, target, l2Gas, keccak256(data)));
    }

    /// @notice Leaf of a message to L2.
    function leafOf(L1Message calldata m) internal pure returns (bytes32) {
        return l1Leaf(m.nonce, m.sender, m.target, m.l2Gas, m.data);
    }

    /// @notice Leaf of a message to L1.
    function leafOf(L2Message memory m) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(Tags.L2_MSG, m.nonce, m.sender, m.target, m.token, m.amount, keccak256(m.data))
            );
    }

    /// @notice What an L2 block says of L1 in `parentBeaconBlockRoot`.
    function origin(uint256 number, bytes32 blockHash, bytes32 messageRoot) internal pure returns (bytes32) {
        return keccak256(abi.encode(Tags.L1_ORIGIN, number, blockHash, messageRoot));
    }

    /// @notice The root of an output.
    function outputRoot(uint256 l2ChainId, OutputProof calldata o) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(Tags.OUTPUT, l2ChainId, o.blockNumber, o.blockHash, o.stateRoot, o.messageTreeRoot)
        );
    }
}
