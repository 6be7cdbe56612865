// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2Vault} from "./IL2Vault.sol";

/// @title L2 end of the transmitter, as messages from its L1 end see it (section 12.3)
interface IL2Transmitter {
    /// @notice `amount` wei were bridged to the vault as transfer `id`.
    function onReturn(uint64 id, uint256 amount) external;

    /// @notice What L1 says of itself.
    function onReport(uint64 seq, IL2Vault.Totals calldata totals) external;
}
