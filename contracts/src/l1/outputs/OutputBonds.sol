// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOutputs} from "../../interfaces/IOutputs.sol";
import {Timelocked} from "../Timelocked.sol";

/// @title The money behind outputs and disputes (section 5.8)
/// @notice Whoever proposes or disputes pays in first; bonds are taken out of that deposit and come back to
/// it. At any time the METIS held here is the sum of deposits and of bonds taken.
abstract contract OutputBonds is Timelocked, ReentrancyGuardTransient, IOutputs {
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:conclave.storage.OutputBonds
    struct OutputBondsStorage {
        IERC20 token;
        uint96 bond;
        mapping(address account => uint256) deposits;
    }

    bytes32 private constant SLOT = keccak256(
        abi.encode(uint256(keccak256("conclave.storage.OutputBonds")) - 1)
    ) & ~bytes32(uint256(0xff));

    /// Where burned METIS goes: nobody has its key, and METIS of other networks has no burn for all.
    address private constant BURNED = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc IOutputs
    function deposit(address account, uint256 amount) external nonReentrant {
        if (account == address(0) || amount == 0) revert ZeroValue();
        OutputBondsStorage storage $ = _bonds();
        $.deposits[account] += amount;
        emit Deposited(msg.sender, account, amount);
        uint256 before = $.token.balanceOf(address(this));
        $.token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 moved = $.token.balanceOf(address(this)) - before;
        if (moved != amount) revert WrongAmountMoved(moved, amount);
    }

    /// @inheritdoc IOutputs
    function withdraw(address to, uint256 amount) external nonReentrant {
        OutputBondsStorage storage $ = _bonds();
        if (to == address(0) || amount == 0) revert ZeroValue();
        if ($.deposits[msg.sender] < amount) revert InsufficientDeposit();
        $.deposits[msg.sender] -= amount;
        emit Withdrawn(msg.sender, to, amount);
        $.token.safeTransfer(to, amount);
    }

    /// @notice Changes the bond of later outputs, METIS wei. Timelock; not zero.
    function setOutputBond(uint96 amount) external onlyTimelock {
        if (amount == 0) revert ZeroValue();
        emit OutputBondChanged(_bonds().bond, amount);
        _bonds().bond = amount;
    }

    /// @inheritdoc IOutputs
    function depositOf(address account) external view returns (uint256) {
        return _bonds().deposits[account];
    }

    /// @notice METIS wei that a new output takes.
    function outputBond() external view returns (uint96) {
        return _bonds().bond;
    }

    /// @notice METIS.
    function token() external view returns (IERC20) {
        return _bonds().token;
    }

    function __OutputBonds_init(IERC20 token_, uint96 bond) internal onlyInitializing {
        if (address(token_) == address(0) || bond == 0) revert ZeroValue();
        _bonds().token = token_;
        _bonds().bond = bond;
    }

    /// Takes the bond of a new output.
    function _takeBond(address account) internal returns (uint96 bond) {
        bond = _bonds().bond;
        _takeBondOf(account, bond);
    }

    function _takeBondOf(address account, uint96 bond) internal {
        OutputBondsStorage storage $ = _bonds();
        if ($.deposits[account] < bond) revert BondTooLow();
        $.deposits[account] -= bond;
    }

    function _returnBond(uint64 index, address account, uint96 bond) internal {
        _bonds().deposits[account] += bond;
        emit BondReleased(index, account, bond);
    }

    /// One tenth of the loser's bond is burned, the rest is the winner's, with `own`, the winner's bond if it
    /// is not held any longer. Burning makes it cost something to lose against oneself.
    function _payBonds(uint64 index, address loser, address winner, uint96 bond, uint96 own)
        internal
        nonReentrant
    {
        OutputBondsStorage storage $ = _bonds();
        uint256 burned = bond / 10;
        $.deposits[winner] += bond - burned + own;
        emit BondLost(index, loser, winner, burned);
        $.token.safeTransfer(BURNED, burned);
    }

    function _bonds() private pure returns (OutputBondsStorage storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
