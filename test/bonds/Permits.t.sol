// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev Bonding and delegating in one transaction, by signature.
contract PermitsTest is Stakes {
    uint96 private constant STAKE = 500e6;

    Actor private _operatorActor = _actor("operator");
    Actor private _delegatorActor = _actor("delegator");

    function setUp() public override {
        super.setUp();
        _enter();
        _give(operator, STAKE);
        _give(delegator, STAKE);
    }

    function test_bondWithPermitBonds() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE, _now());
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
        vm.assertEq(_own().assets, BOND + STAKE, "bonded");
        _assertTokens(operator, 0, "paid");
        vm.assertEq(token.allowance(operator, address(bonds)), 0, "the permit is used up");
    }

    function test_delegateWithPermitDelegates() external {
        ExactTransfer.Permit memory permit = _permit(_delegatorActor, STAKE, _now());
        vm.prank(delegator);
        vm.assertEq(bonds.delegateWithPermit(operator, STAKE, STAKE, permit), STAKE, "returned");
        vm.assertEq(_worthOf(delegator), STAKE, "delegated");
        _assertTokens(delegator, 0, "paid");
    }

    function test_permitThatAStrangerUsedFirstDoesNotStopItsOwner() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE, _now());
        _useFirst(operator, permit);
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
        vm.assertEq(_own().assets, BOND + STAKE, "bonded");

        permit = _permit(_delegatorActor, STAKE, _now());
        _useFirst(delegator, permit);
        vm.prank(delegator);
        bonds.delegateWithPermit(operator, STAKE, 0, permit);
        vm.assertEq(_worthOf(delegator), STAKE, "delegated");
    }

    function test_permitOfSomebodyElseIsRefusedWithoutAnAllowance() external {
        ExactTransfer.Permit memory permit = _permit(_delegatorActor, STAKE, _now());
        _expectRefused(operator, 0);
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
        permit = _permit(_operatorActor, STAKE, _now());
        _expectRefused(delegator, 0);
        vm.prank(delegator);
        bonds.delegateWithPermit(operator, STAKE, 0, permit);
    }

    function test_permitIsGoodUntilItsDeadlineAndNotASecondLonger() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE, _now());
        _wait(1);
        _expectRefused(operator, 0);
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
    }

    function test_expiredPermitIsNotNeededWhereAnAllowanceStands() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE, _now() - 1);
        vm.prank(operator);
        token.approve(address(bonds), STAKE - 1);
        _expectRefused(operator, STAKE - 1);
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);

        vm.prank(operator);
        token.approve(address(bonds), STAKE);
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
        vm.assertEq(_own().assets, BOND + STAKE, "bonded");
    }

    function test_permitOfLessThanTheAmountIsNotEnough() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE - 1, _now());
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(bonds), STAKE - 1, STAKE)
        );
        vm.prank(operator);
        bonds.bondWithPermit(STAKE, permit);
    }

    /// @dev A permit that somebody signed for its own bond is no means to bond with its money.
    function test_threat17_permitOfAnotherBondsNothingForAThief() external {
        ExactTransfer.Permit memory permit = _permit(_operatorActor, STAKE, _now());
        _useFirst(operator, permit);
        _expectRefused(stranger, 0);
        vm.prank(stranger);
        bonds.delegateWithPermit(operator, STAKE, 0, permit);
        _assertTokens(operator, STAKE, "its owner's still");
    }

    function _permit(
        Actor memory owner,
        uint256 amount,
        uint256 deadline
    ) private view returns (ExactTransfer.Permit memory permit) {
        (permit.amount, permit.deadline) = (amount, deadline);
        (permit.v, permit.r, permit.s) = _signPermit(owner, token, address(bonds), amount, deadline);
    }

    function _useFirst(address owner, ExactTransfer.Permit memory permit) private {
        vm.prank(stranger);
        token.permit(owner, address(bonds), permit.amount, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _expectRefused(address owner, uint256 allowance) private {
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, address(token), owner, STAKE, allowance)
        );
    }
}
