// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What the pool asks of KeyRegistry: has this account proven that it can sign for a purpose.
contract ProvenKeysMock {
    mapping(uint8 purpose => mapping(address account => bool)) public isProvenFor;

    function prove(uint8 purpose, address account) external {
        isProvenFor[purpose][account] = true;
    }
}
