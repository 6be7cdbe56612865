// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

/// @title A contract behind a proxy that has one privileged account: the Timelock (section 5.1 rule 1)
/// @notice The implementation behind the proxy cannot be initialised, and the role cannot be given away.
abstract contract Timelocked is Initializable {
    /// @custom:storage-location erc7201:conclave.storage.Timelocked
    struct TimelockedStorage {
        address timelock;
    }

    /// keccak256(abi.encode(uint256(keccak256("conclave.storage.Timelocked")) - 1)) & ~0xff
    bytes32 private constant SLOT = keccak256(
        abi.encode(uint256(keccak256("conclave.storage.Timelocked")) - 1)
    ) & ~bytes32(uint256(0xff));

    /// @notice A privileged call from elsewhere than the Timelock.
    error NotTimelock();
    /// @notice An address or a number that must be set is zero.
    error ZeroValue();

    modifier onlyTimelock() {
        if (msg.sender != timelock()) revert NotTimelock();
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice The only account that changes parameters and upgrades.
    function timelock() public view returns (address) {
        return _timelocked().timelock;
    }

    function __Timelocked_init(address timelock_) internal onlyInitializing {
        if (timelock_ == address(0)) revert ZeroValue();
        _timelocked().timelock = timelock_;
    }

    function _timelocked() private pure returns (TimelockedStorage storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
