// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The four questions that the bridge asks of Outputs, with answers as set.
contract OutputsMock {
    mapping(uint256 index => bytes32) public outputRoot;
    mapping(uint256 index => bool) public isFinal;
    mapping(uint256 index => bool) public isDisputed;
    mapping(uint256 index => bool) public isRejected;

    function put(uint256 index, bytes32 root) external {
        outputRoot[index] = root;
        isFinal[index] = true;
    }

    function mark(uint256 index, bool final_, bool disputed, bool rejected) external {
        isFinal[index] = final_;
        isDisputed[index] = disputed;
        isRejected[index] = rejected;
    }
}
