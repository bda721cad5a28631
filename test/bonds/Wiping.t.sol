// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev A slash to nothing or almost nothing, and who comes after it.
contract WipingTest is Stakes {
    /// @dev The most that is dust.
    uint96 private constant DUST = 999;

    function setUp() public override {
        super.setUp();
        _enter();
        _delegate(delegator, BOND);
    }

    function test_threat11_ownDustIsBurntAndANewEpochStarts() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, true, DUST);
        vm.assertEq(_slash(BOND - DUST), BOND - DUST, "as asked");
        vm.assertEq(_own().assets + _own().shares, 0, "nothing left");
        vm.assertEq(_own().epoch, 1, "epoch");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "dust is no debt");
        _bond(operator, BOND);
        vm.assertEq(_own().shares, BOND, "shares from one to one again");
        vm.assertEq(_delegated().epoch, 0, "the other pool as before");
    }

    function test_threat11_delegatedDustIsBurntAndANewEpochStarts() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, false, DUST);
        vm.assertEq(_slash(2 * BOND - DUST), 2 * BOND - DUST, "as asked");
        vm.assertEq(_delegated().assets + _delegated().shares, 0, "nothing left");
        vm.assertEq(_delegated().epoch, 1, "epoch");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "dust is no debt");
        _bond(operator, BOND);
        vm.assertEq(_delegate(rival, 100e6), 100e6, "shares from one to one again");
    }

    function test_threat11_justAboveDustThePoolsGoOn() external {
        _slash(BOND - DUST - 1);
        vm.assertEq(_own().epoch, 0, "same epoch");
        vm.assertEq(_own().assets, DUST + 1, "left");
        _bond(operator, BOND);
        vm.assertLe(_own().shares, _own().assets << 30, "shares stay bounded");

        _slash(uint96(_own().assets) + BOND - DUST - 1);
        vm.assertEq(_delegated().epoch, 0, "same epoch");
        vm.assertEq(_delegated().assets, DUST + 1, "left");
        _bond(operator, BOND);
        _delegate(rival, BOND);
        vm.assertLe(_delegated().shares, _delegated().assets << 30, "shares stay bounded");
        vm.assertGe(_worthOf(rival), BOND - 1, "and who comes after loses less than a unit");
    }

    function test_threat11_slashOfAPoolOfDustWipesIt() external {
        _wipe();
        _bond(operator, 10);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, true, 9);
        vm.assertEq(_slash(1), 1, "as asked");
        vm.assertEq(_own().epoch, 2, "epoch");
    }

    function test_slashOfZeroWipesNothing() external {
        _wipe();
        _bond(operator, 10);
        _slash(0);
        vm.assertEq(_own().assets, 10, "as before");
    }

    function test_threat11_ownPoolOfTooCheapSharesTakesNoDepositsUntilItIsLeft() external {
        _slash(BOND - DUST - 1);
        _bond(operator, BOND);
        _slash(BOND);
        _allow(operator, address(bonds), BOND);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.PoolExhausted.selector, operator));
        vm.prank(operator);
        bonds.bond(BOND);

        uint48 ticket = _requestUnbond(operator, _own().shares);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), DUST + 1, "what is left leaves");
        vm.prank(operator);
        bonds.bond(BOND);
        vm.assertEq(_own().shares, BOND, "shares from one to one again");
    }

    function test_threat11_delegatedPoolOfTooCheapSharesTakesNoDepositsUntilItIsLeft() external {
        _slash(2 * BOND - DUST - 1);
        _bond(operator, BOND);
        _delegate(rival, BOND);
        _slash(2 * BOND);
        _bond(operator, BOND);
        (uint128 quoted, uint96 cost) = bonds.quoteDelegation(operator, BOND);
        vm.assertEq(quoted + cost, 0, "no quote");
        _allow(stranger, address(bonds), BOND);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.PoolExhausted.selector, operator));
        vm.prank(stranger);
        bonds.delegate(operator, BOND, 0);

        uint48 ticket = _requestUnbond(delegator, _sharesOf(delegator));
        _requestUnbond(rival, _sharesOf(rival));
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket) + _withdraw(rival, ticket), DUST + 1, "what is left leaves");
        vm.prank(stranger);
        vm.assertEq(bonds.delegate(operator, BOND, 0), BOND, "shares from one to one again");
    }

    function test_threat12_ticketOfAWipedOwnPoolTakesNothingFromNewBond() external {
        uint48 ticket = _requestUnbond(operator, 400e6);
        _slash(BOND);
        vm.assertEq(_own().unbonding, 0, "nothing unbonding");
        _bond(operator, 500e6);
        vm.assertEq(_own().active, 500e6, "all of the new bond stays");
        _wait(UNBONDING);

        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, operator, ticket, 0);
        vm.assertEq(_withdraw(operator, ticket), 0, "void");
        vm.assertEq(_own().assets, 500e6, "new bond whole");
        vm.assertEq(_own().active, 500e6, "and staying");
    }

    function test_threat12_ticketOfAWipedDelegatedPoolTakesNothingFromLaterDelegators() external {
        uint48 ticket = _requestUnbond(delegator, 400e6);
        _wipe();
        vm.assertEq(_delegated().unbonding, 0, "nothing unbonding");
        _bond(operator, BOND);
        _delegate(rival, 500e6);
        vm.assertEq(_delegated().active, 500e6, "all of the new stake stays");
        _wait(UNBONDING);

        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, delegator, ticket, 0);
        vm.assertEq(_withdraw(delegator, ticket), 0, "void");
        vm.assertEq(_worthOf(rival), 500e6, "the later one's is whole");
        vm.assertEq(_delegated().active, 500e6, "and staying");
    }

    function test_threat12_positionInAWipedPoolLeavesWithNothingOfLaterDelegators() external {
        _wipe();
        _bond(operator, BOND);
        _delegate(rival, 500e6);
        vm.assertEq(_sharesOf(delegator), 0, "void");
        vm.assertEq(_worthOf(delegator), 0, "worth nothing");
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesInsufficient.selector, operator, delegator, 1, 0));
        _requestUnbond(delegator, 1);
    }

    function test_threat12_newStakeDoesNotReviveAVoidPosition() external {
        _wipe();
        _bond(operator, BOND);
        _delegate(rival, 500e6);
        _delegate(delegator, 100e6);
        vm.assertEq(_sharesOf(delegator), 100e6, "the new stake alone");
        vm.assertEq(_worthOf(delegator), 100e6, "what it brought");
        vm.assertEq(_worthOf(rival), 500e6, "the other's is whole");
    }

    function test_threat12_ticketOfALaterEpochIsPaidBesideAVoidOne() external {
        uint48 ticket = _requestUnbond(delegator, 400e6);
        _wipe();
        _bond(operator, BOND);
        _wait(1);
        _delegate(delegator, 100e6);
        uint48 later = _requestUnbond(delegator, 100e6);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), 0, "void");
        vm.assertEq(_withdraw(delegator, later), 100e6, "paid");
    }

    /// @dev However deep a slash goes, whoever comes after it gets out what it brought, but for a unit.
    function testFuzz_threat11_redepositAfterAnySlashLosesNothing(uint96 left, uint96 bonded, uint96 staked) external {
        // Around the edge of dust, and anywhere.
        left = left % 2 == 0 ? uint96(_bound(left, 0, 2_000)) : uint96(_bound(left, 0, BOND));
        _slash(2 * BOND - left);
        bonded = uint96(_bound(bonded, BOND, 100 * BOND));
        _bond(operator, bonded);
        vm.assertEq(_own().active, bonded, "own");
        staked = uint96(_bound(staked, 1, bonded));
        (uint128 shares, uint96 cost) = bonds.quoteDelegation(operator, staked);
        vm.assertGt(shares, 0, "no share is dear after a slash");
        _delegate(rival, staked);
        vm.assertGe(_worthOf(rival) + 1, cost, "delegated");
    }
}
