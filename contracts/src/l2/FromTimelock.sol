// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IMessenger} from "../interfaces/IMessenger.sol";
import {Predeploys} from "../lib/Predeploys.sol";

/// @title A contract on L2 that the Timelock on L1 governs, by messages (sections 5.10, 5.11)
/// @notice A predeploy: without proxy, initialised once when genesis is made, changed by an upgrade of the
/// chain only.
abstract contract FromTimelock is Initializable {
    /// @notice The Timelock, an address of L1.
    address public l1Timelock;

    function __FromTimelock_init(address l1Timelock_) internal onlyInitializing {
        require(l1Timelock_ != address(0), "Invalid timelock");
        l1Timelock = l1Timelock_;
    }

    /// Whether this call is a message of the Timelock.
    function _isFromTimelock() internal view returns (bool) {
        if (msg.sender != Predeploys.MESSENGER) return false;
        return IMessenger(Predeploys.MESSENGER).l1Sender() == l1Timelock;
    }
}
