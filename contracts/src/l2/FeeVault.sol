// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IFeeVault} from "../interfaces/IFeeVault.sol";
import {ISequencerSet} from "../interfaces/ISequencerSet.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {FromTimelock} from "./FromTimelock.sol";

/// @title Fees of L2: tips arrive as coinbase, base fees by credit, neither by a call (section 11.6)
/// @notice Life of a fee: in the vault, credited to a recipient when its period is final, claimed. What
/// arrives by a call is refused, so the balance is fees alone.
contract FeeVault is FromTimelock, ReentrancyGuardTransient, IFeeVault {
    /// A signer in the list of one period.
    struct Share {
        address signer;
        uint256 blocks;
    }

    /// @inheritdoc IFeeVault
    uint256 public nextEpoch;
    /// @inheritdoc IFeeVault
    uint256 public period;
    /// @inheritdoc IFeeVault
    uint256 public epochFloat;
    /// @inheritdoc IFeeVault
    uint256 public totalOwed;
    /// @inheritdoc IFeeVault
    mapping(address recipient => uint256) public owed;
    mapping(address signer => address) private _recipients;

    modifier onlyTimelock() {
        if (!_isFromTimelock()) revert NotTimelock();
        _;
    }

    /// @notice Once, when genesis is made.
    /// @param period_ epochs that are distributed together, 1 to 256
    /// @param epochFloat_ wei up to which the group account `epoch` is funded
    function initialize(address l1Timelock_, uint256 period_, uint256 epochFloat_) external initializer {
        __FromTimelock_init(l1Timelock_);
        _checkPeriod(period_);
        period = period_;
        epochFloat = epochFloat_;
    }

    // In the vault, credited, claimed

    /// @inheritdoc IFeeVault
    function distribute(uint256 startEpoch, uint256 endEpoch) external nonReentrant {
        // Whole periods only: who calls cannot choose the range in which the pool is largest for him.
        uint256 last = nextEpoch + period - 1;
        if (startEpoch != nextEpoch || endEpoch != last) revert BadPeriod(nextEpoch, last);
        (ISequencerSet.Epoch memory finalized, bool exist) = _sequencerSet().finalizedEpoch();
        if (!exist || finalized.number < endEpoch) revert NotFinalized();
        nextEpoch = endEpoch + 1;
        _topUp();
        _split(startEpoch, endEpoch);
    }

    /// @inheritdoc IFeeVault
    function claim(address recipient) external nonReentrant {
        uint256 amount = owed[recipient];
        if (amount == 0) revert NothingOwed();
        owed[recipient] = 0;
        totalOwed -= amount;
        emit Claimed(recipient, amount);
        (bool done,) = recipient.call{value: amount}("");
        if (!done) revert PaymentFailed();
    }

    /// @inheritdoc IFeeVault
    function topUp() external nonReentrant {
        _topUp();
    }

    /// @inheritdoc IFeeVault
    function setFeeRecipient(address recipient) external {
        emit FeeRecipientSet(msg.sender, feeRecipientOf(msg.sender), recipient);
        _recipients[msg.sender] = recipient;
    }

    // Parameters

    /// @notice Changes how many epochs are distributed together. Timelock through Messenger; 1 to 256.
    function setPeriod(uint256 epochs) external onlyTimelock {
        _checkPeriod(epochs);
        emit PeriodChanged(period, epochs);
        period = epochs;
    }

    /// @notice Changes up to how much the group account `epoch` is funded, wei. Timelock through Messenger.
    function setEpochFloat(uint256 amount) external onlyTimelock {
        emit EpochFloatChanged(epochFloat, amount);
        epochFloat = amount;
    }

    // Questions

    /// @inheritdoc IFeeVault
    function feeRecipientOf(address signer) public view returns (address) {
        address recipient = _recipients[signer];
        return recipient == address(0) ? signer : recipient;
    }

    // Inside

    /// Without this account the mirror stands still, so it comes before all shares.
    function _topUp() private {
        address account = _sequencerSet().mpcAddress();
        if (account.balance >= epochFloat) return;
        uint256 missing = epochFloat - account.balance;
        uint256 free = _free();
        uint256 amount = missing < free ? missing : free;
        if (amount == 0) return;
        // An account that refuses money must not stop the shares of others.
        (bool done,) = account.call{value: amount, gas: 30_000}("");
        if (done) emit EpochAccountFunded(account, amount);
    }

    function _split(uint256 startEpoch, uint256 endEpoch) private {
        uint256 pool = _free();
        (Share[] memory shares, uint256 count, uint256 blocks) = _shares(startEpoch, endEpoch);
        uint256 credited = 0;
        for (uint256 i = 0; i < count; i++) {
            uint256 amount = _shareOf(pool, shares[i].blocks, blocks);
            address recipient = feeRecipientOf(shares[i].signer);
            owed[recipient] += amount;
            credited += amount;
            emit Credited(shares[i].signer, recipient, shares[i].blocks, amount);
        }
        totalOwed += credited;
        emit Distributed(startEpoch, endEpoch, pool, credited);
    }

    /// Rounded down: the remainder stays and is part of the next pool.
    function _shareOf(uint256 pool, uint256 part, uint256 whole) internal pure virtual returns (uint256) {
        return pool * part / whole;
    }

    /// The signers of these epochs in the order of their first one, each once, with their blocks.
    function _shares(uint256 startEpoch, uint256 endEpoch)
        private
        view
        returns (Share[] memory shares, uint256 count, uint256 blocks)
    {
        shares = new Share[](endEpoch - startEpoch + 1);
        for (uint256 id = startEpoch; id <= endEpoch; id++) {
            (, address signer, uint256 first, uint256 last) = _sequencerSet().epochs(id);
            uint256 place = 0;
            while (place < count && shares[place].signer != signer) place++;
            if (place == count) shares[count++].signer = signer;
            shares[place].blocks += last - first + 1;
            blocks += last - first + 1;
        }
    }

    function _free() private view returns (uint256) {
        return address(this).balance - totalOwed;
    }

    function _checkPeriod(uint256 epochs) private pure {
        if (epochs == 0 || epochs > 256) revert BadValue();
    }

    function _sequencerSet() private pure returns (ISequencerSet) {
        return ISequencerSet(Predeploys.SEQUENCER_SET);
    }
}
