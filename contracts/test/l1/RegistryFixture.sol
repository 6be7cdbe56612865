// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {Purpose} from "../../src/lib/Purpose.sol";
import {Mini} from "../Mini.sol";
import {StakeMock} from "../mocks/StakeMock.sol";

/// A registry with members whose keys the test holds.
abstract contract RegistryFixture is Mini {
    address internal constant TIMELOCK = address(0x71);
    address internal constant STRANGER = address(0xbad);
    uint64 internal constant NOTICE = 5;
    uint64 internal constant GRACE = 20;
    uint256 internal constant START = 1000;
    /// Order of secp256k1.
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    StakeMock internal stake;
    KeyRegistry internal registry;
    /// Keys of the members, so ordered that their addresses ascend.
    uint256[] internal keys;

    /// Members of these powers as set 0.
    function makeRegistry(uint96[] memory powers) internal {
        vm.roll(START);
        stake = new StakeMock();
        makeKeys(powers.length);
        registry = deployRegistry(address(new KeyRegistry()), powers);
    }

    function deployRegistry(address logic, uint96[] memory powers) internal returns (KeyRegistry) {
        bytes memory call = abi.encodeCall(
            KeyRegistry.initialize, (TIMELOCK, ILockingPool(address(stake)), NOTICE, GRACE, membersOf(powers))
        );
        return KeyRegistry(address(new ERC1967Proxy(logic, call)));
    }

    function makeKeys(uint256 count) internal {
        delete keys;
        for (uint256 i = 0; i < count; i++) {
            uint256 key = 0xa11ce + i;
            uint256 place = keys.length;
            keys.push(key);
            for (; place > 0 && vm.addr(keys[place - 1]) > vm.addr(key); place--) {
                keys[place] = keys[place - 1];
            }
            keys[place] = key;
        }
    }

    function membersOf(uint96[] memory powers) internal view returns (IKeyRegistry.Member[] memory list) {
        list = new IKeyRegistry.Member[](powers.length);
        for (uint256 i = 0; i < powers.length; i++) {
            list[i] = IKeyRegistry.Member(vm.addr(keys[i]), powers[i]);
        }
    }

    function equalPowers(uint256 count) internal pure returns (uint96[] memory powers) {
        powers = new uint96[](count);
        for (uint256 i = 0; i < count; i++) {
            powers[i] = 20_000;
        }
    }

    /// Signature as 65 bytes.
    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// The same signature mirrored: valid for ecrecover, refused by all contracts here.
    function mirrored(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// The certificate of the first `signers` members.
    function certify(bytes32 digest, uint256 signers) internal view returns (bytes memory) {
        return certifyMask(digest, (1 << signers) - 1);
    }

    /// The certificate of the members whose bit is set.
    function certifyMask(bytes32 digest, uint256 mask) internal view returns (bytes memory cert) {
        cert = bitmap(mask, keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            if ((mask >> i) & 1 == 1) cert = bytes.concat(cert, signed(keys[i], digest));
        }
    }

    function bitmap(uint256 mask, uint256 members) internal pure returns (bytes memory bits) {
        bits = new bytes((members + 7) / 8);
        for (uint256 i = 0; i < bits.length; i++) {
            bits[i] = bytes1(uint8(mask >> (8 * i)));
        }
    }

    /// Sequencers 1, 2, … with the members' keys, in order.
    function lockAll(uint256 amount) internal returns (uint256[] memory ids) {
        ids = new uint256[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            ids[i] = i + 1;
            stake.set(i + 1, vm.addr(keys[i]), amount, ISequencerInfo.Status.Active);
        }
    }

    /// Makes the account of `key` the active one of a purpose.
    function activate(uint8 purpose, uint256 key) internal returns (address account) {
        account = vm.addr(key);
        bool first = registry.keyAt(purpose, type(uint256).max) == address(0);
        uint64 from = uint64(block.number) + (first ? 1 : NOTICE);
        bytes memory pop = signed(key, registry.popDigest(purpose, from));
        vm.prank(TIMELOCK);
        registry.scheduleKey(purpose, account, from, pop);
        vm.roll(from);
    }
}
