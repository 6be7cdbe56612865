// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";

/// Weak: an account need not show that it can sign.
contract RegistryWithoutProof is KeyRegistry {
    function _checkProof(uint8, address, uint64, bytes calldata) internal view override {}
}

/// Weak: anyone schedules.
contract RegistryWithoutTimelock is KeyRegistry {
    function _mayScheduleKey() internal view override {}
}

/// Weak: exactly two thirds is enough.
contract RegistryOfTwoThirds is KeyRegistry {
    function _isMajority(uint256 power, uint256 total) internal pure override returns (bool) {
        return 3 * power >= 2 * total;
    }
}
