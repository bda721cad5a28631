// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {TdxQuotes} from "../../contracts/enclave/TdxQuotes.sol";
import {Platform} from "../support/Platform.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev What depends on time and on what was brought; what is wrong in a quote itself is in test/core/enclave.
contract TdxQuotesTest is World {
    uint48 private constant ISSUED = 1_799_884_800;
    uint48 private constant NEXT = 1_802_476_800;
    bytes32 private constant ROOT_ID = 0;

    bytes private _quote = Platform.get("quote");
    bytes32 private _authorityId = bytes32(Platform.get("authorityId"));
    uint160 private _pckSerial = uint160(bytes20(Platform.get("pckSerial")));

    function test_everythingThatAQuoteNeedsMustBeThere() external {
        _expect(abi.encodeWithSelector(IIntelCollateral.AuthorityUnknown.selector, _authorityId));
        collateral.bringAuthority(Platform.get("authority"));
        _expect(abi.encodeWithSelector(IIntelCollateral.RevocationsUnknown.selector, ROOT_ID));
        collateral.bringRevocations(Platform.get("rootCrl"));
        _expect(abi.encodeWithSelector(IIntelCollateral.RevocationsUnknown.selector, _authorityId));
        collateral.bringRevocations(Platform.get("crl"));
        _expect(abi.encodeWithSelector(IIntelCollateral.QeIdentityUnknown.selector));
        Platform.bringQeIdentity(collateral);
        _expect(abi.encodeWithSelector(IIntelCollateral.TcbInfoUnknown.selector, bytes6(0xb0c06f000000)));
        Platform.bringTcbInfo(collateral);
        keys.readQuote(_quote);
    }

    function test_collateralIsInForceUpToItsLastSecond() external {
        Platform.bring(collateral);
        vm.warp(NEXT);
        keys.readQuote(_quote);
        vm.warp(NEXT + 1);
        _expect(abi.encodeWithSelector(IIntelCollateral.Expired.selector, NEXT));
    }

    function test_revokedPlatformIsRefused() external {
        Platform.bring(collateral);
        collateral.bringRevocations(Platform.get("crlRevokingPck"));
        _expect(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, _authorityId, _pckSerial));
    }

    function test_revokedAuthorityIsRefused() external {
        Platform.bring(collateral);
        collateral.bringRevocations(Platform.get("rootCrlRevokingAuthority"));
        _expect(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, uint160(0x955f5dcdbd)));
    }

    function test_textsOfARevokedSignerAreRefused() external {
        Platform.bring(collateral);
        collateral.bringRevocations(Platform.get("rootCrlRevokingSigner"));
        _expect(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, uint160(0x7e3882d5fb)));
    }

    /// @dev A list that is only marked counts as much: what is revoked is revoked.
    function test_markedRevocationsCountBeforeTheirListIsInForce() external {
        Platform.bring(collateral);
        collateral.markRevocations(Platform.get("crlRevokingPck"), 2, 1);
        _expect(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, _authorityId, _pckSerial));
        collateral.markRevocations(Platform.get("rootCrlRevokingAuthority"), 0, 1);
        _expect(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, uint160(0x955f5dcdbd)));
    }

    function test_tdThatIsOpenToItsHostIsRefused() external {
        Platform.bring(collateral);
        for (uint256 bit = 0; bit < 8; ++bit) {
            bytes memory open = bytes.concat(_quote);
            open[168] = bytes1(uint8(1 << bit));
            open = Platform.signed(open);
            _expect(open, abi.encodeWithSelector(TdxQuotes.TdDebuggable.selector, uint8(1 << bit)));
        }
    }

    /// @dev The measurement binds every byte from the attributes to the last RTMR, and nothing else.
    function testFuzz_measurementBindsWhatRuns(uint256 place, uint8 value) external {
        Platform.bring(collateral);
        place = _bound(place, 169, 631);
        bytes memory changed = bytes.concat(_quote);
        vm.assume(changed[place] != bytes1(value));
        changed[place] = bytes1(value);
        (bytes32 measurement, ) = keys.readQuote(Platform.signed(changed));
        bool isSame = measurement == bytes32(Platform.get("measurement"));
        vm.assertTrue(isSame == (place >= 568), "measurement");
    }

    function test_quoteThatEndsBeforeItsPartsIsRefused() external {
        uint256[3] memory lengths = [uint256(0), 1_210, 1_242];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory cut = new bytes(lengths[i]);
            for (uint256 j = 0; j < lengths[i]; ++j) cut[j] = _quote[j];
            _expect(cut, abi.encodeWithSelector(TdxQuotes.QuoteTooShort.selector, lengths[i]));
        }
    }

    function _expect(bytes memory refusal) private {
        _expect(_quote, refusal);
    }

    function _expect(bytes memory quote, bytes memory refusal) private {
        vm.expectRevert(refusal);
        keys.readQuote(quote);
    }
}
