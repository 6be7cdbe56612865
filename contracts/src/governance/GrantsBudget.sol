// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Grants of the ecosystem budget, paid as streams (section 5.10)
/// @notice fund -> createStream -> claim ... -> maybe revoke. A stream vests evenly over time; what has
/// vested is the grantee's and nobody can take it back. A stream is made only of METIS that is here and not
/// promised. The budget also feeds the rewards of sequencers: `reserved` is kept out of what can be granted
/// here.
/// @dev Behind a proxy whose admin is the Timelock. Fields are only ever appended.
contract GrantsBudget is Initializable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param lst whether it is a grant for liquid staking, which has a cap of its own
    struct Stream {
        address grantee;
        uint64 start;
        uint64 duration;
        bool lst;
        uint256 amount;
        uint256 claimed;
    }

    address public timelock;
    IERC20 public metis;
    /// @notice The most METIS wei that streams for liquid staking may carry together.
    uint256 public lstCap;
    /// @notice The most that all streams and `reserved` may carry together.
    uint256 public totalCap;
    /// @notice Budget of sequencer mining, paid elsewhere.
    uint256 public reserved;
    /// @notice METIS wei that came in by `fund` and neither left nor is promised.
    uint256 public unallocated;
    /// @notice METIS wei promised and not yet claimed.
    uint256 public promised;
    uint256 public grantedLst;
    uint256 public grantedAll;
    /// @notice Streams so far; ids count from 1.
    uint256 public streamCount;
    mapping(uint256 id => Stream) private streams;

    uint64 public constant MAX_DURATION = 3650 days;

    event Funded(address indexed from, uint256 amount);
    event StreamCreated(
        uint256 indexed id, address indexed grantee, uint256 amount, uint64 start, uint64 duration, bool lst
    );
    event StreamClaimed(uint256 indexed id, address indexed grantee, uint256 amount);
    event StreamRevoked(uint256 indexed id, uint256 vested, uint256 returned);
    event Reclaimed(address indexed to, uint256 amount);

    error NotTimelock();
    error ZeroAddress();
    error BadCaps();
    error BadStream();
    error CapExceeded();
    error NotFunded();
    error UnknownStream();
    error NothingToClaim();
    error NothingToRevoke();
    error NotExact();

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Errors ZeroAddress, BadCaps.
    /// @param lstCap_ 220,000 METIS by the design
    /// @param totalCap_ 4,600,000 METIS
    /// @param reserved_ 3,000,000 METIS
    function initialize(
        address timelock_,
        IERC20 metis_,
        uint256 lstCap_,
        uint256 totalCap_,
        uint256 reserved_
    ) external initializer {
        if (timelock_ == address(0) || address(metis_) == address(0)) revert ZeroAddress();
        if (reserved_ > totalCap_ || lstCap_ > totalCap_ - reserved_) revert BadCaps();
        timelock = timelock_;
        metis = metis_;
        lstCap = lstCap_;
        totalCap = totalCap_;
        reserved = reserved_;
    }

    /// @notice Brings METIS that streams can be made of. Anyone who approved it. Error NotExact.
    function fund(uint256 amount) external nonReentrant {
        unallocated += amount;
        emit Funded(msg.sender, amount);
        uint256 before = metis.balanceOf(address(this));
        metis.safeTransferFrom(msg.sender, address(this), amount);
        if (metis.balanceOf(address(this)) != before + amount) revert NotExact();
    }

    /// @notice Promises `amount` METIS wei, vesting evenly from `start` over `duration` seconds. Timelock.
    /// Errors NotTimelock, ZeroAddress, BadStream, NotFunded, CapExceeded.
    /// @return id the number of the stream
    function createStream(address grantee, uint256 amount, uint64 start, uint64 duration, bool lst)
        external
        onlyTimelock
        returns (uint256 id)
    {
        if (grantee == address(0)) revert ZeroAddress();
        if (amount == 0 || duration == 0 || duration > MAX_DURATION) revert BadStream();
        if (start > block.timestamp + MAX_DURATION) revert BadStream();
        if (amount > unallocated) revert NotFunded();
        grantedAll += amount;
        if (lst) grantedLst += amount;
        requireWithinCaps();
        unallocated -= amount;
        promised += amount;
        id = ++streamCount;
        streams[id] = Stream(grantee, start, duration, lst, amount, 0);
        emit StreamCreated(id, grantee, amount, start, duration, lst);
    }

    /// @notice Pays the grantee what has vested. Anyone. Errors UnknownStream, NothingToClaim.
    function claim(uint256 id) external nonReentrant {
        Stream storage stream = known(id);
        uint256 due = vestedIn(stream) - stream.claimed;
        if (due == 0) revert NothingToClaim();
        stream.claimed += due;
        promised -= due;
        emit StreamClaimed(id, stream.grantee, due);
        metis.safeTransfer(stream.grantee, due);
    }

    /// @notice Ends a stream: what has vested stays the grantee's, the rest can be granted anew. Timelock.
    /// Errors NotTimelock, UnknownStream, NothingToRevoke.
    function revoke(uint256 id) external onlyTimelock {
        Stream storage stream = known(id);
        uint256 vested = vestedIn(stream);
        uint256 rest = stream.amount - vested;
        if (rest == 0) revert NothingToRevoke();
        // A stream of what has vested, over.
        stream.amount = vested;
        stream.start = 0;
        stream.duration = 0;
        grantedAll -= rest;
        if (stream.lst) grantedLst -= rest;
        promised -= rest;
        unallocated += rest;
        emit StreamRevoked(id, vested, rest);
    }

    /// @notice Takes METIS that is not promised to another use. Timelock. Errors NotTimelock, ZeroAddress,
    /// NotFunded.
    function reclaim(address to, uint256 amount) external onlyTimelock nonReentrant {
        if (to == address(0)) revert ZeroAddress();
        if (amount > unallocated) revert NotFunded();
        unallocated -= amount;
        emit Reclaimed(to, amount);
        metis.safeTransfer(to, amount);
    }

    /// @notice A stream; zeros if there is none.
    function streamOf(uint256 id) external view returns (Stream memory) {
        return streams[id];
    }

    /// @notice METIS wei of a stream that have vested by now, claimed or not. Error UnknownStream.
    function vestedOf(uint256 id) external view returns (uint256) {
        return vestedIn(known(id));
    }

    /// Virtual for the regression tests.
    function requireWithinCaps() internal view virtual {
        if (grantedLst > lstCap || grantedAll + reserved > totalCap) revert CapExceeded();
    }

    function known(uint256 id) private view returns (Stream storage s) {
        s = streams[id];
        if (s.grantee == address(0)) revert UnknownStream();
    }

    function vestedIn(Stream storage s) private view returns (uint256) {
        if (block.timestamp < s.start) return 0;
        uint256 passed = block.timestamp - s.start;
        if (passed >= s.duration) return s.amount;
        return s.amount * passed / s.duration;
    }
}
