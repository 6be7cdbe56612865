// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../../interfaces/IKeyRegistry.sol";
import {Certificates} from "../../lib/Certificates.sol";
import {Timelocked} from "../Timelocked.sol";

/// @title Who may say that a payload is kept outside L1 (sections 5.5, 9.6)
/// @notice Heads count here, not stake. A change acts at once: a batch that was under way goes by blobs.
abstract contract DataCommittee is Timelocked, IKeyRegistry {
    struct Committee {
        uint256 k;
        /// Each with power 1.
        Member[] members;
    }

    /// @custom:storage-location erc7201:conclave.storage.DataCommittee
    struct DataCommitteeStorage {
        uint64 current;
        mapping(uint64 dacId => Committee) committees;
    }

    bytes32 private constant SLOT = keccak256(
        abi.encode(uint256(keccak256("conclave.storage.DataCommittee")) - 1)
    ) & ~bytes32(uint256(0xff));

    /// @inheritdoc IKeyRegistry
    function setDac(address[] calldata signers, uint256 k) external onlyTimelock {
        if (signers.length > 256 || k == 0 || k > signers.length) revert BadSetSize();
        DataCommitteeStorage storage $ = _dataCommittee();
        uint64 dacId = ++$.current;
        Committee storage committee = $.committees[dacId];
        committee.k = k;
        address previous;
        for (uint256 i = 0; i < signers.length; i++) {
            if (signers[i] <= previous) revert UnsortedMembers();
            previous = signers[i];
            committee.members.push(Member(previous, 1));
        }
        emit DacRotated(dacId, signers, k);
    }

    /// @inheritdoc IKeyRegistry
    function verifyDac(bytes32 digest, bytes calldata cert) external view returns (bool) {
        Committee storage committee = _dataCommittee().committees[currentDac()];
        if (committee.k == 0) return false;
        return Certificates.weigh(committee.members, digest, cert) >= committee.k;
    }

    /// @inheritdoc IKeyRegistry
    function dacSet(uint64 dacId) external view returns (address[] memory signers, uint256 k) {
        Committee storage committee = _dataCommittee().committees[dacId];
        signers = new address[](committee.members.length);
        for (uint256 i = 0; i < signers.length; i++) {
            signers[i] = committee.members[i].signer;
        }
        k = committee.k;
    }

    /// @inheritdoc IKeyRegistry
    function currentDac() public view returns (uint64) {
        return _dataCommittee().current;
    }

    function _dataCommittee() private pure returns (DataCommitteeStorage storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }
}
