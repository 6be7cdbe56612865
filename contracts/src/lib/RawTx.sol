// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The gas limit of a signed, encoded transaction
/// @notice Reads just enough of the envelope (EIP-2718) and its RLP list: legacy, type 1 (EIP-2930) and type
/// 2 (EIP-1559). It does not say that a transaction is valid; it says what it would cost at most.
library RawTx {
    error BadTx();

    /// @notice Gas limit of `raw`; BadTx if there is none to be read.
    function gasLimitOf(bytes calldata raw) internal pure returns (uint256) {
        if (raw.length == 0) revert BadTx();
        uint8 first = uint8(raw[0]);
        // nonce, gasPrice, gasLimit, ...
        if (first >= 0xc0) return uintAt(listOf(raw), 2);
        // chainId, nonce, gasPrice, gasLimit, ...
        if (first == 1) return uintAt(listOf(raw[1:]), 3);
        // chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, ...
        if (first == 2) return uintAt(listOf(raw[1:]), 4);
        revert BadTx();
    }

    /// The content of a list that fills `input` exactly.
    function listOf(bytes calldata input) private pure returns (bytes calldata) {
        if (input.length == 0 || uint8(input[0]) < 0xc0) revert BadTx();
        (uint256 start, uint256 end) = span(input);
        if (end != input.length) revert BadTx();
        return input[start:end];
    }

    /// The n-th item of a list's content, as a number: minimal big-endian, at most 8 bytes, as nodes demand.
    function uintAt(bytes calldata items, uint256 n) private pure returns (uint256 value) {
        for (uint256 i = 0; i < n; i++) {
            (, uint256 skip) = span(items);
            items = items[skip:];
        }
        if (items.length == 0 || uint8(items[0]) >= 0xc0) revert BadTx();
        (uint256 start, uint256 end) = span(items);
        bytes calldata digits = items[start:end];
        if (digits.length > 8 || (digits.length > 0 && digits[0] == 0)) revert BadTx();
        for (uint256 i = 0; i < digits.length; i++) {
            value = (value << 8) | uint8(digits[i]);
        }
    }

    /// Where the payload of the first item of `input` starts and ends.
    function span(bytes calldata input) private pure returns (uint256 start, uint256 end) {
        if (input.length == 0) revert BadTx();
        uint256 prefix = uint8(input[0]);
        if (prefix < 0x80) return (0, 1); // the byte is its own payload
        uint256 short = prefix < 0xc0 ? 0x80 : 0xc0;
        uint256 length = prefix - short;
        start = 1;
        if (length > 55) {
            uint256 digits = length - 55;
            start += digits;
            // Two bytes of length are more than any transaction here can need.
            if (digits > 2 || input.length < start || input[1] == 0) revert BadTx();
            length = uint8(input[1]);
            if (digits == 2) length = (length << 8) | uint8(input[2]);
            if (length < 56) revert BadTx();
        }
        end = start + length;
        if (end > input.length) revert BadTx();
        // A single byte below 0x80 must stand for itself.
        if (prefix == 0x81 && uint8(input[1]) < 0x80) revert BadTx();
    }
}
