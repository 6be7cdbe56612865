// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IBridge, L2Message, OutputProof} from "../../src/interfaces/IBridge.sol";
import {IL1Strategy} from "../../src/interfaces/IL1Strategy.sol";
import {IL1Transmitter} from "../../src/interfaces/IL1Transmitter.sol";
import {IL2Queue} from "../../src/interfaces/IL2Queue.sol";
import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {L1Message} from "../../src/interfaces/IMessenger.sol";
import {BridgeState} from "../../src/l1/BridgeState.sol";
import {LockingInfo} from "../../src/l1/LockingInfo.sol";
import {LockingPool} from "../../src/l1/LockingPool.sol";
import {MessagePasser} from "../../src/l2/MessagePasser.sol";
import {WMETIS} from "../../src/l2/WMETIS.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {L1Strategy} from "../../src/staking/L1Strategy.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {L2Queue} from "../../src/staking/L2Queue.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {SequencerVault} from "../../src/staking/SequencerVault.sol";
import {BareProxy} from "../l1/PoolFixture.sol";
import {Vm} from "../Mini.sol";
import {CrossFixture} from "../mocks/CrossFixture.sol";
import {ProvenKeysMock} from "../mocks/ProvenKeysMock.sol";

/// A provider with two sequencers, all contracts of both chains around it being the real ones.
abstract contract StakingFixture is CrossFixture {
    address internal constant MPC = address(0x7300);
    address internal constant SLASHER = address(0x51A5);
    address internal constant PROVIDER = address(0x9707);
    address internal constant TREASURY = address(0x77EA);
    address internal constant GUARDIAN = address(0x6A4D);

    LockingInfo internal info;
    LockingPool internal pool;
    L1Strategy internal strategy;
    L1Transmitter internal t1;
    L2Transmitter internal t2;
    L2Vault internal vault;
    L2Queue internal line;
    SequencerVault internal one;
    SequencerVault internal two;
    /// Wei that the chain has credited to the vault.
    uint256 internal credited;
    uint256 internal outputIndex;
    /// Under way to L2, and to L1.
    L1Message[] internal toL2;
    L2Message[] internal toL1;

    function setUp() public virtual override {
        super.setUp();
        vm.etch(Predeploys.WMETIS, address(new WMETIS()).code);
        _deployPool();
        _deployProvider();
        one = _addVault("one", 100_000 ether);
        two = _addVault("two", 50_000 ether);
        vm.recordLogs();
        t1.report();
        pump();
    }

    function _deployPool() private {
        ProvenKeysMock keys = new ProvenKeysMock();
        keys.prove(2, MPC);
        info = LockingInfo(address(new BareProxy(address(new LockingInfo()))));
        pool = LockingPool(address(new BareProxy(address(new LockingPool()))));
        info.initialize(
            TIMELOCK,
            address(pool),
            address(bridge),
            address(metis),
            address(0),
            L2,
            20_000 ether,
            100_000 ether,
            address(this)
        );
        ILockingPool.Config memory c;
        c.timelock = TIMELOCK;
        c.guardian = GUARDIAN;
        c.escrow = address(info);
        c.keyRegistry = address(keys);
        c.slasher = SLASHER;
        c.mpcAddress = MPC;
        (c.exitDelayPeriod, c.challengeWindow, c.evidenceAge) = (60, 30, 20);
        (c.maxPause, c.ownerSignerUpdateDelay, c.signerUpdateThrottle) = (120, 20, 1);
        (c.rewardPerBlock, c.slashBps, c.reporterBps) = (761_000 gwei, 500, 1000);
        c.rates = new ILockingPool.RatePoint[](1);
        c.rates[0] = ILockingPool.RatePoint(uint64(block.timestamp), 2000);
        pool.initialize(c);
        metis.mint(address(this), 3_000_000 ether);
        metis.approve(address(info), type(uint256).max);
    }

    function _deployProvider() private {
        uint64 n = vm.getNonce(address(this));
        address[5] memory a;
        for (uint64 i = 0; i < 5; i++) {
            a[i] = vm.computeCreateAddress(address(this), n + i);
        }
        L2Vault.Config memory c;
        (c.name, c.symbol) = ("Staked METIS", "stMETIS");
        (c.queue, c.transmitter, c.l1Timelock) = (a[1], a[2], TIMELOCK);
        (c.guardian, c.treasury, c.operators) = (GUARDIAN, TREASURY, address(0x09E7));
        (c.minDeposit, c.ratePeriod, c.protocolBps, c.maxPause) = (1 ether, 10, 1000, 120);
        vault = _newVault(c);
        line = new L2Queue(IL2Vault(a[0]), "Ticket", "TKT");
        t2 = _newL2Transmitter(a[3]);
        t1 = _newL1Transmitter(IL1Strategy(a[4]), a[2], a[0]);
        strategy = new L1Strategy(TIMELOCK, IL1Transmitter(a[3]), ILockingPool(address(pool)), PROVIDER);
        require(address(strategy) == a[4]);
    }

    function _newVault(L2Vault.Config memory c) internal virtual returns (L2Vault) {
        return new L2Vault(c);
    }

    function _newL2Transmitter(address l1) internal virtual returns (L2Transmitter) {
        // The queue is deployed right after the vault.
        return new L2Transmitter(IL2Vault(vault), IL2Queue(line), l1, 5000 ether, 10);
    }

    function _newL1Transmitter(IL1Strategy strategy_, address l2, address vault_)
        internal
        virtual
        returns (L1Transmitter)
    {
        return new L1Transmitter(IBridge(address(bridge)), IERC20(address(metis)), L2, strategy_, l2, vault_);
    }

    function _newVaultOf(string memory name) internal returns (SequencerVault) {
        Vm.Wallet memory w = vm.createWallet(uint256(keccak256(bytes(name))) >> 1);
        bytes memory pubkey = abi.encode(w.publicKeyX, w.publicKeyY);
        return new SequencerVault(address(strategy), ILockingPool(address(pool)), address(vault), pubkey);
    }

    function _addVault(string memory name, uint256 target) internal returns (SequencerVault v) {
        v = _newVaultOf(name);
        vm.prank(TIMELOCK);
        strategy.addVault(address(v), target);
    }

    // People.

    function deposit(address who, uint256 amount) internal returns (uint256) {
        // What a person has on L2 came over the bridge.
        depositMetis(who, who, amount);
        vm.deal(who, who.balance + amount);
        vm.prank(who);
        return vault.depositNative{value: amount}(who);
    }

    function redeem(address who, uint256 shares) internal returns (uint256) {
        vm.prank(who);
        return vault.requestRedeem(shares, who);
    }

    /// Deposits and brings all to L1 as stake of the first sequencer.
    function stake(address who, uint256 amount) internal {
        deposit(who, amount);
        t2.dispatch();
        pump();
        strategy.allocate();
    }

    /// A reward batch for the vault, after `time`.
    function reward(SequencerVault v, uint256 time) internal returns (uint256 got) {
        vm.warp(block.timestamp + time);
        (uint256 id,,, uint256 end) = pool.curBatchState();
        address[] memory who = new address[](1);
        uint256[] memory blocks = new uint256[](1);
        (who[0], blocks[0]) = (v.signer(), 100);
        got = pool.sequencerOf(v.id()).reward;
        vm.prank(MPC);
        pool.batchSubmitRewards(id + 1, end + 1, end + 1, who, blocks);
        got = pool.sequencerOf(v.id()).reward - got;
    }

    // The bridge's two directions, and the chain's credits.

    /// What was sent since the last time is under way from here on.
    function collect() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == BridgeState.MessageQueued.selector) {
                up.push(logs[i].topics[2]);
                toL2.push(messageToL2(logs[i]));
            } else if (logs[i].topics[0] == MessagePasser.MessagePassed.selector) {
                down.push(logs[i].topics[2]);
                toL1.push(messageToL1(logs[i]));
            }
        }
    }

    /// Everything under way arrives.
    function pump() internal {
        collect();
        credit();
        if (toL2.length > 0) checkpoint();
        for (uint256 i = 0; i < toL2.length; i++) {
            relay(toL2[i]);
        }
        delete toL2;
        for (uint256 i = 0; i < toL1.length; i++) {
            finalize(toL1[i]);
        }
        delete toL1;
    }

    function credit() internal {
        uint256 due = t1.sentDown() - bridge.dust(address(vault)) - credited;
        credited += due;
        vm.deal(address(vault), address(vault).balance + due);
    }

    function messageToL2(Vm.Log memory log) internal pure returns (L1Message memory m) {
        (address target, uint32 l2Gas, bytes memory data) = abi.decode(log.data, (address, uint32, bytes));
        m = L1Message(uint256(log.topics[1]), address(uint160(uint256(log.topics[3]))), target, l2Gas, data);
    }

    function messageToL1(Vm.Log memory log) internal pure returns (L2Message memory m) {
        (address target, address token, uint256 amount, bytes memory data) =
            abi.decode(log.data, (address, address, uint256, bytes));
        address sender = address(uint160(uint256(log.topics[3])));
        m = L2Message(uint256(log.topics[1]), sender, target, token, amount, data);
    }

    /// A new output over everything that left L2.
    function output() internal returns (OutputProof memory proof) {
        proof = OutputProof(++outputIndex, 0, 0, down.root());
        bytes32 root = keccak256(
            abi.encode(keccak256("conclave/v1/output"), L2, outputIndex, 0, 0, proof.messageTreeRoot)
        );
        outputs.put(outputIndex, root);
    }

    function finalize(L2Message memory m) internal {
        OutputProof memory proof = output();
        finalize(m, outputIndex, proof);
    }

    /// METIS that the provider lends ahead of a transfer.
    function lend(uint256 amount, L2Message memory m) internal {
        OutputProof memory proof = output();
        bytes32[32] memory path = down.pathOf(m.nonce);
        metis.mint(PROVIDER, amount);
        vm.startPrank(PROVIDER);
        metis.approve(address(strategy), amount);
        strategy.lockFromFloat(amount, m, outputIndex, proof, path);
        vm.stopPrank();
    }

    receive() external payable {}
}
