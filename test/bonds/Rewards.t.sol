// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds, LEAST_REWARDED_SHARES} from "../../contracts/bonds/IOperatorBonds.sol";
import {Papers} from "../support/Papers.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev What delegators earn: gifts, and their part of the fees.
contract RewardsTest is Papers, Stakes {
    function setUp() public override(Papers, World) {
        super.setUp();
    }

    function _beforeOpening() internal override(Stakes, World) {
        super._beforeOpening();
    }

    function test_rewardRaisesWhatSharesAreWorth() external {
        _delegate(delegator, 300e6);
        _delegate(rival, 100e6);
        _allow(stranger, address(bonds), 40e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Rewarded(operator, stranger, 40e6);
        vm.prank(stranger);
        bonds.reward(operator, 40e6);

        vm.assertEq(_worthOf(delegator), 330e6, "three quarters of it");
        vm.assertEq(_worthOf(rival), 110e6, "one quarter");
        vm.assertEq(_delegated().shares, 400e6, "no new share");
        vm.assertEq(_sharesOf(stranger), 0, "the giver gets none");
        vm.assertEq(_own().assets, BOND, "the operator's bond as before");
        _assertTokens(address(bonds), BOND + 440e6, "taken in");
    }

    function test_rewardRefusesZero() external {
        _delegate(delegator, 1e6);
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        bonds.reward(operator, 0);
    }

    function test_rewardRefusesWhereNobodyOrTooLittleIsDelegated() external {
        _expectNoDelegators();
        bonds.reward(operator, 1);

        _delegate(delegator, uint96(LEAST_REWARDED_SHARES) - 1);
        _expectNoDelegators();
        bonds.reward(operator, 1);
        _delegate(delegator, 1);
        _reward(1);

        _wipe();
        _expectNoDelegators();
        bonds.reward(operator, 1);

        _bond(operator, BOND);
        _delegate(delegator, 100e6);
        uint48 ticket = _requestUnbond(delegator, 100e6);
        _reward(1);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), 100e6 + 1, "the last takes everything");
        _expectNoDelegators();
        bonds.reward(operator, 1);
    }

    function test_sharesThatLeaveEarnUntilTheyArePaid() external {
        _delegate(delegator, 100e6);
        _delegate(rival, 100e6);
        uint48 ticket = _requestUnbond(delegator, 100e6);
        _reward(20e6);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), 110e6, "half of it");
    }

    function test_rewardsCannotBeLostToTheNextDelegator() external {
        _delegate(delegator, 100e6);
        _reward(50e6);
        _delegate(rival, 300e6);
        vm.assertEq(_worthOf(delegator), 150e6, "all of it");
        vm.assertEq(_worthOf(rival), 300e6, "what it brought");
    }

    /// @dev Who comes in just before the fees gets a part of them, and then bears the risk for the whole delay.
    function test_threat16_stakeSnipedInBeforeFeesStaysForTheDelay() external {
        _delegate(delegator, 500e6);
        _delegate(stranger, 500e6);
        uint48 ticket = _requestUnbond(stranger, 500e6);
        _reward(100e6);
        vm.warp(START + UNBONDING - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorBonds.TicketNotMature.selector,
                operator,
                stranger,
                ticket,
                START + UNBONDING
            )
        );
        _withdraw(stranger, ticket);
        _slash(BOND + 550e6);
        _wait(1);
        vm.assertEq(_withdraw(stranger, ticket), 275e6, "half of it gone with everybody else's");
    }

    function test_delegatorsPartOfTheFeesReachesThem() external {
        _delegate(delegator, BOND);
        _pay(100e6);
        // A hundredth to the protocol; of the rest half, less a tenth.
        uint256 part = 44.55e6;
        vm.assertEq(escrow.delegatorsFeesOf(operator), part, "due");
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Rewarded(operator, address(escrow), part);
        vm.assertEq(escrow.rewardDelegators(operator), part, "brought");
        vm.assertEq(_worthOf(delegator), BOND + part, "theirs");
    }

    /// @dev An operator that delegates to itself by another account, and makes the share dear with its own fees.
    function test_threat57_operatorThatPumpsThePriceWithItsFeesTakesNothingFromTheNextDelegator() external {
        _delegate(rival, 1e6);
        _pay(1_000e6);
        uint96 earned = uint96(escrow.withdrawEarnings(operator));
        vm.prank(payout);
        token.approve(address(bonds), earned);
        vm.prank(payout);
        bonds.reward(operator, earned);
        uint256 pumped = _worthOf(rival);
        vm.assertGt(pumped / 1e6, 900, "a share costs hundreds of units");

        (uint128 shares, uint96 cost) = bonds.quoteDelegation(operator, 123_456);
        _delegate(delegator, 123_456);
        vm.assertEq(_sharesOf(delegator), shares, "whole shares");
        _assertTokens(delegator, 123_456 - cost, "the rest was not taken");
        vm.assertGe(_worthOf(delegator) + 1, cost, "worth what they cost");
        vm.assertLe(_worthOf(rival), pumped + 1, "the pump gains nothing");
    }

    function _expectNoDelegators() private {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NoDelegators.selector, operator));
    }
}
