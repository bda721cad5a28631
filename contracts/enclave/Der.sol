// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Der
 * @notice Reads DER, and only DER: each thing has one encoding, and whatever is not what is asked for is refused.
 * @dev Places are offsets in `data`. No reading goes past `limit`, which lies within `data`. Conditions are written as
 * `if`, since a `require` costs a call of its own, and a quote has some two hundred.
 */
library Der {
    uint8 internal constant BOOLEAN = 0x01;
    uint8 internal constant INTEGER = 0x02;
    uint8 internal constant BIT_STRING = 0x03;
    uint8 internal constant OCTET_STRING = 0x04;
    uint8 internal constant OBJECT_IDENTIFIER = 0x06;
    uint8 internal constant UTC_TIME = 0x17;
    uint8 internal constant GENERALIZED_TIME = 0x18;
    uint8 internal constant SEQUENCE = 0x30;

    /// @dev Lengths of more bytes than these are of things that fit into no transaction.
    uint256 private constant MAX_LENGTH_BYTES = 3;

    /// @notice Something else stands at this offset than must stand there.
    error DerUnexpected(uint256 offset);

    /// @notice The 32 bytes from `offset` on, zeroes after the end of what was sent.
    /// @dev Assembly because a slice of what is read dozens of times in a quote costs four times as much; whoever asks
    /// has made sure that what counts of them lies within `data`. `test/enclave` holds it to the slice.
    function word(bytes calldata data, uint256 offset) internal pure returns (bytes32 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, offset))
        }
    }

    /// @notice Where the content of the element at `offset` starts, and where it ends.
    function content(
        bytes calldata data,
        uint256 offset,
        uint256 limit,
        uint8 tag
    ) internal pure returns (uint256 start, uint256 end) {
        // SAFETY: no offset has more than 32 bits and no length more than 24, so that nothing overflows, and what ends
        // within the limit started within it.
        unchecked {
            uint256 head = uint256(word(data, offset));
            uint256 length = (head >> 240) & 0xff;
            start = offset + 2;
            bool isShort = length < 0x80;
            if (!isShort) {
                uint256 count = length & 0x7f;
                length = (head << 16) >> (256 - 8 * count);
                // The shortest form alone: the short one up to 127, and no leading zero.
                isShort = count <= MAX_LENGTH_BYTES && length >= 0x80 && length >> (8 * (count - 1)) != 0;
                start += count;
            }
            end = start + length;
            if (head >> 248 != tag || !isShort || end > limit) revert DerUnexpected(offset);
        }
    }

    /// @notice The same where the content must be of a certain length.
    function sized(
        bytes calldata data,
        uint256 offset,
        uint256 limit,
        uint8 tag,
        uint256 length
    ) internal pure returns (uint256 start, uint256 end) {
        (start, end) = content(data, offset, limit, tag);
        if (end - start != length) revert DerUnexpected(offset);
    }

    /// @notice The same where the element must be the last before `limit`.
    function last(bytes calldata data, uint256 offset, uint256 limit, uint8 tag) internal pure returns (uint256 start) {
        uint256 end;
        (start, end) = content(data, offset, limit, tag);
        if (end != limit) revert DerUnexpected(offset);
    }

    /// @notice Passes `length` bytes, at most 32, that must be exactly these; the highest of `expected`.
    function exact(
        bytes calldata data,
        uint256 offset,
        uint256 limit,
        bytes32 expected,
        uint256 length
    ) internal pure returns (uint256 end) {
        unchecked {
            end = offset + length;
            bytes32 found = (word(data, offset) ^ expected) >> (256 - 8 * length);
            if (end > limit || found != 0) revert DerUnexpected(offset);
        }
    }

    /// @notice A number from 0 to 2^256 - 1.
    function integer(
        bytes calldata data,
        uint256 offset,
        uint256 limit
    ) internal pure returns (uint256 value, uint256 end) {
        unchecked {
            uint256 start;
            (start, end) = content(data, offset, limit, INTEGER);
            uint256 length = end - start;
            bytes32 digits = word(data, start);
            if (length == 0 || uint256(digits) >> 255 != 0) revert DerUnexpected(offset);
            if (uint256(digits) >> 248 == 0 && length > 1) {
                digits = word(data, start + 1);
                --length;
                // A leading zero stands only where the sign would be wrong without it.
                if (uint256(digits) >> 255 == 0) revert DerUnexpected(offset);
            }
            if (length > 32) revert DerUnexpected(offset);
            value = uint256(digits) >> (256 - 8 * length);
        }
    }

    /// @notice Reverts unless what was read ended where it had to.
    function requireEnd(uint256 offset, uint256 end) internal pure {
        if (offset != end) revert DerUnexpected(offset);
    }
}
