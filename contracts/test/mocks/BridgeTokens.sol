// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token as it should be, which anyone can mint.
contract PlainToken is ERC20 {
    constructor(string memory name_, string memory symbol_) ERC20(name_, symbol_) {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Keeps one percent of every transfer.
contract FeeToken is PlainToken("Fee", "FEE") {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(this), amount / 100);
    }
}

/// Takes one percent more from the sender, from the moment it is told to.
contract SurchargeToken is PlainToken("Surcharge", "SUR") {
    bool public on;

    function turnOn() external {
        on = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (on && from != address(0) && to != address(0)) super._update(from, address(this), amount / 100);
    }
}

/// Says no instead of reverting.
contract FalseToken is PlainToken("False", "FAL") {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// Answers nothing, like some old tokens; otherwise correct.
contract SilentToken {
    string public name = "Silent";
    string public symbol = "SIL";
    uint8 public decimals = 6;
    mapping(address owner => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Calls someone in the middle of every transfer, as hooks of some tokens do.
contract HookToken is PlainToken("Hook", "HOOK") {
    address public target;
    bytes public call;
    bytes4 public answer;

    function set(address target_, bytes calldata call_) external {
        target = target_;
        call = call_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (target == address(0)) return;
        (bool ok, bytes memory reason) = target.call(call);
        if (!ok) answer = bytes4(reason);
    }
}
