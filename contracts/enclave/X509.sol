// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "./Dates.sol";
import {Der} from "./Der.sol";

/// @notice When something is in force, in seconds, both ends included.
struct Validity {
    uint48 from;
    uint48 until;
}

/**
 * @notice What a certificate says.
 * @param signedHash SHA-256 of what its issuer signed, with (r, s).
 * @param issuer, subject keccak256 of the names in DER.
 * @param x, y the public key.
 * @param authorityKeyId, subjectKeyId which of the issuer's keys signed it, and what its own is called.
 * @param keyUsage the first byte of the bits.
 * @param sgxStart, sgxEnd where the value of Intel's extension of PCK certificates lies; zero where there is none.
 */
struct Certificate {
    bytes32 signedHash;
    uint256 r;
    uint256 s;
    uint160 serial;
    bytes32 issuer;
    bytes32 subject;
    uint48 from;
    uint48 until;
    bytes32 x;
    bytes32 y;
    bytes20 authorityKeyId;
    bytes20 subjectKeyId;
    bool isAuthority;
    uint8 keyUsage;
    uint256 sgxStart;
    uint256 sgxEnd;
}

/**
 * @title X509
 * @notice Reads X.509 certificates of the one shape that Intel issues for SGX and TDX: version 3, P-256, ECDSA with
 * SHA-256, names as they stand, extensions that are known.
 */
library X509 {
    uint8 private constant EXTENSIONS = 0xa3;
    uint8 private constant KEY_ID = 0x80;
    uint256 private constant KEY_ID_BYTES = 20;
    bytes32 private constant VERSION = bytes32(bytes5(0xa003020102));
    bytes32 private constant TRUE = bytes32(bytes3(0x0101ff));
    /// @dev ecdsa-with-SHA256.
    bytes32 private constant ALGORITHM = bytes32(bytes12(0x300a06082a8648ce3d040302));
    /// @dev SubjectPublicKeyInfo of P-256, up to the uncompressed point.
    bytes32 private constant KEY_HEAD = bytes32(bytes27(0x3059301306072a8648ce3d020106082a8648ce3d03010703420004));
    uint256 private constant KEY_HEAD_BYTES = 27;

    /// @dev Object identifiers of extensions: those of X.509 are 55 1d and a byte, 2.5.29 and a number.
    bytes32 private constant SGX = bytes32(bytes9(0x2a864886f84d010d01));
    bytes32 private constant AUTHORITY_KEY_ID = bytes32(bytes3(0x551d23));
    bytes32 private constant SUBJECT_KEY_ID = bytes32(bytes3(0x551d0e));
    bytes32 private constant KEY_USAGE = bytes32(bytes3(0x551d0f));
    bytes32 private constant BASIC_CONSTRAINTS = bytes32(bytes3(0x551d13));
    bytes32 private constant CRL_DISTRIBUTION_POINTS = bytes32(bytes3(0x551d1f));

    /// @notice An extension that is not known, or that is there twice.
    error ExtensionUnexpected(uint256 offset);
    /// @notice A serial number has more than 20 bytes.
    error SerialTooLong(uint256 offset);

    /// @notice Reads the certificate that all of `der` is.
    function parse(bytes calldata der) internal pure returns (Certificate memory it) {
        uint256 start = Der.last(der, 0, der.length, Der.SEQUENCE);
        (uint256 bodyStart, uint256 bodyEnd) = Der.content(der, start, der.length, Der.SEQUENCE);
        it.signedHash = sha256(der[start:bodyEnd]);
        _readExtensions(der, _readHead(der, bodyStart, bodyEnd, it), bodyEnd, it);
        (it.r, it.s) = signature(der, bodyEnd, der.length);
    }

    /// @notice The signature at `offset`, which is the last before `end`.
    function signature(bytes calldata der, uint256 offset, uint256 end) internal pure returns (uint256 r, uint256 s) {
        uint256 next = Der.last(der, algorithm(der, offset, end), end, Der.BIT_STRING);
        next = Der.exact(der, next, end, 0, 1);
        next = Der.last(der, next, end, Der.SEQUENCE);
        (r, next) = Der.integer(der, next, end);
        (s, next) = Der.integer(der, next, end);
        Der.requireEnd(next, end);
    }

    /// @notice Passes the one algorithm of signatures that there is.
    function algorithm(bytes calldata der, uint256 offset, uint256 limit) internal pure returns (uint256) {
        return Der.exact(der, offset, limit, ALGORITHM, 12);
    }

    /// @notice The hash of the name at `offset`.
    function name(bytes calldata der, uint256 offset, uint256 limit) internal pure returns (bytes32 hash, uint256 end) {
        (, end) = Der.content(der, offset, limit, Der.SEQUENCE);
        hash = keccak256(der[offset:end]);
    }

    /// @notice The time at `offset`.
    function time(bytes calldata der, uint256 offset, uint256 limit) internal pure returns (uint48, uint256) {
        if (offset < limit && bytes1(Der.word(der, offset)) == bytes1(Der.GENERALIZED_TIME)) {
            (uint256 long, uint256 longEnd) = Der.sized(der, offset, limit, Der.GENERALIZED_TIME, 15);
            return (Dates.ofGeneralizedTime(bytes15(Der.word(der, long))), longEnd);
        }
        (uint256 start, uint256 end) = Der.sized(der, offset, limit, Der.UTC_TIME, 13);
        return (Dates.ofUtcTime(bytes13(Der.word(der, start))), end);
    }

    /// @notice The serial number at `offset`.
    function serial(bytes calldata der, uint256 offset, uint256 limit) internal pure returns (uint160, uint256) {
        (uint256 value, uint256 end) = Der.integer(der, offset, limit);
        require(value <= type(uint160).max, SerialTooLong(offset));
        return (uint160(value), end);
    }

    /// @notice The key identifier in an authority key identifier that lies from `offset` to `end`.
    function authorityKeyId(bytes calldata der, uint256 offset, uint256 end) internal pure returns (bytes20) {
        return _keyId(der, Der.last(der, offset, end, Der.SEQUENCE), end, KEY_ID);
    }

    /// @notice The extension at `offset`: its object identifier, the highest bytes, and where its value lies.
    function extension(
        bytes calldata der,
        uint256 offset,
        uint256 limit
    ) internal pure returns (bytes32 kind, uint256 start, uint256 end) {
        unchecked {
            uint256 next;
            (next, end) = Der.content(der, offset, limit, Der.SEQUENCE);
            (start, next) = Der.content(der, next, end, Der.OBJECT_IDENTIFIER);
            if (next - start > 9 || next >= end) revert ExtensionUnexpected(offset);
            kind = (Der.word(der, start) >> (256 - 8 * (next - start))) << (256 - 8 * (next - start));
            if (bytes1(Der.word(der, next)) == bytes1(Der.BOOLEAN)) next = Der.exact(der, next, end, TRUE, 3);
            start = Der.last(der, next, end, Der.OCTET_STRING);
        }
    }

    /// @dev From the version to the public key.
    function _readHead(
        bytes calldata der,
        uint256 offset,
        uint256 limit,
        Certificate memory it
    ) private pure returns (uint256 next) {
        next = Der.exact(der, offset, limit, VERSION, 5);
        (it.serial, next) = serial(der, next, limit);
        (it.issuer, next) = name(der, algorithm(der, next, limit), limit);
        uint256 end;
        (next, end) = Der.content(der, next, limit, Der.SEQUENCE);
        (it.from, next) = time(der, next, end);
        (it.until, next) = time(der, next, end);
        Der.requireEnd(next, end);

        (it.subject, next) = name(der, next, limit);
        next = Der.exact(der, next, limit, KEY_HEAD, KEY_HEAD_BYTES);
        (it.x, it.y) = (Der.word(der, next), Der.word(der, next + 32));
        next += 64;
    }

    function _readExtensions(bytes calldata der, uint256 offset, uint256 limit, Certificate memory it) private pure {
        uint256 next = Der.last(der, Der.last(der, offset, limit, EXTENSIONS), limit, Der.SEQUENCE);
        uint256 seen = 0;
        while (next < limit) {
            (bytes32 kind, uint256 start, uint256 end) = extension(der, next, limit);
            uint256 bit = _readExtension(der, kind, start, end, it);
            if (bit == 0 || seen & bit != 0) revert ExtensionUnexpected(next);
            seen |= bit;
            next = end;
        }
    }

    /// @dev Returns a bit that is the extension's own, zero where it is not known.
    function _readExtension(
        bytes calldata der,
        bytes32 kind,
        uint256 start,
        uint256 end,
        Certificate memory it
    ) private pure returns (uint256) {
        if (kind == CRL_DISTRIBUTION_POINTS) return 1;
        if (kind == AUTHORITY_KEY_ID) {
            it.authorityKeyId = authorityKeyId(der, start, end);
            return 2;
        }
        if (kind == SUBJECT_KEY_ID) {
            it.subjectKeyId = _keyId(der, start, end, Der.OCTET_STRING);
            return 4;
        }
        if (kind == KEY_USAGE) {
            start = Der.last(der, start, end, Der.BIT_STRING);
            require(end - start == 2, Der.DerUnexpected(start));
            it.keyUsage = uint8(Der.word(der, start)[1]);
            return 8;
        }
        if (kind == BASIC_CONSTRAINTS) {
            it.isAuthority = _isAuthority(der, start, end);
            return 16;
        }
        (it.sgxStart, it.sgxEnd) = (start, end);
        return kind == SGX ? 32 : 0;
    }

    function _keyId(bytes calldata der, uint256 offset, uint256 end, uint8 tag) private pure returns (bytes20) {
        uint256 start = Der.last(der, offset, end, tag);
        require(end - start == KEY_ID_BYTES, Der.DerUnexpected(start));
        return bytes20(Der.word(der, start));
    }

    /// @dev Empty where it is none; else true and the greatest length of the path below it.
    function _isAuthority(bytes calldata der, uint256 offset, uint256 end) private pure returns (bool) {
        uint256 next = Der.last(der, offset, end, Der.SEQUENCE);
        if (next == end) return false;
        next = Der.exact(der, next, end, TRUE, 3);
        (, next) = Der.integer(der, next, end);
        Der.requireEnd(next, end);
        return true;
    }
}
