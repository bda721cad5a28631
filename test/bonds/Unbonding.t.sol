// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {SharePool} from "../../contracts/bonds/SharePool.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract UnbondingTest is World {
    IOperatorBonds.Award[] private _none;

    function setUp() public override {
        super.setUp();
        _enter();
    }

    function _beforeOpening() internal override {
        bonds.addSlasher(address(this));
    }

    function test_requestUnbondOpensATicketAndLowersTheCover() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingRequested(operator, 0, 400e6, START + UNBONDING);
        vm.assertEq(_request(400e6), 0, "first ticket");

        SharePool.Ticket memory ticket = bonds.ticketOf(operator, 0);
        vm.assertEq(ticket.shares, 400e6, "ticket's shares");
        vm.assertEq(ticket.epoch, 0, "ticket's epoch");
        vm.assertEq(ticket.maturesAt, START + UNBONDING, "ticket's time");
        IOperatorBonds.OperatorView memory found = bonds.operatorOf(operator);
        vm.assertEq(found.unbonding, 400e6, "unbonding");
        vm.assertEq(found.active, 600e6, "active");
        vm.assertEq(found.assets, BOND, "assets stay");
        vm.assertEq(bonds.cover(operator), 600e6, "cover without what leaves");
        vm.assertEq(bonds.slashable(operator), BOND, "all of it slashable");
        vm.assertEq(_request(1), 1, "second ticket");
    }

    function test_requestUnbondRefusesZero() external {
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        _request(0);
    }

    function test_requestUnbondRefusesMoreThanStays() external {
        _request(BOND - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesInsufficient.selector, operator, 2, 1));
        _request(2);
        _request(1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesInsufficient.selector, operator, 1, 0));
        _request(1);
    }

    function test_threat17_strangerCannotOpenATicketForAnOperator() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SharesInsufficient.selector, stranger, 1, 0));
        vm.prank(stranger);
        bonds.requestUnbond(1);
    }

    function test_B5_withdrawPaysFromTheLastSecondOfTheDelayOn() external {
        _request(400e6);
        vm.warp(START + UNBONDING - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorBonds.TicketNotMature.selector, operator, 0, START + UNBONDING)
        );
        _withdraw(0);

        vm.warp(START + UNBONDING);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, 0, 400e6);
        vm.assertEq(_withdraw(0), 400e6, "returned");
        _assertTokens(operator, 400e6, "paid out");
        _assertTokens(address(bonds), 600e6, "the rest");
        vm.assertEq(bonds.operatorOf(operator).unbonding, 0, "no longer unbonding");
        vm.assertEq(bonds.cover(operator), 600e6, "cover as before");
    }

    function test_withdrawRefusesASecondTimeAndUnknownTickets() external {
        _request(1);
        _wait(UNBONDING);
        _withdraw(0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.TicketUnknown.selector, operator, 0));
        _withdraw(0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.TicketUnknown.selector, operator, 1));
        _withdraw(1);
    }

    function test_threat2_delayIsFixedAtTheRequest() external {
        _request(1);
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING));
        vm.warp(START + UNBONDING - 1);
        vm.expectPartialRevert(IOperatorBonds.TicketNotMature.selector);
        _withdraw(0);
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        vm.warp(START + UNBONDING);
        vm.assertEq(_withdraw(0), 1, "paid at its own time");
    }

    function test_threat1_matureTicketIsSlashedUntilItIsWithdrawn() external {
        _request(BOND);
        _wait(UNBONDING + 365 days);
        bonds.slash(operator, 250e6, _none);
        vm.assertEq(_withdraw(0), 750e6, "a quarter less");
    }

    function test_slashTakesFromTicketsAndTheRestAlike() external {
        _request(400e6);
        bonds.slash(operator, 500e6, _none);
        vm.assertEq(bonds.cover(operator), 300e6, "half of what stays");
        _wait(UNBONDING);
        vm.assertEq(_withdraw(0), 200e6, "half of what leaves");
    }

    function test_threat12_ticketOfAWipedPoolTakesNothingFromNewBond() external {
        _request(400e6);
        bonds.slash(operator, BOND, _none);
        _bond(operator, 500e6);
        _wait(UNBONDING);

        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, 0, 0);
        vm.assertEq(_withdraw(0), 0, "void");
        vm.assertEq(bonds.cover(operator), 500e6, "new bond whole");
        vm.assertEq(bonds.operatorOf(operator).unbonding, 0, "nothing unbonding");
        vm.assertEq(bonds.operatorOf(operator).epoch, 1, "epoch");
    }

    function test_threat14_newBondJoinsWhileEverythingLeaves() external {
        _request(BOND);
        _bond(operator, LEAST_OWN_BOND);
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "cover of the new bond alone");
        _wait(UNBONDING);
        vm.assertEq(_withdraw(0), BOND, "the old bond leaves whole");
    }

    function test_threat15_tinySlashDoesNotStopTheLastExit() external {
        _request(BOND);
        bonds.slash(operator, 1, _none);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(0), BOND - 1, "all that is left");
        vm.assertEq(bonds.operatorOf(operator).shares, 0, "pool empty");
    }

    /// @dev However an exit is cut up, and whatever is slashed between, the tickets never pay more than was there.
    function testFuzz_B8_everyTicketOfAnExitIsPaid(uint96 slashed, uint128[4] memory parts) external {
        bonds.slash(operator, uint96(_bound(slashed, 0, BOND - 1_000)), _none);
        uint256 assets = bonds.slashable(operator);
        uint32 tickets = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(operator);
            uint128 active = found.shares - found.unbonding;
            if (active == 0) break;
            _request(i == parts.length - 1 ? active : uint128(_bound(parts[i], 1, active)));
            ++tickets;
        }
        _wait(UNBONDING);
        uint256 paid = 0;
        for (uint32 i = 0; i < tickets; ++i) paid += _withdraw(i);
        vm.assertEq(paid, assets, "all of it, to the last unit");
        vm.assertEq(bonds.operatorOf(operator).shares, 0, "no share left");
    }

    function _request(uint128 shares) private returns (uint32) {
        vm.prank(operator);
        return bonds.requestUnbond(shares);
    }

    function _withdraw(uint32 ticket) private returns (uint256) {
        vm.prank(operator);
        return bonds.withdraw(ticket);
    }
}
