// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Verifies proofs that one signer signed two contents for one place (section 5.9)
interface ISlasher {
    /// @notice The two votes are not two contents for one (chain, epoch, view, number).
    error NotEquivocation();
    /// @notice A signature is bad, or the two are not by one signer of the sequencer.
    error UnknownSigner();
    /// @notice The fault was punished before.
    error AlreadyPunished();
    /// @notice An address that must be set is zero.
    error NullAddress();

    /// @notice A leader's signature of a block (section 8.3).
    struct BlockVote {
        uint256 l2ChainId;
        uint64 epoch;
        uint64 view_;
        uint64 number;
        bytes32 parentHash;
        bytes32 blockHash;
        uint64 orderedUpTo;
    }

    /// @notice A validator's signature that it executed a block (section 6.11).
    struct AttestVote {
        uint256 l2ChainId;
        uint64 epoch;
        uint64 view_;
        uint64 number;
        bytes32 blockHash;
    }

    /// @notice What was equivocated upon.
    enum Kind {
        Block,
        Attest
    }

    event EquivocationProven(
        uint256 indexed sequencerId,
        Kind kind,
        uint64 epoch,
        uint64 view_,
        uint64 number,
        address indexed signer,
        address indexed reporter
    );

    function submitBlockEquivocation(
        uint256 id,
        BlockVote calldata a,
        BlockVote calldata b,
        bytes calldata sigA,
        bytes calldata sigB
    ) external;
    function submitAttestEquivocation(
        uint256 id,
        AttestVote calldata a,
        AttestVote calldata b,
        bytes calldata sigA,
        bytes calldata sigB
    ) external;
    function punished(uint256 id, Kind kind, uint64 epoch, uint64 view_, uint64 number)
        external
        view
        returns (bool);
}
