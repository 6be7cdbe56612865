// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "../interfaces/IKeyRegistry.sol";
import {Recover} from "./Recover.sol";

/// @notice Certificates: many signatures over one digest (section 5.5).
/// Encoding: a bitmap of members, little-endian in bits, ceil(n / 8) bytes; then the 65-byte signatures of
/// the members whose bit is set, in order. One set of signatures has one encoding.
library Certificates {
    /// @notice The power of those who signed; 0 if anything at all is wrong with the certificate.
    function weigh(IKeyRegistry.Member[] storage members, bytes32 digest, bytes calldata cert)
        internal
        view
        returns (uint256 power)
    {
        uint256 count = members.length;
        uint256 offset = (count + 7) / 8;
        if (cert.length < offset || _hasSpareBits(cert, count)) return 0;
        for (uint256 i = 0; i < count; i++) {
            if ((uint8(cert[i / 8]) >> (i % 8)) & 1 == 0) continue;
            if (cert.length < offset + 65) return 0;
            IKeyRegistry.Member memory member = members[i];
            if (_signerAt(digest, cert, offset) != member.signer) return 0;
            power += member.power;
            offset += 65;
        }
        if (cert.length != offset) return 0;
    }

    /// Bits for members that do not exist would be a second encoding.
    function _hasSpareBits(bytes calldata cert, uint256 count) private pure returns (bool) {
        return count % 8 != 0 && uint8(cert[count / 8]) >> (count % 8) != 0;
    }

    /// Zero for a bad signature; no member is zero.
    function _signerAt(bytes32 digest, bytes calldata cert, uint256 offset) private pure returns (address) {
        bytes32 r = bytes32(cert[offset:offset + 32]);
        bytes32 s = bytes32(cert[offset + 32:offset + 64]);
        return Recover.recover(digest, r, s, uint8(cert[offset + 64]));
    }
}
