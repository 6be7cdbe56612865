// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IL2Queue} from "../interfaces/IL2Queue.sol";
import {IL2Vault} from "../interfaces/IL2Vault.sol";
import {IMessenger} from "../interfaces/IMessenger.sol";
import {WMETIS} from "../l2/WMETIS.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {DepositPause} from "./DepositPause.sol";
import {PreStake} from "./PreStake.sol";
import {Assets, Shares} from "./Units.sol";
import {VaultBooks} from "./VaultBooks.sol";
import {VaultShare} from "./VaultShare.sol";

/// @title Vault of liquid staking on L2; its share is the staked token (section 12)
/// @notice METIS in, shares out, at a rate that rewards raise. Way of the METIS: the buffer here, then either
/// tickets of the queue, which come first, or L1, where sequencers' stake is made of it, and back.
///
/// The share alone is a token whose rate rises; WMETIS with the share over it is a 1:1 token with a
/// yield-bearing one. Both shapes are this contract.
/// @dev No proxy: the addresses of its fellows are known before deployment and fixed for ever; who does not
/// like a successor simply stays, or leaves by the queue. It holds native METIS, which is its purpose.
contract L2Vault is IL2Vault, VaultShare, PreStake, DepositPause, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param l1Timelock governs, by messages from L1
    /// @param guardian may pause deposits, nothing else
    /// @param treasury takes the protocol's fee and gifts
    /// @param operators take theirs
    struct Config {
        string name;
        string symbol;
        address queue;
        address transmitter;
        address l1Timelock;
        address guardian;
        address treasury;
        address operators;
        uint256 minDeposit; // wei
        uint256 capacity; // wei, until L1 reports another
        uint256 ratePeriod; // seconds
        uint256 maxPause; // seconds
        uint256 protocolBps;
        uint256 operatorBps;
        bool preStakePhase; // else the vault begins at once
    }

    uint256 private constant GWEI = 1e9;

    IL2Queue public immutable queue;
    address public immutable transmitter;
    address public immutable l1Timelock;
    address public immutable guardian;
    address public immutable treasury;
    address public immutable operators;
    uint256 public immutable minDeposit;

    /// @inheritdoc IL2Vault
    /// @dev Never a balance.
    uint256 public buffer;
    /// @inheritdoc IL2Vault
    uint256 public arrivedDown;
    /// @notice Wei of that which the bridge keeps until they make a gwei.
    uint256 public dust;
    /// @notice The most assets that new deposits can lead to, in wei.
    uint256 public capacity;
    /// @notice Number of the last report.
    uint64 public lastReport;

    event RedeemRequested(uint256 indexed ticket, address indexed owner, uint256 shares, uint256 assets);
    event RateReported(uint64 indexed seq, uint256 totalAssets, uint256 supply);
    event FeesPaid(uint256 protocolShares, uint256 operatorShares);
    event FeesChanged(uint256 oldProtocol, uint256 oldOperator, uint256 protocol, uint256 operator);
    event Swept(uint256 amount);

    error NotTimelock();
    error NotGuardian();
    error NotTransmitter();
    error NotQueue();
    error NotWmetis();
    error BelowMinimum();
    error DepositCap();
    error StaleReport();
    error NotCredited();
    error PaymentFailed();

    modifier onlyTimelock() {
        if (!_isTimelock()) revert NotTimelock();
        _;
    }

    modifier onlyTransmitter() {
        if (msg.sender != transmitter) revert NotTransmitter();
        _;
    }

    constructor(Config memory c)
        VaultShare(c.name, c.symbol)
        VaultBooks(c.ratePeriod, c.protocolBps, c.operatorBps)
        DepositPause(c.maxPause)
    {
        queue = IL2Queue(c.queue);
        transmitter = c.transmitter;
        l1Timelock = c.l1Timelock;
        guardian = c.guardian;
        treasury = c.treasury;
        operators = c.operators;
        minDeposit = c.minDeposit;
        capacity = c.capacity;
        if (!c.preStakePhase) launchedAt = uint64(block.timestamp);
    }

    /// @notice METIS from WMETIS only, when it unwraps. Credits of the chain come without a call.
    receive() external payable {
        if (msg.sender != Predeploys.WMETIS) revert NotWmetis();
    }

    // ---- before the beginning ------------------------------------------------------------------------

    /// @notice Deposits the METIS of this call before launch, for points. Errors AlreadyLaunched,
    /// DepositsPaused, BelowMinimum, DepositCap.
    function preStake() external payable nonReentrant {
        if (launchedAt != 0) revert AlreadyLaunched();
        _requireOpen();
        if (msg.value < minDeposit) revert BelowMinimum();
        if (preStaked + msg.value > capacity) revert DepositCap();
        buffer += msg.value;
        _addPreStake(msg.sender, msg.value);
    }

    /// @notice Pays back `amount` wei of the caller's pre-stake, at any time before launch, also while
    /// deposits are paused. Errors AlreadyLaunched, NotEnoughPreStaked, PaymentFailed.
    function exitPreStake(uint256 amount) external nonReentrant {
        if (launchedAt != 0) revert AlreadyLaunched();
        _takePreStake(msg.sender, amount);
        buffer -= amount;
        emit PreStakeExited(msg.sender, amount);
        _pay(msg.sender, amount);
    }

    /// @notice Begins the vault: all pre-stake is shares at 1:1 from now on, handed out by `migrate`.
    /// Timelock. Error AlreadyLaunched.
    function launch() external onlyTimelock {
        if (launchedAt != 0) revert AlreadyLaunched();
        launchedAt = uint64(block.timestamp);
        _settle();
        books.assets += preStaked;
        _mint(address(this), preStaked);
        emit Launched(preStaked);
    }

    /// @notice Hands an account the shares of its pre-stake. Anyone, after launch. Errors NotLaunched,
    /// NotEnoughPreStaked (none, or done).
    function migrate(address account) external nonReentrant {
        if (launchedAt == 0) revert NotLaunched();
        PreStaker storage p = preStakers[account];
        uint256 shares = p.amount;
        if (shares == 0) revert NotEnoughPreStaked();
        p.points = pointsOf(account);
        p.amount = 0;
        preStaked -= shares;
        _transfer(address(this), account, shares);
        emit PreStakeMigrated(account, shares);
    }

    // ---- in ------------------------------------------------------------------------------------------

    /// @notice Takes `assets` wei of the caller's WMETIS; shares for `receiver`, rounded down. Errors
    /// NotLaunched, DepositsPaused, BelowMinimum, DepositCap, and those of WMETIS.
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256 shares) {
        _settle();
        shares = previewDeposit(assets);
        _takeWmetis(assets);
        _enter(receiver, assets, shares);
    }

    /// @notice As `deposit`, for exactly `shares`; assets are rounded up.
    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256 assets) {
        _settle();
        assets = previewMint(shares);
        _takeWmetis(assets);
        _enter(receiver, assets, shares);
    }

    /// @notice As `deposit`, with the METIS of this call.
    function depositNative(address receiver) external payable nonReentrant returns (uint256 shares) {
        _settle();
        shares = previewDeposit(msg.value);
        _enter(receiver, msg.value, shares);
    }

    function _takeWmetis(uint256 assets) private {
        IERC20(asset()).safeTransferFrom(msg.sender, address(this), assets);
        WMETIS(payable(asset())).withdraw(assets);
    }

    function _enter(address receiver, uint256 assets, uint256 shares) private {
        if (launchedAt == 0) revert NotLaunched();
        _requireOpen();
        if (assets < minDeposit || shares == 0) revert BelowMinimum();
        if (books.assets + assets > capacity) revert DepositCap();
        buffer += assets;
        books.assets += assets;
        _mint(receiver, shares);
        emit Deposit(msg.sender, receiver, assets, shares);
    }

    // ---- out -----------------------------------------------------------------------------------------

    /// @notice Burns `shares` of `owner` now, at the rate of now, and issues a ticket to `owner` over the
    /// assets. The owner, or who has its allowance; nothing pauses it. Errors BelowMinimum (worth nothing),
    /// and those of ERC-20.
    function requestRedeem(uint256 shares, address owner) external nonReentrant returns (uint256 ticket) {
        if (msg.sender != owner) _spendAllowance(owner, msg.sender, shares);
        _settle();
        Assets assets = _worth(Shares.wrap(shares), Math.Rounding.Floor);
        // Below 1:1 the virtual assets would be paid out as well, and the last to leave could not.
        uint256 amount = Math.min(Assets.unwrap(assets), books.assets);
        if (amount == 0) revert BelowMinimum();
        _burn(owner, shares);
        books.assets -= amount;
        ticket = queue.request(owner, _ticketFor(Assets.wrap(amount), Shares.wrap(shares)));
        emit RedeemRequested(ticket, owner, shares, amount);
    }

    /// @dev What the queue gets to know. Virtual for the regression tests.
    function _ticketFor(Assets assets, Shares) internal pure virtual returns (uint256) {
        return Assets.unwrap(assets);
    }

    /// @inheritdoc IL2Vault
    /// @dev Error NotQueue.
    function payQueue(uint256 want) external nonReentrant returns (uint256 paid) {
        if (msg.sender != address(queue)) revert NotQueue();
        if (launchedAt == 0) return 0;
        paid = Math.min(want, buffer);
        buffer -= paid;
        _pay(msg.sender, paid);
    }

    // ---- to and from L1 ------------------------------------------------------------------------------

    /// @inheritdoc IL2Vault
    function dispatchable() public view returns (uint256) {
        if (launchedAt == 0) return 0;
        uint256 owed = queue.pending();
        return buffer > owed ? buffer - owed : 0;
    }

    /// @inheritdoc IL2Vault
    /// @dev Error NotTransmitter.
    function handOver() external onlyTransmitter nonReentrant returns (uint256 amount) {
        amount = dispatchable();
        buffer -= amount;
        _pay(msg.sender, amount);
    }

    /// @inheritdoc IL2Vault
    /// @dev Errors NotTransmitter, NotCredited (the chain has not credited it yet: again in a later block).
    function arrive(uint256 amount) external onlyTransmitter {
        uint256 due = amount + dust;
        uint256 whole = due - (due % GWEI);
        if (!_covers(whole)) revert NotCredited();
        dust = due - whole;
        buffer += whole;
        arrivedDown += _counted(amount, whole);
    }

    /// @dev Whether there is METIS here that is not in the buffer yet. A gift may stand in for a credit of
    /// the same amount: what is counted is what L1 sent, and no more.
    function _covers(uint256 whole) internal view virtual returns (bool) {
        return address(this).balance >= buffer + whole;
    }

    /// @dev What L1 sent, not what of it is whole. Virtual for the regression tests.
    function _counted(uint256 amount, uint256) internal pure virtual returns (uint256) {
        return amount;
    }

    /// @inheritdoc IL2Vault
    /// @dev Errors NotTransmitter, StaleReport (a later one came first).
    function report(uint64 seq, Totals calldata totals) external onlyTransmitter {
        if (seq <= lastReport) revert StaleReport();
        lastReport = seq;
        capacity = totals.capacity;
        _book(totals.gain);
        emit RateReported(seq, totalAssets(), totalSupply());
    }

    // ---- fees and gifts ------------------------------------------------------------------------------

    /// @notice Issues shares for the fees that are due, at the rate of now, which this does not move. Anyone.
    function collectFees() public virtual nonReentrant {
        _settle();
        uint256 due = books.feesDue;
        if (due == 0) return;
        uint256 rates = protocolBps + operatorBps;
        uint256 protocol = rates == 0 ? due : Math.mulDiv(due, protocolBps, rates);
        // Both computed before either moves anything.
        Shares toProtocol = _priced(Assets.wrap(protocol), Math.Rounding.Floor);
        Shares toOperators = _priced(Assets.wrap(due - protocol), Math.Rounding.Floor);
        books.feesDue = 0;
        books.assets += due;
        _mint(treasury, Shares.unwrap(toProtocol));
        _mint(operators, Shares.unwrap(toOperators));
        emit FeesPaid(Shares.unwrap(toProtocol), Shares.unwrap(toOperators));
    }

    /// @notice Sets the fees on rewards from now on, in basis points; those due are paid first. Timelock.
    /// Errors NotTimelock, FeeTooHigh (2000 in all).
    function setFees(uint256 protocol, uint256 operator) external onlyTimelock {
        collectFees();
        emit FeesChanged(protocolBps, operatorBps, protocol, operator);
        _setFees(protocol, operator);
    }

    /// @notice Sends WMETIS that somebody gave to this contract to the treasury: the vault keeps none.
    /// Anyone.
    function sweep() external nonReentrant {
        IERC20 wmetis = IERC20(asset());
        uint256 amount = wmetis.balanceOf(address(this));
        emit Swept(amount);
        wmetis.safeTransfer(treasury, amount);
    }

    /// @notice Closes deposits for at most `maxPause`, or opens them; redemption goes on. Guardian or
    /// Timelock. Errors NotGuardian, PauseTooSoon (less than `maxPause` since the last), NotPaused.
    function pauseDeposits(bool yes) external {
        if (msg.sender != guardian && !_isTimelock()) revert NotGuardian();
        _setPause(yes);
    }

    // ---- views ---------------------------------------------------------------------------------------

    /// @notice What can still be deposited.
    function maxDeposit(address) public view override returns (uint256) {
        uint256 assets = totalAssets();
        bool closed = launchedAt == 0 || depositsPaused() || assets + minDeposit > capacity;
        return closed ? 0 : capacity - assets;
    }

    /// @notice `maxDeposit` in shares.
    function maxMint(address receiver) public view override returns (uint256) {
        return _convertToShares(maxDeposit(receiver), Math.Rounding.Floor);
    }

    function _isTimelock() private view returns (bool) {
        if (msg.sender != Predeploys.MESSENGER) return false;
        return IMessenger(Predeploys.MESSENGER).l1Sender() == l1Timelock;
    }

    function _pay(address to, uint256 amount) private {
        if (amount == 0) return;
        (bool ok,) = to.call{value: amount}("");
        if (!ok) revert PaymentFailed();
    }
}
