// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Strict recovery of ECDSA signers (section 1.3 rule 6): one signer and digest have one encoding
/// only.
library Recover {
    /// Half the order of secp256k1, rounded down: a larger s is the mirror image of a smaller one (EIP-2).
    uint256 internal constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Who signed `digest`, or zero if `sig` is not a signature in the one form that is taken:
    /// 65 bytes `r || s || v`, r and s not zero, s at most half the order, v 27 or 28.
    function recover(bytes32 digest, bytes memory sig) internal pure returns (address) {
        if (sig.length != 65) return address(0);
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            r := mload(add(sig, 32))
            s := mload(add(sig, 64))
            v := byte(0, mload(add(sig, 96)))
        }
        return recover(digest, r, s, v);
    }

    /// @notice The same for a signature that is taken apart already.
    function recover(bytes32 digest, bytes32 r, bytes32 s, uint8 v) internal pure returns (address) {
        if (r == 0 || s == 0 || uint256(s) > HALF_ORDER) return address(0);
        if (v != 27 && v != 28) return address(0);
        return ecrecover(digest, v, r, s);
    }
}
