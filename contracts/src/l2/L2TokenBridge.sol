// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IL2TokenBridge} from "../interfaces/IL2TokenBridge.sol";
import {IMessagePasser} from "../interfaces/IMessagePasser.sol";
import {IMessenger} from "../interfaces/IMessenger.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {BridgedToken, ITokenMaker} from "./BridgedToken.sol";

/// @title L2 end of the bridge for ERC-20 tokens (section 5.7)
/// @notice One L2 token for each token of L1, at an address that both ends compute: there is no pair to be
/// mistaken about. Messages may arrive in any order; a deposit before its token fails and is relayed again.
/// Predeploy; genesis storage: the bridge on L1.
contract L2TokenBridge is IL2TokenBridge, ITokenMaker {
    /// @notice The bridge on L1; the only sender whose messages count.
    address public l1Bridge;

    /// What a token in creation reads in its constructor; empty at any other time.
    struct Making {
        address l1Token;
        string name;
        string symbol;
        uint8 decimals;
    }

    Making private current;

    event Initialized(address l1Bridge);
    event TokenCreated(address indexed l1Token, address indexed l2Token);
    event DepositFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes data
    );
    event WithdrawalInitiated(
        address indexed l1Token, address indexed l2Token, address indexed from, address to, uint256 amount
    );

    error AlreadyInitialized();
    error ZeroAddress();
    error NotL1Bridge();
    error UnknownToken();
    error TokenExists();

    modifier onlyL1Bridge() {
        if (msg.sender != Predeploys.MESSENGER) revert NotL1Bridge();
        if (IMessenger(Predeploys.MESSENGER).l1Sender() != l1Bridge) revert NotL1Bridge();
        _;
    }

    /// @notice Once, when genesis is made. Errors AlreadyInitialized, ZeroAddress.
    function initialize(address l1Bridge_) external {
        if (l1Bridge != address(0)) revert AlreadyInitialized();
        if (l1Bridge_ == address(0)) revert ZeroAddress();
        l1Bridge = l1Bridge_;
        emit Initialized(l1Bridge_);
    }

    /// @inheritdoc IL2TokenBridge
    /// @dev The bridge on L1 through Messenger. Errors NotL1Bridge, TokenExists (registered twice on L1).
    function createToken(address l1Token, string calldata name, string calldata symbol, uint8 decimals)
        external
        onlyL1Bridge
    {
        if (exists(l1Token)) revert TokenExists();
        current = Making(l1Token, name, symbol, decimals);
        address token = address(new BridgedToken{salt: salt(l1Token)}());
        delete current;
        emit TokenCreated(l1Token, token);
    }

    /// @inheritdoc IL2TokenBridge
    /// @dev The bridge on L1 through Messenger. Errors NotL1Bridge, UnknownToken (relay `createToken` first).
    function finalizeDeposit(address l1Token, address from, address to, uint256 amount, bytes calldata data)
        external
        onlyL1Bridge
    {
        if (!exists(l1Token)) revert UnknownToken();
        address token = l2TokenOf(l1Token);
        BridgedToken(token).mint(to, amount);
        emit DepositFinalized(l1Token, token, from, to, amount, data);
    }

    /// @inheritdoc IL2TokenBridge
    /// @dev Anyone, of their own tokens. Errors UnknownToken, ERC20InsufficientBalance, those of
    /// MessagePasser.
    function withdraw(address l1Token, address to, uint256 amount) external returns (uint256 nonce) {
        if (!exists(l1Token)) revert UnknownToken();
        address token = l2TokenOf(l1Token);
        BridgedToken(token).burn(msg.sender, amount);
        nonce = IMessagePasser(Predeploys.MESSAGE_PASSER).withdraw(l1Token, to, amount);
        emit WithdrawalInitiated(l1Token, token, msg.sender, to, amount);
    }

    /// @notice For the constructor of BridgedToken.
    function making() external view returns (address, string memory, string memory, uint8) {
        return (current.l1Token, current.name, current.symbol, current.decimals);
    }

    /// @inheritdoc IL2TokenBridge
    function l2TokenOf(address l1Token) public view returns (address) {
        bytes32 code = keccak256(type(BridgedToken).creationCode);
        bytes32 name = keccak256(abi.encodePacked(bytes1(0xff), address(this), salt(l1Token), code));
        return address(uint160(uint256(name)));
    }

    function exists(address l1Token) private view returns (bool) {
        return l2TokenOf(l1Token).code.length != 0;
    }

    function salt(address l1Token) private pure returns (bytes32) {
        return bytes32(uint256(uint160(l1Token)));
    }
}
