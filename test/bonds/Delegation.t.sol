// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev Others' money behind an operator: how it comes in, what it costs, and how much of it.
contract DelegationTest is Stakes {
    uint96 private constant STAKE = 500e6;
    uint96 private constant MOST = (LEVERAGE - 1) * BOND;

    function setUp() public override {
        super.setUp();
        _enter();
    }

    function test_delegateTakesInAndGivesShares() external {
        _allow(delegator, address(bonds), STAKE);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Delegated(operator, delegator, STAKE, STAKE);
        vm.prank(delegator);
        vm.assertEq(bonds.delegate(operator, STAKE, STAKE), STAKE, "returned");

        vm.assertEq(_sharesOf(delegator), STAKE, "shares");
        vm.assertEq(_worthOf(delegator), STAKE, "worth");
        vm.assertEq(_delegated().assets, STAKE, "assets");
        vm.assertEq(_delegated().active, STAKE, "active");
        vm.assertEq(_delegated().shares, STAKE, "all shares");
        vm.assertEq(_own().assets, BOND, "own bond as before");
        _assertTokens(address(bonds), BOND + STAKE, "taken in");
        _assertTokens(delegator, 0, "paid");
    }

    function test_delegateAddsToAPosition() external {
        _delegate(delegator, STAKE);
        _delegate(delegator, 1);
        vm.assertEq(_sharesOf(delegator), STAKE + 1, "both");
    }

    function test_delegateChargesWholeSharesOnlyAndLeavesTheRest() external {
        _delegate(rival, 2e6);
        _reward(5e6);
        // Two shares are worth seven units: three cost 10.5, rounded up, and a fourth would cost 14.
        (uint128 shares, uint96 cost) = bonds.quoteDelegation(operator, 13);
        vm.assertEq(shares, 3, "quoted shares");
        vm.assertEq(cost, 11, "quoted cost");
        _allow(delegator, address(bonds), 13);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Delegated(operator, delegator, 11, 3);
        vm.prank(delegator);
        vm.assertEq(bonds.delegate(operator, 13, 3), 3, "as quoted");
        _assertTokens(delegator, 2, "the rest stays with its owner");
    }

    function test_delegateRefusesTheOperatorItself() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SelfDelegation.selector, operator));
        vm.prank(operator);
        bonds.delegate(operator, 1, 0);
    }

    function test_delegateRefusesZero() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesBelowLeast.selector, operator, 0, 0));
        vm.prank(delegator);
        bonds.delegate(operator, 0, 0);
    }

    function test_delegateRefusesWhoHasNotBonded() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.DelegationFull.selector, rival));
        vm.prank(delegator);
        bonds.delegate(rival, 1, 0);

        _register(rival);
        _bond(rival, LEAST_OWN_BOND - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.DelegationFull.selector, rival));
        vm.prank(delegator);
        bonds.delegate(rival, 1, 0);

        _bond(rival, 1);
        vm.assertEq(bonds.delegationRoom(rival), 2 * LEAST_OWN_BOND, "room from the least bond on");
    }

    function test_delegateTakesUpToTheRoomAndNoUnitMore() external {
        _delegate(delegator, MOST - 1);
        vm.assertEq(bonds.delegationRoom(operator), 1, "one unit left");
        vm.assertEq(_delegate(rival, 2), 1, "as far as there is room");
        _assertTokens(rival, 1, "the rest stays with its owner");
        vm.assertEq(bonds.delegationRoom(operator), 0, "full");
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.DelegationFull.selector, operator));
        vm.prank(delegator);
        bonds.delegate(operator, 1, 0);
    }

    function test_ownBondThatLeavesMakesNoRoom() external {
        _requestUnbond(operator, BOND / 2);
        vm.assertEq(bonds.delegationRoom(operator), MOST / 2, "of what stays");
        _delegate(delegator, MOST / 2);
        _requestUnbond(operator, BOND / 4);
        vm.assertEq(bonds.delegationRoom(operator), 0, "none, where there is too much already");
    }

    function test_threat57_leastSharesGuardAgainstAPriceThatRises() external {
        _delegate(rival, STAKE);
        (uint128 quoted, ) = bonds.quoteDelegation(operator, STAKE);
        _reward(1);
        _allow(delegator, address(bonds), STAKE);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesBelowLeast.selector, operator, quoted - 1, quoted));
        vm.prank(delegator);
        bonds.delegate(operator, STAKE, quoted);
        vm.prank(delegator);
        vm.assertEq(bonds.delegate(operator, STAKE, quoted - 1), quoted - 1, "who takes fewer gets them");
    }

    function test_threat10_shareThatCostsMoreThanTheAmountIsRefusedNotRounded() external {
        _delegate(rival, 1e6);
        _reward(STAKE - 1e6);
        // A share costs 500 units now.
        _allow(delegator, address(bonds), 499);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesBelowLeast.selector, operator, 0, 0));
        vm.prank(delegator);
        bonds.delegate(operator, 499, 0);
        _assertTokens(delegator, 499, "nothing taken");
    }

    function test_threat10_tokensSentDirectlyDoNotCount() external {
        _delegate(rival, 1);
        _give(rival, STAKE);
        vm.prank(rival);
        token.transfer(address(bonds), STAKE);
        vm.assertEq(_worthOf(rival), 1, "worth as before");
        vm.assertEq(_delegate(delegator, STAKE), STAKE, "a share for each unit");
    }

    /// @dev Whatever was delegated, given and slashed before: nobody pays a whole unit more than its shares are worth.
    function testFuzz_threat10_pumpedPriceTakesNothingFromTheNextDelegator(
        uint256 first,
        uint96 pumped,
        uint96 slashed,
        uint96 amount
    ) external {
        // From the fewest shares that can be rewarded, which pumps best, to many.
        first = 10 ** _bound(first, 6, 8);
        _delegate(rival, uint96(first));
        _reward(uint96(_bound(pumped, 1, 1_000e6)));
        if (slashed % 2 == 0) {
            _slash(BOND + uint96(_bound(slashed, 0, _delegated().assets)));
            _bond(operator, BOND);
        }

        amount = uint96(_bound(amount, 1, 800e6));
        (uint128 shares, uint96 cost) = bonds.quoteDelegation(operator, amount);
        if (shares == 0) return;
        vm.assertEq(_delegate(delegator, amount), shares, "as quoted");
        _assertTokens(delegator, amount - cost, "charged as quoted");
        IOperatorBonds.PoolView memory pool = _delegated();
        vm.assertLt(uint256(cost) * pool.shares, uint256(shares) * pool.assets + pool.shares, "less than a unit lost");
    }

    function test_threat17_nobodyElseTouchesAPositionOrItsTickets() external {
        _delegate(delegator, STAKE);
        uint48 ticket = _requestUnbond(delegator, 100e6);
        _delegate(stranger, STAKE);
        vm.assertEq(_requestUnbond(stranger, 300e6), ticket, "in the same second");
        vm.assertEq(bonds.ticketOf(operator, delegator, ticket).shares, 100e6, "the ticket of the first");
        vm.assertEq(_sharesOf(delegator), 400e6, "the position of the first");
        vm.assertEq(_sharesOf(stranger), 200e6, "the position of the other");
    }

    function test_threat17_strangersSharesOpenNoTicketOfAnother() external {
        _delegate(delegator, STAKE);
        bytes memory none = abi.encodeWithSelector(
            IOperatorBonds.SharesInsufficient.selector,
            operator,
            stranger,
            1,
            0
        );
        vm.expectRevert(none);
        _requestUnbond(stranger, 1);
    }

    function test_operatorsDelegationElsewhereIsApartFromItsOwnBond() external {
        _register(rival);
        _bond(rival, BOND);
        _allow(operator, address(bonds), STAKE);
        vm.prank(operator);
        bonds.delegate(rival, STAKE, 0);
        vm.assertEq(_own().assets, BOND, "own bond");
        (uint128 shares, ) = bonds.positionOf(rival, operator);
        vm.assertEq(shares, STAKE, "delegated");
    }

    function test_positionOfWhoHasNoneIsNothing() external view {
        (uint128 shares, uint256 assets) = bonds.positionOf(operator, stranger);
        vm.assertEq(shares + assets, 0, "nothing");
    }
}
