// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outputs} from "../../src/l1/Outputs.sol";

/// Weak: the window to dispute does not open again after a dispute.
contract OutputsWithOneWindow is Outputs {
    function _windowAfterDispute(uint64 windowEnd) internal pure override returns (uint64) {
        return windowEnd;
    }
}
