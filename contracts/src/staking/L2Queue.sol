// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IL2Queue} from "../interfaces/IL2Queue.sol";
import {IL2Vault} from "../interfaces/IL2Vault.sol";

/// @title Tickets of redemption, first in first out (section 12.5)
/// @notice The queue is a line of METIS: each ticket is the stretch of it up to `end`, and `funded` says how
/// far METIS has come. So no order but that of the requests can be expressed, and no call skips, pauses or
/// reorders. A ticket is a token: who cannot receive METIS gives it to somebody who can.
/// @dev No role, no proxy. It holds native METIS of funded tickets only, which is its purpose.
contract L2Queue is IL2Queue, ERC721, ReentrancyGuardTransient {
    struct Ticket {
        uint128 assets;
        uint128 end;
    }

    /// @notice The most tickets that one call of `fund` announces.
    uint256 public constant MAX_ANNOUNCED = 256;

    IL2Vault public immutable vault;
    /// @notice METIS wei of all tickets ever.
    uint256 public requested;
    /// @notice METIS wei that ever came to this queue from the vault.
    uint256 public funded;
    /// @notice How many tickets there ever were; ids start at 1.
    uint256 public tickets;
    /// @notice The last ticket whose funding was announced.
    uint256 public announced;
    mapping(uint256 id => Ticket) private all;

    event TicketFunded(uint256 indexed id);
    event TicketClaimed(uint256 indexed id, address indexed to, uint256 assets);

    error NotVault();
    error NotFunded();
    error NotTicketOwner();
    error PaymentFailed();

    constructor(IL2Vault vault_, string memory name_, string memory symbol_) ERC721(name_, symbol_) {
        vault = vault_;
    }

    /// @notice METIS from the vault only.
    receive() external payable {
        if (msg.sender != address(vault)) revert NotVault();
    }

    /// @inheritdoc IL2Queue
    /// @dev Error NotVault. No callback to the owner: it could only stand in the way.
    function request(address owner, uint256 assets) external virtual returns (uint256 id) {
        if (msg.sender != address(vault)) revert NotVault();
        id = ++tickets;
        requested += assets;
        // forge-lint: disable-next-line(unsafe-typecast)
        all[id] = Ticket(uint128(assets), uint128(requested));
        _mint(owner, id);
    }

    /// @inheritdoc IL2Queue
    function fund() external virtual nonReentrant returns (uint256 paid) {
        paid = vault.payQueue(requested - funded);
        funded += paid;
        _announce();
    }

    /// @notice Pays a funded ticket to its owner in native METIS, and ends it. The owner. Errors
    /// NotTicketOwner (also for tickets that do not exist), NotFunded, PaymentFailed (nothing changed).
    function claim(uint256 id) public virtual nonReentrant {
        if (_ownerOf(id) != msg.sender || msg.sender == address(0)) revert NotTicketOwner();
        if (!_isFunded(id)) revert NotFunded();
        uint256 assets = all[id].assets;
        _burn(id);
        emit TicketClaimed(id, msg.sender, assets);
        (bool ok,) = msg.sender.call{value: assets}("");
        if (!ok) revert PaymentFailed();
    }

    /// @inheritdoc IL2Queue
    function pending() external view returns (uint256) {
        return requested - funded;
    }

    /// @notice A ticket's METIS wei, its end in the line, and whether it may be claimed (or was). Zeros for
    /// tickets that never were.
    function ticket(uint256 id) external view returns (uint256 assets, uint256 end, bool isFunded) {
        Ticket memory t = all[id];
        return (t.assets, t.end, t.end != 0 && _isFunded(id));
    }

    /// @dev Funded means that all before it are, too.
    function _isFunded(uint256 id) internal view virtual returns (bool) {
        return all[id].end <= funded;
    }

    function _announce() private {
        uint256 id = announced;
        uint256 last = tickets < id + MAX_ANNOUNCED ? tickets : id + MAX_ANNOUNCED;
        while (id < last && all[id + 1].end <= funded) emit TicketFunded(++id);
        announced = id;
    }
}
