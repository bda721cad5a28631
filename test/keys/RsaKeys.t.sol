// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Intervals} from "../../contracts/access/Intervals.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract RsaKeysTest is Test {
    uint256 private constant START = 1_800_000_000;

    KeyRegistry private _keys;
    address private _operator = _actor("operator").addr;
    address private _rival = _actor("rival").addr;
    bytes private _modulus = _modulusOf(0x80, 0x01);
    bytes32 private _hash = keccak256(_modulus);

    function setUp() public {
        vm.warp(START);
        _keys = new KeyRegistry(IIntelCollateral(address(0)));
    }

    function test_registeredForTheCallerFromThisBlockOn() external {
        vm.expectEmit(address(_keys));
        emit IKeyRegistry.RsaKeyRegistered(_operator, _hash, uint48(START), _modulus);
        _register(_operator, _modulus);
        vm.assertFalse(_validAt(_operator, START - 1), "the second before");
        vm.assertTrue(_validAt(_operator, START), "from now on");
        vm.assertFalse(_validAt(_rival, START), "nobody else's");
    }

    /// @dev Such a key signs no registration, so nothing says whose it is: a thief must not be able to keep it from its
    /// owner.
    function test_threat41_anotherOperatorsRegistrationTakesNothingAway() external {
        _register(_rival, _modulus);
        _register(_operator, _modulus);
        vm.prank(_rival);
        _keys.endRsa(_hash, uint48(START + Clocks.KEY_NOTICE));
        vm.assertTrue(_validAt(_operator, START + 100 days), "still the operator's");
        vm.assertFalse(_validAt(_rival, START + 100 days), "ended for the other alone");
    }

    function test_registerRefusesWhatIsNoModulus() external {
        bytes[5] memory wrong = [
            bytes(""),
            _modulusOf(0x7f, 0x01),
            _modulusOf(0x80, 0x02),
            bytes.concat(_modulus, hex"01"),
            _cut(_modulus, 255)
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.RsaModulusInvalid.selector, wrong[i]));
            _register(_operator, wrong[i]);
        }
    }

    function test_threat42_registeredOnceAndNeverOpenedAgain() external {
        _register(_operator, _modulus);
        bytes memory refusal = abi.encodeWithSelector(IKeyRegistry.RsaKeyAlreadyRegistered.selector, _operator, _hash);
        vm.expectRevert(refusal);
        _register(_operator, _modulus);
        _end(uint48(START + Clocks.KEY_NOTICE));
        _wait(2 days);
        vm.expectRevert(refusal);
        _register(_operator, _modulus);
    }

    function test_threat34_threat42_endLeavesThePastAndTheNoticeAsTheyAre() external {
        _register(_operator, _modulus);
        uint48 earliest = uint48(START + Clocks.KEY_NOTICE);
        vm.expectRevert(
            abi.encodeWithSelector(Intervals.EndOutOfRange.selector, earliest - 1, earliest, type(uint48).max)
        );
        _end(earliest - 1);
        vm.expectEmit(address(_keys));
        emit IKeyRegistry.RsaKeyEndSet(_operator, _hash, earliest);
        _end(earliest);
        vm.assertTrue(_validAt(_operator, earliest - 1), "its last second");
        vm.assertFalse(_validAt(_operator, earliest), "no longer");
        vm.expectRevert(abi.encodeWithSelector(Intervals.EndOutOfRange.selector, earliest, earliest, earliest));
        _end(earliest);
        _wait(1_000 days);
        vm.assertTrue(_validAt(_operator, START), "then it was");
    }

    function test_endRefusesWhatIsNotTheCallers() external {
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.RsaKeyNotRegistered.selector, _operator, _hash));
        _end(uint48(START + 10 days));
    }

    function _register(address who, bytes memory modulus) private {
        vm.prank(who);
        _keys.registerRsa(modulus);
    }

    function _end(uint48 until) private {
        vm.prank(_operator);
        _keys.endRsa(_hash, until);
    }

    function _validAt(address who, uint256 time) private view returns (bool) {
        return _keys.isRsaKeyValidAt(who, _hash, time);
    }

    function _modulusOf(uint8 first, uint8 last) private pure returns (bytes memory modulus) {
        modulus = new bytes(256);
        (modulus[0], modulus[100], modulus[255]) = (bytes1(first), 0xab, bytes1(last));
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) cut[i] = data[i];
    }
}
