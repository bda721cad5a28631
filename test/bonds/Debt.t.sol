// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev What a slash asked for and could not take: a culprit that empties itself first still owes it.
contract DebtTest is Stakes {
    uint96 private constant DEBT = 300e6;

    function setUp() public override {
        super.setUp();
        _enter();
    }

    function test_threat43_bondThatLeftFirstIsOwed() external {
        uint48 ticket = _requestUnbond(operator, BOND);
        _wait(UNBONDING);
        _withdraw(operator, ticket);
        vm.assertEq(_slash(DEBT), 0, "nothing there");
        vm.assertEq(bonds.operatorOf(operator).debt, DEBT, "owed");
        vm.assertEq(bonds.faultsOf(operator), DEBT, "remembered");
    }

    function test_threat43_ownBondThenDelegatedThenDebt() external {
        _delegate(delegator, 100e6);
        vm.assertEq(_slash(BOND + 100e6 + DEBT), BOND + 100e6, "both pools");
        vm.assertEq(bonds.operatorOf(operator).debt, DEBT, "the rest");
        _slash(1);
        vm.assertEq(bonds.operatorOf(operator).debt, DEBT + 1, "debts add up");
    }

    function test_threat43_debtIsBurntFromNewBondFirst() external {
        _slash(BOND + DEBT);
        _allow(operator, address(bonds), 200e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.DebtBurnt(operator, 200e6, 100e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Bonded(operator, 0, 0);
        vm.prank(operator);
        bonds.bond(200e6);
        vm.assertEq(bonds.operatorOf(operator).debt, 100e6, "debt left");
        vm.assertEq(_own().shares, 0, "no shares for it");
        vm.assertEq(bonds.cover(operator), 0, "no cover while there is a debt");

        _bond(operator, 100e6 + LEAST_OWN_BOND);
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "debt paid");
        vm.assertEq(_own().shares, LEAST_OWN_BOND, "shares for the rest");
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "only what is left covers");
        _assertTokens(address(bonds), BOND + DEBT + LEAST_OWN_BOND, "what is burnt stays");
        _bond(operator, 1);
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND + 1, "no debt is burnt twice");
    }

    function test_threat43_debtToTheUnitLeavesNoBond() external {
        _slash(BOND + DEBT);
        _bond(operator, DEBT);
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "paid");
        vm.assertEq(_own().assets + _own().shares, 0, "nothing bonded");
        _bond(operator, LEAST_OWN_BOND);
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "a bond like any other");
    }

    function test_threat43_nobodyDelegatesToAnIndebtedOperator() external {
        _slash(BOND + DEBT);
        _bond(operator, DEBT - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.DelegationFull.selector, operator));
        vm.prank(delegator);
        bonds.delegate(operator, 1, 0);
        _bond(operator, 1 + LEAST_OWN_BOND);
        _delegate(delegator, 1);
        vm.assertEq(_worthOf(delegator), 1, "once it is burnt");
    }

    /// @dev With an own pool that still takes shares while something is owed, a bond would escape its debt.
    function test_threat43_debtAfterAPartialExitComesFirst() external {
        uint48 ticket = _requestUnbond(operator, BOND / 2);
        _slash(BOND + DEBT);
        _bond(operator, DEBT + LEAST_OWN_BOND);
        vm.assertEq(_own().active, LEAST_OWN_BOND, "less what was owed");
        _wait(UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), 0, "nothing of it leaves by an old ticket");
    }

    function test_threat43_registrationDoesNotForgetADebt() external {
        bonds.slash(rival, DEBT, _noAwards());
        _register(rival);
        vm.assertEq(bonds.operatorOf(rival).debt, DEBT, "owed before it joined");
        vm.assertEq(bonds.faultsOf(rival), DEBT, "remembered");
        _bond(rival, DEBT);
        (uint256 own, ) = bonds.slashable(rival);
        vm.assertEq(own, 0, "burnt first");
    }

    function test_threat43_nobodyRegistersAgainToBeRidOfADebt() external {
        _slash(BOND + DEBT);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorAlreadyRegistered.selector, operator));
        _register(operator);
    }
}
