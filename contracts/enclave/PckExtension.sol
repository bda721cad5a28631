// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "./Der.sol";

/**
 * @title PckExtension
 * @notice Reads what Intel says of a platform in the SGX extension of its PCK certificate.
 * @dev A sequence of pairs of object identifier and value: 1.2.840.113741.1.13.1 and a number. The first four are read:
 * PPID (1), TCB (2: sixteen components, PCESVN, CPUSVN), PCEID (3), FMSPC (4).
 */
library PckExtension {
    /// @dev Heads of object identifiers, whose last byte is a number.
    bytes32 private constant PART = bytes32(bytes11(0x060a2a864886f84d010d01));
    uint256 private constant PART_BYTES = 12;
    bytes32 private constant TCB_PART = bytes32(bytes12(0x060b2a864886f84d010d0102));
    uint256 private constant TCB_PART_BYTES = 13;
    /// @dev Part 1 of the TCB with a number of one byte, up to that.
    uint256 private constant SHORT_SVN = 0x3010060b2a864886f84d010d0102010201;
    uint256 private constant SHORT_SVN_NUMBER = 1 << 16;
    uint256 private constant COMPONENTS = 16;

    /// @notice A component or PCESVN is above what its type holds.
    error SvnOutOfRange(uint256 offset, uint256 svn);
    /// @notice Another provisioning enclave than the one that there is.
    error PceUnknown(bytes2 pceId);

    /// @notice Reads the extension that lies from `offset` to `end`.
    /// @return fmspc the platform's family.
    /// @return svns its components' security versions, one byte each.
    /// @return pceSvn its provisioning enclave's.
    function read(
        bytes calldata der,
        uint256 offset,
        uint256 end
    ) internal pure returns (bytes6 fmspc, bytes16 svns, uint16 pceSvn) {
        uint256 next = Der.last(der, offset, end, Der.SEQUENCE);
        uint256 value;
        (, next) = _part(der, next, end, 1);
        (value, next) = _part(der, next, end, 2);
        (svns, pceSvn) = _readTcb(der, Der.last(der, value, next, Der.SEQUENCE), next);
        (value, next) = _part(der, next, end, 3);
        (value, ) = Der.sized(der, value, next, Der.OCTET_STRING, 2);
        bytes2 pceId = bytes2(Der.word(der, value));
        require(pceId == 0, PceUnknown(pceId));
        (value, next) = _part(der, next, end, 4);
        (value, ) = Der.sized(der, value, next, Der.OCTET_STRING, 6);
        fmspc = bytes6(Der.word(der, value));
    }

    /// @dev Where the value of part `number` starts, and where the part ends.
    function _part(
        bytes calldata der,
        uint256 offset,
        uint256 limit,
        uint256 number
    ) private pure returns (uint256 value, uint256 end) {
        (value, end) = Der.content(der, offset, limit, Der.SEQUENCE);
        value = Der.exact(der, value, end, PART | bytes32(number << (256 - 8 * PART_BYTES)), PART_BYTES);
    }

    function _readTcb(bytes calldata der, uint256 offset, uint256 end) private pure returns (bytes16, uint16) {
        unchecked {
            uint256 svns = 0;
            uint256 svn;
            uint256 head = SHORT_SVN;
            for (uint256 i = 0; i < COMPONENTS; ++i) {
                // Nearly every one is below 128 and takes 18 bytes; that they lie before the end shows at the end.
                uint256 word = uint256(Der.word(der, offset)) >> 112;
                if (word >> 7 == head << 1) {
                    svn = word & 0x7f;
                    offset += 18;
                } else {
                    (svn, offset) = _svn(der, offset, end, i + 1);
                    require(svn <= type(uint8).max, SvnOutOfRange(offset, svn));
                }
                svns = (svns << 8) | svn;
                head += SHORT_SVN_NUMBER;
            }
            (svn, offset) = _svn(der, offset, end, COMPONENTS + 1);
            require(svn <= type(uint16).max, SvnOutOfRange(offset, svn));
            return (bytes16(uint128(svns)), uint16(svn));
        }
    }

    /// @dev The number in the TCB's part `number`.
    function _svn(
        bytes calldata der,
        uint256 offset,
        uint256 limit,
        uint256 number
    ) private pure returns (uint256 svn, uint256 end) {
        uint256 next;
        (next, end) = Der.content(der, offset, limit, Der.SEQUENCE);
        next = Der.exact(der, next, end, TCB_PART | bytes32(number << (256 - 8 * TCB_PART_BYTES)), TCB_PART_BYTES);
        (svn, next) = Der.integer(der, next, end);
        Der.requireEnd(next, end);
    }
}
