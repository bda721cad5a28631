// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title RsaPss
 * @notice Verifies RSASSA-PSS signatures (RFC 8017, sections 8.1.2 and 9.1.2) of 2048-bit keys with exponent 65537:
 * SHA-256, MGF1 with SHA-256, a salt of 32 bytes.
 *
 * @dev Keys, signatures and encoded messages are eight words. The encoded message:
 *
 *     0        masked: 190 zero bytes, 0x01, 32 bytes of salt; the first bit is zero and not masked
 *     223      H = sha256(8 zero bytes ‖ messageHash ‖ salt)
 *     255      0xbc
 */
library RsaPss {
    /// @notice Bytes of a modulus, and of a signature.
    uint256 internal constant KEY_BYTES = 256;

    uint256 private constant EXPONENT_BYTES = 3;
    bytes3 private constant EXPONENT = 0x010001;
    address private constant MODEXP = address(0x05);

    /// @notice The precompile gave no result: it has not been given enough gas, or there is none.
    error ModexpFailed();

    /**
     * @notice Whether `signature` is the key's over a message whose SHA-256 hash is `messageHash`.
     * @dev False for any `modulus` that is not odd and of exactly 2048 bits. Reverts where gas is short: a signature
     * must never look wrong because whoever calls withheld gas.
     */
    function verify(bytes memory modulus, bytes32 messageHash, bytes memory signature) internal view returns (bool) {
        if (modulus.length != KEY_BYTES || signature.length != KEY_BYTES) return false;
        uint256[8] memory key = abi.decode(modulus, (uint256[8]));
        if (key[0] >> 255 == 0 || key[7] & 1 == 0) return false;
        if (!_isLess(abi.decode(signature, (uint256[8])), key)) return false;
        return _isEncoding(_power(signature, modulus), messageHash);
    }

    /// @dev EMSA-PSS-VERIFY of a message of 2047 bits.
    function _isEncoding(uint256[8] memory encoded, bytes32 messageHash) private pure returns (bool) {
        if (encoded[0] >> 255 != 0 || uint8(encoded[7]) != 0xbc) return false;
        uint256 h = (encoded[6] << 248) | (encoded[7] >> 8);
        // The first bit of the block is what the mask makes of a bit that is not masked.
        uint256 padding = ((encoded[0] ^ _mask(h, 0)) << 1) | (encoded[1] ^ _mask(h, 1));
        padding |= (encoded[2] ^ _mask(h, 2)) | (encoded[3] ^ _mask(h, 3)) | (encoded[4] ^ _mask(h, 4));
        uint256 turn = encoded[5] ^ _mask(h, 5);
        if (padding != 0 || turn >> 8 != 0x01) return false;
        uint256 salt = (turn << 248) | ((encoded[6] ^ _mask(h, 6)) >> 8);
        return sha256(abi.encodePacked(uint64(0), messageHash, salt)) == bytes32(h);
    }

    /// @dev Word `index` of MGF1's output.
    function _mask(uint256 seed, uint32 index) private pure returns (uint256) {
        return uint256(sha256(abi.encodePacked(seed, index)));
    }

    function _power(bytes memory base, bytes memory modulus) private view returns (uint256[8] memory) {
        (bool done, bytes memory result) = MODEXP.staticcall(
            abi.encodePacked(KEY_BYTES, EXPONENT_BYTES, KEY_BYTES, base, EXPONENT, modulus)
        );
        // SAFETY: a call that runs out of gas says nothing of the signature.
        require(done && result.length == KEY_BYTES, ModexpFailed());
        return abi.decode(result, (uint256[8]));
    }

    function _isLess(uint256[8] memory left, uint256[8] memory right) private pure returns (bool) {
        for (uint256 i = 0; i < 8; ++i) {
            if (left[i] != right[i]) return left[i] < right[i];
        }
        return false;
    }
}
