// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {IBridge} from "../interfaces/IBridge.sol";
import {IL2TokenBridge} from "../interfaces/IL2TokenBridge.sol";
import {BridgedToken} from "../l2/BridgedToken.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {BridgeState} from "./BridgeState.sol";

/// @title The bridge from L1 to L2 (section 5.7)
/// @notice METIS becomes native currency: the first L2 block with this L1 block as origin carries the credits
/// in its withdrawal list, whose unit is 1 gwei. Everything else is a message, delivered on L2 by anyone.
abstract contract BridgeDeposits is BridgeState {
    /// The most credits in an L1 block: what an L2 block can take.
    uint256 public constant MAX_CREDITS = 512;
    uint256 private constant GWEI = 1e9;
    uint256 private constant MAX_NAME = 64;
    uint32 private constant CREATE_GAS = 2_000_000;
    /// Hash of the code from which L2TokenBridge, compiled together with this, creates tokens.
    bytes32 internal immutable tokenCodeAtBuild;

    event ERC20DepositInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes data
    );
    event NativeCredit(uint64 nonce, address to, uint64 amountGwei);
    event GenesisBacked(uint256 amount);
    event TokenRegistered(address indexed l1Token, address indexed l2Token);

    error AlreadyBacked();
    error NotBacked();
    error WrongChain();
    error WrongL2Token();
    error BadRecipient();
    error ZeroAmount();
    error AmountTooLarge();
    error DataNotEmpty();
    error TooManyDeposits();
    error UnknownToken();
    error BadToken();
    error AlreadyRegistered();

    constructor() {
        tokenCodeAtBuild = keccak256(type(BridgedToken).creationCode);
    }

    /// @notice Escrows the METIS that L2's genesis gives out and opens the bridge. Once, by anyone who holds
    /// and approved it. Errors AlreadyBacked, NotExact.
    function backGenesis() external nonReentrant {
        if (open) revert AlreadyBacked();
        open = true;
        if (genesisAllocation > 0) take(metis, genesisAllocation);
        emit GenesisBacked(genesisAllocation);
    }

    /// @inheritdoc IBridge
    /// @dev Anyone. Errors: WrongChain, ZeroAmount, ZeroAddress, NotBacked; FeeTooLow, RefundFailed; for
    /// METIS WrongL2Token, DataNotEmpty, BadRecipient, AmountTooLarge, TooManyDeposits (try the next block);
    /// for tokens UnknownToken, WrongL2Token, NotExact, DataTooLong, GasTooHigh.
    function depositERC20ToByChainId(
        uint256 chainId,
        address l1Token,
        address l2Token,
        address to,
        uint256 amount,
        uint32 l2Gas,
        bytes calldata data
    ) external payable nonReentrant {
        if (chainId != l2ChainId) revert WrongChain();
        if (amount == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroAddress();
        if (!open) revert NotBacked();
        address right = l2TokenOf(l1Token);
        if (l2Token != right && l2Token != address(0)) revert WrongL2Token();
        take(l1Token, amount);
        emit ERC20DepositInitiated(l1Token, right, msg.sender, to, amount, data);
        if (l1Token == metis) {
            depositMetis(to, amount, data);
        } else {
            depositToken(l1Token, to, amount, l2Gas, data);
        }
        settleFee();
    }

    /// @inheritdoc IBridge
    /// @dev Anyone. Errors: ZeroAddress (target), DataTooLong, GasTooHigh, FeeTooLow, RefundFailed.
    function sendMessage(address target, bytes calldata data, uint32 l2Gas)
        external
        payable
        nonReentrant
        returns (uint256 nonce)
    {
        nonce = queue(msg.sender, target, l2Gas, data);
        settleFee();
    }

    /// @notice Lets a token of L1 cross: has its counterpart made on L2 at `l2TokenOf(l1Token)`. Anyone, once
    /// a token. Tokens whose balances move by themselves cannot be told by any check: depositing such a one
    /// is at its depositors' risk, METIS and other tokens are kept apart from it. Errors AlreadyRegistered,
    /// BadToken (METIS; no plain metadata), FeeTooLow, RefundFailed.
    function registerToken(address l1Token) external payable nonReentrant {
        if (registered[l1Token]) revert AlreadyRegistered();
        if (l1Token == metis || l1Token.code.length == 0) revert BadToken();
        registered[l1Token] = true;
        string memory name = IERC20Metadata(l1Token).name();
        string memory symbol = IERC20Metadata(l1Token).symbol();
        uint8 decimals = IERC20Metadata(l1Token).decimals();
        if (bytes(name).length > MAX_NAME || bytes(symbol).length > MAX_NAME) revert BadToken();
        queue(
            address(this),
            Predeploys.L2_TOKEN_BRIDGE,
            CREATE_GAS,
            abi.encodeCall(IL2TokenBridge.createToken, (l1Token, name, symbol, decimals))
        );
        emit TokenRegistered(l1Token, l2TokenOf(l1Token));
        settleFee();
    }

    /// @notice What a token of L1 is on L2: the native currency for METIS, else the address at which
    /// L2TokenBridge makes it (EIP-1014 with the L1 address as salt).
    function l2TokenOf(address l1Token) public view returns (address) {
        if (l1Token == metis) return Predeploys.NATIVE;
        bytes32 salt = bytes32(uint256(uint160(l1Token)));
        bytes32 hash =
            keccak256(abi.encodePacked(bytes1(0xff), Predeploys.L2_TOKEN_BRIDGE, salt, l2TokenCode));
        return address(uint160(uint256(hash)));
    }

    /// Credits whole gwei; what is left waits for the next deposit to the same account.
    function depositMetis(address to, uint256 amount, bytes calldata data) private {
        if (data.length != 0) revert DataNotEmpty();
        // Its balance is what left L2; a credit there would be lost.
        if (to == Predeploys.MESSAGE_PASSER) revert BadRecipient();
        uint256 old = dust[to];
        (uint256 credited, uint256 left) = split(old + amount);
        dust[to] = left;
        totalDust = totalDust + left - old;
        if (credited > 0) credit(to, credited);
    }

    /// Whole gwei, and the wei that are left. Virtual for the regression tests.
    function split(uint256 amount) internal view virtual returns (uint256 credited, uint256 left) {
        return (amount / GWEI, amount % GWEI);
    }

    function credit(address to, uint256 amountGwei) private {
        if (amountGwei > type(uint64).max) revert AmountTooLarge();
        if (creditBlock != block.number) {
            creditBlock = uint64(block.number);
            creditsInBlock = 0;
        }
        if (creditsInBlock == MAX_CREDITS) revert TooManyDeposits();
        creditsInBlock++;
        // forge-lint: disable-next-line(unsafe-typecast)
        emit NativeCredit(creditCount, to, uint64(amountGwei));
        creditCount++;
    }

    function depositToken(address l1Token, address to, uint256 amount, uint32 l2Gas, bytes calldata data)
        private
    {
        if (!registered[l1Token]) revert UnknownToken();
        queue(
            address(this),
            Predeploys.L2_TOKEN_BRIDGE,
            l2Gas,
            abi.encodeCall(IL2TokenBridge.finalizeDeposit, (l1Token, msg.sender, to, amount, data))
        );
    }
}
