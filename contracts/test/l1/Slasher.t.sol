// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import {ISlasher} from "../../src/interfaces/ISlasher.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {Slasher} from "../../src/l1/Slasher.sol";
import {Tags} from "../../src/lib/Tags.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// Proofs of equivocation: what is one, and what only looks like one.
contract SlasherTest is PoolFixture {
    uint256 internal id;

    function setUp() public override {
        super.setUp();
        _join(BEN, 2, MIN);
        id = _join(ANN, 1, 50_000 ether);
    }

    function test_two_blocks_for_one_place_cost_a_share_of_the_stake() public {
        (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) = _blocks();
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        vm.expectEmit(address(slasher));
        emit ISlasher.EquivocationProven(id, ISlasher.Kind.Block, 7, 1, 900, _signer(1), EVE);
        vm.prank(EVE);
        slasher.submitBlockEquivocation(id, a, b, sa, sb);
        same(_seq(id).amount, 47_500 ether);
        same(metis.balanceOf(EVE), 250 ether);
        same(_seq(1).amount, MIN);
        same(slasher.punished(id, ISlasher.Kind.Block, 7, 1, 900) ? 1 : 0, 1);
        same(slasher.punished(id, ISlasher.Kind.Attest, 7, 1, 900) ? 1 : 0, 0);
    }

    function test_two_attestations_for_one_place_cost_a_share_of_the_stake() public {
        (ISlasher.AttestVote memory a, ISlasher.AttestVote memory b) = _attests();
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        vm.expectEmit(address(slasher));
        emit ISlasher.EquivocationProven(id, ISlasher.Kind.Attest, 7, 1, 900, _signer(1), EVE);
        vm.prank(EVE);
        slasher.submitAttestEquivocation(id, a, b, sa, sb);
        same(_seq(id).amount, 47_500 ether);
    }

    function test_digests_are_those_that_nodes_sign() public view {
        (ISlasher.BlockVote memory a,) = _blocks();
        bytes32 want = keccak256(abi.encode(Tags.BLOCK, L2_CHAIN, 7, 1, 900, bytes32("p"), bytes32("a"), 5));
        same(slasher.blockDigest(a), want);
        (ISlasher.AttestVote memory v,) = _attests();
        same(slasher.attestDigest(v), keccak256(abi.encode(Tags.ATTEST, L2_CHAIN, 7, 1, 900, bytes32("a"))));
    }

    function test_a_fault_is_punished_once_whatever_the_pair() public {
        (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) = _blocks();
        slasher.submitBlockEquivocation(id, a, b, _signed(1, a), _signed(1, b));
        ISlasher.BlockVote memory c = b;
        c.blockHash = "c";
        _blocksRefused(a, c, 1, ISlasher.AlreadyPunished.selector);
        (a, b) = _blocks();
        _blocksRefused(b, a, 1, ISlasher.AlreadyPunished.selector);
        // The next number is another fault.
        a.number = b.number = 901;
        slasher.submitBlockEquivocation(id, a, b, _signed(1, a), _signed(1, b));
    }

    function test_votes_of_another_place_or_chain_or_one_content_are_no_fault() public {
        bytes4 why = ISlasher.NotEquivocation.selector;
        (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) = _blocks();
        b.epoch = 8;
        _blocksRefused(a, b, 1, why);
        (a, b) = _blocks();
        b.view_ = 2;
        _blocksRefused(a, b, 1, why);
        (a, b) = _blocks();
        b.number = 901;
        _blocksRefused(a, b, 1, why);
        (a, b) = _blocks();
        b.l2ChainId = 1;
        _blocksRefused(a, b, 1, why);
        a.l2ChainId = 1; // both of another chain
        _blocksRefused(a, b, 1, why);
        (a, b) = _blocks();
        (b.blockHash, b.orderedUpTo) = (a.blockHash, 6); // the content is the hash
        _blocksRefused(a, b, 1, why);
    }

    function test_attestations_of_another_place_are_no_fault() public {
        (ISlasher.AttestVote memory a, ISlasher.AttestVote memory b) = _attests();
        b.view_ = 2;
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        vm.expectRevert(ISlasher.NotEquivocation.selector);
        slasher.submitAttestEquivocation(id, a, b, sa, sb);
    }

    function test_both_votes_are_of_one_signer_of_the_sequencer() public {
        bytes4 why = ISlasher.UnknownSigner.selector;
        (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) = _blocks();
        _blocksRefused(a, b, 2, why); // a signer of another sequencer
        _blocksRefused(a, b, 9, why); // of none
        (bytes memory mine, bytes memory others) = (_signed(1, a), _signed(2, b));
        vm.expectRevert(why);
        slasher.submitBlockEquivocation(id, a, b, mine, others);
        bytes memory none = new bytes(65);
        vm.expectRevert(why);
        slasher.submitBlockEquivocation(id, a, b, none, none);
        vm.expectRevert(why);
        slasher.submitBlockEquivocation(0, a, b, none, none);
        // A block vote is no attestation.
        (ISlasher.AttestVote memory v, ISlasher.AttestVote memory w) = _attests();
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        vm.expectRevert(why);
        slasher.submitAttestEquivocation(id, v, w, sa, sb);
    }

    function test_a_former_signer_is_liable_until_the_stake_is_out() public {
        (address first, bytes memory third) = (_signer(1), _pubkey(3));
        vm.prank(first);
        pool.updateSigner(id, third);
        vm.prank(ANN);
        pool.unlock(id, 0);
        (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) = _blocks();
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        slasher.submitBlockEquivocation(id, a, b, sa, sb);
        same(_seq(id).amount, 47_500 ether);
        _pass(60);
        vm.prank(ANN);
        pool.unlockClaim(id, 0);
        a.number = b.number = 901;
        (sa, sb) = (_signed(1, a), _signed(1, b));
        vm.expectRevert(ISequencerInfo.SeqNotActive.selector);
        slasher.submitBlockEquivocation(id, a, b, sa, sb);
    }

    /// Whatever an honest signer signs, one content for each place, no pair of it is a fault.
    function testFuzz_an_honest_signer_is_never_slashed(uint64[3] memory p, uint64[3] memory q, bytes32 h)
        public
    {
        ISlasher.BlockVote memory a = _vote(p[0] % 3, p[1] % 3, p[2] % 3, h);
        ISlasher.BlockVote memory b = _vote(q[0] % 3, q[1] % 3, q[2] % 3, h);
        (bytes memory sa, bytes memory sb) = (_signed(1, a), _signed(1, b));
        vm.expectRevert(ISlasher.NotEquivocation.selector);
        slasher.submitBlockEquivocation(id, a, b, sa, sb);
    }

    function test_the_start_values_are_checked_and_taken_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        slasher.initialize(EVE, 1);
        Slasher bare = new Slasher();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(address(pool), 1);
        Slasher fresh = Slasher(_proxy(address(bare)));
        vm.expectRevert(ISlasher.NullAddress.selector);
        fresh.initialize(address(0), 1);
    }

    /// What an honest leader signs: the hash follows from the place.
    function _vote(uint64 epoch, uint64 view_, uint64 number, bytes32 h)
        private
        pure
        returns (ISlasher.BlockVote memory)
    {
        bytes32 hash = keccak256(abi.encode(epoch, view_, number, h));
        return ISlasher.BlockVote(L2_CHAIN, epoch, view_, number, "p", hash, 5);
    }

    function _blocks() private pure returns (ISlasher.BlockVote memory a, ISlasher.BlockVote memory b) {
        a = ISlasher.BlockVote(L2_CHAIN, 7, 1, 900, "p", "a", 5);
        b = ISlasher.BlockVote(L2_CHAIN, 7, 1, 900, "p", "b", 5);
    }

    function _attests() private pure returns (ISlasher.AttestVote memory a, ISlasher.AttestVote memory b) {
        a = ISlasher.AttestVote(L2_CHAIN, 7, 1, 900, "a");
        b = ISlasher.AttestVote(L2_CHAIN, 7, 1, 900, "b");
    }

    function _signed(uint256 seed, ISlasher.BlockVote memory v) private returns (bytes memory) {
        return _sign(seed, slasher.blockDigest(v));
    }

    function _signed(uint256 seed, ISlasher.AttestVote memory v) private returns (bytes memory) {
        return _sign(seed, slasher.attestDigest(v));
    }

    function _blocksRefused(
        ISlasher.BlockVote memory a,
        ISlasher.BlockVote memory b,
        uint256 seed,
        bytes4 why
    ) private {
        (bytes memory sa, bytes memory sb) = (_signed(seed, a), _signed(seed, b));
        vm.expectRevert(why);
        slasher.submitBlockEquivocation(id, a, b, sa, sb);
    }
}
