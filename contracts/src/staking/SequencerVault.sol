// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ILockingInfo} from "../interfaces/ILockingInfo.sol";
import {ILockingPool} from "../interfaces/ILockingPool.sol";
import {ISequencerVault} from "../interfaces/ISequencerVault.sol";
import {Recover} from "../lib/Recover.sol";
import {Tags} from "../lib/Tags.sol";

/// @title Owner of one sequencer's record in LockingPool (sections 12.1, 12.8)
/// @notice One for each sequencer, since an owner owns one. It decides nothing: L1Strategy calls, stake goes
/// through in the same call, rewards go to the vault on L2.
/// @dev No role but the strategy's, no proxy, nothing kept between calls.
contract SequencerVault is ISequencerVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// Gas that the bridge's delivery on L2 would get; METIS needs none.
    uint32 private constant L2_GAS = 0;

    address public immutable strategy;
    ILockingPool public immutable pool;
    IERC20 public immutable metis;
    /// @notice Vault on L2 that gets the rewards.
    address public immutable l2Vault;
    /// @notice The account of the signer's key at entry.
    address public immutable signer;
    /// @notice The signer's key at entry, 64 bytes; the pool judges it.
    bytes public pubkey;
    /// @inheritdoc ISequencerVault
    uint256 public id;
    /// @notice The signer's signature over (tag, chain, pool, this), where the pool asks for one.
    bytes public proof;

    event ProofSet(bytes oldProof, bytes newProof);

    error NotStrategy();
    error NotSigner();
    error NotPool();
    error BadProof();
    error RefundFailed();

    modifier onlyStrategy() {
        if (msg.sender != strategy) revert NotStrategy();
        _;
    }

    constructor(address strategy_, ILockingPool pool_, address l2Vault_, bytes memory pubkey_) {
        strategy = strategy_;
        pool = pool_;
        metis = IERC20(ILockingInfo(pool_.escrow()).l1Token());
        l2Vault = l2Vault_;
        pubkey = pubkey_;
        signer = address(uint160(uint256(keccak256(pubkey_))));
    }

    /// @notice Native currency from the pool only: what a claim did not need.
    receive() external payable {
        if (msg.sender != address(pool)) revert NotPool();
    }

    /// @notice Lays down the signer's proof of possession for `lock`, as the pool will ask for it. The
    /// signer. Errors NotSigner, BadProof.
    function setProof(bytes calldata proof_) external {
        if (msg.sender != signer) revert NotSigner();
        bytes32 digest = keccak256(abi.encode(Tags.LOCK_PROOF, block.chainid, address(pool), address(this)));
        if (Recover.recover(digest, proof_) != signer) revert BadProof();
        emit ProofSet(proof, proof_);
        proof = proof_;
    }

    /// @inheritdoc ISequencerVault
    function ready() external view returns (bool) {
        bool listed = !pool.whitelistEnabled() || pool.whitelist(address(this));
        bool proven = !pool.requireProof() || proof.length > 0;
        return listed && proven && pool.signerHistory(signer) == 0;
    }

    // ---- life of the stake ---------------------------------------------------------------------------

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function lock(uint256 amount) external onlyStrategy nonReentrant {
        metis.forceApprove(pool.escrow(), amount);
        if (pool.requireProof()) pool.lockWithProof(signer, l2Vault, amount, pubkey, proof);
        else pool.lockWithRewardRecipient(signer, l2Vault, amount, pubkey);
        id = pool.seqOwners(address(this));
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function increase(uint256 amount, bool withRewards) external onlyStrategy nonReentrant {
        metis.forceApprove(pool.escrow(), amount);
        pool.relock(id, amount, withRewards);
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function withdraw(uint256 amount) external onlyStrategy nonReentrant {
        pool.withdraw(id, amount);
        metis.safeTransfer(strategy, amount);
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function claimRewards() external payable onlyStrategy nonReentrant returns (uint256 sent) {
        uint256 mine = id;
        sent = _reward(mine);
        pool.withdrawRewards{value: msg.value}(mine, L2_GAS);
        sent -= _reward(mine);
        _refund();
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool. A bridge that fails keeps the reward accrued.
    function unlock() external payable onlyStrategy nonReentrant returns (uint256 sent) {
        uint256 mine = id;
        sent = _reward(mine);
        pool.unlock{value: msg.value}(mine, L2_GAS);
        sent -= _reward(mine);
        _refund();
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function unlockClaim()
        external
        payable
        onlyStrategy
        nonReentrant
        returns (uint256 principal, uint256 sent)
    {
        uint256 mine = id;
        sent = _reward(mine);
        principal = pool.sequencerOf(mine).amount;
        pool.unlockClaim{value: msg.value}(mine, L2_GAS);
        sent -= _reward(mine);
        metis.safeTransfer(strategy, principal);
        _refund();
    }

    /// @inheritdoc ISequencerVault
    /// @dev Errors NotStrategy, and those of LockingPool.
    function requestSignerUpdate(bytes calldata key, bytes calldata sig) external onlyStrategy {
        if (sig.length == 0) pool.requestSignerUpdate(id, key);
        else pool.requestSignerUpdateWithProof(id, key, sig);
    }

    function _reward(uint256 seq) private view returns (uint256) {
        return pool.sequencerOf(seq).reward;
    }

    function _refund() private {
        uint256 rest = address(this).balance;
        if (rest == 0) return;
        (bool ok,) = strategy.call{value: rest}("");
        if (!ok) revert RefundFailed();
    }
}
