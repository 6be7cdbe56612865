// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Keeps a hundredth of what moves, once it is told to.
contract FeeToken is ERC20("Fee", "FEE") {
    bool public greedy;

    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }

    function beGreedy() external {
        greedy = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 kept = greedy && from != address(0) ? amount / 100 : 0;
        super._update(from, to, amount - kept);
        if (kept > 0) super._update(from, address(0), kept);
    }
}

/// Answers nothing to transfers and approvals, as early tokens do.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Owns a sequencer itself, and calls the pool in the middle of a transfer.
contract CallingToken is ERC20("Calling", "CALL") {
    address private _target;
    bytes private _call;
    bool public called;
    bool public done;
    bytes public answer;

    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }

    function act(address target, bytes calldata call) external {
        (bool acted,) = target.call(call);
        require(acted, "could not act");
    }

    function arm(address target, bytes calldata call) external {
        (_target, _call, called, done) = (target, call, false, false);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_target != address(0)) {
            address target = _target;
            _target = address(0);
            called = true;
            (done, answer) = target.call(_call);
        }
        super._update(from, to, amount);
    }
}

/// Calls the pool when it gets its change.
contract CallingOwner {
    address private _target;
    bytes private _call;
    bool public called;
    bool public done;
    bytes public answer;

    function act(address target, bytes calldata call) external payable {
        (bool acted,) = target.call{value: msg.value}(call);
        require(acted, "could not act");
    }

    function arm(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    receive() external payable {
        called = true;
        (done, answer) = _target.call(_call);
    }
}
