// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title METIS holders decide (section 5.10)
/// @notice propose -> castVote -> queue -> execute; reclaim at any time after the vote. A vote is METIS that
/// stays here until the vote ends: borrowed for one transaction it decides nothing, and METIS needs no
/// history of balances. That is why this is not built on the governor of OpenZeppelin, whose weights are
/// snapshots of a token that keeps them; only the Timelock is theirs. Nobody can cancel a proposal or hold
/// back a locked vote. What passed is queued within QUEUE_PERIOD or never.
/// @dev Behind a proxy whose admin is the Timelock. Fields are only ever appended.
contract Governor is Initializable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param quorum METIS wei that must have voted, yes and no together
    /// @param minVoters distinct accounts that must have voted: addresses, and a holder may have many
    /// @param approvalBps share of yes that passes, in hundredths of a percent of yes + no
    /// @param votingPeriod seconds
    /// @param minVote METIS wei of a vote at least, so that a voter is more than an address
    struct Settings {
        uint256 quorum;
        uint256 minVoters;
        uint256 approvalBps;
        uint256 votingPeriod;
        uint256 minVote;
    }

    /// @param content hash of targets, values and calldatas
    /// @param voteEnd Unix seconds; votes count before it
    /// @param settings index of the settings that were in force when it was proposed: later ones do not touch
    /// it
    struct Proposal {
        bytes32 content;
        uint64 voteEnd;
        uint32 settings;
        bool queued;
        uint64 voters;
        uint256 yes;
        uint256 no;
    }

    struct Ballot {
        uint8 support;
        uint256 amount;
    }

    enum State {
        Unknown,
        Voting,
        Defeated,
        Passed,
        Queued,
        Executed,
        Expired
    }

    IERC20 public metis;
    TimelockController public timelock;
    /// @notice Proposals so far; ids count from 1.
    uint256 public proposalCount;
    /// @notice METIS wei in all ballots.
    uint256 public totalLocked;
    Settings[] private settingsHistory;
    mapping(uint256 id => Proposal) private proposals;
    mapping(uint256 id => bytes32) private operations;
    mapping(uint256 id => mapping(address voter => Ballot)) private ballots;

    uint256 public constant MAX_CALLS = 256;
    /// @notice Seconds after the vote in which a passed proposal can be queued: it acts on the state of
    /// affairs that was voted on, not on that of years later.
    uint256 public constant QUEUE_PERIOD = 14 days;
    uint256 private constant BPS = 10_000;

    event ProposalCreated(
        uint256 indexed id,
        address indexed proposer,
        address[] targets,
        uint256[] values,
        bytes[] calldatas,
        string text,
        uint256 voteEnd
    );
    event VoteCast(uint256 indexed id, address indexed voter, uint8 support, uint256 amount);
    event VoteReclaimed(uint256 indexed id, address indexed voter, uint256 amount);
    event ProposalQueued(uint256 indexed id, bytes32 indexed operation, uint256 readyAt);
    event ProposalExecuted(uint256 indexed id);
    event SettingsChanged(Settings oldSettings, Settings newSettings);

    error NotTimelock();
    error ZeroAddress();
    error BadSettings();
    error BadLength();
    error UnknownProposal();
    error BadSupport();
    error OtherSide();
    error VoteTooSmall();
    error NotExact();
    error VoteEnded();
    error VoteNotEnded();
    error NothingLocked();
    error WrongContent();
    error QuorumNotReached();
    error TooFewVoters();
    error NotPassed();
    error AlreadyQueued();
    error Expired();
    error NotQueued();
    error TimelockNotElapsed();
    error AlreadyExecuted();
    error StrayValue();

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Errors ZeroAddress, BadSettings.
    function initialize(IERC20 metis_, TimelockController timelock_, Settings calldata settings_)
        external
        initializer
    {
        if (address(metis_) == address(0) || address(timelock_) == address(0)) revert ZeroAddress();
        metis = metis_;
        timelock = timelock_;
        adopt(settings_);
    }

    /// @notice Puts calls of the Timelock to the vote, from now on. Anyone. Error BadLength.
    /// @param text why; only in the event
    /// @return id the number of the proposal
    function propose(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        string calldata text
    ) external returns (uint256 id) {
        uint256 n = targets.length;
        if (n == 0 || n > MAX_CALLS || values.length != n || calldatas.length != n) revert BadLength();
        id = ++proposalCount;
        Proposal storage p = proposals[id];
        p.content = contentHash(targets, values, calldatas);
        // forge-lint: disable-next-line(unsafe-typecast)
        p.settings = uint32(settingsHistory.length - 1);
        // forge-lint: disable-next-line(unsafe-typecast)
        p.voteEnd = uint64(block.timestamp + settings().votingPeriod);
        emit ProposalCreated(id, msg.sender, targets, values, calldatas, text, p.voteEnd);
    }

    /// @notice Votes with METIS that stays locked until the vote ends. Again adds to the ballot; sides cannot
    /// be changed. Anyone who approved the METIS to this contract. Errors UnknownProposal, VoteEnded,
    /// BadSupport, VoteTooSmall, OtherSide, NotExact.
    /// @param support 0 no, 1 yes
    /// @param amount METIS wei
    function castVote(uint256 id, uint8 support, uint256 amount) external nonReentrant {
        Proposal storage p = known(id);
        if (block.timestamp >= p.voteEnd) revert VoteEnded();
        if (support > 1) revert BadSupport();
        if (amount == 0 || amount < settingsHistory[p.settings].minVote) revert VoteTooSmall();
        Ballot storage ballot = ballots[id][msg.sender];
        if (ballot.amount == 0) p.voters++;
        else if (ballot.support != support) revert OtherSide();
        ballot.support = support;
        ballot.amount += amount;
        if (support == 1) p.yes += amount;
        else p.no += amount;
        totalLocked += amount;
        emit VoteCast(id, msg.sender, support, amount);
        uint256 before = metis.balanceOf(address(this));
        metis.safeTransferFrom(msg.sender, address(this), amount);
        if (metis.balanceOf(address(this)) != before + amount) revert NotExact();
    }

    /// @notice Returns the caller's METIS after the vote, whatever its result. The count stays.
    /// Errors UnknownProposal, VoteNotEnded, NothingLocked.
    function reclaim(uint256 id) external nonReentrant {
        if (!ended(known(id))) revert VoteNotEnded();
        uint256 amount = ballots[id][msg.sender].amount;
        if (amount == 0) revert NothingLocked();
        delete ballots[id][msg.sender];
        totalLocked -= amount;
        emit VoteReclaimed(id, msg.sender, amount);
        metis.safeTransfer(msg.sender, amount);
    }

    /// @notice Hands a passed proposal to the Timelock, within QUEUE_PERIOD after the vote. Anyone.
    /// Errors UnknownProposal, VoteNotEnded, QuorumNotReached, TooFewVoters, NotPassed, AlreadyQueued,
    /// Expired, WrongContent (the lists are not those proposed).
    function queue(
        uint256 id,
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas
    ) external {
        admit(id, contentHash(targets, values, calldatas));
        operations[id] = operationOf(id, targets, values, calldatas);
        uint256 delay = timelock.getMinDelay();
        emit ProposalQueued(id, operations[id], block.timestamp + delay);
        bytes memory schedule = abi.encodeCall(
            TimelockController.scheduleBatch, (targets, values, calldatas, 0, bytes32(id), delay)
        );
        Address.functionCall(address(timelock), schedule);
    }

    /// @notice Has the Timelock run a queued proposal. Anyone; the Timelock itself may be asked as well. The
    /// value of the call goes to the Timelock, for the values of the proposal. Errors UnknownProposal,
    /// NotQueued, AlreadyExecuted, TimelockNotElapsed, WrongContent, StrayValue; and those of the calls.
    function execute(
        uint256 id,
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas
    ) external payable nonReentrant {
        requireReady(id, contentHash(targets, values, calldatas));
        if (msg.value > sum(values)) revert StrayValue();
        emit ProposalExecuted(id);
        bytes memory run =
            abi.encodeCall(TimelockController.executeBatch, (targets, values, calldatas, 0, bytes32(id)));
        Address.functionCallWithValue(address(timelock), run, msg.value);
    }

    /// @notice Other rules for later proposals. Timelock. Errors NotTimelock, BadSettings.
    function setSettings(Settings calldata newSettings) external {
        if (msg.sender != address(timelock)) revert NotTimelock();
        Settings memory old = settings();
        adopt(newSettings);
        emit SettingsChanged(old, newSettings);
    }

    /// @notice The rules of the next proposal.
    function settings() public view returns (Settings memory) {
        return settingsHistory[settingsHistory.length - 1];
    }

    /// @notice A proposal with its counts; zeros if there is none.
    function proposal(uint256 id) external view returns (Proposal memory) {
        return proposals[id];
    }

    /// @notice What an account has locked in a proposal, and for which side.
    function ballotOf(uint256 id, address voter) external view returns (Ballot memory) {
        return ballots[id][voter];
    }

    /// @notice Where a proposal stands.
    function state(uint256 id) external view returns (State) {
        Proposal storage p = proposals[id];
        if (p.voteEnd == 0) return State.Unknown;
        if (!ended(p)) return State.Voting;
        if (p.queued) return timelock.isOperationDone(operations[id]) ? State.Executed : State.Queued;
        Settings storage s = settingsHistory[p.settings];
        if (!hasQuorum(p, s) || !hasVoters(p, s) || !hasApproval(p, s)) return State.Defeated;
        return expired(p) ? State.Expired : State.Passed;
    }

    function known(uint256 id) private view returns (Proposal storage p) {
        p = proposals[id];
        if (p.voteEnd == 0) revert UnknownProposal();
    }

    /// Virtual for the regression tests: until then votes cannot be taken back.
    function ended(Proposal storage p) internal view virtual returns (bool) {
        return block.timestamp >= p.voteEnd;
    }

    /// Whether it is too late to queue it. Virtual for the regression tests.
    function expired(Proposal storage p) internal view virtual returns (bool) {
        return block.timestamp >= p.voteEnd + QUEUE_PERIOD;
    }

    /// From passed to queued.
    function admit(uint256 id, bytes32 content) private {
        Proposal storage p = known(id);
        if (!ended(p)) revert VoteNotEnded();
        Settings storage s = settingsHistory[p.settings];
        if (!hasQuorum(p, s)) revert QuorumNotReached();
        if (!hasVoters(p, s)) revert TooFewVoters();
        if (!hasApproval(p, s)) revert NotPassed();
        if (p.queued) revert AlreadyQueued();
        if (expired(p)) revert Expired();
        if (p.content != content) revert WrongContent();
        p.queued = true;
    }

    /// As the Timelock names it; our id is its salt.
    function operationOf(
        uint256 id,
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(targets, values, calldatas, bytes32(0), id));
    }

    function requireReady(uint256 id, bytes32 content) private view {
        Proposal storage p = known(id);
        if (!p.queued) revert NotQueued();
        if (p.content != content) revert WrongContent();
        if (timelock.isOperationDone(operations[id])) revert AlreadyExecuted();
        if (!timelock.isOperationReady(operations[id])) revert TimelockNotElapsed();
    }

    function sum(uint256[] calldata values) private pure returns (uint256 total) {
        for (uint256 i = 0; i < values.length; i++) {
            total += values[i];
        }
    }

    function hasQuorum(Proposal storage p, Settings storage s) private view returns (bool) {
        return p.yes + p.no >= s.quorum;
    }

    function hasVoters(Proposal storage p, Settings storage s) private view returns (bool) {
        return p.voters >= s.minVoters;
    }

    function hasApproval(Proposal storage p, Settings storage s) private view returns (bool) {
        return p.yes * BPS >= s.approvalBps * (p.yes + p.no);
    }

    function contentHash(address[] calldata targets, uint256[] calldata values, bytes[] calldata calldatas)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(targets, values, calldatas));
    }

    /// More than half must be needed, else yes and no could both pass.
    function adopt(Settings calldata s) private {
        if (s.quorum == 0 || s.minVoters == 0 || s.minVote == 0) revert BadSettings();
        if (s.approvalBps <= BPS / 2 || s.approvalBps > BPS) revert BadSettings();
        if (s.votingPeriod == 0 || s.votingPeriod > 30 days) revert BadSettings();
        settingsHistory.push(s);
    }
}
