// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader} from "../../src/interfaces/IBatchInbox.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";

/// Weak: only the group account, however long it is silent.
contract InboxOfTheGroup is BatchInbox {
    function _senderMatters() internal view override returns (bool) {
        return authMode != AuthMode.Quorum;
    }
}

/// Weak: the certificate is not looked at.
contract InboxWithoutCertificate is BatchInbox {
    function _checkCertificate(uint64, bytes32, bytes calldata) internal view override {}
}

/// Weak: block numbers only go up, whether or not derivation took the batch before.
contract InboxGoingUp is BatchInbox {
    function _checkRange(BatchHeader calldata header, Appended storage last) internal view override {
        if (header.firstBlock <= last.lastBlock || header.lastBlock < header.firstBlock) revert BadRange();
    }
}
