// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title METIS as an ERC-20 on L2, one for one
/// @notice Functions and events of WETH9. Predeploy without genesis storage: name and symbol are code. It
/// keeps the native currency that stands behind its supply, which is its purpose (section 5.1 rule 3
/// notwithstanding).
contract WMETIS is ERC20, ReentrancyGuardTransient {
    event Deposit(address indexed to, uint256 amount);
    event Withdrawal(address indexed from, uint256 amount);

    error TransferFailed();

    constructor() ERC20("", "") {}

    /// @notice Wraps what is sent, as `deposit`.
    receive() external payable {
        deposit();
    }

    /// @notice Unwraps `amount` wei of the caller. Errors: ERC20InsufficientBalance, TransferFailed (a
    /// contract that takes no native currency).
    function withdraw(uint256 amount) external nonReentrant {
        _burn(msg.sender, amount);
        emit Withdrawal(msg.sender, amount);
        (bool ok,) = msg.sender.call{value: amount}("");
        if (!ok) revert TransferFailed();
    }

    /// @notice Wraps the METIS of this call for the caller.
    function deposit() public payable {
        _mint(msg.sender, msg.value);
        emit Deposit(msg.sender, msg.value);
    }

    function name() public pure override returns (string memory) {
        return "Wrapped METIS";
    }

    function symbol() public pure override returns (string memory) {
        return "WMETIS";
    }
}
