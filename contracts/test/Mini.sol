// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The cheat codes of forge that our tests use, under forge's names.
interface Vm {
    /// A key pair; the public key is a point of secp256k1.
    struct Wallet {
        address addr;
        uint256 publicKeyX;
        uint256 publicKeyY;
        uint256 privateKey;
    }

    /// An event as it was recorded.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address sender) external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data) external;
    function blobhashes(bytes32[] calldata hashes) external;
    function roll(uint256 blockNumber) external;
    function warp(uint256 time) external;
    function deal(address who, uint256 balance) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function expectRevert() external;
    function expectEmit(address emitter) external;
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function createWallet(uint256 key) external returns (Wallet memory);
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function addr(uint256 key) external pure returns (address);
    function chainId(uint256 id) external;
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function store(address target, bytes32 slot, bytes32 value) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function etch(address target, bytes calldata code) external;
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
