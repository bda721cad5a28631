// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ISnarkVerifier} from "../../contracts/verifiers/ISnarkVerifier.sol";
import {ISnarkVerifiers} from "../../contracts/verifiers/ISnarkVerifiers.sol";
import {SnarkVerifiers} from "../../contracts/verifiers/SnarkVerifiers.sol";
import {IrisProofs} from "../support/IrisProofs.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract SnarkVerifiersTest is Test {
    SnarkVerifiers private _verifiers;
    ISnarkVerifier private _iris;
    bytes32 private _hash;

    function setUp() external {
        address authority = _deploy("AccessManager", abi.encode(address(this)));
        _verifiers = SnarkVerifiers(
            _deploy("contracts/verifiers/SnarkVerifiers.sol:SnarkVerifiers", abi.encode(authority))
        );
        _iris = ISnarkVerifier(_deploy(IrisProofs.VERIFIER, ""));
        _hash = address(_iris).codehash;
    }

    function test_admitsByCodeHash() external {
        vm.expectEmit(address(_verifiers));
        emit ISnarkVerifiers.VerifierAdmitted(_hash, _iris);
        vm.assertEq(_verifiers.admit(_iris), _hash, "returned");
        vm.assertEq(address(_verifiers.requireVerifier(_hash)), address(_iris), "kept");
    }

    function test_onlyGovernanceAdmits() external {
        address stranger = _actor("stranger").addr;
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        _verifiers.admit(_iris);
    }

    /// @dev Another deployment of the same code would only be another place for the same answers.
    function test_threat46_admittedCodeIsNeverReplaced() external {
        _verifiers.admit(_iris);
        ISnarkVerifier twin = ISnarkVerifier(_deploy(IrisProofs.VERIFIER, ""));
        vm.expectRevert(abi.encodeWithSelector(ISnarkVerifiers.VerifierAlreadyAdmitted.selector, _hash));
        _verifiers.admit(twin);
        vm.assertEq(address(_verifiers.requireVerifier(_hash)), address(_iris), "as before");
    }

    function test_threat46_codeThatChangedAfterAdmissionIsRefused() external {
        _verifiers.admit(_iris);
        vm.etch(address(_iris), hex"600160005260206000f3");
        _expectChanged();
        vm.etch(address(_iris), "");
        _expectChanged();
    }

    function test_unknownCodeIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(ISnarkVerifiers.VerifierUnknown.selector, _hash));
        _verifiers.requireVerifier(_hash);
    }

    function test_accountsWithoutCodeAreRefused() external {
        _expectNotItsOwn(_actor("nobody").addr);
        _expectNotItsOwn(address(0));
        _expectNotItsOwn(address(8));
    }

    function test_threat46_delegationsAndMinimalProxiesAreRefused() external {
        _expectNotItsOwn(Clones.clone(address(_iris)));
        address account = _actor("account").addr;
        vm.etch(
            account,
            bytes.concat(hex"365f5f375f5f365f73", bytes20(address(_iris)), hex"5af43d5f5f3e5f3d91602a57fd5bf3")
        );
        _expectNotItsOwn(account);
        vm.etch(account, bytes.concat(hex"ef0100", bytes20(address(_iris))));
        _expectNotItsOwn(account);
    }

    function _expectNotItsOwn(address account) private {
        vm.expectRevert(abi.encodeWithSelector(ISnarkVerifiers.CodeNotItsOwn.selector, account));
        _verifiers.admit(ISnarkVerifier(account));
    }

    function _expectChanged() private {
        bytes32 found = address(_iris).codehash;
        vm.expectRevert(abi.encodeWithSelector(ISnarkVerifiers.VerifierChanged.selector, _iris, _hash, found));
        _verifiers.requireVerifier(_hash);
    }
}
