// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IBatchInbox} from "../../src/interfaces/IBatchInbox.sol";
import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {ILockingPool} from "../../src/interfaces/ILockingPool.sol";
import {IOutputs} from "../../src/interfaces/IOutputs.sol";
import {BatchInbox} from "../../src/l1/BatchInbox.sol";
import {DisputeGame} from "../../src/l1/DisputeGame.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {Outputs} from "../../src/l1/Outputs.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {OutputsFixture} from "./OutputsFixture.sol";

/// Nothing is deployed with a part that is missing.
contract InitializeTest is OutputsFixture {
    function setUp() public {
        makeOutputs(address(new Outputs()));
    }

    function deploy(address logic, bytes calldata call) external {
        new ERC1967Proxy(logic, call);
    }

    function refused(address logic, bytes memory call) internal {
        vm.expectRevert(Timelocked.ZeroValue.selector);
        this.deploy(logic, call);
    }

    function registryCall(address timelock, address pool, uint64 notice)
        internal
        view
        returns (bytes memory)
    {
        IKeyRegistry.Member[] memory list = membersOf(equalPowers(4));
        return abi.encodeCall(KeyRegistry.initialize, (timelock, ILockingPool(pool), notice, GRACE, list));
    }

    function test_a_registry_has_all_its_parts() public {
        address logic = address(new KeyRegistry());
        refused(logic, registryCall(address(0), address(stake), NOTICE));
        refused(logic, registryCall(TIMELOCK, address(0), NOTICE));
        refused(logic, registryCall(TIMELOCK, address(stake), 0));
        this.deploy(logic, registryCall(TIMELOCK, address(stake), NOTICE));
    }

    function test_a_registry_has_members() public {
        address logic = address(new KeyRegistry());
        IKeyRegistry.Member[] memory none = new IKeyRegistry.Member[](0);
        ILockingPool pool = ILockingPool(address(stake));
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        this.deploy(logic, abi.encodeCall(KeyRegistry.initialize, (TIMELOCK, pool, NOTICE, GRACE, none)));
    }

    function test_an_inbox_has_all_its_parts() public {
        address logic = address(new BatchInbox());
        IBatchInbox.AuthMode mode = IBatchInbox.AuthMode.Both;
        IKeyRegistry none = IKeyRegistry(address(0));
        IKeyRegistry book = registry;
        refused(logic, abi.encodeCall(BatchInbox.initialize, (address(0), book, L2, AFTER, RETENTION, mode)));
        refused(logic, abi.encodeCall(BatchInbox.initialize, (TIMELOCK, none, L2, AFTER, RETENTION, mode)));
        refused(logic, abi.encodeCall(BatchInbox.initialize, (TIMELOCK, book, 0, AFTER, RETENTION, mode)));
    }

    /// The call with the part left out whose bit is set.
    function outputsCall(uint256 missing) internal view returns (bytes memory) {
        return abi.encodeCall(
            Outputs.initialize,
            (
                missing & 1 != 0 ? address(0) : TIMELOCK,
                IERC20(missing & 2 != 0 ? address(0) : address(token)),
                IBatchInbox(missing & 4 != 0 ? address(0) : address(inbox)),
                IKeyRegistry(missing & 8 != 0 ? address(0) : address(registry)),
                missing & 16 != 0 ? address(0) : address(game),
                missing & 32 != 0 ? 0 : L2,
                missing & 64 != 0 ? 0 : WINDOW,
                missing & 128 != 0 ? 0 : BOND,
                missing & 256 != 0 ? bytes32(0) : GENESIS
            )
        );
    }

    function test_outputs_have_all_their_parts() public {
        address logic = address(new Outputs());
        for (uint256 i = 0; i < 9; i++) {
            refused(logic, outputsCall(1 << i));
        }
        this.deploy(logic, outputsCall(0));
    }

    function test_a_game_has_all_its_parts() public {
        address logic = address(new DisputeGame());
        address[] memory list = new address[](1);
        IOutputs none = IOutputs(address(0));
        IBatchInbox nowhere = IBatchInbox(address(0));
        refused(logic, abi.encodeCall(DisputeGame.initialize, (TIMELOCK, none, inbox, MOVE, list)));
        refused(logic, abi.encodeCall(DisputeGame.initialize, (TIMELOCK, outputs, nowhere, MOVE, list)));
        refused(logic, abi.encodeCall(DisputeGame.initialize, (TIMELOCK, outputs, inbox, 0, list)));
        refused(logic, abi.encodeCall(DisputeGame.initialize, (TIMELOCK, outputs, inbox, MOVE, list)));
    }
}
