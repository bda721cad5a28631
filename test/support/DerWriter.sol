// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title DerWriter
 * @notice Writes DER, for elements of less than 65,536 bytes.
 */
library DerWriter {
    function element(uint8 tag, bytes memory content) internal pure returns (bytes memory) {
        if (content.length < 0x80) return bytes.concat(bytes1(tag), bytes1(uint8(content.length)), content);
        uint256 count = content.length < 0x100 ? 1 : 2;
        return bytes.concat(bytes1(tag), bytes1(uint8(0x80 + count)), bigEndian(content.length, count), content);
    }

    function integer(uint256 value) internal pure returns (bytes memory) {
        uint256 length = 1;
        while (length < 32 && value >> (8 * length) != 0) ++length;
        bytes memory digits = bigEndian(value, length);
        return element(0x02, uint8(digits[0]) < 0x80 ? digits : bytes.concat(hex"00", digits));
    }

    function bigEndian(uint256 value, uint256 length) internal pure returns (bytes memory digits) {
        digits = new bytes(length);
        for (uint256 i = 0; i < length; ++i) digits[i] = bytes1(uint8(value >> (8 * (length - 1 - i))));
    }
}
