// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISequencerSet} from "../interfaces/ISequencerSet.sol";
import {FromTimelock} from "./FromTimelock.sol";

/// @title Mirror of the epochs that the PoS chain decides (section 5.11)
/// @notice Life of an epoch: committed before it begins, perhaps cut short or replaced when its leader fails,
/// final once it ended more than `mirrorLag` blocks ago. Epochs are contiguous: each block from the first
/// start on to the current end is in exactly one.
contract SequencerSet is FromTimelock, ISequencerSet {
    /// @inheritdoc ISequencerSet
    uint256 public epochLength;
    /// @inheritdoc ISequencerSet
    address public mpcAddress;
    /// @inheritdoc ISequencerSet
    uint256 public mirrorLag;
    /// @inheritdoc ISequencerSet
    uint256 public currentEpochNumber;
    mapping(uint256 id => Epoch) internal _epochs;

    modifier onlyMpc() {
        require(msg.sender == mpcAddress, "Not Mpc");
        _;
    }

    /// @notice Once, when genesis is made. Epoch 0 may have any length.
    /// @param lag blocks after its end for which an epoch may still be recommitted
    function initialize(
        address initialSequencer,
        address mpc,
        uint256 firstStart,
        uint256 firstEnd,
        uint256 length,
        uint256 lag,
        address l1Timelock_
    ) external initializer {
        __FromTimelock_init(l1Timelock_);
        require(initialSequencer != address(0), "Invalid signer");
        require(mpc != address(0), "Invalid new mpc");
        require(firstStart > block.number && firstEnd > firstStart, "Invalid block range");
        _checkLength(length);
        mpcAddress = mpc;
        epochLength = length;
        mirrorLag = lag;
        _epochs[0] = Epoch(0, initialSequencer, firstStart, firstEnd);
        emit NewEpoch(0, firstStart, firstEnd, initialSequencer);
    }

    // Committed, recommitted

    /// @inheritdoc ISequencerSet
    function commitEpoch(uint256 newEpoch, uint256 startBlock, uint256 endBlock, address signer)
        external
        onlyMpc
    {
        uint256 current = currentEpochNumber;
        if (current > 1) {
            require(_epochs[current - 1].endBlock < block.number, "The last epoch not finished");
        }
        require(newEpoch == current + 1, "Invalid new epoch number");
        require(endBlock > startBlock, "End block must be greater than start block");
        require(endBlock - startBlock + 1 == epochLength, "Mismatch epoch length and block length");
        require(
            startBlock == _epochs[current].endBlock + 1,
            "Start block must be greater than currentEpoch.endBlock by 1"
        );
        require(signer != address(0), "Invalid signer");
        _epochs[newEpoch] = Epoch(newEpoch, signer, startBlock, endBlock);
        currentEpochNumber = newEpoch;
        emit NewEpoch(newEpoch, startBlock, endBlock, signer);
    }

    /// @inheritdoc ISequencerSet
    function recommitEpoch(
        uint256 oldEpochId,
        uint256 newEpochId,
        uint256 startBlock,
        uint256 endBlock,
        address newSigner
    ) external onlyMpc {
        uint256 current = currentEpochNumber;
        require(oldEpochId <= current, "Invalid oldEpochId");
        require(newEpochId == oldEpochId + 1, "Invalid newEpochId");
        require(startBlock <= block.number, "Invalid start block");
        _checkStart(oldEpochId, startBlock);
        require(endBlock > startBlock, "End block must be greater than start block");
        require(endBlock >= block.number, "Invalid end block");
        require(newSigner != address(0), "Invalid signer");
        // The dropped epochs stay in storage beyond the current id, where nothing reads them.
        if (_epochs[oldEpochId].endBlock >= startBlock) _epochs[oldEpochId].endBlock = startBlock - 1;
        _epochs[newEpochId] = Epoch(newEpochId, newSigner, startBlock, endBlock);
        currentEpochNumber = newEpochId;
        emit ReCommitEpoch(oldEpochId, newEpochId, current, startBlock, endBlock, newSigner);
    }

    // Parameters

    /// @inheritdoc ISequencerSet
    function UpdateMpcAddress(address newMpc) external {
        require(_isFromTimelock(), "Not Owner");
        require(newMpc != address(0), "Invalid new mpc");
        emit ParameterChanged("mpcAddress", uint160(mpcAddress), uint160(newMpc));
        emit MpcAddressUpdated(newMpc);
        mpcAddress = newMpc;
    }

    /// @inheritdoc ISequencerSet
    function UpdateEpochLength(uint256 newLength) external {
        require(msg.sender == mpcAddress || _isFromTimelock(), "Not Mpc or Owner");
        _checkLength(newLength);
        emit ParameterChanged("epochLength", epochLength, newLength);
        emit EpochUpdated(newLength);
        epochLength = newLength;
    }

    // Questions

    /// @inheritdoc ISequencerSet
    function getMetisSequencer(uint256 number) external view returns (address) {
        if (number <= _epochs[0].endBlock) return _epochs[0].signer;
        uint256 id = getEpochByBlock(number);
        return id == type(uint256).max ? address(0) : _epochs[id].signer;
    }

    /// @inheritdoc ISequencerSet
    function getEpochByBlock(uint256 number) public view virtual returns (uint256) {
        uint256 id = _countEndingBefore(number);
        if (id > currentEpochNumber || number < _epochs[id].startBlock) return type(uint256).max;
        return id;
    }

    /// @inheritdoc ISequencerSet
    function epochs(uint256 id)
        external
        view
        returns (uint256 number, address signer, uint256 startBlock, uint256 endBlock)
    {
        if (id > currentEpochNumber) return (0, address(0), 0, 0);
        Epoch storage epoch = _epochs[id];
        return (epoch.number, epoch.signer, epoch.startBlock, epoch.endBlock);
    }

    /// @inheritdoc ISequencerSet
    function currentEpoch() external view returns (Epoch memory) {
        return _epochs[currentEpochNumber];
    }

    /// @inheritdoc ISequencerSet
    function finalizedEpoch() public view returns (Epoch memory epoch, bool exist) {
        uint256 lag = mirrorLag;
        uint256 count = block.number > lag ? _countEndingBefore(block.number - lag) : 0;
        return count == 0 ? (_epochs[0], false) : (_epochs[count - 1], true);
    }

    /// @inheritdoc ISequencerSet
    function finalizedBlock() public view returns (uint256) {
        (Epoch memory epoch, bool exist) = finalizedEpoch();
        return exist ? epoch.endBlock : epoch.startBlock - 1;
    }

    // Inside

    /// How many epochs end before a block: ends ascend, so half of those in question fall away at each step.
    function _countEndingBefore(uint256 number) internal view returns (uint256 low) {
        uint256 high = currentEpochNumber + 1;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_epochs[middle].endBlock < number) low = middle + 1;
            else high = middle;
        }
    }

    /// The new epoch begins where nothing is final, inside the old one or right after it. So it leaves
    /// neither gap nor overlap, and no final block changes its leader.
    function _checkStart(uint256 oldEpochId, uint256 startBlock) internal view virtual {
        Epoch storage old = _epochs[oldEpochId];
        require(finalizedBlock() < startBlock, "Invalid start block");
        require(old.startBlock < startBlock && startBlock <= old.endBlock + 1, "Invalid start block");
    }

    /// An epoch of one block could not be committed: its end must be greater than its start.
    function _checkLength(uint256 length) internal pure virtual {
        require(length >= 2, "Invalid new epoch length");
    }
}
