// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {L2Message, OutputProof} from "../interfaces/IBridge.sol";
import {ILockingInfo} from "../interfaces/ILockingInfo.sol";
import {ILockingPool} from "../interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../interfaces/ISequencerInfo.sol";
import {IL1Strategy} from "../interfaces/IL1Strategy.sol";
import {IL1Transmitter} from "../interfaces/IL1Transmitter.sol";
import {ISequencerVault} from "../interfaces/ISequencerVault.sol";

/// @title What a provider's METIS does on L1 (sections 12.3 to 12.8)
/// @notice Idle METIS becomes stake of the sequencer furthest below its target; rewards become stake or go to
/// L2; what tickets wait for goes down, from idle METIS first, then from stake above the minimum, then by the
/// exit of the smallest stake. Anyone triggers every step, and no step has a choice in it.
/// @dev Governance adds and removes sequencers. No proxy: what is locked here is reached by this code only.
contract L1Strategy is IL1Strategy, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The most sequencers of a provider.
    uint256 public constant MAX_VAULTS = 64;
    /// @notice Rewards below this are not worth a claim, in wei.
    uint256 public constant MIN_HARVEST = 500 ether;
    /// @notice Least partial withdrawal, in wei.
    uint256 public constant MIN_DRAW = 200 ether;

    address public immutable timelock;
    IL1Transmitter public immutable transmitter;
    ILockingPool public immutable pool;
    ILockingInfo public immutable info;
    IERC20 public immutable metis;
    /// @notice Who may lend METIS while some is on its way up.
    address public immutable provider;

    /// @notice METIS wei here; never a balance.
    uint256 public idle;
    /// @notice METIS wei that the provider lent.
    uint256 public floatOwed;
    /// @notice Since when tickets have waited for more than is idle; zero if they do not.
    uint64 public shortSince;
    address[] private all;
    /// @notice Stake that a vault is to have, in wei.
    mapping(address vault => uint256) public targetOf;
    mapping(address vault => bool) public isVault;
    /// @notice Every vault that ever was one: rewards of its last blocks may come after its removal.
    mapping(address vault => bool) public wasVault;
    /// @notice METIS wei that were lent ahead of a transfer up.
    mapping(uint64 id => uint256) public lentAheadOf;

    event VaultAdded(address indexed vault, uint256 target);
    event VaultRemoved(address indexed vault);
    event TargetChanged(address indexed vault, uint256 oldTarget, uint256 target);
    event Allocated(address indexed vault, uint256 amount);
    event Harvested(address indexed vault, uint256 reward, bool relocked);
    event Drawn(address indexed vault, uint256 amount);
    event ExitBegun(address indexed vault, uint256 amount);
    event ExitDone(address indexed vault, uint256 principal);
    event FundsReturned(uint64 indexed id, uint256 amount);
    event FloatLent(uint256 amount);
    event FloatRepaid(uint256 amount);

    error NotTimelock();
    error NotTransmitter();
    error NotProvider();
    error NotVault();
    error TooManyVaults();
    error VaultInUse();
    error VaultFull();
    error BelowMinLock();
    error AboveTransit();
    error NothingToDo();
    error RefundFailed();

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    modifier known(address vault) {
        if (!isVault[vault]) revert NotVault();
        _;
    }

    /// @dev Nothing of the value stays here: it pays bridge fees, the rest goes back.
    modifier refunds() {
        _;
        uint256 rest = address(this).balance;
        if (rest > 0) {
            (bool ok,) = msg.sender.call{value: rest}("");
            if (!ok) revert RefundFailed();
        }
    }

    constructor(address timelock_, IL1Transmitter transmitter_, ILockingPool pool_, address provider_) {
        timelock = timelock_;
        transmitter = transmitter_;
        pool = pool_;
        info = ILockingInfo(pool_.escrow());
        metis = IERC20(info.l1Token());
        provider = provider_;
    }

    /// @notice Native currency that a bridge call did not need.
    receive() external payable {
        if (msg.sender != address(transmitter) && !wasVault[msg.sender]) revert NotVault();
    }

    // ---- up: METIS becomes stake ---------------------------------------------------------------------

    /// @inheritdoc IL1Strategy
    /// @dev Repays the float first. Error NotTransmitter.
    function receiveMetis(uint256 amount) external nonReentrant {
        if (msg.sender != address(transmitter)) revert NotTransmitter();
        uint256 repaid = Math.min(amount, floatOwed);
        floatOwed -= repaid;
        idle += amount - repaid;
        if (repaid == 0) return;
        emit FloatRepaid(repaid);
        metis.safeTransfer(provider, repaid);
    }

    /// @notice Locks METIS that the provider lends at its own risk, ahead of a transfer that an output shows
    /// under way, and at most as much; the next arrivals repay it. Provider. Errors NotProvider,
    /// AboveTransit, those of `L1Transmitter.inTransit` and of `allocate`.
    /// @dev So no float is ever owed that is not under way: holders would bear the slashing of it.
    function lockFromFloat(
        uint256 amount,
        L2Message calldata message,
        uint256 outputIndex,
        OutputProof calldata proof,
        bytes32[32] calldata path
    ) external nonReentrant {
        if (msg.sender != provider) revert NotProvider();
        (uint64 id, uint256 most) = transmitter.inTransit(message, outputIndex, proof, path);
        lentAheadOf[id] += amount;
        if (lentAheadOf[id] > most) revert AboveTransit();
        floatOwed += amount;
        idle += amount;
        emit FloatLent(amount);
        metis.safeTransferFrom(provider, address(this), amount);
        _allocate();
    }

    /// @notice Makes what is idle and no ticket waits for stake of the vault furthest below its target.
    /// Anyone. Errors NothingToDo, VaultFull (all are), BelowMinLock (too little to begin a new one).
    function allocate() external nonReentrant {
        _allocate();
    }

    function _allocate() private {
        uint256 due = transmitter.due();
        if (idle <= due) revert NothingToDo();
        uint256 free = idle - due;
        (address vault, uint256 room, bool begun) = _furthest(free);
        uint256 amount = Math.min(free, room);
        idle -= amount;
        emit Allocated(vault, amount);
        metis.safeTransfer(vault, amount);
        if (begun) ISequencerVault(vault).increase(amount, false);
        else ISequencerVault(vault).lock(amount);
    }

    function _furthest(uint256 free) private view returns (address vault, uint256 room, bool begun) {
        uint256 least = info.minLock();
        bool tooLittle;
        for (uint256 i = 0; i < all.length; i++) {
            uint256 id = ISequencerVault(all[i]).id();
            uint256 gap = _gap(all[i], id, least);
            if (gap <= room) continue;
            if (id == 0 && free < least) tooLittle = true;
            else (vault, room, begun) = (all[i], gap, id != 0);
        }
        if (room > 0) return (vault, room, begun);
        if (tooLittle) revert BelowMinLock();
        revert VaultFull();
    }

    /// @dev What a vault still takes. Who cannot take more must not stand in the way of the others.
    function _gap(address vault, uint256 id, uint256 least) private view returns (uint256) {
        uint256 most = Math.min(targetOf[vault], info.maxLock());
        if (id == 0) return most >= least && ISequencerVault(vault).ready() ? most : 0;
        ISequencerInfo.Sequencer memory seq = pool.sequencerOf(id);
        if (seq.status != ISequencerInfo.Status.Active || seq.amount >= most) return 0;
        return _isListed(vault) ? most - seq.amount : 0;
    }

    /// @dev The pool adds nothing to a stake that is struck from its list, not even that stake's rewards.
    function _isListed(address vault) private view returns (bool) {
        return !pool.whitelistEnabled() || pool.whitelist(vault);
    }

    // ---- rewards -------------------------------------------------------------------------------------

    /// @notice Makes a vault's rewards stake, or sends them to L2 where the stake is full or no longer
    /// active or listed, or tickets wait; also of a vault that was removed. Anyone; the value pays bridge
    /// fees. Errors NotVault, NothingToDo (less than 500 METIS, unless the sequencer has left).
    function harvest(address vault) external payable nonReentrant refunds {
        if (!wasVault[vault]) revert NotVault();
        ISequencerInfo.Sequencer memory seq = _sequencer(vault);
        bool active = seq.status == ISequencerInfo.Status.Active;
        if (seq.reward == 0 || (active && seq.reward < MIN_HARVEST)) revert NothingToDo();
        bool relocks = active && transmitter.due() == 0 && seq.amount + seq.reward <= info.maxLock();
        relocks = relocks && _isListed(vault);
        emit Harvested(vault, seq.reward, relocks);
        if (relocks) ISequencerVault(vault).increase(0, true);
        else _name(ISequencerVault(vault).claimRewards{value: address(this).balance}());
    }

    // ---- down: tickets are paid ----------------------------------------------------------------------

    /// @notice Sends L2 what tickets wait for, of what is idle. Anyone; the value pays bridge fees. Error
    /// NothingToDo.
    function requestFunds() external payable nonReentrant refunds {
        uint256 amount = Math.min(idle, transmitter.due());
        if (amount == 0) revert NothingToDo();
        idle -= amount;
        metis.forceApprove(address(transmitter), amount);
        uint64 id = transmitter.sendDown{value: address(this).balance}(amount);
        emit FundsReturned(id, amount);
        noteShortage();
    }

    /// @notice Takes what tickets wait for, at least 200 METIS, out of a stake above the minimum; once a
    /// reward batch. Anyone. Errors NotVault, NothingToDo, and those of LockingPool.
    function draw(address vault) external known(vault) nonReentrant {
        uint256 amount = Math.min(Math.max(shortage(), MIN_DRAW), _above(_sequencer(vault)));
        if (shortage() == 0 || amount < MIN_DRAW) revert NothingToDo();
        idle += amount;
        emit Drawn(vault, amount);
        ISequencerVault(vault).withdraw(amount);
    }

    /// @notice Begins the exit of the smallest stake: when tickets wait for more than all other ways bring,
    /// or have waited for longer than an exit takes. Anyone; the value pays bridge fees. Error NothingToDo.
    function beginExit() external payable nonReentrant refunds {
        uint256 short = shortage();
        (uint256 above, uint256 leaving, address smallest) = _stakes();
        bool late = shortSince != 0 && block.timestamp >= shortSince + pool.exitDelayPeriod();
        if (smallest == address(0) || short <= leaving) revert NothingToDo();
        if (!late && short <= leaving + above) revert NothingToDo();
        _exit(smallest);
    }

    /// @notice Begins the exit of any vault, and locks nothing in it any more. Timelock.
    function exitVault(address vault) external payable onlyTimelock known(vault) nonReentrant refunds {
        emit TargetChanged(vault, targetOf[vault], 0);
        targetOf[vault] = 0;
        _exit(vault);
    }

    /// @notice Takes the stake of a vault whose exit delay has passed back. Anyone; the value pays bridge
    /// fees. Errors NotVault, and those of LockingPool.
    function finishExit(address vault) external payable known(vault) nonReentrant refunds {
        uint256 fees = address(this).balance;
        (uint256 principal, uint256 sent) = ISequencerVault(vault).unlockClaim{value: fees}();
        idle += principal;
        emit ExitDone(vault, principal);
        _name(sent);
    }

    /// @notice Notes since when tickets wait for more than is idle. Anyone.
    function noteShortage() public {
        if (shortage() == 0) shortSince = 0;
        else if (shortSince == 0) shortSince = uint64(block.timestamp);
    }

    function _exit(address vault) private {
        emit ExitBegun(vault, _sequencer(vault).amount);
        _name(ISequencerVault(vault).unlock{value: address(this).balance}());
    }

    function _name(uint256 sent) private {
        if (sent > 0) transmitter.nameReward{value: address(this).balance}(sent);
    }

    // ---- governance ----------------------------------------------------------------------------------

    /// @notice Adds a vault that is to hold `target` wei. Timelock. Errors VaultInUse (known, or it begins
    /// with a stake of its own), TooManyVaults, BelowMinLock (it could never begin; zero is not yet).
    function addVault(address vault, uint256 target) external onlyTimelock {
        if (isVault[vault] || ISequencerVault(vault).id() != 0) revert VaultInUse();
        if (all.length == MAX_VAULTS) revert TooManyVaults();
        _requireReachable(0, target);
        (isVault[vault], wasVault[vault]) = (true, true);
        targetOf[vault] = target;
        all.push(vault);
        emit VaultAdded(vault, target);
    }

    /// @notice Sets what a vault is to hold; what it holds above stays. Timelock. Error BelowMinLock (before
    /// it has begun).
    function setTarget(address vault, uint256 target) external onlyTimelock known(vault) {
        _requireReachable(ISequencerVault(vault).id(), target);
        emit TargetChanged(vault, targetOf[vault], target);
        targetOf[vault] = target;
    }

    /// @notice Removes a vault that never began or has left for good, without rewards; `harvest` brings those
    /// that come later. Timelock. Errors NotVault, VaultInUse.
    function removeVault(address vault) external onlyTimelock known(vault) {
        ISequencerInfo.Sequencer memory seq = _sequencer(vault);
        if (seq.amount + seq.reward > 0) revert VaultInUse();
        uint256 i = 0;
        while (all[i] != vault) i++;
        all[i] = all[all.length - 1];
        all.pop();
        isVault[vault] = false;
        emit VaultRemoved(vault);
    }

    /// @notice Names rewards that left by `forceUnlock` of the pool, which asks nobody: in the same proposal.
    /// Timelock.
    function nameForced(uint256 amount) external payable onlyTimelock nonReentrant refunds {
        _name(amount);
    }

    /// @notice Asks for another signer of a vault whose signer's key is lost. Timelock.
    function requestSignerUpdate(address vault, bytes calldata pubkey, bytes calldata proof)
        external
        onlyTimelock
        known(vault)
    {
        ISequencerVault(vault).requestSignerUpdate(pubkey, proof);
    }

    // ---- views ---------------------------------------------------------------------------------------

    /// @notice All vaults.
    function vaults() external view returns (address[] memory) {
        return all;
    }

    /// @inheritdoc IL1Strategy
    function holdings() external view returns (uint256 sum) {
        sum = idle;
        for (uint256 i = 0; i < all.length; i++) {
            ISequencerInfo.Sequencer memory seq = _sequencer(all[i]);
            sum += seq.amount + seq.reward;
        }
        // Slashed stake can make the float more than all there is.
        sum = sum > floatOwed ? sum - floatOwed : 0;
    }

    /// @inheritdoc IL1Strategy
    function capacity() external view returns (uint256 sum) {
        (uint256 least, uint256 most) = (info.minLock(), info.maxLock());
        for (uint256 i = 0; i < all.length; i++) {
            uint256 target = Math.min(targetOf[all[i]], most);
            uint256 id = ISequencerVault(all[i]).id();
            if (id == 0 ? target >= least : _isActive(id)) sum += target;
        }
    }

    function _isActive(uint256 id) private view returns (bool) {
        return pool.sequencerOf(id).status == ISequencerInfo.Status.Active;
    }

    function _requireReachable(uint256 id, uint256 target) private view {
        if (id == 0 && target != 0 && target < info.minLock()) revert BelowMinLock();
    }

    /// @notice METIS wei that tickets wait for and that are not idle here.
    function shortage() public view returns (uint256) {
        uint256 due = transmitter.due();
        return due > idle ? due - idle : 0;
    }

    /// @dev Stake above minimums, stake that is leaving, and the smallest that is not.
    function _stakes() private view returns (uint256 above, uint256 leaving, address smallest) {
        uint256 least = type(uint256).max;
        for (uint256 i = 0; i < all.length; i++) {
            ISequencerInfo.Sequencer memory seq = _sequencer(all[i]);
            above += _above(seq);
            if (seq.status == ISequencerInfo.Status.Inactive) leaving += seq.amount;
            if (seq.status != ISequencerInfo.Status.Active || seq.amount >= least) continue;
            (least, smallest) = (seq.amount, all[i]);
        }
    }

    function _above(ISequencerInfo.Sequencer memory seq) private view returns (uint256) {
        uint256 least = info.minLock();
        bool active = seq.status == ISequencerInfo.Status.Active;
        return active && seq.amount > least ? seq.amount - least : 0;
    }

    /// @dev Empty for a vault that has not begun.
    function _sequencer(address vault) private view returns (ISequencerInfo.Sequencer memory seq) {
        uint256 id = ISequencerVault(vault).id();
        if (id != 0) seq = pool.sequencerOf(id);
    }
}
