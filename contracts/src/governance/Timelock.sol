// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Governor} from "./Governor.sol";

/// @title Owner of all contracts (sections 5.2, 5.10)
/// @notice What the Governor passed waits here for the delay; then anyone may have it run. The constructor
/// makes the Governor's proxy itself: each knows the other from the first moment, and at no time does another
/// account hold a role. Nobody can cancel; roles and delay change by proposals only.
contract Timelock is TimelockController {
    /// @notice The only proposer, behind a proxy that this contract administers.
    address public immutable governor;

    /// @param delay seconds between queueing and execution
    /// @param implementation code of the Governor
    /// @param metis what is voted with
    /// @param settings the first rules of votes
    constructor(uint256 delay, address implementation, IERC20 metis, Governor.Settings memory settings)
        TimelockController(delay, new address[](0), anyone(), address(0))
    {
        bytes memory init = abi.encodeCall(Governor.initialize, (metis, this, settings));
        governor = address(new TransparentUpgradeableProxy(implementation, address(this), init));
        _grantRole(PROPOSER_ROLE, governor);
    }

    /// The zero address as executor opens execution to all.
    function anyone() private pure returns (address[] memory executors) {
        return new address[](1);
    }
}
