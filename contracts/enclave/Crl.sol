// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {X509} from "./X509.sol";

/**
 * @notice What a list of revoked certificates says.
 * @param signedHash SHA-256 of what its issuer signed, with (r, s).
 * @param issuer keccak256 of the issuer's name in DER.
 * @param authorityKeyId which of the issuer's keys signed it.
 * @param from, until this update and the next, in seconds.
 * @param number grows from list to list.
 * @param start, end where its entries lie.
 */
struct RevocationList {
    bytes32 signedHash;
    uint256 r;
    uint256 s;
    bytes32 issuer;
    bytes20 authorityKeyId;
    uint48 from;
    uint48 until;
    uint160 number;
    uint256 start;
    uint256 end;
}

/**
 * @title Crl
 * @notice Reads lists of revoked certificates as Intel issues them: X.509 version 2, with a number and the name of the
 * key that signed it.
 */
library Crl {
    uint8 private constant EXTENSIONS = 0xa0;
    bytes32 private constant VERSION = bytes32(bytes3(0x020101));
    bytes32 private constant NUMBER = bytes32(bytes3(0x551d14));
    bytes32 private constant AUTHORITY_KEY_ID = bytes32(bytes3(0x551d23));

    /// @notice Reads the list that all of `der` is.
    function parse(bytes calldata der) internal pure returns (RevocationList memory list) {
        uint256 start = Der.last(der, 0, der.length, Der.SEQUENCE);
        (uint256 next, uint256 bodyEnd) = Der.content(der, start, der.length, Der.SEQUENCE);
        list.signedHash = sha256(der[start:bodyEnd]);

        next = Der.exact(der, next, bodyEnd, VERSION, 3);
        (list.issuer, next) = X509.name(der, X509.algorithm(der, next, bodyEnd), bodyEnd);
        (list.from, next) = X509.time(der, next, bodyEnd);
        (list.until, next) = X509.time(der, next, bodyEnd);
        // There is no list of entries where none is revoked.
        if (next < bodyEnd && bytes1(Der.word(der, next)) == bytes1(Der.SEQUENCE)) {
            (list.start, next) = Der.content(der, next, bodyEnd, Der.SEQUENCE);
            list.end = next;
        }
        _readExtensions(der, next, bodyEnd, list);
        (list.r, list.s) = X509.signature(der, bodyEnd, der.length);
    }

    /// @notice The serial number of the entry at `offset`, and where the next one starts.
    function entry(
        bytes calldata der,
        uint256 offset,
        uint256 limit
    ) internal pure returns (uint160 serial, uint256 end) {
        uint256 next;
        (next, end) = Der.content(der, offset, limit, Der.SEQUENCE);
        (serial, next) = X509.serial(der, next, end);
        (, next) = X509.time(der, next, end);
        if (next < end) Der.last(der, next, end, Der.SEQUENCE);
    }

    function _readExtensions(bytes calldata der, uint256 offset, uint256 end, RevocationList memory list) private pure {
        uint256 next = Der.last(der, Der.last(der, offset, end, EXTENSIONS), end, Der.SEQUENCE);
        (bytes32 kind, uint256 start, uint256 valueEnd) = X509.extension(der, next, end);
        require(kind == NUMBER, X509.ExtensionUnexpected(next));
        (list.number, start) = X509.serial(der, start, valueEnd);
        Der.requireEnd(start, valueEnd);

        next = valueEnd;
        (kind, start, valueEnd) = X509.extension(der, next, end);
        require(kind == AUTHORITY_KEY_ID && valueEnd == end, X509.ExtensionUnexpected(next));
        list.authorityKeyId = X509.authorityKeyId(der, start, valueEnd);
    }
}
