// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "../../contracts/enclave/Der.sol";
import {PckExtension} from "../../contracts/enclave/PckExtension.sol";
import {DerWriter} from "../support/DerWriter.sol";
import {vm} from "../support/Vm.sol";
import {X509Harness} from "../support/X509Harness.sol";

contract PckExtensionTest {
    bytes private constant SGX = hex"2a864886f84d010d01";
    bytes6 private constant FMSPC = 0xb0c06f000000;
    /// @dev Sixteen components and PCESVN, each of which takes 18 bytes where it is below 128.
    uint256 private constant VERSIONS = 17;
    uint256 private constant VERSION_BYTES = 18;
    /// @dev Of PCEID and FMSPC, which stand behind them.
    uint256 private constant REST_BYTES = 40;

    X509Harness private immutable _harness = new X509Harness();

    function testFuzz_everyVersionIsRead(bytes16 svns, uint16 pceSvn) external view {
        uint256[VERSIONS] memory versions;
        for (uint256 i = 0; i < 16; ++i) versions[i] = uint8(svns[i]);
        versions[16] = pceSvn;
        bytes memory der = _extension(versions, 0);
        (bytes6 fmspc, bytes16 found, uint16 foundPceSvn) = _harness.readPlatform(der, 0, der.length);
        vm.assertEq(bytes32(fmspc), bytes32(FMSPC), "family");
        vm.assertEq(bytes32(found), bytes32(svns), "components");
        vm.assertEq(foundPceSvn, pceSvn, "PCESVN");
    }

    /// @dev Whichever way it is read: below 128 a component is compared as it stands, from 128 on it is decoded.
    function test_versionAboveWhatItsTypeHoldsIsRefused() external {
        for (uint256 i = 0; i < VERSIONS; ++i) {
            uint256[VERSIONS] memory versions;
            versions[i] = i < 16 ? 255 : 65_535;
            bytes memory der = _extension(versions, 0);
            _harness.readPlatform(der, 0, der.length);

            ++versions[i];
            der = _extension(versions, 0);
            uint256 end = der.length - REST_BYTES - (VERSIONS - 1 - i) * VERSION_BYTES;
            vm.expectRevert(abi.encodeWithSelector(PckExtension.SvnOutOfRange.selector, end, versions[i]));
            _harness.readPlatform(der, 0, der.length);
        }
    }

    function test_versionsAreInOrder() external {
        uint256[VERSIONS] memory versions;
        for (uint256 i = 0; i < VERSIONS; ++i) {
            bytes memory der = _extension(versions, 0);
            uint256 start = der.length - REST_BYTES - (VERSIONS - i) * VERSION_BYTES;
            // The last byte of its object identifier.
            der[start + 14] = bytes1(uint8(i + 2));
            vm.expectRevert(abi.encodeWithSelector(Der.DerUnexpected.selector, start + 2));
            _harness.readPlatform(der, 0, der.length);
        }
    }

    function test_otherProvisioningEnclaveIsRefused() external {
        uint256[VERSIONS] memory versions;
        bytes memory der = _extension(versions, 0x0001);
        vm.expectRevert(abi.encodeWithSelector(PckExtension.PceUnknown.selector, bytes2(0x0001)));
        _harness.readPlatform(der, 0, der.length);
    }

    function _extension(uint256[VERSIONS] memory versions, bytes2 pceId) private pure returns (bytes memory) {
        bytes memory tcb;
        for (uint256 i = 0; i < VERSIONS; ++i) {
            bytes memory number = bytes.concat(hex"02", bytes1(uint8(i + 1)));
            tcb = bytes.concat(tcb, _part(number, DerWriter.integer(versions[i])));
        }
        return
            DerWriter.element(
                Der.SEQUENCE,
                bytes.concat(
                    _part(hex"01", DerWriter.element(Der.OCTET_STRING, new bytes(16))),
                    _part(hex"02", DerWriter.element(Der.SEQUENCE, tcb)),
                    _part(hex"03", DerWriter.element(Der.OCTET_STRING, bytes.concat(pceId))),
                    _part(hex"04", DerWriter.element(Der.OCTET_STRING, bytes.concat(FMSPC)))
                )
            );
    }

    function _part(bytes memory number, bytes memory value) private pure returns (bytes memory) {
        bytes memory kind = DerWriter.element(Der.OBJECT_IDENTIFIER, bytes.concat(SGX, number));
        return DerWriter.element(Der.SEQUENCE, bytes.concat(kind, value));
    }
}
