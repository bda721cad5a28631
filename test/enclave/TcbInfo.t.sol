// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {TcbStatus} from "../../contracts/enclave/TcbStatus.sol";
import {Platform} from "../support/Platform.sol";
import {TcbStatusNames} from "../support/TcbStatusNames.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev What platforms are judged by: levels from the newest to the oldest, and the modules that are listed.
contract TcbInfoTest is World {
    bytes6 private constant FMSPC = 0xb0c06f000000;
    bytes32 private constant ROOT_ID = 0;
    /// @dev More than a platform's first word has grades for, and every status at least once.
    uint256 private constant LEVELS = 10;
    /// @dev Of the newest level; each further one wants one less.
    uint8 private constant NEWEST_SVN = 20;
    uint16 private constant NEWEST_PCE_SVN = 400;

    bytes private _report = Bytes.slice(Platform.get("quote"), 760, 1144);
    bytes private _signer = Platform.get("signer");

    function setUp() public override {
        super.setUp();
        Platform.bringQeIdentity(collateral);
    }

    /// @dev At each level, and short of it in one thing alone.
    function test_firstLevelThatIsReachedCounts() external {
        _bringLevels();
        for (uint8 i = 0; i < LEVELS; ++i) {
            (uint8 svn, uint16 pceSvn) = (NEWEST_SVN - i, NEWEST_PCE_SVN - i);
            _expectLevel(i);
            _requireTrusted(svn, svn, pceSvn);
            _expectLevel(i);
            _requireTrusted(255, svn, 65_535);
            if (i == LEVELS - 1) break;
            _expectLevel(i + 1);
            _requireTrusted(svn - 1, svn, pceSvn);
            _expectLevel(i + 1);
            _requireTrusted(svn, svn - 1, pceSvn);
            _expectLevel(i + 1);
            _requireTrusted(svn, svn, pceSvn - 1);
        }
    }

    function test_platformBelowEveryLevelIsRefused() external {
        _bringLevels();
        (uint8 svn, uint16 pceSvn) = (NEWEST_SVN + 1 - uint8(LEVELS), NEWEST_PCE_SVN + 1 - uint16(LEVELS));
        _expectNoLevel(svn - 1, 255, 65_535);
        _requireTrusted(svn - 1, 255, 65_535);
        _expectNoLevel(255, svn - 1, 65_535);
        _requireTrusted(255, svn - 1, 65_535);
        _expectNoLevel(255, 255, pceSvn - 1);
        _requireTrusted(255, 255, pceSvn - 1);
    }

    function test_moduleThatIsNoLongerListedIsUnknown() external {
        Platform.bringTcbInfo(collateral);
        for (uint8 version = 0; version <= 3; ++version) {
            if (version == 2) _expectModuleUnknown(version);
            _requireModule(version);
        }
        _bringLevels();
        _requireModule(0);
        for (uint8 version = 1; version <= 3; ++version) {
            _expectModuleUnknown(version);
            _requireModule(version);
        }
    }

    /// @dev The quoting enclave's identity was signed by another, who still stands.
    function test_textOfARevokedSignerIsRefusedAndNoOthers() external {
        uint160 serial = 0x7e3882d5fc;
        _signer[Platform.find(_signer, hex"02057e3882d5fb") + 6] = 0xfc;
        _signer = Platform.issued(_signer, "root");
        _bringLevels();
        _requireTrusted(NEWEST_SVN, NEWEST_SVN, NEWEST_PCE_SVN);
        collateral.bringRevocations(Platform.get("rootCrlRevokingAuthority"));
        _requireTrusted(NEWEST_SVN, NEWEST_SVN, NEWEST_PCE_SVN);

        bytes memory list = Platform.get("rootCrlRevokingSigner");
        list[Platform.find(list, hex"02057e3882d5fb") + 6] = 0xfc;
        list = Platform.issued(list, "root");
        collateral.markRevocations(list, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, serial));
        _requireTrusted(NEWEST_SVN, NEWEST_SVN, NEWEST_PCE_SVN);
    }

    /// @dev Newer than the vectors' own, without a module that has a number.
    function _bringLevels() private {
        string memory levels = _level(0);
        for (uint256 i = 1; i < LEVELS; ++i) levels = string.concat(levels, ",", _level(i));
        bytes memory text = bytes(
            string.concat(
                '{"id":"TDX","version":3,"issueDate":"2027-01-15T00:00:00Z","nextUpdate":"2027-02-13T00:00:00Z",',
                '"fmspc":"B0C06F000000","pceId":"0000","tcbType":0,"tcbEvaluationDataNumber":17,"tdxModule":{"mrsigner":"',
                "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
                '","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF"},"tcbLevels":[',
                levels,
                "]}"
            )
        );
        (bytes32 r, bytes32 s) = Platform.sign("TCB signing", text);
        collateral.bringTcbInfo(text, bytes.concat(r, s), _signer);
    }

    function _level(uint256 index) private pure returns (string memory) {
        string memory components = _components(Strings.toString(NEWEST_SVN - index));
        return
            string.concat(
                '{"tcb":{"sgxtcbcomponents":',
                components,
                ',"pcesvn":',
                Strings.toString(NEWEST_PCE_SVN - index),
                ',"tdxtcbcomponents":',
                components,
                '},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"',
                TcbStatusNames.nameOf(index % TcbStatusNames.COUNT),
                '"}'
            );
    }

    /// @dev The third of them alone counts: the first two are a module's where it has a number.
    function _components(string memory third) private pure returns (string memory list) {
        list = '[{"svn":0},{"svn":0}';
        for (uint256 i = 2; i < 16; ++i) list = string.concat(list, ',{"svn":', i == 2 ? third : "0", "}");
        list = string.concat(list, "]");
    }

    function _expectLevel(uint256 level) private {
        TcbStatus status = TcbStatus(level % TcbStatusNames.COUNT);
        if (status == TcbStatus.UpToDate || status == TcbStatus.SWHardeningNeeded) return;
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.TcbStatusRefused.selector, status));
    }

    function _expectNoLevel(uint8 sgx, uint8 tdx, uint16 pceSvn) private {
        bytes32 found = bytes32(_third(sgx)) | (bytes32(_third(tdx)) >> 128);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.TcbLevelUnknown.selector, found, pceSvn));
    }

    function _expectModuleUnknown(uint8 version) private {
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.TdxModuleUnknown.selector, version));
    }

    function _requireTrusted(uint8 sgx, uint8 tdx, uint16 pceSvn) private view {
        collateral.requireTrusted(_report, FMSPC, _third(sgx), pceSvn, _teeTcb(_third(tdx)));
    }

    /// @dev A platform as new as can be.
    function _requireModule(uint8 version) private view {
        bytes16 newest = bytes16(type(uint128).max);
        bytes16 svns = newest ^ (bytes16(bytes1(~version)) >> 8);
        collateral.requireTrusted(_report, FMSPC, newest, type(uint16).max, _teeTcb(svns));
    }

    /// @dev As a TD report starts; module, signer and attributes are all zeroes.
    function _teeTcb(bytes16 svns) private pure returns (bytes memory) {
        return bytes.concat(svns, new bytes(104));
    }

    function _third(uint8 svn) private pure returns (bytes16) {
        return bytes16(bytes1(svn)) >> 16;
    }
}
