// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which sequencer leads which blocks of L2, as contracts and outsiders read it (section 5.11)
/// @notice Names, events and revert texts are those of the Metis ABI, so that its tooling reads it.
interface ISequencerSet {
    /// @notice A run of L2 blocks with one leader, both ends included.
    struct Epoch {
        uint256 number;
        address signer;
        uint256 startBlock;
        uint256 endBlock;
    }

    event NewEpoch(uint256 indexed epochId, uint256 startBlock, uint256 endBlock, address signer);
    /// @notice `curEpochId` is the current epoch before the call.
    event ReCommitEpoch(
        uint256 indexed oldEpochId,
        uint256 indexed newEpochId,
        uint256 curEpochId,
        uint256 startBlock,
        uint256 endBlock,
        address newSigner
    );
    event MpcAddressUpdated(address newMpcAddress);
    event EpochUpdated(uint256 newLength);
    /// @notice Any parameter, with its value before and after (addresses as numbers).
    event ParameterChanged(bytes32 indexed name, uint256 oldValue, uint256 newValue);

    /// @notice Adds the epoch after the current one. Group account `epoch`. At most one epoch ahead of the
    /// one that runs.
    function commitEpoch(uint256 newEpoch, uint256 startBlock, uint256 endBlock, address signer) external;

    /// @notice Gives blocks from `startBlock` on, which may lie in the recent past, to another leader. Group
    /// account `epoch`. Epochs committed beyond are dropped and committed again.
    /// @param oldEpochId the epoch of block `startBlock - 1`; it ends there
    /// @param newEpochId one more; it becomes the current epoch
    function recommitEpoch(
        uint256 oldEpochId,
        uint256 newEpochId,
        uint256 startBlock,
        uint256 endBlock,
        address newSigner
    ) external;

    /// @notice Changes the group account `epoch`. Timelock on L1, through Messenger.
    function UpdateMpcAddress(address newMpc) external;

    /// @notice Changes the blocks of a later epoch, 2 or more. Group account, or Timelock through Messenger.
    function UpdateEpochLength(uint256 newLength) external;

    /// @notice The leader of a block; zero if no epoch has it. Blocks before epoch 0 count to it.
    function getMetisSequencer(uint256 number) external view returns (address);

    /// @notice The epoch of a block; the largest number there is if no epoch has it.
    function getEpochByBlock(uint256 number) external view returns (uint256);

    /// @notice Any epoch, current or past; zeros for one that was not committed.
    function epochs(uint256 id)
        external
        view
        returns (uint256 number, address signer, uint256 startBlock, uint256 endBlock);

    /// @notice The newest epoch.
    function currentEpoch() external view returns (Epoch memory);

    /// @notice The id of the newest epoch.
    function currentEpochNumber() external view returns (uint256);

    /// @notice The newest epoch that ended more than `mirrorLag` blocks ago. False if there is none yet; then
    /// the epoch is epoch 0.
    function finalizedEpoch() external view returns (Epoch memory epoch, bool exist);

    /// @notice Up to this block no answer changes any more. Never decreases.
    function finalizedBlock() external view returns (uint256);

    /// @notice The group account `epoch`.
    function mpcAddress() external view returns (address);

    /// @notice Blocks of a committed epoch.
    function epochLength() external view returns (uint256);

    /// @notice Blocks after its end for which an epoch may still be recommitted.
    function mirrorLag() external view returns (uint256);
}
