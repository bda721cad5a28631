// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {Puppet} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev Contracts in every role: nothing asks for a key or for an account without code.
contract SmartAccountsTest is Stakes {
    uint64 private constant GUARDIAN = 1;

    Puppet private _puppet = new Puppet();

    function _beforeOpening() internal override {
        super._beforeOpening();
        bonds.addSlasher(address(_puppet));
    }

    function test_threat27_contractIsAnOperator() external {
        _run(abi.encodeCall(bonds.register, (address(_puppet), COMMISSION_BPS, "")));
        _fundPuppet(BOND);
        _run(abi.encodeCall(bonds.bond, (BOND)));
        vm.assertEq(bonds.cover(address(_puppet)), BOND, "bonds");
        _run(abi.encodeCall(bonds.setCommission, (0)));
        _run(abi.encodeCall(bonds.setPayout, (payout)));
        vm.assertEq(bonds.payoutOf(address(_puppet)), payout, "chooses");

        _run(abi.encodeCall(bonds.requestUnbond, (address(_puppet), BOND)));
        _wait(UNBONDING);
        _run(abi.encodeCall(bonds.withdraw, (address(_puppet), address(_puppet), uint48(START))));
        _assertTokens(address(_puppet), BOND, "leaves");
    }

    function test_threat27_contractIsADelegator() external {
        _enter();
        _fundPuppet(BOND);
        _run(abi.encodeCall(bonds.delegate, (operator, BOND, BOND)));
        vm.assertEq(_worthOf(address(_puppet)), BOND, "delegates");
        _run(abi.encodeCall(bonds.requestUnbond, (operator, BOND)));
        _wait(UNBONDING);
        _run(abi.encodeCall(bonds.withdraw, (operator, address(_puppet), uint48(START))));
        _assertTokens(address(_puppet), BOND, "leaves");
    }

    function test_threat27_contractGivesToDelegators() external {
        _enter();
        _delegate(delegator, BOND);
        _fundPuppet(10e6);
        _run(abi.encodeCall(bonds.reward, (operator, 10e6)));
        vm.assertEq(_worthOf(delegator), BOND + 10e6, "given");
    }

    function test_threat27_contractSlashesAndIsAwarded() external {
        _enter();
        IOperatorBonds.Award[] memory awards = new IOperatorBonds.Award[](1);
        awards[0] = IOperatorBonds.Award(address(_puppet), 10e6);
        _run(abi.encodeCall(bonds.slash, (operator, 100e6, awards)));
        vm.assertEq(_own().assets, BOND - 100e6, "slashes");
        _run(abi.encodeCall(bonds.claimAwards, ()));
        _assertTokens(address(_puppet), 10e6, "claims");
    }

    function test_threat27_contractIsTheGuardian() external {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = bonds.suspend.selector;
        authority.setTargetFunctionRole(address(bonds), selectors, GUARDIAN);
        authority.grantRole(GUARDIAN, address(_puppet), 0);
        _run(abi.encodeCall(bonds.suspend, (1 days)));
        vm.assertEq(bonds.suspension().end, START + 1 days, "suspends");
    }

    function _fundPuppet(uint96 amount) private {
        _give(address(_puppet), amount);
        _puppet.run(address(token), abi.encodeCall(token.approve, (address(bonds), amount)));
    }

    function _run(bytes memory data) private {
        _puppet.run(address(bonds), data);
    }
}
