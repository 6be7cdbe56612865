// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An ERC-20 that can be made to take a fee, or to call somebody before it moves.
contract BondToken is ERC20("Bond", "BOND") {
    uint256 public fee;
    address public hooked;
    bytes public hook;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(uint256 amount) external {
        fee = amount;
    }

    function setHook(address target, bytes calldata data) external {
        (hooked, hook) = (target, data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked != address(0)) {
            (bool done, bytes memory reason) = hooked.call(hook);
            if (!done) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        super._update(from, to, amount);
        if (fee > 0 && from != address(0)) super._update(to, address(0xfee), fee);
    }
}
