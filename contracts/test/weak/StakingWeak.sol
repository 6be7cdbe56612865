// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBridge} from "../../src/interfaces/IBridge.sol";
import {IL1Strategy} from "../../src/interfaces/IL1Strategy.sol";
import {IL2Queue} from "../../src/interfaces/IL2Queue.sol";
import {IL2Vault} from "../../src/interfaces/IL2Vault.sol";
import {L1Transmitter} from "../../src/staking/L1Transmitter.sol";
import {L2Queue} from "../../src/staking/L2Queue.sol";
import {L2Transmitter} from "../../src/staking/L2Transmitter.sol";
import {L2Vault} from "../../src/staking/L2Vault.sol";
import {Assets, Shares} from "../../src/staking/Units.sol";

// Copies of the contracts of liquid staking with one weak spot put back each.

/// Pays the protocol before it computes what the operators get.
contract VaultThatPaysBeforeItSplits is L2Vault {
    constructor(Config memory c) L2Vault(c) {}

    function collectFees() public override {
        _settle();
        uint256 rates = protocolBps + operatorBps;
        uint256 protocol = (books.feesDue * protocolBps) / rates;
        _payFee(treasury, protocol);
        _payFee(operators, (books.feesDue * operatorBps) / rates);
        books.feesDue = 0;
    }

    function _payFee(address to, uint256 amount) private {
        uint256 shares = previewDeposit(amount);
        books.feesDue -= amount;
        books.assets += amount;
        _mint(to, shares);
    }
}

/// Hands the queue shares where it takes assets.
contract VaultThatMixesUnits is L2Vault {
    constructor(Config memory c) L2Vault(c) {}

    function _ticketFor(Assets, Shares shares) internal pure override returns (uint256) {
        return Shares.unwrap(shares);
    }
}

/// Prices shares by its balance.
contract VaultThatCountsBalances is L2Vault {
    constructor(Config memory c) L2Vault(c) {}

    function totalAssets() public view override returns (uint256) {
        return address(this).balance + super.totalAssets() - buffer;
    }
}

/// Prices shares by its balance, and without shares that nobody owns.
contract VaultWithoutVirtualShares is VaultThatCountsBalances {
    constructor(Config memory c) VaultThatCountsBalances(c) {}

    function _priced(Assets assets, Math.Rounding) internal view override returns (Shares) {
        uint256 amount = Assets.unwrap(assets);
        uint256 supply = totalSupply();
        if (supply == 0) return Shares.wrap(amount);
        // The METIS of this call is in the balance already.
        return Shares.wrap((amount * supply) / (totalAssets() - amount));
    }
}

/// Counts a transfer whenever it is told of it, credited or not.
contract VaultThatBelievesArrivals is L2Vault {
    constructor(Config memory c) L2Vault(c) {}

    function _covers(uint256) internal pure override returns (bool) {
        return true;
    }
}

/// Counts as arrived what is whole gwei of it: the rest is in its dust and on its way for ever.
contract VaultThatCountsWholeGwei is L2Vault {
    constructor(Config memory c) L2Vault(c) {}

    function _counted(uint256, uint256 whole) internal pure override returns (uint256) {
        return whole;
    }
}

/// Forgets which transfers up have arrived.
contract L1TransmitterThatForgets is L1Transmitter {
    constructor(IBridge bridge_, IERC20 metis_, uint256 chain, IL1Strategy strategy_, address l2, address v)
        L1Transmitter(bridge_, metis_, chain, strategy_, l2, v)
    {}

    function _seen(uint64) internal pure override returns (bool) {
        return false;
    }
}

contract TransmitterThatForgets is L2Transmitter {
    constructor(IL2Vault vault_, IL2Queue queue_, address l1)
        L2Transmitter(vault_, queue_, l1, 5000 ether, 10)
    {}

    function _seen(uint64) internal pure override returns (bool) {
        return false;
    }
}

/// Pays whoever comes first, as far as its METIS goes.
contract QueueThatPaysWhoComes is L2Queue {
    constructor(IL2Vault vault_) L2Queue(vault_, "Ticket", "TKT") {}

    function _isFunded(uint256) internal pure override returns (bool) {
        return true;
    }
}

/// Closes redemption with deposits.
contract QueueThatPauses is L2Queue {
    constructor(IL2Vault vault_) L2Queue(vault_, "Ticket", "TKT") {}

    function claim(uint256 id) public override {
        require(!L2Vault(payable(address(vault))).depositsPaused(), "paused");
        super.claim(id);
    }
}
