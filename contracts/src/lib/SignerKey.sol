// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Public keys of signers: 64 bytes, uncompressed without the leading 0x04
library SignerKey {
    /// @dev Prime of the field of secp256k1 (SEC 2, section 2.4.1).
    uint256 private constant P = 2 ** 256 - 2 ** 32 - 977;

    /// @notice The address of `pubkey`. Reverts with `invalid pubkey` unless it is a point of secp256k1:
    /// bytes that merely hash to an address would be a record that no node can verify a signature with.
    function addressOf(bytes calldata pubkey) internal pure returns (address) {
        require(pubkey.length == 64, "invalid pubkey");
        uint256 x = uint256(bytes32(pubkey[:32]));
        uint256 y = uint256(bytes32(pubkey[32:]));
        require(x < P && y < P, "invalid pubkey");
        uint256 right = addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
        require(mulmod(y, y, P) == right, "invalid pubkey");
        return address(uint160(uint256(keccak256(pubkey))));
    }
}
