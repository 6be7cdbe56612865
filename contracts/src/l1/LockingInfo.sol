// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IBridge} from "../interfaces/IBridge.sol";
import {ILockingInfo} from "../interfaces/ILockingInfo.sol";
import {ISequencerInfo} from "../interfaces/ISequencerInfo.sol";

/// @title Escrow of all locked METIS, and the events that the PoS chain reads (section 5.4)
/// @notice METIS is approved to this contract. It knows two sums, stake and rewards, and pays only out of
/// the one that a call is about: whatever its manager did wrong, neither sum can be paid twice.
/// @dev Behind a proxy whose admin is the Timelock. Storage is append-only. Only the manager (LockingPool)
/// moves value, and it alone holds the sums of each sequencer.
contract LockingInfo is ILockingInfo, Initializable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Where slashed stake goes: nobody has the key, and no ERC-20 refuses the address.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    address public timelock;
    address public manager;
    address public bridge;
    address public l1Token;
    address public l2Token;
    uint256 public l2ChainId;
    /// @notice Stake of a sequencer is at least this when it enters, takes some out, or is taken into a
    /// member set, in wei.
    uint256 public minLock;
    /// @notice Stake of a sequencer is never raised above this, in wei.
    uint256 public maxLock;
    /// @notice Stake of all sequencers, Active and Inactive, in wei.
    uint256 public totalLocked;
    /// @notice Rewards credited and neither bridged nor locked yet, in wei.
    uint256 public totalRewards;
    /// @notice Rewards that ever left for L2, in wei.
    uint256 public totalRewardsLiquidated;
    /// @notice Whose METIS pays reward batches.
    address public rewardPayer;

    modifier onlyManager() {
        require(msg.sender == manager, "Not manager");
        _;
    }

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, at deployment. `manager_` may be zero and given later by `initManager`; `rewardPayer_`
    /// too, by `setRewardPayer`: until then no reward batch that pays something comes in.
    function initialize(
        address timelock_,
        address manager_,
        address bridge_,
        address l1Token_,
        address l2Token_,
        uint256 l2ChainId_,
        uint256 minLock_,
        uint256 maxLock_,
        address rewardPayer_
    ) external initializer {
        if (timelock_ == address(0) || bridge_ == address(0) || l1Token_ == address(0)) {
            revert NullAddress();
        }
        if (minLock_ == 0 || minLock_ > maxLock_) revert BadLockRange(minLock_, maxLock_);
        timelock = timelock_;
        manager = manager_;
        bridge = bridge_;
        l1Token = l1Token_;
        l2Token = l2Token_;
        l2ChainId = l2ChainId_;
        minLock = minLock_;
        maxLock = maxLock_;
        rewardPayer = rewardPayer_;
    }

    // ---- life of a stake, in order -------------------------------------------------------------------

    /// @notice Takes the stake of a new sequencer from its owner. `amount` wei within minLock..maxLock.
    function newSequencer(
        uint256 id,
        address owner,
        address signer,
        uint256 amount,
        uint256 batchId,
        bytes calldata pubkey
    ) external onlyManager nonReentrant {
        require(amount >= minLock, "invalid amount");
        require(amount <= maxLock, "locked>maxLock");
        totalLocked += amount;
        _take(owner, amount);
        emit Locked(signer, id, 1, batchId, amount, totalLocked, pubkey);
    }

    /// @notice Adds `incoming` wei of the owner and `fromReward` wei of its rewards; `locked` is the new
    /// stake.
    function increaseLocked(
        uint256 id,
        uint256 nonce,
        address owner,
        uint256 locked,
        uint256 incoming,
        uint256 fromReward
    ) external onlyManager nonReentrant {
        uint256 increase = incoming + fromReward;
        require(increase > 0, "No new locked added");
        require(locked <= maxLock, "locked>maxLock");
        totalRewards -= fromReward;
        totalLocked += increase;
        if (incoming > 0) _take(owner, incoming);
        emit Relocked(id, increase, totalLocked);
        emit LockUpdate(id, nonce, locked);
    }

    /// @notice Pays `amount` wei of stake to the owner; `locked` wei stay, at least minLock.
    function withdrawLocking(uint256 id, address owner, uint256 nonce, uint256 amount, uint256 locked)
        external
        onlyManager
        nonReentrant
    {
        require(amount > 0 && locked >= minLock, "invalid amount");
        totalLocked -= amount;
        IERC20(l1Token).safeTransfer(owner, amount);
        emit Withdraw(id, amount);
        emit LockUpdate(id, nonce, locked);
    }

    /// @notice Tells the PoS chain of a new signer.
    function logSignerChange(
        uint256 id,
        address oldSigner,
        address newSigner,
        uint256 nonce,
        bytes calldata pubkey
    ) external onlyManager {
        emit SignerChange(id, nonce, oldSigner, newSigner, pubkey);
    }

    /// @notice Takes the rewards of a batch, `total` wei, from the payer. `InsufficientRewardFunds`: nothing
    /// changed and the batch may be sent again.
    function distributeReward(uint256 batchId, uint256 total) external onlyManager nonReentrant {
        totalRewards += total;
        if (total > 0) _takeReward(total);
        emit BatchSubmitReward(batchId);
    }

    /// @notice Bridges `amount` wei of a sequencer's reward to `recipient` on L2. The value sent is the
    /// bridge's fee exactly (`WrongBridgeFee`). The manager catches a failure of the bridge where it must
    /// not hold up an exit; everything here is undone then, the value included.
    function liquidateReward(uint256 id, uint256 amount, address recipient, uint32 l2Gas)
        external
        payable
        onlyManager
        nonReentrant
    {
        uint256 fee = IBridge(bridge).fee();
        if (msg.value != fee) revert WrongBridgeFee(msg.value, fee);
        totalRewards -= amount;
        totalRewardsLiquidated += amount;
        emit ClaimRewards(id, recipient, amount, totalRewardsLiquidated);
        _bridge(amount, recipient, l2Gas);
    }

    /// @notice Takes `amount` wei of stake for a proven fault: `reporterCut` of it to the reporter, the rest
    /// burned. `locked` wei stay.
    function burnLocked(
        uint256 id,
        uint256 nonce,
        uint256 amount,
        uint256 locked,
        address reporter,
        uint256 reporterCut
    ) external onlyManager nonReentrant {
        totalLocked -= amount;
        if (reporterCut > 0) IERC20(l1Token).safeTransfer(reporter, reporterCut);
        IERC20(l1Token).safeTransfer(BURN, amount - reporterCut);
        emit Slashed(id, amount, totalLocked);
        emit LockUpdate(id, nonce, locked);
    }

    /// @notice Tells the PoS chain that a sequencer leaves. Nothing moves yet.
    function initializeUnlock(uint256 id, ISequencerInfo.Sequencer calldata seq) external onlyManager {
        emit UnlockInit(
            seq.signer,
            id,
            seq.nonce,
            seq.deactivationBatch,
            seq.deactivationTime,
            seq.unlockClaimTime,
            seq.amount
        );
    }

    /// @notice Pays the whole stake, `amount` wei, to the owner of a sequencer that left.
    function finalizeUnlock(address owner, uint256 id, uint256 amount) external onlyManager nonReentrant {
        totalLocked -= amount;
        IERC20(l1Token).safeTransfer(owner, amount);
        emit Unlocked(owner, id, amount, totalLocked);
    }

    // ---- parameters ----------------------------------------------------------------------------------

    /// @notice Gives the escrow its LockingPool, once. Timelock only; `ManagerSet`.
    function initManager(address manager_) external onlyTimelock {
        if (manager != address(0)) revert ManagerSet();
        if (manager_ == address(0)) revert NullAddress();
        manager = manager_;
        emit ParameterChanged("manager", 0, uint160(manager_));
    }

    /// @notice Lowest stake to enter with, to keep when some is taken out, and to be taken into the next
    /// member set with, in wei. Running stake below it stays, earns and leaves as before, but joins no later
    /// set until it is raised. Timelock only.
    function setMinLock(uint256 value) external onlyTimelock {
        if (value == 0 || value > maxLock) revert BadLockRange(value, maxLock);
        emit ParameterChanged("minLock", minLock, value);
        minLock = value;
        emit SetMinLock(value);
    }

    /// @notice Highest stake that is entered with or raised to, in wei; higher running stake stays. Timelock
    /// only.
    function setMaxLock(uint256 value) external onlyTimelock {
        if (value < minLock) revert BadLockRange(minLock, value);
        emit ParameterChanged("maxLock", maxLock, value);
        maxLock = value;
        emit SetMaxLock(value);
    }

    /// @notice Whose METIS pays reward batches; zero stops them. Timelock only.
    function setRewardPayer(address payer) external onlyTimelock {
        emit ParameterChanged("rewardPayer", uint160(rewardPayer), uint160(payer));
        rewardPayer = payer;
        emit SetRewardPayer(payer);
    }

    /// @notice What the bridge asks for a deposit, in wei of native currency.
    function bridgeFee() external view returns (uint256) {
        return IBridge(bridge).fee();
    }

    // ---- METIS in and out ----------------------------------------------------------------------------

    /// @dev A payer that cannot pay is told apart from a token that misbehaves: the first is retried.
    function _takeReward(uint256 total) private {
        IERC20 token = IERC20(l1Token);
        address payer = rewardPayer;
        if (token.balanceOf(payer) < total || token.allowance(payer, address(this)) < total) {
            revert InsufficientRewardFunds();
        }
        _take(payer, total);
    }

    /// @dev What arrived is measured: a token that keeps a fee would leave the escrow short.
    function _take(address from, uint256 amount) private {
        IERC20 token = IERC20(l1Token);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 moved = token.balanceOf(address(this)) - before;
        if (moved != amount) revert WrongAmountMoved(moved, amount);
    }

    /// @dev What left is measured too: a bridge that takes less would turn a reward into nobody's METIS.
    function _bridge(uint256 amount, address recipient, uint32 l2Gas) private {
        IERC20 token = IERC20(l1Token);
        uint256 before = token.balanceOf(address(this));
        token.forceApprove(bridge, amount);
        IBridge(bridge).depositERC20ToByChainId{value: msg.value}(
            l2ChainId, l1Token, l2Token, recipient, amount, l2Gas, ""
        );
        uint256 moved = before - token.balanceOf(address(this));
        if (moved != amount) revert WrongAmountMoved(moved, amount);
    }
}
