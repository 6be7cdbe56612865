// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

/// @title Parameters that the PoS nodes take from L1 (section 5.10)
/// @notice A key is a name in ASCII, left-aligned: `alphaList`, `phase2Height`, `maxActive`, `epochLength`,
/// `minTip`, `da`, `authMode`, `upgrade` (value `abi.encode(name, l2Height, minVersion)`). The registry does
/// not judge values: nodes skip what they cannot read, and the value before stays in force.
/// @dev Behind a proxy whose admin is the Timelock. Fields are only ever appended.
contract ParamRegistry is Initializable {
    struct Entry {
        uint64 activation;
        bytes value;
    }

    address public timelock;
    mapping(bytes32 key => Entry[]) private history;

    uint256 public constant MAX_VALUE = 16_384;

    event ParamSet(bytes32 indexed key, bytes value, uint64 activationL1Block);
    /// @notice What the newest entry of the key was until now.
    event ParamReplaced(bytes32 indexed key, bytes oldValue, uint64 oldActivation);

    error NotTimelock();
    error ZeroAddress();
    error ZeroKey();
    error ValueTooLong();
    error ActivationTooEarly(uint64 earliest);

    constructor() {
        _disableInitializers();
    }

    /// @notice Once, by the proxy's constructor. Error ZeroAddress.
    function initialize(address timelock_) external initializer {
        if (timelock_ == address(0)) revert ZeroAddress();
        timelock = timelock_;
    }

    /// @notice Sets what a parameter is from an L1 block on. Timelock. Activations of a key never go back; to
    /// take back one that waits, set the value before with the same activation. Errors NotTimelock, ZeroKey,
    /// ValueTooLong, ActivationTooEarly.
    function set(bytes32 key, bytes calldata value, uint64 activationL1Block) external {
        if (msg.sender != timelock) revert NotTimelock();
        if (key == 0) revert ZeroKey();
        if (value.length > MAX_VALUE) revert ValueTooLong();
        Entry[] storage entries = history[key];
        uint64 earliest = uint64(block.number) + 1;
        if (entries.length > 0) {
            Entry storage last = entries[entries.length - 1];
            if (last.activation > earliest) earliest = last.activation;
            emit ParamReplaced(key, last.value, last.activation);
        }
        if (activationL1Block < earliest) revert ActivationTooEarly(earliest);
        entries.push(Entry(activationL1Block, value));
        emit ParamSet(key, value, activationL1Block);
    }

    /// @notice What a parameter is at an L1 block, and since which; empty and 0 before its first activation.
    function valueAt(bytes32 key, uint256 l1Block) external view returns (bytes memory value, uint64 since) {
        Entry[] storage entries = history[key];
        // The first entry that is active later than l1Block: the one before it counts.
        uint256 low = 0;
        uint256 high = entries.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (entries[middle].activation > l1Block) high = middle;
            else low = middle + 1;
        }
        if (low == 0) return ("", 0);
        return (entries[low - 1].value, entries[low - 1].activation);
    }

    /// @notice How often a parameter was set.
    function versions(bytes32 key) external view returns (uint256) {
        return history[key].length;
    }

    /// @notice The n-th entry of a parameter, from 0.
    function version(bytes32 key, uint256 n) external view returns (Entry memory) {
        return history[key][n];
    }
}
