// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "../../src/governance/Governor.sol";
import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";

/// Lets votes be taken back at once: METIS borrowed for one transaction decides.
contract GovernorLocksNothing is Governor {
    function ended(Proposal storage) internal pure override returns (bool) {
        return true;
    }
}

/// Queues what passed years ago.
contract GovernorForgetsNothing is Governor {
    function expired(Proposal storage) internal pure override returns (bool) {
        return false;
    }
}

/// Grants whatever is funded.
contract GrantsWithoutCaps is GrantsBudget {
    function requireWithinCaps() internal view override {}
}
