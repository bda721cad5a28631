// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract KeyRegistryTest is Test {
    uint256 private constant START = 1_800_000_000;

    KeyRegistry private _keys;
    Actor private _key = _actor("key");
    address private _operator = _actor("operator").addr;
    address private _rival = _actor("rival").addr;

    function setUp() public {
        vm.warp(START);
        _keys = new KeyRegistry(IIntelCollateral(address(0)));
    }

    function test_registerGivesTheKeyToTheCallerFromNowOn() external {
        bytes memory signature = _consent(_operator);
        vm.expectEmit(address(_keys));
        emit IKeyRegistry.KeyRegistered(_operator, _key.addr, uint48(START));
        _register(_operator, signature);

        IKeyRegistry.Key memory found = _keys.get(_key.addr);
        vm.assertEq(found.operator, _operator, "operator");
        vm.assertEq(found.validFrom, START, "from");
        vm.assertEq(found.validUntil, type(uint48).max, "no end");
        vm.assertFalse(_keys.isValidAt(_key.addr, _operator, START - 1), "the second before");
        vm.assertTrue(_keys.isValidAt(_key.addr, _operator, START), "from this block on");
        vm.assertFalse(_keys.isValidAt(_key.addr, _rival, START), "nobody else's");
    }

    function test_threat41_copiedRegistrationIsWorthNothingToTheThief() external {
        bytes memory signature = _consent(_operator);
        _expectSignatureInvalid(_key.addr, _rival);
        _register(_rival, signature);
    }

    function test_registerRefusesAnotherKeysSignature() external {
        Actor memory other = _actor("other");
        bytes memory signature = _sign(other.key, _keys.registrationDigest(_key.addr, _operator));
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, signature);
    }

    function test_threat28_registerRefusesMalformedAndHighSSignatures() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key.key, _keys.registrationDigest(_key.addr, _operator));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory highS = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, highS);
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, abi.encodePacked(r, s));
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, "");
    }

    function test_registerRefusesTheZeroKeyThatAFailedRecoveryYields() external {
        _expectSignatureInvalid(address(0), _operator);
        vm.prank(_operator);
        _keys.register(address(0), "");
    }

    function test_threat20_registrationOfAnotherRegistryOrChainIsRefused() external {
        bytes memory elsewhere = _sign(
            _key.key,
            new KeyRegistry(IIntelCollateral(address(0))).registrationDigest(_key.addr, _operator)
        );
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, elsewhere);

        bytes memory here = _consent(_operator);
        vm.chainId(999);
        _expectSignatureInvalid(_key.addr, _operator);
        _register(_operator, here);
    }

    function test_L3_keyBelongsToOneOperatorForEver() external {
        _register(_operator, _consent(_operator));
        bytes memory signature = _consent(_rival);
        bytes memory expected = abi.encodeWithSelector(
            IKeyRegistry.KeyAlreadyRegistered.selector,
            _key.addr,
            _operator
        );
        vm.expectRevert(expected);
        _register(_rival, signature);

        vm.prank(_operator);
        _keys.end(_key.addr, uint48(START + Clocks.KEY_NOTICE));
        _wait(365 days);
        vm.expectRevert(expected);
        _register(_rival, signature);
    }

    function test_threat22_endTakesEffectAfterTheNoticeAtTheEarliest() external {
        _register(_operator, _consent(_operator));
        uint48 earliest = uint48(START + Clocks.KEY_NOTICE);
        _expectEndRefused(earliest - 1, type(uint48).max);
        _end(earliest - 1);

        vm.expectEmit(address(_keys));
        emit IKeyRegistry.KeyEndSet(_operator, _key.addr, earliest);
        _end(earliest);
        vm.assertTrue(_keys.isValidAt(_key.addr, _operator, earliest - 1), "its last second");
        vm.assertFalse(_keys.isValidAt(_key.addr, _operator, earliest), "no longer");
    }

    function test_threat42_L3_endIsNeverPutOffNorRewritten() external {
        _register(_operator, _consent(_operator));
        uint48 end = uint48(START + 10 days);
        _end(end);
        _expectEndRefused(end, end);
        _end(end);
        _expectEndRefused(type(uint48).max, end);
        _end(type(uint48).max);
        _end(end - 1);
        vm.assertEq(_keys.get(_key.addr).validUntil, end - 1, "brought forward");
    }

    function test_threat34_pastOfAnEndedKeyStaysValid() external {
        _register(_operator, _consent(_operator));
        _end(uint48(START + Clocks.KEY_NOTICE));
        _wait(1_000 days);
        vm.assertTrue(_keys.isValidAt(_key.addr, _operator, START + 1), "then it was");
    }

    function test_endRefusesWhoDoesNotOwnTheKey() external {
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeyNotOwned.selector, _key.addr, _rival));
        vm.prank(_rival);
        _keys.end(_key.addr, uint48(START + 10 days));
        _register(_operator, _consent(_operator));
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeyNotOwned.selector, _key.addr, _rival));
        vm.prank(_rival);
        _keys.end(_key.addr, uint48(START + 10 days));
    }

    function test_unregisteredKeyIsNobodys() external view {
        vm.assertFalse(_keys.isValidAt(_key.addr, address(0), START), "not even nobody's");
        vm.assertEq(_keys.get(_key.addr).operator, address(0), "no record");
    }

    /// @dev L3: whatever ends are set, no second of the past changes its answer.
    function testFuzz_L3_pastNeverChanges(uint256 asked, uint256[4] memory ends, uint256[4] memory waits) external {
        _register(_operator, _consent(_operator));
        for (uint256 i = 0; i < ends.length; ++i) {
            _wait(_bound(waits[i], 0, 2 days));
            uint256 time = _bound(asked, START, _now());
            bool before = _keys.isValidAt(_key.addr, _operator, time);
            uint256 latest = _keys.get(_key.addr).validUntil;
            uint256 earliest = _now() + Clocks.KEY_NOTICE;
            if (latest <= earliest) break;
            _end(uint48(_bound(ends[i], earliest, latest - 1)));
            vm.assertTrue(_keys.isValidAt(_key.addr, _operator, time) == before, "the past");
        }
    }

    function _consent(address operator) private view returns (bytes memory) {
        return _sign(_key.key, _keys.registrationDigest(_key.addr, operator));
    }

    function _register(address operator, bytes memory signature) private {
        vm.prank(operator);
        _keys.register(_key.addr, signature);
    }

    function _end(uint48 validUntil) private {
        vm.prank(_operator);
        _keys.end(_key.addr, validUntil);
    }

    function _expectSignatureInvalid(address key, address operator) private {
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeySignatureInvalid.selector, key, operator));
    }

    function _expectEndRefused(uint48 validUntil, uint48 latest) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IKeyRegistry.KeyEndOutOfRange.selector,
                _key.addr,
                validUntil,
                _now() + Clocks.KEY_NOTICE,
                latest
            )
        );
    }
}
