// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {Json} from "../../contracts/enclave/Json.sol";
import {TcbStatus, TcbStatuses} from "../../contracts/enclave/TcbStatus.sol";
import {TcbStatusNames} from "../support/TcbStatusNames.sol";
import {TcbStatusesHarness} from "../support/TcbStatusesHarness.sol";
import {vm} from "../support/Vm.sol";

contract TcbStatusTest {
    TcbStatusesHarness private immutable _harness = new TcbStatusesHarness();

    function test_eachStatusIsReadAndTwoAreTrusted() external view {
        for (uint256 i = 0; i < TcbStatusNames.COUNT; ++i) {
            string memory name = TcbStatusNames.nameOf(i);
            _assertRead(_level(name), i);
            _assertRead(_level(name, ',"advisoryIDs":["INTEL-SA-00106"]'), i);
            _assertRead(_level(name, ',"advisoryIDs":["INTEL-SA-00106","INTEL-SA-00837"]'), i);
            vm.assertTrue(_harness.isTrusted(TcbStatus(i)) == i < 2, name);
        }
    }

    function test_statusThatThereIsNotIsRefused() external {
        string[6] memory wrong = ["", "Fine", "uptodate", "UpToDat", "UpToDate ", "Revoked2"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(TcbStatuses.TcbStatusUnknown.selector, wrong[i]));
            _harness.read(_level(wrong[i]));
        }
    }

    function test_advisoriesAreAListOfStrings() external {
        string[3] memory wrong = ["[]", '["INTEL-SA-00106",]', '["INTEL-SA-00106"'];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectPartialRevert(Json.JsonUnexpected.selector);
            _harness.read(_level("UpToDate", string.concat(',"advisoryIDs":', wrong[i])));
        }
    }

    /// @dev What is trusted below what is not does not count.
    function test_leastIsTheLastOfThoseAtTheHeadThatAreTrusted() external view {
        _assertLeast(_version("7", "UpToDate"), 7);
        _assertLeast(string.concat(_version("7", "UpToDate"), ",", _version("0", "SWHardeningNeeded")), 0);
        string memory broken = string.concat(_version("4", "OutOfDate"), ",", _version("3", "UpToDate"));
        _assertLeast(string.concat(_version("5", "UpToDate"), ",", broken), 5);
        _assertLeast(broken, TcbStatuses.NO_VERSION);
        _assertLeast(_version("65535", "Revoked"), TcbStatuses.NO_VERSION);
    }

    function test_versionsComeNewestFirst() external {
        string[2] memory next = ["4", "5"];
        for (uint256 i = 0; i < next.length; ++i) {
            string memory both = string.concat(_version("4", "UpToDate"), ",", _version(next[i], "UpToDate"));
            vm.expectRevert(abi.encodeWithSelector(TcbStatuses.TcbLevelsUnordered.selector, 4, 4 + i));
            _harness.readLeast(_levels(both));
        }
    }

    function _assertRead(bytes memory text, uint256 expected) private view {
        (TcbStatus status, uint256 end) = _harness.read(text);
        vm.assertEq(uint256(status), expected, string(text));
        vm.assertEq(end, text.length, "all of it");
    }

    function _assertLeast(string memory versions, uint256 expected) private view {
        bytes memory text = _levels(versions);
        (uint24 least, uint256 end) = _harness.readLeast(text);
        vm.assertEq(least, expected, versions);
        vm.assertEq(end, text.length, "all of it");
    }

    function _levels(string memory versions) private pure returns (bytes memory) {
        return bytes.concat(',"tcbLevels":[', bytes(versions), "]");
    }

    function _version(string memory svn, string memory status) private pure returns (string memory) {
        return string.concat('{"tcb":{"isvsvn":', svn, "}", string(_level(status)));
    }

    function _level(string memory status) private pure returns (bytes memory) {
        return _level(status, "");
    }

    function _level(string memory status, string memory rest) private pure returns (bytes memory) {
        return bytes(string.concat(',"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"', status, '"', rest, "}"));
    }
}
