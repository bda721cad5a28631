// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Dates} from "./Dates.sol";

/**
 * @title Json
 * @notice Reads JSON of one known form from its first character to its last: members in one order, no blanks, no
 * escapes. Whatever stands there instead is refused, so that nobody can read the same text otherwise.
 */
library Json {
    uint256 private constant DATE_LENGTH = 20;

    /// @notice A text, and how far it is read.
    struct Reader {
        bytes text;
        uint256 offset;
    }

    /// @notice Something else stands at this character than must stand there.
    error JsonUnexpected(uint256 offset);

    /// @notice Whether `expected` comes next.
    /// @dev Assembly because a text of thirty levels has some six thousand of these, and must fit into a transaction: a
    /// copy of each part would double what bringing it costs. `test/enclave` holds it to the copy.
    function isNext(Reader memory self, string memory expected) internal pure returns (bool isSame) {
        bytes memory text = self.text;
        uint256 offset = self.offset;
        uint256 length = bytes(expected).length;
        if (offset + length > text.length) return false;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            isSame := eq(keccak256(add(add(text, 32), offset), length), keccak256(add(expected, 32), length))
        }
    }

    /// @notice Passes `expected`.
    function pass(Reader memory self, string memory expected) internal pure {
        require(isNext(self, expected), JsonUnexpected(self.offset));
        self.offset += bytes(expected).length;
    }

    /// @notice Passes `expected` where it comes next, and says whether it did.
    function tryPass(Reader memory self, string memory expected) internal pure returns (bool isThere) {
        isThere = isNext(self, expected);
        if (isThere) self.offset += bytes(expected).length;
    }

    /// @notice A whole number up to `greatest`.
    function number(Reader memory self, uint256 greatest) internal pure returns (uint256 value) {
        uint256 start = self.offset;
        while (self.offset < self.text.length) {
            uint256 digit = uint8(self.text[self.offset]);
            if (digit < 0x30 || digit > 0x39) break;
            value = value * 10 + digit - 0x30;
            require(value <= greatest, JsonUnexpected(start));
            ++self.offset;
        }
        // No leading zero: a number is written in one way.
        require(self.offset == start + 1 || (self.offset > start && self.text[start] != "0"), JsonUnexpected(start));
    }

    /// @notice The characters of a string, quotes left out.
    function string_(Reader memory self) internal pure returns (bytes memory) {
        uint256 start = self.offset + 1;
        skipString(self);
        return Bytes.slice(self.text, start, self.offset - 1);
    }

    /// @notice Passes a string.
    function skipString(Reader memory self) internal pure {
        pass(self, '"');
        bytes memory text = self.text;
        uint256 end = text.length;
        // SAFETY: no text has 2^256 characters.
        unchecked {
            for (uint256 offset = self.offset; offset < end; ++offset) {
                uint8 character = uint8(text[offset]);
                if (character == 0x22) {
                    self.offset = offset + 1;
                    return;
                }
                if (character < 0x20 || character > 0x7e || character == 0x5c) revert JsonUnexpected(offset);
            }
        }
        revert JsonUnexpected(end);
    }

    /// @notice A string of `length` bytes in capital hexadecimal digits.
    function hex_(Reader memory self, uint256 length) internal pure returns (bytes memory value) {
        uint256 offset = self.offset + 1;
        bytes memory digits = string_(self);
        require(digits.length == 2 * length, JsonUnexpected(offset));
        value = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            value[i] = bytes1(hexByte(digits[2 * i], digits[2 * i + 1], offset));
        }
    }

    /// @notice What two capital hexadecimal digits write; `offset` is where they stand.
    function hexByte(bytes1 high, bytes1 low, uint256 offset) internal pure returns (uint8) {
        return (_digit(high, offset) << 4) | _digit(low, offset);
    }

    /// @notice A date.
    function date(Reader memory self) internal pure returns (uint48) {
        uint256 offset = self.offset;
        bytes memory text = string_(self);
        require(text.length == DATE_LENGTH, JsonUnexpected(offset));
        return Dates.ofIso(bytes32(text));
    }

    /// @notice Reverts unless all of the text is read.
    function requireEnd(Reader memory self) internal pure {
        require(self.offset == self.text.length, JsonUnexpected(self.offset));
    }

    function _digit(bytes1 character, uint256 offset) private pure returns (uint8) {
        if (character >= "0" && character <= "9") return uint8(character) - 0x30;
        require(character >= "A" && character <= "F", JsonUnexpected(offset));
        return uint8(character) - 0x37;
    }
}
