// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Transactions in RLP, with made-up signatures.
library TxMaker {
    function legacy(uint256 gasLimit, bytes memory data) internal pure returns (bytes memory) {
        bytes memory first = bytes.concat(number(7), number(20 gwei), number(gasLimit), recipient());
        return list(bytes.concat(first, number(0), text(data), signature(142_037)));
    }

    function accessList(uint256 gasLimit, bytes memory data) internal pure returns (bytes memory) {
        bytes memory first = bytes.concat(number(71_001), number(7), number(20 gwei), number(gasLimit));
        bytes memory rest = bytes.concat(recipient(), number(0), text(data), hex"c0", signature(1));
        return bytes.concat(hex"01", list(bytes.concat(first, rest)));
    }

    function dynamic(uint256 gasLimit, bytes memory data) internal pure returns (bytes memory) {
        bytes memory first =
            bytes.concat(number(71_001), number(7), number(1 gwei), number(20 gwei), number(gasLimit));
        bytes memory rest = bytes.concat(recipient(), number(0), text(data), hex"c0", signature(1));
        return bytes.concat(hex"02", list(bytes.concat(first, rest)));
    }

    function number(uint256 x) private pure returns (bytes memory) {
        uint256 size = 0;
        while (size < 32 && x >> (8 * size) != 0) size++;
        bytes memory digits = new bytes(size);
        for (uint256 i = 0; i < size; i++) {
            digits[size - 1 - i] = bytes1(uint8(x >> (8 * i)));
        }
        return text(digits);
    }

    function text(bytes memory b) private pure returns (bytes memory) {
        if (b.length == 1 && uint8(b[0]) < 0x80) return b;
        return bytes.concat(head(0x80, b.length), b);
    }

    function list(bytes memory items) private pure returns (bytes memory) {
        return bytes.concat(head(0xc0, items.length), items);
    }

    function head(uint256 short, uint256 size) private pure returns (bytes memory) {
        if (size < 56) return abi.encodePacked(uint8(short + size));
        if (size < 256) return abi.encodePacked(uint8(short + 56), uint8(size));
        return abi.encodePacked(uint8(short + 57), uint16(size));
    }

    function recipient() private pure returns (bytes memory) {
        return text(abi.encodePacked(address(0xB0B)));
    }

    function signature(uint256 v) private pure returns (bytes memory) {
        return bytes.concat(number(v), text(abi.encode(keccak256("r"))), text(abi.encode(keccak256("s"))));
    }
}
