// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title METIS for development networks
/// @notice 18 decimals, permit (EIP-2612). The whole supply is minted at deployment; nobody can mint later,
/// and nobody has a privilege. On a network that has METIS, that token is used instead.
contract MetisToken is ERC20, ERC20Permit {
    /// @param treasury who gets the supply
    /// @param supply in wei of METIS
    constructor(address treasury, uint256 supply) ERC20("Metis Token", "METIS") ERC20Permit("Metis Token") {
        _mint(treasury, supply);
    }
}
