// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {Platform} from "../support/Platform.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract IntelCollateralTest is World {
    uint48 private constant ISSUED = 1_799_884_800;
    uint48 private constant NEXT = 1_802_476_800;
    bytes32 private constant ROOT_ID = 0;

    bytes32 private _authorityId = bytes32(Platform.get("authorityId"));

    function test_anyoneBringsIt() external {
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.AuthorityKept(_authorityId, 0x955f5dcdbd, 1_764_547_200, 2_000_285_410);
        vm.prank(stranger);
        collateral.bringAuthority(Platform.get("authority"));
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.RevocationsKept(ROOT_ID, 1, ISSUED, 1_831_420_800);
        vm.prank(stranger);
        collateral.bringRevocations(Platform.get("rootCrl"));
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.CertificateRevoked(_authorityId, 0x6fc34e5023e72892);
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.CertificateRevoked(_authorityId, 0xefae6e9715fca13b);
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.RevocationsKept(_authorityId, 1, ISSUED, NEXT);
        vm.prank(stranger);
        collateral.bringRevocations(Platform.get("crl"));
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.TcbInfoKept(0xb0c06f000000, 17, ISSUED, NEXT);
        Platform.bringTcbInfo(collateral);
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.QeIdentityKept(17, ISSUED + 984, NEXT + 984);
        Platform.bringQeIdentity(collateral);
    }

    function test_nothingIsTakenThatIsNotNewer() external {
        Platform.bring(collateral);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, 1_764_547_200, 1_764_547_200));
        collateral.bringAuthority(Platform.get("authority"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, ISSUED, ISSUED));
        collateral.bringRevocations(Platform.get("rootCrl"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, ISSUED, ISSUED));
        collateral.bringRevocations(Platform.get("crl"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, ISSUED, ISSUED));
        Platform.bringTcbInfo(collateral);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, ISSUED + 984, ISSUED + 984));
        Platform.bringQeIdentity(collateral);
    }

    /// @dev Bringing the older list again does not take back what a newer one revoked.
    function test_listsNeverGoBack() external {
        Platform.bring(collateral);
        collateral.bringRevocations(Platform.get("crlRevokingPck"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.NotNewer.selector, 1_800_403_200, ISSUED));
        collateral.bringRevocations(Platform.get("crl"));
        bytes memory quote = Platform.get("quote");
        vm.expectPartialRevert(IIntelCollateral.Revoked.selector);
        keys.readQuote(quote);
    }

    function test_whatIsNotYetInForceIsNotTaken() external {
        collateral.bringAuthority(Platform.get("authority"));
        vm.warp(ISSUED - 1);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.OutOfTime.selector, ISSUED, NEXT));
        collateral.bringRevocations(Platform.get("crl"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.OutOfTime.selector, ISSUED, NEXT));
        Platform.bringTcbInfo(collateral);
        vm.warp(ISSUED);
        collateral.bringRevocations(Platform.get("crl"));
        Platform.bringTcbInfo(collateral);
    }

    function test_whatIsNoLongerInForceIsNotTaken() external {
        vm.warp(NEXT + 1);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.OutOfTime.selector, ISSUED, NEXT));
        Platform.bringTcbInfo(collateral);
        vm.warp(NEXT);
        Platform.bringTcbInfo(collateral);
    }

    function test_listOfAnAuthorityThatIsNotKnownIsNotTaken() external {
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.AuthorityUnknown.selector, _authorityId));
        collateral.bringRevocations(Platform.get("crl"));
    }

    function test_textsOfARevokedSignerAreNotTaken() external {
        collateral.bringRevocations(Platform.get("rootCrlRevokingSigner"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, uint160(0x7e3882d5fb)));
        Platform.bringTcbInfo(collateral);
    }

    function test_revokedAuthorityIsNotTaken() external {
        collateral.bringRevocations(Platform.get("rootCrlRevokingAuthority"));
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.Revoked.selector, ROOT_ID, uint160(0x955f5dcdbd)));
        collateral.bringAuthority(Platform.get("authority"));
    }

    function test_markRevocationsRefusesEntriesThatAreNotThere() external {
        collateral.bringAuthority(Platform.get("authority"));
        bytes memory list = Platform.get("crl");
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.EntriesMissing.selector, 1));
        collateral.markRevocations(list, 1, 2);
        vm.expectRevert(abi.encodeWithSelector(IIntelCollateral.EntriesMissing.selector, 1));
        collateral.markRevocations(list, 3, 0);
        vm.expectEmit(address(collateral));
        emit IIntelCollateral.CertificateRevoked(_authorityId, 0xefae6e9715fca13b);
        collateral.markRevocations(list, 1, 1);
    }

    function test_certificateOfAnotherUseIsNotTaken() external {
        bytes memory signer = Platform.get("signer");
        vm.expectPartialRevert(IIntelCollateral.CertificateUnfit.selector);
        collateral.bringAuthority(signer);
        bytes memory pck = Platform.get("pck");
        vm.expectPartialRevert(IIntelCollateral.CertificateUnfit.selector);
        collateral.bringAuthority(pck);
        (bytes memory text, bytes memory signature) = (Platform.get("tcbInfo"), Platform.get("tcbInfoSignature"));
        bytes memory authority = Platform.get("authority");
        vm.expectPartialRevert(IIntelCollateral.CertificateUnfit.selector);
        collateral.bringTcbInfo(text, signature, authority);
        vm.expectPartialRevert(IIntelCollateral.CertificateUnfit.selector);
        collateral.bringTcbInfo(text, signature, pck);
    }

    function test_deploymentsRootIsTheTestsOwn() external view {
        vm.assertEq(bytes32(Platform.get("rootX")), collateral.rootX(), "x");
        vm.assertEq(bytes32(Platform.get("rootY")), collateral.rootY(), "y");
    }
}
