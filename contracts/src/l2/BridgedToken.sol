// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What L2TokenBridge tells a token that it is creating.
interface ITokenMaker {
    function making()
        external
        view
        returns (address l1Token, string memory name, string memory symbol, uint8 decimals);
}

/// @title An ERC-20 of L1, on L2
/// @notice Only L2TokenBridge makes, mints and burns it. It asks its maker for what it is to be, so that its
/// creation code is always the same and its address follows from the L1 token alone.
contract BridgedToken is ERC20 {
    address public immutable bridge;
    /// @notice The token on L1 that stands behind this one.
    address public immutable l1Token;
    uint8 private immutable places;
    string private title;
    string private ticker;

    error NotBridge();

    constructor() ERC20("", "") {
        bridge = msg.sender;
        (l1Token, title, ticker, places) = ITokenMaker(msg.sender).making();
    }

    modifier onlyBridge() {
        if (msg.sender != bridge) revert NotBridge();
        _;
    }

    /// @notice A deposit arrived. L2TokenBridge only; error NotBridge.
    function mint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    /// @notice A withdrawal begins. L2TokenBridge only, on behalf of its caller; error NotBridge.
    function burn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }

    function name() public view override returns (string memory) {
        return title;
    }

    function symbol() public view override returns (string memory) {
        return ticker;
    }

    function decimals() public view override returns (uint8) {
        return places;
    }
}
