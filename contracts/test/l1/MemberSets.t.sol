// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../src/interfaces/IKeyRegistry.sol";
import {ISequencerInfo} from "../../src/interfaces/ISequencerInfo.sol";
import {KeyRegistry} from "../../src/l1/KeyRegistry.sol";
import {Timelocked} from "../../src/l1/Timelocked.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

/// Member sets, their certificates, and the DA committee.
contract MemberSetsTest is RegistryFixture {
    bytes32 internal constant DIGEST = keccak256("something");

    function setUp() public {
        makeRegistry(equalPowers(4));
    }

    function holds(bytes memory cert) internal view returns (bool) {
        return registry.verify(registry.currentSet(), DIGEST, cert);
    }

    function accepted(bytes memory cert) internal view {
        if (!holds(cert)) revert Differs(0, 1);
    }

    function refused(bytes memory cert) internal view {
        if (holds(cert)) revert Differs(1, 0);
    }

    function remake(uint96[] memory powers) internal {
        makeKeys(powers.length);
        registry = deployRegistry(address(new KeyRegistry()), powers);
    }

    // Certificates

    function test_three_of_four_equal_members_certify() public view {
        accepted(certify(DIGEST, 3));
        accepted(certify(DIGEST, 4));
        accepted(certifyMask(DIGEST, 13));
        refused(certify(DIGEST, 2));
        refused(certify(DIGEST, 0));
    }

    function test_exactly_two_thirds_is_not_enough() public {
        remake(equalPowers(3));
        refused(certify(DIGEST, 2));
        accepted(certify(DIGEST, 3));
    }

    function test_stake_counts_not_heads() public {
        uint96[] memory powers = equalPowers(5);
        powers[4] = 100_000;
        remake(powers);
        refused(certifyMask(DIGEST, 15));
        refused(certifyMask(DIGEST, 16));
        // 120,000 of 180,000 is two thirds exactly.
        refused(certifyMask(DIGEST, 17));
        accepted(certifyMask(DIGEST, 19));
    }

    function testFuzz_a_certificate_holds_iff_its_power_is_above_two_thirds(
        uint256 seed,
        uint256 count,
        uint256 mask
    ) public {
        uint96[] memory powers = new uint96[](within(count, 1, 12));
        mask = mask % (1 << powers.length);
        uint256 total = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < powers.length; i++) {
            powers[i] = uint96(within(uint256(keccak256(abi.encode(seed, i))), 1, 100_000));
            total += powers[i];
            if ((mask >> i) & 1 == 1) sum += powers[i];
        }
        remake(powers);
        if (holds(certifyMask(DIGEST, mask)) != (3 * sum > 2 * total)) revert Differs(sum, total);
    }

    function test_every_member_of_nine_has_its_bit() public {
        remake(equalPowers(9));
        accepted(certifyMask(DIGEST, 0x1ff));
        accepted(certifyMask(DIGEST, 0x1fc));
        accepted(certifyMask(DIGEST, 0x07f));
        refused(certifyMask(DIGEST, 0x03f));
    }

    function test_a_certificate_has_one_encoding() public view {
        bytes memory cert = certify(DIGEST, 3);
        refused(bytes.concat(cert, hex"00"));
        refused(bytes.concat(cert, signed(keys[3], DIGEST)));
        bytes memory spare = certify(DIGEST, 3);
        spare[0] = 0x17;
        refused(spare);
        refused("");
        refused(hex"0f");
    }

    function testFuzz_a_changed_byte_is_refused(uint256 place, uint8 change) public view {
        bytes memory cert = certify(DIGEST, 3);
        if (change == 0) return;
        place = place % cert.length;
        cert[place] = bytes1(uint8(cert[place]) ^ change);
        refused(cert);
    }

    function testFuzz_garbage_never_reverts(bytes calldata cert) public view {
        refused(cert);
    }

    function test_a_signature_counts_for_its_own_member_once() public view {
        bytes memory one = signed(keys[0], DIGEST);
        refused(bytes.concat(bitmap(7, 4), one, one, one));
        bytes memory two = signed(keys[1], DIGEST);
        refused(bytes.concat(bitmap(7, 4), two, one, signed(keys[2], DIGEST)));
    }

    function test_a_mirrored_signature_is_refused() public view {
        bytes memory tail = bytes.concat(signed(keys[1], DIGEST), signed(keys[2], DIGEST));
        accepted(bytes.concat(bitmap(7, 4), signed(keys[0], DIGEST), tail));
        refused(bytes.concat(bitmap(7, 4), mirrored(keys[0], DIGEST), tail));
    }

    // Rotation

    function rotate(uint256[] memory ids) internal {
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        registry.rotateSet(ids, cert);
    }

    function test_a_rotation_takes_signers_and_powers_from_stake() public {
        uint256[] memory ids = lockAll(30_000.9 ether);
        stake.set(2, vm.addr(keys[1]), 250_000 ether, ISequencerInfo.Status.Active);
        vm.roll(1100);
        IKeyRegistry.Member[] memory wanted = membersOf(equalPowers(4));
        for (uint256 i = 0; i < 4; i++) {
            wanted[i].power = i == 1 ? 100_000 : 30_000;
        }
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.MemberSetRotated(1, keccak256(abi.encode(wanted)), 190_000);
        vm.prank(STRANGER);
        registry.rotateSet(ids, cert);
        same(registry.currentSet(), 1);
        (IKeyRegistry.Member[] memory members, uint256 total, uint64 from) = registry.memberSet(1);
        same(keccak256(abi.encode(members)), keccak256(abi.encode(wanted)));
        same(total, 190_000);
        same(from, 1100);
    }

    function test_a_rotation_needs_a_certificate_of_the_current_set() public {
        uint256[] memory ids = lockAll(20_000 ether);
        bytes32 digest = registry.memberSetDigest(ids);
        bytes memory weak = certify(digest, 2);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.rotateSet(ids, weak);
        bytes memory cert = certify(digest, 3);
        registry.rotateSet(ids, cert);
        vm.expectRevert(IKeyRegistry.BadCertificate.selector);
        registry.rotateSet(ids, cert);
    }

    function test_a_higher_minimum_counts_from_the_next_set_on() public {
        uint256[] memory ids = lockAll(20_000 ether);
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        stake.setMinLock(20_001 ether);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.NotEligible.selector, ids[0]));
        registry.rotateSet(ids, cert);
        stake.setMinLock(20_000 ether);
        registry.rotateSet(ids, cert);
    }

    function test_who_left_or_has_too_little_is_not_taken() public {
        uint256[] memory ids = lockAll(20_000 ether);
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        stake.set(3, vm.addr(keys[2]), 20_000 ether, ISequencerInfo.Status.Inactive);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.NotEligible.selector, 3));
        registry.rotateSet(ids, cert);
        stake.set(3, vm.addr(keys[2]), 20_000 ether - 1, ISequencerInfo.Status.Active);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.NotEligible.selector, 3));
        registry.rotateSet(ids, cert);
    }

    function test_nobody_is_in_a_set_twice() public {
        uint256[] memory ids = lockAll(20_000 ether);
        ids[2] = 2;
        bytes memory cert = certify(registry.memberSetDigest(ids), 3);
        vm.expectRevert(IKeyRegistry.UnsortedMembers.selector);
        registry.rotateSet(ids, cert);
    }

    function test_a_set_has_one_to_256_members() public {
        uint256[] memory none = new uint256[](0);
        bytes memory cert = certify(registry.memberSetDigest(none), 3);
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        registry.rotateSet(none, cert);
        uint256[] memory many = new uint256[](257);
        cert = certify(registry.memberSetDigest(many), 3);
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        registry.rotateSet(many, cert);
    }

    function test_a_first_set_is_sorted_and_has_power() public {
        uint96[] memory powers = equalPowers(2);
        powers[1] = 0;
        KeyRegistry logic = new KeyRegistry();
        vm.expectRevert(IKeyRegistry.BadPower.selector);
        this.deploy(address(logic), powers);
        powers[1] = 100_001;
        vm.expectRevert(IKeyRegistry.BadPower.selector);
        this.deploy(address(logic), powers);
        keys[1] = keys[0];
        vm.expectRevert(IKeyRegistry.UnsortedMembers.selector);
        this.deploy(address(logic), equalPowers(2));
    }

    function deploy(address logic, uint96[] memory powers) external {
        deployRegistry(logic, powers);
    }

    // How long a set counts

    function test_a_set_counts_for_the_grace_after_its_successor() public {
        uint256[] memory ids = lockAll(20_000 ether);
        vm.roll(1100);
        rotate(ids);
        bytes memory cert = certify(DIGEST, 3);
        vm.roll(1100 + GRACE);
        if (!registry.verify(0, DIGEST, cert)) revert Differs(0, 1);
        vm.roll(1100 + GRACE + 1);
        if (registry.verify(0, DIGEST, cert)) revert Differs(1, 0);
        if (!registry.verify(1, DIGEST, cert)) revert Differs(0, 1);
        if (registry.isAccepted(2)) revert Differs(1, 0);
    }

    function test_a_reset_ends_earlier_sets_at_once() public {
        uint256[] memory ids = lockAll(20_000 ether);
        rotate(ids);
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.resetSet(ids);
        vm.prank(TIMELOCK);
        registry.resetSet(ids);
        if (registry.isAccepted(0) || registry.isAccepted(1)) revert Differs(1, 0);
        if (!registry.isAccepted(2)) revert Differs(0, 1);
        rotate(ids);
        if (!registry.isAccepted(2)) revert Differs(0, 1);
    }

    function test_the_grace_changes_by_the_timelock() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.setSetGrace(7);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.SetGraceChanged(GRACE, 7);
        vm.prank(TIMELOCK);
        registry.setSetGrace(7);
        same(registry.setGrace(), 7);
    }

    // DA committee

    function committee() internal view returns (address[] memory signers) {
        signers = new address[](4);
        for (uint256 i = 0; i < 4; i++) {
            signers[i] = vm.addr(keys[i]);
        }
    }

    function test_a_da_certificate_counts_heads() public {
        if (registry.verifyDac(DIGEST, "")) revert Differs(1, 0);
        vm.expectEmit(address(registry));
        emit IKeyRegistry.DacRotated(1, committee(), 3);
        vm.prank(TIMELOCK);
        registry.setDac(committee(), 3);
        if (!registry.verifyDac(DIGEST, certify(DIGEST, 3))) revert Differs(0, 1);
        if (registry.verifyDac(DIGEST, certify(DIGEST, 2))) revert Differs(1, 0);
        same(registry.currentDac(), 1);
        (address[] memory signers, uint256 k) = registry.dacSet(1);
        same(signers[3], vm.addr(keys[3]));
        same(k, 3);
    }

    function test_a_da_committee_is_sorted_and_has_a_threshold() public {
        vm.expectRevert(Timelocked.NotTimelock.selector);
        registry.setDac(committee(), 3);
        vm.startPrank(TIMELOCK);
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        registry.setDac(committee(), 0);
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        registry.setDac(committee(), 5);
        vm.expectRevert(IKeyRegistry.BadSetSize.selector);
        registry.setDac(new address[](257), 3);
        address[] memory twice = committee();
        twice[1] = twice[0];
        vm.expectRevert(IKeyRegistry.UnsortedMembers.selector);
        registry.setDac(twice, 3);
    }
}
