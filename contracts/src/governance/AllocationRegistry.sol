// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {ILockingPool} from "../interfaces/ILockingPool.sol";

/// @title Which vault of liquid staking stands behind which sequencer (sections 5.10, 12)
/// @notice One to one: a sequencer has at most one vault and a vault at most one sequencer, which it owns in
/// LockingPool. Governance allocates, moves and releases.
/// @dev Behind a proxy whose admin is the Timelock. Fields are only ever appended.
contract AllocationRegistry is Initializable {
    address public timelock;
    ILockingPool public lockingPool;
    /// @notice The vault of a sequencer id; zero if none.
    mapping(uint256 id => address) public vaultOf;
    /// @notice The sequencer id of a vault; zero if none.
    mapping(address vault => uint256) public idOf;

    event Allocated(uint256 indexed id, address indexed vault);
    event AllocationMoved(uint256 indexed id, address indexed from, address indexed to);
    event AllocationReleased(uint256 indexed id, address indexed vault);

    error NotTimelock();
    error ZeroAddress();
    error AlreadyAllocated();
    error NotAllocated();
    error NotVaultOfSequencer();

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock();
        _;
    }

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Error ZeroAddress.
    function initialize(address timelock_, ILockingPool lockingPool_) external initializer {
        if (timelock_ == address(0) || address(lockingPool_) == address(0)) revert ZeroAddress();
        timelock = timelock_;
        lockingPool = lockingPool_;
    }

    /// @notice Enters a vault for the sequencer that it owns. Timelock.
    /// Errors NotTimelock, ZeroAddress, AlreadyAllocated (either side), NotVaultOfSequencer.
    function allocate(uint256 id, address vault) external onlyTimelock {
        if (vaultOf[id] != address(0)) revert AlreadyAllocated();
        enter(id, vault);
        emit Allocated(id, vault);
    }

    /// @notice Puts another vault, which owns the sequencer by now, in the place of the present one.
    /// Timelock. Errors NotAllocated and those of `allocate`.
    function transfer(uint256 id, address newVault) external onlyTimelock {
        address old = vacate(id);
        enter(id, newVault);
        emit AllocationMoved(id, old, newVault);
    }

    /// @notice Ends an allocation, after an exit (section 12.8). Timelock. Errors NotTimelock, NotAllocated.
    function release(uint256 id) external onlyTimelock {
        emit AllocationReleased(id, vacate(id));
    }

    function enter(uint256 id, address vault) private {
        if (vault == address(0)) revert ZeroAddress();
        if (idOf[vault] != 0) revert AlreadyAllocated();
        if (lockingPool.sequencerOf(id).owner != vault) revert NotVaultOfSequencer();
        vaultOf[id] = vault;
        idOf[vault] = id;
    }

    function vacate(uint256 id) private returns (address vault) {
        vault = vaultOf[id];
        if (vault == address(0)) revert NotAllocated();
        delete vaultOf[id];
        delete idOf[vault];
    }
}
