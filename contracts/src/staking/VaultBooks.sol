// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What belongs to the holders of a vault (sections 12.4, 12.6)
/// @notice Assets change by four things only: deposits, redemptions, rewards and losses. L1 reports the last
/// two as one running sum, the gain, which no transfer between the chains moves: what is on its way cannot be
/// counted twice, nor missed, since it is not counted at all.
///
/// A loss applies at once. A rise drips, slower than 1 % a period even where every drop is compounded; fees
/// are taken off what has dripped, and only where the gain is higher than it ever was.
abstract contract VaultBooks {
    struct Books {
        uint256 assets; // of the holders, wei
        int256 applied; // gain that is in `assets` or `feesDue`
        int256 reported; // gain as L1 last said; never below `applied`
        int256 feeMark; // highest `applied` ever
        uint256 feesDue; // wei of fees that no shares were issued for yet
        uint256 deficit; // losses that no assets were left for; the next gains fill it
        uint256 settledAt; // Unix seconds
    }

    uint256 internal constant WHOLE = 10_000;
    /// @notice Basis points that the gain may rise in one period. Compounded without end: e^0.0099 − 1
    /// = 0.9949 %.
    uint256 public constant RISE_BPS = 99;
    /// @notice The most that fees can be, in basis points of rewards.
    uint256 public constant MAX_FEE_BPS = 2000;

    /// @notice Seconds in which the rate may rise by 1 %.
    uint256 public immutable ratePeriod;
    /// @notice Fee of the protocol in basis points of rewards.
    uint256 public protocolBps;
    /// @notice Fee of the operators in basis points of rewards.
    uint256 public operatorBps;
    Books internal books;

    error FeeTooHigh();

    constructor(uint256 ratePeriod_, uint256 protocolBps_, uint256 operatorBps_) {
        ratePeriod = ratePeriod_;
        _setFees(protocolBps_, operatorBps_);
        books.settledAt = block.timestamp;
    }

    /// @notice The books as of now.
    function booksNow() public view returns (Books memory b) {
        b = books;
        uint256 rise = _rise(b);
        b.settledAt = block.timestamp;
        if (rise == 0) return b;
        // forge-lint: disable-next-line(unsafe-typecast)
        b.applied += int256(rise);
        uint256 fee = _feeOn(b, rise);
        uint256 fill = Math.min(b.deficit, rise - fee);
        b.deficit -= fill;
        b.feesDue += fee;
        b.assets += rise - fee - fill;
    }

    function _settle() internal {
        books = booksNow();
    }

    /// @dev The new gain, after what was known before has dripped.
    function _book(int256 gain) internal {
        _settle();
        books.reported = gain;
        if (gain >= books.applied) return;
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 loss = uint256(books.applied - gain);
        uint256 borne = Math.min(loss, books.assets);
        books.assets -= borne;
        books.deficit += loss - borne;
        books.applied = gain;
    }

    function _setFees(uint256 protocol, uint256 operator) internal {
        if (protocol + operator > MAX_FEE_BPS) revert FeeTooHigh();
        (protocolBps, operatorBps) = (protocol, operator);
    }

    /// @dev What of the gain drips from the last settlement to now.
    function _rise(Books memory b) internal view virtual returns (uint256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 waiting = uint256(b.reported - b.applied);
        if (waiting == 0) return 0;
        uint256 most =
            Math.mulDiv((b.assets + 1e18) * RISE_BPS, block.timestamp - b.settledAt, ratePeriod * WHOLE);
        // Filling a hole raises no rate.
        return Math.min(waiting, most + b.deficit);
    }

    /// @dev On the part of the rise that is above the mark; moves the mark.
    function _feeOn(Books memory b, uint256 rise) private view returns (uint256) {
        if (b.applied <= b.feeMark) return 0;
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 fresh = Math.min(rise, uint256(b.applied - b.feeMark));
        b.feeMark = b.applied;
        return (fresh * (protocolBps + operatorBps)) / WHOLE;
    }
}
