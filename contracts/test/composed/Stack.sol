// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

import {AllocationRegistry} from "../../src/governance/AllocationRegistry.sol";
import {Governor} from "../../src/governance/Governor.sol";
import {GrantsBudget} from "../../src/governance/GrantsBudget.sol";
import {ParamRegistry} from "../../src/governance/ParamRegistry.sol";
import {Timelock} from "../../src/governance/Timelock.sol";
import {IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {Bridge} from "../../src/l1/Bridge.sol";
import {DisputeGame} from "../../src/l1/DisputeGame.sol";
import {ForcedInbox} from "../../src/l1/ForcedInbox.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {LockingInfo} from "../../src/l1/LockingInfo.sol";
import {LockingPool} from "../../src/l1/LockingPool.sol";
import {MetisToken} from "../../src/l1/MetisToken.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {RewardVault} from "../../src/l1/RewardVault.sol";
import {Slasher} from "../../src/l1/Slasher.sol";
import {QuorumReexecution} from "../../src/l1/verifiers/QuorumReexecution.sol";
import {StubValidity} from "../../src/l1/verifiers/StubValidity.sol";
import {Predeploys} from "../../src/lib/Predeploys.sol";
import {InboxFixture} from "../l1/InboxFixture.sol";

/// All contracts of L1 as a deployment leaves them, test profile (section 17): each behind a proxy of the
/// Timelock, each with its real neighbours. What follows goes by votes, certificates and keys alone; of the
/// fixtures above, only what makes certificates and batches is used.
abstract contract Stack is InboxFixture {
    uint256 internal constant NOW = 1_800_000_000;
    uint256 internal constant VOTE = 30;
    uint256 internal constant DELAY = 10;
    uint256 internal constant EXIT = 60;
    uint256 internal constant MAX_PAUSE = 120;
    uint64 internal constant WINDOW = 30;
    uint64 internal constant MOVE = 5;
    uint96 internal constant BOND = 10 ether;
    uint256 internal constant GENESIS_METIS = 5000 ether;
    bytes32 internal constant GENESIS = keccak256("genesis");
    address internal constant GUARDIAN = address(0x6A4D);

    MetisToken internal metis;
    Timelock internal timelock;
    Governor internal governor;
    ParamRegistry internal params;
    GrantsBudget internal grants;
    LockingPool internal pool;
    LockingInfo internal info;
    RewardVault internal payer;
    Slasher internal slasher;
    AllocationRegistry internal allocations;
    Outputs internal outputs;
    DisputeGame internal game;
    QuorumReexecution internal quorum;
    /// Not registered: governance may name it later.
    StubValidity internal stub;
    Bridge internal bridge;
    ForcedInbox internal forced;

    function setUp() public virtual {
        vm.warp(NOW);
        vm.roll(START);
        makeKeys(4);
        metis = new MetisToken(address(this), 10_000_000 ether);
        Governor.Settings memory rules = Governor.Settings(50_000 ether, 3, 8000, VOTE, 1 ether);
        timelock = new Timelock(DELAY, address(new Governor()), metis, rules);
        governor = Governor(timelock.governor());
        _place();
        quorum = new QuorumReexecution(registry, L2);
        stub = new StubValidity();
        _deployStake();
        _deployChain();
        metis.approve(address(bridge), GENESIS_METIS);
        bridge.backGenesis();
    }

    // Deployed

    /// Contracts name each other: where each will be follows from the nonce. Two verifiers come first, then
    /// code and proxy of each.
    function _place() private {
        uint256 next = vm.getNonce(address(this)) + 2 + 1;
        address[13] memory place;
        for (uint256 i = 0; i < 13; i++) {
            place[i] = vm.computeCreateAddress(address(this), next + 2 * i);
        }
        (params, grants, registry) = (ParamRegistry(place[0]), GrantsBudget(place[1]), KeyRegistry(place[2]));
        (pool, info, payer) = (LockingPool(place[3]), LockingInfo(place[4]), RewardVault(place[5]));
        (slasher, allocations) = (Slasher(place[6]), AllocationRegistry(place[7]));
        (inbox, bridge, forced) = (BatchInbox(place[8]), Bridge(place[9]), ForcedInbox(place[10]));
        (outputs, game) = (Outputs(place[11]), DisputeGame(place[12]));
    }

    function _stand(address where, address code, bytes memory init) private {
        same(address(new TransparentUpgradeableProxy(code, address(timelock), init)), where);
    }

    function _deployStake() private {
        address t = address(timelock);
        _stand(address(params), address(new ParamRegistry()), abi.encodeCall(ParamRegistry.initialize, (t)));
        _stand(
            address(grants),
            address(new GrantsBudget()),
            abi.encodeCall(
                GrantsBudget.initialize, (t, metis, 220_000 ether, 4_600_000 ether, 3_000_000 ether)
            )
        );
        _stand(address(registry), address(new KeyRegistry()), _registryInit());
        bytes memory init = abi.encodeCall(LockingPool.initialize, (_config()));
        _stand(address(pool), address(new LockingPool()), init);
        _stand(address(info), address(new LockingInfo()), _infoInit());
        _stand(
            address(payer),
            address(new RewardVault()),
            abi.encodeCall(RewardVault.initialize, (t, address(metis), address(info), 3_000_000 ether))
        );
        _stand(
            address(slasher),
            address(new Slasher()),
            abi.encodeCall(Slasher.initialize, (address(pool), uint256(L2)))
        );
        _stand(
            address(allocations),
            address(new AllocationRegistry()),
            abi.encodeCall(AllocationRegistry.initialize, (t, pool))
        );
    }

    function _deployChain() private {
        address t = address(timelock);
        Bridge.Config memory config = Bridge.Config(t, address(metis), address(outputs), L2, GENESIS_METIS);
        _stand(address(inbox), address(new BatchInbox()), _inboxInit());
        _stand(address(bridge), address(new Bridge()), abi.encodeCall(Bridge.initialize, (config)));
        _stand(
            address(forced), address(new ForcedInbox()), abi.encodeCall(ForcedInbox.initialize, (t, 1 gwei))
        );
        _stand(address(outputs), address(new Outputs()), _outputsInit());
        address[] memory verifiers = new address[](1);
        verifiers[0] = address(quorum);
        _stand(
            address(game),
            address(new DisputeGame()),
            abi.encodeCall(DisputeGame.initialize, (t, outputs, inbox, MOVE, verifiers))
        );
    }

    function _registryInit() private view returns (bytes memory) {
        return abi.encodeCall(
            KeyRegistry.initialize, (address(timelock), pool, NOTICE, GRACE, membersOf(equalPowers(4)))
        );
    }

    function _infoInit() private view returns (bytes memory) {
        return abi.encodeCall(
            LockingInfo.initialize,
            (
                address(timelock),
                address(pool),
                address(bridge),
                address(metis),
                Predeploys.NATIVE,
                L2,
                20_000 ether,
                100_000 ether,
                address(payer)
            )
        );
    }

    function _inboxInit() private view returns (bytes memory) {
        return abi.encodeCall(
            BatchInbox.initialize,
            (address(timelock), registry, L2, AFTER, RETENTION, IBatchInbox.AuthMode.Both)
        );
    }

    function _outputsInit() private view returns (bytes memory) {
        return abi.encodeCall(
            Outputs.initialize,
            (address(timelock), metis, inbox, registry, address(game), L2, WINDOW, BOND, GENESIS)
        );
    }

    function _config() private view returns (ILockingPool.Config memory c) {
        (c.timelock, c.guardian, c.escrow) = (address(timelock), GUARDIAN, address(info));
        (c.keyRegistry, c.slasher) = (address(registry), address(slasher));
        (c.exitDelayPeriod, c.challengeWindow, c.evidenceAge) = (EXIT, WINDOW, 20);
        (c.maxPause, c.ownerSignerUpdateDelay) = (MAX_PAUSE, 20);
        (c.rewardPerBlock, c.slashBps, c.reporterBps) = (761_000 gwei, 500, 1000);
        c.whitelistEnabled = true;
        c.rates = new ILockingPool.RatePoint[](2);
        c.rates[0] = ILockingPool.RatePoint(uint64(block.timestamp), 2000);
        c.rates[1] = ILockingPool.RatePoint(uint64(block.timestamp + 365 days), 0);
    }
}
