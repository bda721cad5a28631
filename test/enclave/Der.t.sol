// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {Dates} from "../../contracts/enclave/Dates.sol";
import {Der} from "../../contracts/enclave/Der.sol";
import {Json} from "../../contracts/enclave/Json.sol";
import {DerHarness} from "../support/DerHarness.sol";
import {DerWriter} from "../support/DerWriter.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @notice The cheatcode that signs on P-256.
interface P256Cheats {
    function signP256(uint256 secret, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 secret) external pure returns (uint256 x, uint256 y);
}

contract DerTest is Test {
    P256Cheats private constant CHEATS = P256Cheats(address(vm));

    DerHarness private _harness = new DerHarness();

    function testFuzz_wordIsWhatTheSliceIs(bytes calldata data, uint256 offset, bytes calldata after_) external view {
        vm.assume(data.length >= 32);
        (bytes32 word, bytes32 slice) = _harness.word(data, _bound(offset, 0, data.length - 32), after_);
        vm.assertEq(word, slice, "word");
    }

    /// @dev Each length has one form, and that alone is read.
    function testFuzz_lengthHasOneForm(uint256 length, uint256 form) external {
        length = _bound(length, 0, 70_000);
        form = _bound(form, 0, 4);
        bytes memory head =
            form == 0
                ? abi.encodePacked(uint8(length))
                : bytes.concat(bytes1(uint8(0x80 + form)), DerWriter.bigEndian(length, form));
        uint256 due =
            length < 0x80
                ? 0
                : length < 0x100
                    ? 1
                    : length < 0x10000
                        ? 2
                        : 3;
        vm.assume(form != 0 || length < 0x80);
        bytes memory data = bytes.concat(hex"30", head, new bytes(length));
        vm.assume(form == 0 || form >= due);
        if (form != due) _expectUnexpected(0);
        (uint256 start, uint256 end) = _harness.content(data, 0x30);
        if (form != due) return;
        vm.assertEq(start, 1 + head.length, "start");
        vm.assertEq(end, data.length, "end");
    }

    function test_contentLiesWithinItsLimits() external {
        bytes[7] memory wrong = [bytes(""), hex"30", hex"3001", hex"300200", hex"3080", hex"31", hex"308101"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _expectUnexpected(0);
            _harness.content(wrong[i], 0x30);
        }
        (uint256 start, uint256 end) = _harness.content(hex"3000", 0x30);
        vm.assertEq(start, 2, "start");
        vm.assertEq(end, 2, "end");
    }

    function test_sizedIsOfThatLengthAlone() external {
        (uint256 start, uint256 end) = _harness.sized(hex"0402aabb", 0x04, 2);
        vm.assertEq(start, 2, "start");
        vm.assertEq(end, 4, "end");
        for (uint256 length = 1; length <= 3; length += 2) {
            _expectUnexpected(0);
            _harness.sized(hex"0402aabb", 0x04, length);
        }
    }

    function test_lastEndsAtItsLimit() external {
        vm.assertEq(_harness.last(hex"0402aabb", 0x04), 2, "start");
        _expectUnexpected(0);
        _harness.last(hex"0402aabb00", 0x04);
    }

    /// @dev Each bit counts, and none after them.
    function testFuzz_exactPassesTheseBytesAlone(bytes32 word, uint256 length, uint256 bit, uint8 before) external {
        length = _bound(length, 1, 32);
        bytes32 changed = word ^ bytes32(uint256(1) << _bound(bit, 0, 255));
        bytes memory data = bytes.concat(new bytes(before), word);
        vm.assertEq(_harness.exact(data, before, word, length), before + length, "end");
        bool isSame = (word ^ changed) >> (256 - 8 * length) == 0;
        if (!isSame) _expectUnexpected(before);
        uint256 end = _harness.exact(data, before, changed, length);
        if (isSame) vm.assertEq(end, before + length, "end");
    }

    function test_exactLiesWithinItsLimit() external {
        vm.assertEq(_harness.exact(hex"0000", 0, 0, 2), 2, "all of it");
        _expectUnexpected(1);
        _harness.exact(hex"0000", 1, 0, 2);
    }

    function testFuzz_endIsWhereItMustBe(uint256 offset, uint256 end) external {
        _harness.requireEnd(offset, offset);
        vm.assume(offset != end);
        _expectUnexpected(offset);
        _harness.requireEnd(offset, end);
    }

    function testFuzz_integerHasOneForm(uint256 value) external view {
        (uint256 found, ) = _harness.integer(DerWriter.integer(value));
        vm.assertEq(found, value, "value");
        (found, ) = _harness.integer(DerWriter.integer(value >> 200));
        vm.assertEq(found, value >> 200, "short");
    }

    function test_integerRefusesOtherForms() external {
        bytes[6] memory wrong = [
            bytes(hex"0200"),
            hex"0180",
            hex"020180",
            hex"02020001",
            bytes.concat(hex"0221", hex"01", new bytes(32)),
            bytes.concat(hex"0222", hex"00", hex"80", new bytes(32))
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _expectUnexpected(0);
            _harness.integer(wrong[i]);
        }
    }

    /// @dev Days counted one by one from a day that is known.
    function test_datesCountDays() external view {
        uint256[12] memory lengths = [uint256(31), 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 time = 0;
        for (uint256 year = 1970; year < 2050; ++year) {
            for (uint256 month = 1; month <= 12; ++month) {
                uint256 last = month == 2 && year % 4 == 0 ? 29 : lengths[month - 1];
                for (uint256 day = 1; day <= last; day += last - 1) {
                    bytes memory rest = bytes.concat(_two(month), _two(day), "010203Z");
                    uint256 expected = time + (day - 1) * 1 days + 3_723;
                    bytes memory utc = bytes.concat(_two(year % 100), rest);
                    vm.assertEq(_harness.utcTime(bytes32(utc)), expected, "UTC");
                    bytes32 generalized = bytes32(bytes.concat(_two(year / 100), utc));
                    vm.assertEq(_harness.generalizedTime(generalized), expected, "generalized");
                }
                time += last * 1 days;
            }
        }
        vm.assertEq(_harness.iso("2100-03-01T00:00:00Z"), 4_107_542_400, "no leap day in 2100");
        vm.assertEq(_harness.generalizedTime("21000301000000Z"), 4_107_542_400, "none here either");
        vm.assertEq(_harness.iso("2000-02-29T23:59:59Z"), 951_868_799, "one in 2000");
    }

    function test_datesThatThereAreNotAreRefused() external {
        bytes32[9] memory wrong = [
            bytes32("2027-02-29T00:00:00Z"),
            "2100-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-00-01T00:00:00Z",
            "2027-04-31T00:00:00Z",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z",
            "2027-01-01 00:00:00Z",
            "2027-01-0:T00:00:00Z"
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectPartialRevert(Dates.DateInvalid.selector);
            _harness.iso(wrong[i]);
        }
    }

    function test_generalizedTimeHasOneForm() external {
        bytes32[6] memory wrong = [
            bytes32("20270101000000+"),
            "202701010000Z",
            "2027010100000Z0",
            "21000229000000Z",
            "19691231235959Z",
            "2O270101000000Z"
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectPartialRevert(Dates.DateInvalid.selector);
            _harness.generalizedTime(wrong[i]);
        }
    }

    function testFuzz_signaturesAreTakenWithEitherS(uint256 secret, bytes32 hash, uint256 other) external view {
        secret = _bound(secret, 1, P256.N - 1);
        (uint256 x, uint256 y) = CHEATS.publicKeyP256(secret);
        (bytes32 r, bytes32 s) = CHEATS.signP256(secret, hash);
        (bytes32 keyX, bytes32 keyY) = (bytes32(x), bytes32(y));
        vm.assertTrue(_harness.isSigned(hash, uint256(r), uint256(s), keyX, keyY), "one");
        vm.assertTrue(_harness.isSigned(hash, uint256(r), P256.N - uint256(s), keyX, keyY), "the other");
        vm.assertFalse(_harness.isSigned(hash, uint256(r) ^ 1, uint256(s), keyX, keyY), "another r");
        vm.assertFalse(_harness.isSigned(~hash, uint256(r), uint256(s), keyX, keyY), "another hash");
        vm.assertFalse(_harness.isSigned(hash, uint256(r), uint256(s), keyX, bytes32(other)), "no point, or another");
        vm.assertFalse(_harness.isSigned(hash, 0, 0, keyX, keyY), "zeroes");
    }

    function testFuzz_nextIsWhatTheSliceIs(bytes calldata text, uint256 offset, uint256 length) external view {
        offset = _bound(offset, 0, text.length);
        length = _bound(length, 0, text.length - offset);
        bytes memory slice = text[offset:offset + length];
        vm.assertTrue(_harness.isNext(text, offset, string(slice)), "it is");
        vm.assertFalse(_harness.isNext(text, offset, string(bytes.concat(text[offset:], "x"))), "past the end");
        if (length == 0) return;
        slice[length - 1] ^= 0x01;
        vm.assertFalse(_harness.isNext(text, offset, string(slice)), "another");
    }

    function test_stringsAreReadUpToTheirQuote() external {
        (bytes memory value, uint256 end) = _harness.readString('"a b~"c"');
        vm.assertEq(string(value), "a b~", "value");
        vm.assertEq(end, 6, "end");
        bytes[5] memory wrong = [bytes(""), '"', '"abc', '"a\\"b"', hex"220122"];
        uint256[5] memory places = [uint256(0), 1, 4, 2, 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Json.JsonUnexpected.selector, places[i]));
            _harness.readString(wrong[i]);
        }
    }

    function test_numbersHaveOneForm() external {
        vm.assertEq(_harness.number("0,", 9), 0, "zero");
        vm.assertEq(_harness.number("65535", 65_535), 65_535, "the greatest");
        bytes[5] memory wrong = [bytes(""), "-1", "01", "65536", "99999999999999999999999999999999999999999999"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Json.JsonUnexpected.selector, 0));
            _harness.number(wrong[i], 65_535);
        }
    }

    function _expectUnexpected(uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(Der.DerUnexpected.selector, offset));
    }

    function _two(uint256 value) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(48 + value / 10), uint8(48 + (value % 10)));
    }
}
