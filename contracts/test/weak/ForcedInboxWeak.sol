// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ForcedInbox} from "../../src/l1/ForcedInbox.sol";

/// Bounds each transaction, not their sum.
contract ForcedInboxWithoutBudget is ForcedInbox {
    function gasLeftInBlock() public pure override returns (uint256) {
        return MAX_BLOCK_GAS;
    }
}
