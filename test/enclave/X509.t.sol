// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../contracts/enclave/Dates.sol";
import {Der} from "../../contracts/enclave/Der.sol";
import {Certificate, X509} from "../../contracts/enclave/X509.sol";
import {Platform} from "../support/Platform.sol";
import {vm} from "../support/Vm.sol";
import {X509Harness} from "../support/X509Harness.sol";

contract X509Test {
    X509Harness private immutable _harness = new X509Harness();

    function test_certificateSaysWhatItsIssuerWrote() external view {
        Certificate memory authority = _harness.parse(Platform.get("authority"));
        Certificate memory it = _harness.parse(Platform.get("pck"));
        vm.assertEq(it.serial, uint160(bytes20(Platform.get("pckSerial"))), "serial");
        vm.assertEq(it.from, 1_738_884_351, "from");
        vm.assertEq(it.until, 1_959_722_751, "until");
        vm.assertEq(it.issuer, authority.subject, "issuer");
        vm.assertEq(bytes32(it.authorityKeyId), bytes32(authority.subjectKeyId), "issuer's key");
        vm.assertFalse(it.isAuthority, "no authority");
        vm.assertTrue(authority.isAuthority, "an authority");
        vm.assertEq(it.keyUsage, 0xc0, "signs data");
        vm.assertEq(authority.keyUsage, 0x06, "signs certificates and lists");
        vm.assertEq(authority.sgxEnd, 0, "no platform");

        (bytes6 fmspc, bytes16 svns, uint16 pceSvn) = _harness.readPlatform(
            Platform.get("pck"),
            it.sgxStart,
            it.sgxEnd
        );
        vm.assertEq(bytes32(fmspc), bytes32(bytes6(0xb0c06f000000)), "family");
        vm.assertEq(bytes32(svns), bytes32(bytes16(0x03030202040100050000000000000000)), "components");
        vm.assertEq(pceSvn, 11, "PCESVN");
    }

    /// @dev RFC 5280: UTCTime up to 2049, GeneralizedTime from 2050 on.
    function test_timesHaveTwoForms() external view {
        _assertTime(bytes.concat(hex"170d", "491231235959Z"), 2_524_607_999);
        _assertTime(bytes.concat(hex"180f", "20500101000000Z"), 2_524_608_000);
        _assertTime(bytes.concat(hex"180f", "99991231235959Z"), 253_402_300_799);
    }

    function test_otherTimesAreRefused() external {
        bytes[6] memory wrong = [
            bytes(""),
            bytes.concat(hex"170f", "20500101000000Z"),
            bytes.concat(hex"180d", "491231235959Z"),
            bytes.concat(hex"1811", "20500101000000.0Z"),
            bytes.concat(hex"160d", "491231235959Z"),
            bytes.concat(hex"180f", "20500101000000")
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Der.DerUnexpected.selector, 0));
            _harness.time(wrong[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(Dates.DateInvalid.selector, bytes32("20500101000000+")));
        _harness.time(bytes.concat(hex"180f", "20500101000000+"));
    }

    function test_extensionIsReadWhetherCriticalOrNot() external view {
        _assertExtension(hex"30090603551d0f0402abcd", bytes32(bytes3(0x551d0f)), 9);
        _assertExtension(hex"300c0603551d0f0101ff0402abcd", bytes32(bytes3(0x551d0f)), 12);
        _assertExtension(hex"300f06092a864886f84d010d010402abcd", bytes32(bytes9(0x2a864886f84d010d01)), 15);
    }

    function test_extensionOfALongerKindOrWithoutValueIsRefused() external {
        bytes[2] memory wrong = [bytes(hex"3010060a2a864886f84d010d01010402abcd"), hex"30050603551d0f"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(X509.ExtensionUnexpected.selector, 0));
            _harness.extension(wrong[i]);
        }
        // In DER, what is not critical says nothing of it.
        vm.expectRevert(abi.encodeWithSelector(Der.DerUnexpected.selector, 7));
        _harness.extension(hex"300c0603551d0f0101000402abcd");
    }

    /// @dev Both in the place of the subject key identifier: 2.5.29.13, and CRL distribution points a second time.
    function test_extensionThatIsNotKnownOrThereTwiceIsRefused() external {
        bytes memory der = Platform.get("pck");
        _harness.parse(der);
        uint256 offset = Platform.find(der, hex"301d0603551d0e");
        bytes1[2] memory kinds = [bytes1(0x0d), 0x1f];
        for (uint256 i = 0; i < kinds.length; ++i) {
            der[offset + 6] = kinds[i];
            vm.expectRevert(abi.encodeWithSelector(X509.ExtensionUnexpected.selector, offset));
            _harness.parse(der);
        }
    }

    function _assertTime(bytes memory der, uint256 expected) private view {
        (uint48 time, uint256 end) = _harness.time(der);
        vm.assertEq(time, expected, "time");
        vm.assertEq(end, der.length, "end");
    }

    function _assertExtension(bytes memory der, bytes32 expected, uint256 expectedStart) private view {
        (bytes32 kind, uint256 start, uint256 end) = _harness.extension(der);
        vm.assertEq(kind, expected, "kind");
        vm.assertEq(start, expectedStart, "start");
        vm.assertEq(end, der.length, "end");
    }
}
