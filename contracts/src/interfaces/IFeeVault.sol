// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Shares the fees of L2 among those who made its blocks (section 11.6)
interface IFeeVault {
    /// @notice A change of a parameter from elsewhere than the Timelock.
    error NotTimelock();
    /// @notice A number that must be set is zero, or a period has more than 256 epochs.
    error BadValue();
    /// @notice Not the next whole period: from `startEpoch` to `endEpoch`.
    error BadPeriod(uint256 startEpoch, uint256 endEpoch);
    /// @notice The mirror may still change these epochs.
    error NotFinalized();
    /// @notice Nothing is owed to the account.
    error NothingOwed();
    /// @notice The account does not take the payment.
    error PaymentFailed();

    /// @notice `pool` was split by blocks; the remainder stays in the vault.
    event Distributed(uint256 indexed startEpoch, uint256 indexed endEpoch, uint256 pool, uint256 credited);
    event Credited(address indexed signer, address indexed recipient, uint256 blocks, uint256 amount);
    event Claimed(address indexed recipient, uint256 amount);
    event EpochAccountFunded(address indexed account, uint256 amount);
    event FeeRecipientSet(address indexed signer, address oldRecipient, address newRecipient);
    event EpochFloatChanged(uint256 oldValue, uint256 newValue);
    event PeriodChanged(uint256 oldValue, uint256 newValue);

    /// @notice Splits what the vault holds and owes to nobody, by blocks, for the next `period` epochs of
    /// SequencerSet. Anyone, once they are final. The group account `epoch` is funded first.
    function distribute(uint256 startEpoch, uint256 endEpoch) external;

    /// @notice Pays an account what it is owed. Anyone, for any account.
    function claim(address recipient) external;

    /// @notice Funds the group account `epoch` up to `epochFloat`. Anyone, at any time.
    function topUp() external;

    /// @notice From now on the caller's shares, as a signer, go to `recipient`; zero means the signer.
    function setFeeRecipient(address recipient) external;

    /// @notice Wei credited and not yet claimed.
    function owed(address recipient) external view returns (uint256);

    /// @notice Sum of `owed`.
    function totalOwed() external view returns (uint256);

    /// @notice Where the shares of a signer go.
    function feeRecipientOf(address signer) external view returns (address);

    /// @notice The first epoch that is not distributed yet.
    function nextEpoch() external view returns (uint256);

    /// @notice Epochs that are distributed together.
    function period() external view returns (uint256);

    /// @notice Wei up to which the group account `epoch` is funded.
    function epochFloat() external view returns (uint256);
}
