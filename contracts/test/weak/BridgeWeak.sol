// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bridge} from "../../src/l1/Bridge.sol";
import {IOutputs} from "../../src/interfaces/IOutputs.sol";

/// Remembers withdrawals by output: the same message passes again under the next one.
contract BridgeSpendsPerOutput is Bridge {
    function spentKey(bytes32 leaf, uint256 outputIndex) internal pure override returns (bytes32) {
        return keccak256(abi.encode(leaf, outputIndex));
    }
}

/// Looks at the window only, not at disputes.
contract BridgeIgnoresDisputes is Bridge {
    function requireFinal(uint256 outputIndex) internal view override {
        if (IOutputs(outputs).outputRoot(outputIndex) == 0) revert NotFinal();
    }
}

/// Drops what is below a gwei.
contract BridgeLosesDust is Bridge {
    function split(uint256 amount) internal pure override returns (uint256 credited, uint256 left) {
        return (amount / 1e9, 0);
    }
}
