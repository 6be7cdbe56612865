// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The cheat codes of forge that our tests use, under forge's names.
interface Vm {
    function prank(address sender) external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data) external;
    function blobhashes(bytes32[] calldata hashes) external;
    function roll(uint256 blockNumber) external;
}

/// What we need of a test library.
abstract contract Mini {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Differs(uint256 have, uint256 want);

    function same(uint256 have, uint256 want) internal pure {
        if (have != want) revert Differs(have, want);
    }

    function same(address have, address want) internal pure {
        same(uint160(have), uint160(want));
    }

    function same(bytes32 have, bytes32 want) internal pure {
        same(uint256(have), uint256(want));
    }

    /// Folds any number into [low, high], for fuzzed arguments.
    function within(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + x % (high - low + 1);
    }
}
