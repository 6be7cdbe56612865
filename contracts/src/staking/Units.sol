// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice METIS wei.
type Assets is uint256;
/// @notice Wei of a vault's share. No function takes the one where the other is meant: the compiler refuses.
type Shares is uint256;

using {addAssets as +, subAssets as -} for Assets global;

function addAssets(Assets a, Assets b) pure returns (Assets) {
    return Assets.wrap(Assets.unwrap(a) + Assets.unwrap(b));
}

function subAssets(Assets a, Assets b) pure returns (Assets) {
    return Assets.wrap(Assets.unwrap(a) - Assets.unwrap(b));
}

/// @title The one place where assets become shares and shares assets (section 12.2)
library Units {
    /// @notice Shares and assets that nobody owns and every price counts: the first price is 1:1, and who
    /// would move it with a gift gives nearly all of the gift away.
    uint256 internal constant VIRTUAL = 1e18;

    function toShares(Assets a, Assets total, Shares supply, Math.Rounding rounding)
        internal
        pure
        returns (Shares)
    {
        uint256 all = Shares.unwrap(supply) + VIRTUAL;
        return Shares.wrap(Math.mulDiv(Assets.unwrap(a), all, Assets.unwrap(total) + VIRTUAL, rounding));
    }

    function toAssets(Shares s, Assets total, Shares supply, Math.Rounding rounding)
        internal
        pure
        returns (Assets)
    {
        uint256 all = Assets.unwrap(total) + VIRTUAL;
        return Assets.wrap(Math.mulDiv(Shares.unwrap(s), all, Shares.unwrap(supply) + VIRTUAL, rounding));
    }
}
