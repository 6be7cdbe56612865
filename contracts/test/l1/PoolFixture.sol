// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {LockingInfo} from "../../src/l1/LockingInfo.sol";
import {LockingPool} from "../../src/l1/LockingPool.sol";
import {MetisToken} from "../../src/l1/MetisToken.sol";
import {RewardVault} from "../../src/l1/RewardVault.sol";
import {Slasher} from "../../src/l1/Slasher.sol";
import {Tags} from "../../src/lib/Tags.sol";
import {Mini, Vm} from "../Mini.sol";
import {BridgeMock} from "../mocks/BridgeMock.sol";
import {ProvenKeysMock} from "../mocks/ProvenKeysMock.sol";

/// The L1 contracts of stake behind proxies, with the parameters of the test profile (section 17), and
/// people.
abstract contract PoolFixture is Mini {
    using SafeERC20 for IERC20;

    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant L2_CHAIN = 71001;
    uint256 internal constant MIN = 20_000 ether;
    uint256 internal constant MAX = 100_000 ether;
    address internal constant L2_METIS = address(0x1234);
    address internal constant TIMELOCK = address(0x7100);
    address internal constant GUARDIAN = address(0x7200);
    address internal constant MPC = address(0x7300);
    address internal constant ANN = address(0xA11);
    address internal constant BEN = address(0xB22);
    address internal constant EVE = address(0xE33);

    IERC20 internal metis;
    BridgeMock internal bridge;
    ProvenKeysMock internal keys;
    LockingInfo internal info;
    LockingPool internal pool;
    RewardVault internal vault;
    Slasher internal slasher;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(100);
        _deploy(_newPool(), _newSlasher());
    }

    /// All contracts anew, with these implementations of the two that weak copies stand in for.
    function _deploy(address newPool, address newSlasher) internal {
        metis = _newToken();
        bridge = new BridgeMock();
        keys = new ProvenKeysMock();
        keys.prove(2, MPC);
        info = LockingInfo(_proxy(address(new LockingInfo())));
        pool = LockingPool(_proxy(newPool));
        slasher = Slasher(_proxy(newSlasher));
        vault = RewardVault(_proxy(address(new RewardVault())));
        info.initialize(
            TIMELOCK,
            address(pool),
            address(bridge),
            address(metis),
            L2_METIS,
            L2_CHAIN,
            MIN,
            MAX,
            address(vault)
        );
        pool.initialize(_config());
        slasher.initialize(address(pool), L2_CHAIN);
        vault.initialize(TIMELOCK, address(metis), address(info), 3_000_000 ether);
        metis.safeTransfer(address(vault), 1_000_000 ether);
    }

    // What a weak copy or a hostile token replaces.

    function _newPool() internal virtual returns (address) {
        return address(new LockingPool());
    }

    function _newSlasher() internal virtual returns (address) {
        return address(new Slasher());
    }

    function _newToken() internal virtual returns (IERC20) {
        return new MetisToken(address(this), 10_000_000 ether);
    }

    function _config() internal view virtual returns (ILockingPool.Config memory config) {
        config.timelock = TIMELOCK;
        config.guardian = GUARDIAN;
        config.escrow = address(info);
        config.keyRegistry = address(keys);
        config.slasher = address(slasher);
        config.mpcAddress = MPC;
        config.exitDelayPeriod = 60;
        config.challengeWindow = 30;
        config.evidenceAge = 20;
        config.maxPause = 120;
        config.ownerSignerUpdateDelay = 20;
        config.signerUpdateThrottle = 1;
        config.rewardPerBlock = 761_000 gwei;
        config.slashBps = 500;
        config.reporterBps = 1000;
        config.rates = new ILockingPool.RatePoint[](2);
        config.rates[0] = ILockingPool.RatePoint(uint64(START), 2000);
        config.rates[1] = ILockingPool.RatePoint(uint64(START + 365 days), 0);
    }

    /// An uninitialised proxy: the contracts name each other, so all exist before any is initialised.
    function _proxy(address implementation) internal returns (address) {
        return address(new BareProxy(implementation));
    }

    // People and what they do.

    function _key(uint256 seed) internal returns (Vm.Wallet memory) {
        return vm.createWallet(uint256(keccak256(abi.encode("key", seed))) >> 1);
    }

    function _signer(uint256 seed) internal returns (address) {
        return _key(seed).addr;
    }

    function _pubkey(uint256 seed) internal returns (bytes memory) {
        Vm.Wallet memory key = _key(seed);
        return abi.encode(key.publicKeyX, key.publicKeyY);
    }

    function _sign(uint256 seed, bytes32 digest) internal returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(seed).privateKey, digest);
        return abi.encodePacked(r, s, v);
    }

    function _proof(uint256 seed, address owner) internal returns (bytes memory) {
        return _sign(seed, keccak256(abi.encode(Tags.LOCK_PROOF, block.chainid, address(pool), owner)));
    }

    function _fund(address owner, uint256 amount) internal {
        metis.safeTransfer(owner, amount);
        vm.prank(owner);
        metis.forceApprove(address(info), type(uint256).max);
    }

    /// `owner` locks `amount`; its signer is the key of `seed`.
    function _join(address owner, uint256 seed, uint256 amount) internal returns (uint256 id) {
        _fund(owner, amount);
        bytes memory pubkey = _pubkey(seed);
        address signer = _signer(seed);
        vm.prank(owner);
        pool.lockFor(signer, amount, pubkey);
        return pool.seqOwners(owner);
    }

    function _list(address a) internal pure returns (address[] memory all) {
        all = new address[](1);
        all[0] = a;
    }

    function _list(address a, address b) internal pure returns (address[] memory all) {
        all = new address[](2);
        (all[0], all[1]) = (a, b);
    }

    function _list(uint256 a) internal pure returns (uint256[] memory all) {
        all = new uint256[](1);
        all[0] = a;
    }

    function _list(uint256 a, uint256 b) internal pure returns (uint256[] memory all) {
        all = new uint256[](2);
        (all[0], all[1]) = (a, b);
    }

    /// The next reward batch, for one more epoch.
    function _reward(address[] memory seqs, uint256[] memory blocks) internal {
        (uint256 id,,, uint256 end) = pool.curBatchState();
        vm.prank(MPC);
        pool.batchSubmitRewards(id + 1, end + 1, end + 1, seqs, blocks);
    }

    function _reward(uint256 seed, uint256 blocks) internal {
        _reward(_list(_signer(seed)), _list(blocks));
    }

    function _pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    function _seq(uint256 id) internal view returns (ISequencerInfo.Sequencer memory) {
        return pool.sequencerOf(id);
    }

    function _status(uint256 id) internal view returns (uint256) {
        return uint256(pool.sequencerOf(id).status);
    }

    function _refused(address who, bytes memory call, bytes memory reason) internal {
        vm.prank(who);
        (bool done, bytes memory why) = address(pool).call(call);
        if (done) revert WasNotRefused();
        same(keccak256(why), keccak256(reason));
    }

    function _text(string memory reason) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", reason);
    }

    function _error(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    error WasNotRefused();
}

/// A proxy that is initialised in a later call.
contract BareProxy is ERC1967Proxy {
    constructor(address implementation) ERC1967Proxy(implementation, "") {}

    function _unsafeAllowUninitialized() internal pure override returns (bool) {
        return true;
    }
}
