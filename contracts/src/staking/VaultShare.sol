// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Predeploys} from "../lib/Predeploys.sol";
import {Assets, Shares, Units} from "./Units.sol";
import {VaultBooks} from "./VaultBooks.sol";

/// @title The share of a vault as a token (ERC-20, ERC-2612, ERC-4626), priced by its books (section 12.2)
/// @notice No balance counts in the price, so no gift moves it; and it has no synchronous way out.
abstract contract VaultShare is ERC4626, ERC20Permit, VaultBooks {
    error UseQueue();

    constructor(string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        ERC4626(IERC20(Predeploys.WMETIS))
    {}

    /// @notice What belongs to the holders, in wei, as booked: no balance counts.
    function totalAssets() public view virtual override returns (uint256) {
        return booksNow().assets;
    }

    /// @notice Wei of METIS for 1e18 shares.
    function rate() external view returns (uint256) {
        return convertToAssets(1e18);
    }

    /// @notice Always `UseQueue`: stake is not idle.
    function withdraw(uint256, address, address) public pure override returns (uint256) {
        revert UseQueue();
    }

    /// @notice Always `UseQueue`: stake is not idle.
    function redeem(uint256, address, address) public pure override returns (uint256) {
        revert UseQueue();
    }

    /// @notice Zero: redemption is by `requestRedeem`.
    function maxWithdraw(address) public pure override returns (uint256) {
        return 0;
    }

    /// @notice Zero: redemption is by `requestRedeem`.
    function maxRedeem(address) public pure override returns (uint256) {
        return 0;
    }

    function decimals() public pure override(ERC20, ERC4626) returns (uint8) {
        return 18;
    }

    function _convertToShares(uint256 assets, Math.Rounding rounding)
        internal
        view
        override
        returns (uint256)
    {
        return Shares.unwrap(_priced(Assets.wrap(assets), rounding));
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding)
        internal
        view
        override
        returns (uint256)
    {
        return Assets.unwrap(_worth(Shares.wrap(shares), rounding));
    }

    /// @dev Virtual for the regression tests.
    function _priced(Assets assets, Math.Rounding rounding) internal view virtual returns (Shares) {
        return Units.toShares(assets, Assets.wrap(totalAssets()), Shares.wrap(totalSupply()), rounding);
    }

    /// @dev Virtual for the regression tests.
    function _worth(Shares shares, Math.Rounding rounding) internal view virtual returns (Assets) {
        return Units.toAssets(shares, Assets.wrap(totalAssets()), Shares.wrap(totalSupply()), rounding);
    }
}
