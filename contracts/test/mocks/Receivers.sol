// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2MessageReceiver} from "../../src/interfaces/IL2MessageReceiver.sol";
import {IMessenger} from "../../src/interfaces/IMessenger.sol";

/// On L1: remembers what came from L2; fails while told to.
contract Receiver is IL2MessageReceiver {
    address public from;
    uint256 public amount;
    bytes public data;
    uint256 public calls;
    bool public broken;
    bool public rude;

    error Broken();

    function setBroken(bool yes) external {
        broken = yes;
    }

    function setRude(bool yes) external {
        rude = yes;
    }

    function onL2Message(address from_, uint256 amount_, bytes calldata data_) external returns (bytes4) {
        if (broken) revert Broken();
        from = from_;
        amount = amount_;
        data = data_;
        calls++;
        return rude ? bytes4(0) : IL2MessageReceiver.onL2Message.selector;
    }
}

/// On L1: calls someone when a message comes, and remembers how that failed.
contract ReentrantReceiver is IL2MessageReceiver {
    address public target;
    bytes public call;
    bytes4 public answer;

    function set(address target_, bytes calldata call_) external {
        target = target_;
        call = call_;
    }

    function onL2Message(address, uint256, bytes calldata) external returns (bytes4) {
        (bool ok, bytes memory reason) = target.call(call);
        if (!ok) answer = bytes4(reason);
        return IL2MessageReceiver.onL2Message.selector;
    }
}

/// On L2: remembers what came from L1; fails while told to.
contract L2Target {
    address public immutable messenger;
    address public from;
    uint256 public value;
    uint256 public calls;
    uint256 public gasSeen;
    bool public broken;
    bytes public again;
    bytes4 public answer;

    error Broken();

    constructor(address messenger_) {
        messenger = messenger_;
    }

    function setBroken(bool yes) external {
        broken = yes;
    }

    function setAgain(bytes calldata call) external {
        again = call;
    }

    function note(uint256 value_) external {
        gasSeen = gasleft();
        if (broken) revert Broken();
        from = IMessenger(messenger).l1Sender();
        value = value_;
        calls++;
        if (again.length > 0) {
            (bool ok, bytes memory reason) = messenger.call(again);
            if (!ok) answer = bytes4(reason);
        }
    }
}

/// Takes no native currency.
contract NoReceiver {
    function run(address target, uint256 value, bytes calldata call) external payable returns (bytes memory) {
        (bool ok, bytes memory answer) = target.call{value: value}(call);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }
}

/// Calls back whoever pays it, and remembers how that failed.
contract Greedy {
    address public target;
    bytes public call;
    bytes4 public answer;

    function set(address target_, bytes calldata call_) external {
        target = target_;
        call = call_;
    }

    function run(address to, uint256 value, bytes calldata data) external payable {
        (bool ok,) = to.call{value: value}(data);
        require(ok);
    }

    receive() external payable {
        if (target == address(0)) return;
        (bool ok, bytes memory reason) = target.call(call);
        if (!ok) answer = bytes4(reason);
    }
}
