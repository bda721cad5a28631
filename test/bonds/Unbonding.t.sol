// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev Tickets: how the operator and its delegators leave.
contract UnbondingTest is Stakes {
    uint96 private constant STAKE = 500e6;

    function setUp() public override {
        super.setUp();
        _enter();
        _delegate(delegator, STAKE);
    }

    function test_operatorsRequestOpensATicket() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingRequested(operator, operator, uint48(START), 400e6, START + UNBONDING);
        vm.assertEq(_requestUnbond(operator, 400e6), START, "the time is its id");

        _assertTicket(operator, 400e6, 0, START + UNBONDING);
        vm.assertEq(_own().unbonding, 400e6, "unbonding");
        vm.assertEq(_own().active, 600e6, "active");
        vm.assertEq(_own().assets, BOND, "assets stay");
        vm.assertEq(_delegated().unbonding, 0, "the other pool as before");
    }

    function test_delegatorsRequestOpensATicket() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingRequested(operator, delegator, uint48(START), 200e6, START + UNBONDING);
        vm.assertEq(_requestUnbond(delegator, 200e6), START, "the time is its id");

        _assertTicket(delegator, 200e6, 0, START + UNBONDING);
        vm.assertEq(_sharesOf(delegator), 300e6, "position");
        vm.assertEq(_delegated().unbonding, 200e6, "unbonding");
        vm.assertEq(_delegated().active, 300e6, "active");
        vm.assertEq(_delegated().assets, STAKE, "assets stay");
        vm.assertEq(_own().unbonding, 0, "the other pool as before");
    }

    function test_requestsOfTheSameSecondAddToOneTicket() external {
        uint48 ticket = _requestUnbond(delegator, 200e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingRequested(operator, delegator, ticket, 100e6, START + UNBONDING);
        vm.assertEq(_requestUnbond(delegator, 100e6), ticket, "the same");
        _assertTicket(delegator, 300e6, 0, START + UNBONDING);
        _wait(1);
        vm.assertEq(_requestUnbond(delegator, 100e6), ticket + 1, "another a second later");
        _assertTicket(delegator, 300e6, 0, START + UNBONDING);
    }

    function test_threat2_ticketOfTheSameSecondKeepsTheLongerDelay() external {
        uint48 ticket = _requestUnbond(delegator, 200e6);
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING));
        _requestUnbond(delegator, 100e6);
        _assertTicket(delegator, 300e6, 0, START + UNBONDING);
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        _requestUnbond(delegator, 100e6);
        _assertTicket(delegator, 400e6, 0, START + Clocks.MAX_UNBONDING);
        _wait(UNBONDING);
        _expectNotMature(delegator, ticket, START + Clocks.MAX_UNBONDING);
        _withdraw(delegator, ticket);
    }

    function test_threat12_ticketOfTheSameSecondForgetsTheSharesOfAWipedPool() external {
        _requestUnbond(delegator, 200e6);
        _requestUnbond(operator, 400e6);
        _wipe();
        _bond(operator, BOND);
        _delegate(delegator, STAKE);
        _requestUnbond(delegator, 1);
        _requestUnbond(operator, 2);
        _assertTicket(delegator, 1, 1, START + UNBONDING);
        _assertTicket(operator, 2, 1, START + UNBONDING);
    }

    function test_requestUnbondRefusesZero() external {
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        _requestUnbond(operator, 0);
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        _requestUnbond(delegator, 0);
    }

    function test_requestUnbondRefusesMoreThanStays() external {
        _requestUnbond(operator, BOND - 1);
        _expectInsufficient(operator, 2, 1);
        _requestUnbond(operator, 2);
        _requestUnbond(operator, 1);
        _expectInsufficient(operator, 1, 0);
        _requestUnbond(operator, 1);

        _requestUnbond(delegator, STAKE - 1);
        _expectInsufficient(delegator, 2, 1);
        _requestUnbond(delegator, 2);
        _requestUnbond(delegator, 1);
        _expectInsufficient(delegator, 1, 0);
        _requestUnbond(delegator, 1);
    }

    function test_B5_operatorsTicketIsPaidFromTheLastSecondOfTheDelayOn() external {
        uint48 ticket = _requestUnbond(operator, 400e6);
        vm.warp(START + UNBONDING - 1);
        _expectNotMature(operator, ticket, START + UNBONDING);
        _withdraw(operator, ticket);

        vm.warp(START + UNBONDING);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, operator, ticket, 400e6);
        vm.assertEq(_withdraw(operator, ticket), 400e6, "returned");
        _assertTokens(operator, 400e6, "paid out");
        _assertTokens(address(bonds), 600e6 + STAKE, "the rest");
        vm.assertEq(_own().unbonding, 0, "no longer unbonding");
        vm.assertEq(_own().assets, 600e6, "assets");
        vm.assertEq(_own().shares, 600e6, "shares");
    }

    function test_B5_delegatorsTicketIsPaidFromTheLastSecondOfTheDelayOn() external {
        uint48 ticket = _requestUnbond(delegator, 200e6);
        vm.warp(START + UNBONDING - 1);
        _expectNotMature(delegator, ticket, START + UNBONDING);
        _withdraw(delegator, ticket);

        vm.warp(START + UNBONDING);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Withdrawn(operator, delegator, ticket, 200e6);
        vm.assertEq(_withdraw(delegator, ticket), 200e6, "returned");
        _assertTokens(delegator, 200e6, "paid out");
        vm.assertEq(_delegated().unbonding, 0, "no longer unbonding");
        vm.assertEq(_delegated().assets, 300e6, "assets");
        vm.assertEq(_delegated().shares, 300e6, "shares");
        vm.assertEq(_own().assets, BOND, "own bond as before");
    }

    function test_withdrawRefusesASecondTimeAndUnknownTickets() external {
        uint48 ticket = _requestUnbond(delegator, 1);
        _wait(UNBONDING);
        _withdraw(delegator, ticket);
        _expectUnknown(delegator, ticket);
        _withdraw(delegator, ticket);
        _expectUnknown(delegator, ticket + 1);
        _withdraw(delegator, ticket + 1);
    }

    function test_threat17_ticketIsItsOwnersAlone() external {
        uint48 ticket = _requestUnbond(delegator, STAKE);
        _wait(UNBONDING);
        _expectUnknown(stranger, ticket);
        _withdraw(stranger, ticket);
        _expectUnknown(operator, ticket);
        _withdraw(operator, ticket);
    }

    /// @dev What is mature could leave at any moment, so it is not at risk: it need not share in rewards any longer.
    function test_threat17_anyonePaysAMatureTicketButOnlyToItsOwner() external {
        uint48 ticket = _requestUnbond(delegator, STAKE);
        _requestUnbond(operator, BOND);
        _wait(UNBONDING - 1);
        _expectNotMature(delegator, ticket, START + UNBONDING);
        vm.prank(stranger);
        bonds.withdraw(operator, delegator, ticket);
        _wait(1);
        vm.prank(stranger);
        vm.assertEq(bonds.withdraw(operator, delegator, ticket), STAKE, "the delegator's");
        vm.prank(delegator);
        vm.assertEq(bonds.withdraw(operator, operator, ticket), BOND, "the operator's");
        _assertTokens(delegator, STAKE, "paid to its owner");
        _assertTokens(operator, BOND, "paid to its owner");
        _assertTokens(stranger, 0, "nothing for who calls");
    }

    /// @dev Else what is kept outside for the members of a pool would be for whoever comes after them.
    function test_poolThatTheLastHasLeftEndsItsEpoch() external {
        _requestUnbond(operator, BOND);
        uint48 ticket = _requestUnbond(delegator, STAKE - 1);
        _wait(UNBONDING);
        _withdraw(operator, ticket);
        _withdraw(delegator, ticket);
        vm.assertEq(_own().epoch, 1, "own");
        vm.assertEq(_delegated().epoch, 0, "one share is left");
        ticket = _requestUnbond(delegator, 1);
        _wait(UNBONDING);
        _withdraw(delegator, ticket);
        vm.assertEq(_delegated().epoch, 1, "delegated");
        _bond(operator, BOND);
        vm.assertEq(_delegate(delegator, STAKE), STAKE, "a new one begins");
        vm.assertEq(_sharesOf(delegator), STAKE, "with who comes again");
    }

    function test_threat2_delayIsFixedAtTheRequest() external {
        uint48 ticket = _requestUnbond(operator, 1);
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING));
        vm.warp(START + UNBONDING - 1);
        _expectNotMature(operator, ticket, START + UNBONDING);
        _withdraw(operator, ticket);
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        vm.warp(START + UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), 1, "paid at its own time");
    }

    function test_threat1_matureTicketsAreSlashedUntilTheyAreWithdrawn() external {
        uint48 ticket = _requestUnbond(operator, BOND);
        _requestUnbond(delegator, STAKE);
        _wait(UNBONDING + 365 days);
        _slash(250e6);
        vm.assertEq(_withdraw(operator, ticket), 750e6, "the operator's, a quarter less");
        _slash(100e6);
        vm.assertEq(_withdraw(delegator, ticket), 400e6, "the delegator's, a fifth less");
    }

    function test_threat1_slashTakesFromWhatLeavesAndWhatStaysAlike() external {
        uint48 ticket = _requestUnbond(operator, 400e6);
        _requestUnbond(delegator, 100e6);
        _slash(BOND / 2);
        vm.assertEq(_own().active, 300e6, "half of what stays");
        _slash(BOND / 2 + STAKE / 2);
        vm.assertEq(_delegated().active, 200e6, "half of what stays");
        _wait(UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), 0, "all of what leaves");
        vm.assertEq(_withdraw(delegator, ticket), 50e6, "half of what leaves");
    }

    function test_threat14_newMoneyJoinsWhileEverythingLeaves() external {
        uint48 ticket = _requestUnbond(operator, BOND);
        _requestUnbond(delegator, STAKE);
        _bond(operator, BOND);
        _delegate(rival, 100e6);
        vm.assertEq(bonds.cover(operator), BOND + 100e6, "cover of the new money alone");
        _wait(UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), BOND, "the old bond leaves whole");
        vm.assertEq(_withdraw(delegator, ticket), STAKE, "the old delegation too");
        vm.assertEq(_worthOf(rival), 100e6, "the new stays whole");
    }

    function test_threat15_tinySlashDoesNotStopTheLastExit() external {
        uint48 ticket = _requestUnbond(operator, BOND);
        _requestUnbond(delegator, STAKE);
        _slash(1);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(operator, ticket), BOND - 1, "all that is left");
        _slash(1);
        vm.assertEq(_withdraw(delegator, ticket), STAKE - 1, "all that is left");
        vm.assertEq(_own().shares + _delegated().shares, 0, "both pools empty");
    }

    function test_threat13_earlierExitsAreRoundedDownForThoseWhoStay() external {
        _reward(1);
        uint48 ticket = _requestUnbond(delegator, 3);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), 3, "not four for a part of a unit");
        ticket = _requestUnbond(delegator, STAKE - 3);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), STAKE - 2, "the last takes what others left");
    }

    /// @dev However an exit is cut up, and whatever is slashed between, the tickets never pay more than was there.
    function testFuzz_B8_everyTicketOfAnExitIsPaid(uint96 slashed, uint128[4] memory parts) external {
        _slash(uint96(_bound(slashed, 0, BOND - 1_000)));
        uint256 assets = _own().assets;
        uint48[4] memory tickets;
        for (uint256 i = 0; i < parts.length; ++i) {
            uint128 active = _own().shares - _own().unbonding;
            if (active == 0) break;
            tickets[i] = _requestUnbond(
                operator,
                i == parts.length - 1 ? active : uint128(_bound(parts[i], 1, active))
            );
            _wait(1);
        }
        _wait(UNBONDING);
        uint256 paid = 0;
        for (uint256 i = 0; i < tickets.length; ++i) if (tickets[i] != 0) paid += _withdraw(operator, tickets[i]);
        vm.assertEq(paid, assets, "all of it, to the last unit");
        vm.assertEq(_own().shares, 0, "no share left");
    }

    /// @dev Several delegators, rewards and a slash of any depth between them: everybody leaves, the pool is empty after.
    function testFuzz_threat13_everybodyLeavesWhateverHappened(
        uint96[3] memory stakes,
        uint96[3] memory rewards,
        uint96 slashed,
        uint128 early
    ) external {
        address[4] memory everybody = [delegator, rival, stranger, reporter];
        uint256 paidIn = STAKE;
        for (uint256 i = 0; i < 3; ++i) {
            uint96 stake = uint96(_bound(stakes[i], 1, 300e6));
            (uint128 shares, uint96 cost) = bonds.quoteDelegation(operator, stake);
            if (shares != 0) _delegate(everybody[i + 1], stake);
            uint96 given = uint96(_bound(rewards[i], 1, 150e6));
            _reward(given);
            paidIn += cost + given;
        }
        uint48 first = _requestUnbond(delegator, uint128(_bound(early, 1, _sharesOf(delegator))));
        slashed = uint96(_bound(slashed, 0, BOND + paidIn));
        _slash(slashed);
        _wait(1);

        uint48 last = uint48(_now());
        for (uint256 i = 0; i < 4; ++i) {
            if (_sharesOf(everybody[i]) != 0) _requestUnbond(everybody[i], _sharesOf(everybody[i]));
        }
        _wait(UNBONDING);
        uint256 before = _delegated().assets;
        uint256 paidOut = _withdraw(delegator, first);
        for (uint256 i = 0; i < 4; ++i) {
            if (bonds.ticketOf(operator, everybody[i], last).shares != 0) paidOut += _withdraw(everybody[i], last);
        }
        vm.assertEq(paidOut, before, "all that was there, to the last unit");
        vm.assertEq(_delegated().shares + _delegated().unbonding + _delegated().assets, 0, "the pool is empty");
    }

    function _assertTicket(address owner, uint256 shares, uint256 epoch, uint256 maturesAt) private view {
        IOperatorBonds.Ticket memory ticket = bonds.ticketOf(operator, owner, uint48(START));
        vm.assertEq(ticket.shares, shares, "ticket's shares");
        vm.assertEq(ticket.epoch, epoch, "ticket's epoch");
        vm.assertEq(ticket.maturesAt, maturesAt, "ticket's time");
    }

    function _expectInsufficient(address owner, uint256 asked, uint256 active) private {
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorBonds.SharesInsufficient.selector, operator, owner, asked, active)
        );
    }

    function _expectNotMature(address owner, uint48 ticket, uint256 maturesAt) private {
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorBonds.TicketNotMature.selector, operator, owner, ticket, maturesAt)
        );
    }

    function _expectUnknown(address owner, uint48 ticket) private {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.TicketUnknown.selector, operator, owner, ticket));
    }
}
