// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../contracts/enclave/Dates.sol";
import {Der} from "../../contracts/enclave/Der.sol";
import {Json} from "../../contracts/enclave/Json.sol";
import {P256Signatures} from "../../contracts/enclave/P256Signatures.sol";

/// @title DerHarness
/// @notice Makes the libraries' functions callable, with data that stands among other calldata.
contract DerHarness {
    using Json for Json.Reader;

    function word(bytes calldata data, uint256 offset, bytes calldata) external pure returns (bytes32, bytes32) {
        bytes32 slice = offset + 32 <= data.length ? bytes32(data[offset:offset + 32]) : bytes32(0);
        return (Der.word(data, offset), slice);
    }

    function content(bytes calldata data, uint8 tag) external pure returns (uint256, uint256) {
        return Der.content(data, 0, data.length, tag);
    }

    function sized(bytes calldata data, uint8 tag, uint256 length) external pure returns (uint256, uint256) {
        return Der.sized(data, 0, data.length, tag, length);
    }

    function last(bytes calldata data, uint8 tag) external pure returns (uint256) {
        return Der.last(data, 0, data.length, tag);
    }

    function exact(
        bytes calldata data,
        uint256 offset,
        bytes32 expected,
        uint256 length
    ) external pure returns (uint256) {
        return Der.exact(data, offset, data.length, expected, length);
    }

    function requireEnd(uint256 offset, uint256 end) external pure {
        Der.requireEnd(offset, end);
    }

    function integer(bytes calldata data) external pure returns (uint256, uint256) {
        return Der.integer(data, 0, data.length);
    }

    function utcTime(bytes32 text) external pure returns (uint48) {
        return Dates.ofUtcTime(text);
    }

    function generalizedTime(bytes32 text) external pure returns (uint48) {
        return Dates.ofGeneralizedTime(text);
    }

    function iso(bytes32 text) external pure returns (uint48) {
        return Dates.ofIso(text);
    }

    function isSigned(bytes32 hash, uint256 r, uint256 s, bytes32 x, bytes32 y) external view returns (bool) {
        return P256Signatures.verify(hash, r, s, x, y);
    }

    function isNext(bytes calldata text, uint256 offset, string calldata expected) external pure returns (bool) {
        return Json.Reader(text, offset).isNext(expected);
    }

    function readString(bytes calldata text) external pure returns (bytes memory value, uint256 end) {
        Json.Reader memory reader = Json.Reader(text, 0);
        return (reader.string_(), reader.offset);
    }

    function number(bytes calldata text, uint256 greatest) external pure returns (uint256) {
        return Json.Reader(text, 0).number(greatest);
    }
}
