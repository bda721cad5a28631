// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {Platform} from "../support/Platform.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract AttestedKeysTest is World {
    Actor private _key = _actor("enclave key");
    bytes32 private _measurement;

    function setUp() public override {
        super.setUp();
        Platform.bring(collateral);
        _measurement = bytes32(Platform.get("measurement"));
    }

    function test_registersTheKeyWithTheEnclavesMeasurement() external {
        (bytes memory consent, bytes memory quote) = (_consent(operator), _quote(operator));
        vm.expectEmit(address(keys));
        emit IKeyRegistry.KeyRegistered(operator, _key.addr, uint48(START));
        vm.expectEmit(address(keys));
        emit IKeyRegistry.KeyAttested(operator, _key.addr, _measurement);
        _register(operator, consent, quote);

        vm.assertEq(keys.measurementOf(_key.addr), _measurement, "measurement");
        vm.assertTrue(keys.isValidAt(_key.addr, operator, START), "valid from now on");
        vm.assertFalse(keys.isValidAt(_key.addr, operator, START - 1), "not before");
    }

    function test_ordinaryKeysHaveNoMeasurement() external {
        bytes memory consent = _consent(operator);
        vm.prank(operator);
        keys.register(_key.addr, consent);
        vm.assertEq(keys.measurementOf(_key.addr), 0, "none");
    }

    function test_threat41_copiedQuoteIsWorthNothingToTheThief() external {
        (bytes memory consent, bytes memory quote) = (_consent(rival), _quote(operator));
        vm.expectRevert(_mismatch(rival, _digest(operator), 0));
        _register(rival, consent, quote);
    }

    /// @dev Anybody with an enclave can have it name a key of somebody else: only the key itself gives itself away.
    function test_threat41_quoteThatNamesAnothersKeyDoesNotTakeIt() external {
        bytes memory quote = _quote(rival);
        bytes memory forged = _sign(_actor("other").key, keys.registrationDigest(_key.addr, rival));
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeySignatureInvalid.selector, _key.addr, rival));
        _register(rival, forged, quote);
        (bytes memory consent, bytes memory own) = (_consent(operator), _quote(operator));
        _register(operator, consent, own);
        vm.assertEq(keys.get(_key.addr).operator, operator, "its own operator's");
    }

    function test_threat20_quoteForAnotherRegistryOrChainIsRefused() external {
        KeyRegistry other = KeyRegistry(_deploy("contracts/keys/KeyRegistry.sol:KeyRegistry", abi.encode(collateral)));
        bytes32 elsewhere = other.attestationDigest(_key.addr, operator);
        (bytes memory consent, bytes memory quote) = (_consent(operator), Platform.quote([elsewhere, bytes32(0)]));
        vm.expectRevert(_mismatch(operator, elsewhere, 0));
        _register(operator, consent, quote);

        bytes32 here = _digest(operator);
        quote = _quote(operator);
        vm.chainId(999);
        consent = _consent(operator);
        vm.expectRevert(_mismatch(operator, here, 0));
        _register(operator, consent, quote);
    }

    function test_quoteThatSaysMoreThanTheRegistrationIsRefused() external {
        bytes32 digest = _digest(operator);
        bytes memory quote = Platform.quote([digest, bytes32(uint256(1))]);
        bytes memory consent = _consent(operator);
        vm.expectRevert(_mismatch(operator, digest, bytes32(uint256(1))));
        _register(operator, consent, quote);
    }

    function test_L3_attestedKeyBelongsToOneOperatorForEver() external {
        (bytes memory consent, bytes memory quote) = (_consent(operator), _quote(operator));
        _register(operator, consent, quote);
        (consent, quote) = (_consent(rival), _quote(rival));
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeyAlreadyRegistered.selector, _key.addr, operator));
        _register(rival, consent, quote);
    }

    /// @dev What Intel says is asked for when a key is registered, never again.
    function test_threat34_whatIntelSaysLaterLeavesRegisteredKeysAsTheyAre() external {
        (bytes memory consent, bytes memory quote) = (_consent(operator), _quote(operator));
        _register(operator, consent, quote);
        collateral.bringRevocations(Platform.get("crlRevokingPck"));
        collateral.bringRevocations(Platform.get("rootCrlRevokingAuthority"));
        vm.prank(operator);
        keys.end(_key.addr, uint48(START + Clocks.KEY_NOTICE));
        _wait(1_000 days);
        vm.assertEq(keys.measurementOf(_key.addr), _measurement, "measurement");
        vm.assertTrue(keys.isValidAt(_key.addr, operator, START), "then it was");
    }

    function test_readQuoteSaysWhatAQuoteSays() external view {
        (bytes32 measurement, bytes32[2] memory said) = keys.readQuote(Platform.get("quote"));
        vm.assertEq(measurement, _measurement, "measurement");
        vm.assertEq(said[0], 0, "report data");
        vm.assertEq(said[1], 0, "its rest");
    }

    function _digest(address who) private view returns (bytes32) {
        return keys.attestationDigest(_key.addr, who);
    }

    function _consent(address who) private view returns (bytes memory) {
        return _sign(_key.key, keys.registrationDigest(_key.addr, who));
    }

    function _quote(address who) private view returns (bytes memory) {
        return Platform.quote([_digest(who), bytes32(0)]);
    }

    function _mismatch(address who, bytes32 found, bytes32 rest) private view returns (bytes memory) {
        return abi.encodeWithSelector(IKeyRegistry.ReportDataMismatch.selector, _digest(who), found, rest);
    }

    function _register(address who, bytes memory consent, bytes memory quote) private {
        vm.prank(who);
        keys.registerAttested(_key.addr, consent, quote);
    }
}
