// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IRewardVault} from "../interfaces/IRewardVault.sol";

/// @title Payer of the sequencers' rewards (sections 5.10, 11.7)
/// @notice Holds METIS and lets the escrow, and nobody else, take it by an allowance. All allowances ever
/// given stay within the budget of sequencer mining, less what was revoked untaken.
/// @dev Behind a proxy whose admin is the Timelock. Storage is append-only.
contract RewardVault is IRewardVault, Initializable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Sequencer mining of the 4,600,000 METIS of community grants.
    uint256 public constant BUDGET = 3_000_000 ether;

    address public timelock;
    IERC20 public token;
    /// @notice LockingInfo: the only address that may take METIS from here.
    address public escrow;
    /// @notice All that the escrow may take over the life of this vault: what it took and what it still may.
    uint256 public granted;

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, at deployment. `amount` is granted at once; it may be held later than it is granted.
    function initialize(address timelock_, address token_, address escrow_, uint256 amount)
        external
        initializer
    {
        if (timelock_ == address(0) || token_ == address(0) || escrow_ == address(0)) {
            revert NullAddress();
        }
        timelock = timelock_;
        token = IERC20(token_);
        escrow = escrow_;
        if (amount > 0) _grant(amount);
    }

    /// @notice Lets the escrow take `amount` wei more. Timelock only; `BudgetExceeded`.
    function grant(uint256 amount) external onlyTimelock nonReentrant {
        _grant(amount);
    }

    /// @notice Takes back what the escrow may still take; the budget has it again. Timelock only.
    function revoke() external onlyTimelock nonReentrant {
        uint256 untaken = token.allowance(address(this), escrow);
        granted -= untaken;
        token.forceApprove(escrow, 0);
        emit Revoked(untaken, granted);
    }

    /// @notice Sends METIS that rewards do not need elsewhere. Timelock only.
    function reclaim(address to, uint256 amount) external onlyTimelock nonReentrant {
        if (to == address(0)) revert NullAddress();
        token.safeTransfer(to, amount);
        emit Reclaimed(to, amount);
    }

    /// @notice What the escrow could take now, in wei. An alarm compares it with four weeks of rewards.
    function cover() external view returns (uint256) {
        return Math.min(token.balanceOf(address(this)), token.allowance(address(this), escrow));
    }

    function _grant(uint256 amount) private {
        if (amount > BUDGET - granted) revert BudgetExceeded(amount, BUDGET - granted);
        granted += amount;
        token.safeIncreaseAllowance(escrow, amount);
        emit Granted(amount, granted);
    }
}
