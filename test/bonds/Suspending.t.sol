// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {Papers} from "../support/Papers.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev What a suspension stops, what it never stops, how long it lasts, and what it does to running timers.
contract SuspendingTest is Papers, Stakes {
    uint48 private constant LENGTH = 5 days;

    function setUp() public override(Papers, World) {
        super.setUp();
        _delegate(delegator, BOND);
    }

    function _beforeOpening() internal override(Stakes, World) {
        super._beforeOpening();
    }

    function test_thereIsNoSuspensionAtFirst() external view {
        vm.assertEq(bonds.suspension().start + bonds.suspension().end, 0, "none");
        vm.assertEq(bonds.extended(START, START + 1), START + 1, "timers as they are");
        vm.assertEq(bonds.activeTime(), START, "all time counts");
    }

    function test_activeTimeStandsStillInASuspension() external {
        bonds.suspend(LENGTH);
        vm.assertEq(bonds.activeTime(), START, "from its first second");
        _wait(LENGTH - 1);
        vm.assertEq(bonds.activeTime(), START, "to its last");
        _wait(1);
        vm.assertEq(bonds.activeTime(), START, "at its end");
        _wait(1);
        vm.assertEq(bonds.activeTime(), START + 1, "and goes on");
        vm.assertEq(bonds.termsOf(operator).activeTime, START + 1, "as settlements see it");
    }

    /// @dev All time but what was suspended, however often that was, and never backwards.
    function testFuzz_activeTimeIsAllTimeThatWasNotSuspended(
        uint32[4] memory waits,
        uint24[4] memory lengths
    ) external {
        uint256 suspended = 0;
        for (uint256 i = 0; i < waits.length; ++i) {
            _wait(Clocks.SUSPENSION_COOLDOWN + waits[i]);
            uint256 before = _now() - suspended;
            vm.assertEq(bonds.activeTime(), before, "between suspensions");
            uint48 length = uint48(_bound(lengths[i], 1, Clocks.MAX_SUSPENSION));
            bonds.suspend(length);
            vm.assertEq(bonds.activeTime(), before, "at its start");
            _wait(length / 2);
            vm.assertEq(bonds.activeTime(), before, "in it");
            _wait(length - length / 2);
            vm.assertEq(bonds.activeTime(), before, "at its end");
            suspended += length;
        }
    }

    function test_suspendSaysFromWhenToWhen() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.SuspensionStarted(START, START + LENGTH);
        bonds.suspend(LENGTH);
        vm.assertEq(bonds.suspension().start, START, "start");
        vm.assertEq(bonds.suspension().end, START + LENGTH, "end");
    }

    function test_suspendedAreEntryWithdrawalAndSlashing() external {
        ExactTransfer.Permit memory permit;
        _requestUnbond(delegator, 1);
        _requestUnbond(operator, 1);
        _wait(UNBONDING);
        bonds.suspend(LENGTH);
        _refused(stranger, abi.encodeCall(bonds.register, (payout, 0, "")));
        _refused(operator, abi.encodeCall(bonds.bond, (1)));
        _refused(operator, abi.encodeCall(bonds.bondWithPermit, (1, permit)));
        _refused(delegator, abi.encodeCall(bonds.delegate, (operator, 1, 0)));
        _refused(delegator, abi.encodeCall(bonds.delegateWithPermit, (operator, 1, 0, permit)));
        _refused(delegator, abi.encodeCall(bonds.withdraw, (operator, delegator, uint48(START))));
        _refused(operator, abi.encodeCall(bonds.withdraw, (operator, operator, uint48(START))));
        _refused(address(this), abi.encodeCall(bonds.slash, (operator, 1, _noAwards())));
    }

    function test_threat30_suspensionEndsByItself() external {
        _requestUnbond(delegator, BOND);
        _wait(UNBONDING);
        uint256 end = _now() + LENGTH;
        bonds.suspend(LENGTH);
        vm.warp(end - 1);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.Suspended.selector, end));
        _slash(1);
        vm.warp(end);
        vm.assertEq(_slash(1), 1, "slashes again");
        vm.assertEq(_withdraw(delegator, uint48(START)), BOND, "pays again");
        _bond(operator, 1);
    }

    function test_threat30_neverSuspendedAreRequestsClaimsRewardsAndSettings() external {
        bonds.slash(operator, 100e6, _awards(10e6, 0));
        bonds.suspend(LENGTH);
        vm.assertEq(_requestUnbond(operator, 1), START, "the operator leaves");
        vm.assertEq(_requestUnbond(delegator, 1), START, "its delegator leaves");
        vm.prank(reporter);
        vm.assertEq(bonds.claimAwards(), 10e6, "awards are paid");
        _reward(1e6);
        vm.assertEq(_delegated().assets, BOND + 1e6, "rewards come in");
        vm.prank(operator);
        bonds.setPayout(stranger);
        vm.assertEq(bonds.payoutOf(operator), stranger, "the payout is set");
        vm.prank(operator);
        bonds.setCommission(0);
        vm.assertEq(bonds.commissionOf(operator).next, 0, "the commission is set");
    }

    function test_threat30_settlementIsNeverSuspended() external {
        bonds.suspend(LENGTH);
        _pay(100e6);
        vm.assertGt(escrow.rewardDelegators(operator), 0, "delegators get their part");
        vm.assertGt(escrow.withdrawEarnings(operator), 0, "the operator its own");
    }

    function test_threat30_lengthIsBounded() external {
        uint48[3] memory lengths = [0, uint48(Clocks.MAX_SUSPENSION + 1), type(uint48).max];
        for (uint256 i = 0; i < lengths.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IOperatorBonds.SuspensionLengthOutOfRange.selector,
                    lengths[i],
                    Clocks.MAX_SUSPENSION
                )
            );
            bonds.suspend(lengths[i]);
        }
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        vm.assertEq(bonds.suspension().end, START + Clocks.MAX_SUSPENSION, "the longest");
    }

    function test_shortestSuspensionIsASecond() external {
        bonds.suspend(1);
        vm.assertEq(bonds.suspension().end, START + 1, "the shortest");
    }

    function test_threat50_suspensionIsNotRenewedBeforeItsCooldownEnds() external {
        bonds.suspend(LENGTH);
        uint256 cooledDown = START + LENGTH + Clocks.SUSPENSION_COOLDOWN;
        uint256[4] memory times = [START, START + LENGTH - 1, START + LENGTH, cooledDown - 1];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SuspensionCoolingDown.selector, cooledDown));
            bonds.suspend(1);
        }
        vm.warp(cooledDown);
        bonds.suspend(1);
        vm.assertEq(bonds.suspension().start, cooledDown, "the next");
    }

    /// @dev Else the second would hide the first, and whoever is leaving would be held twice.
    function test_threat50_noTicketMeetsTwoSuspensions() external {
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        _requestUnbond(delegator, BOND);
        _wait(Clocks.MAX_UNBONDING - 1);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        uint256 maturesAt = START + Clocks.MAX_UNBONDING + Clocks.MAX_SUSPENSION;
        _assertMatures(delegator, maturesAt);

        vm.warp(bonds.suspension().end + Clocks.SUSPENSION_COOLDOWN);
        bonds.suspend(1);
        vm.assertEq(bonds.extended(START, START + Clocks.MAX_UNBONDING), START + Clocks.MAX_UNBONDING, "forgotten");
        vm.assertGt(_now(), maturesAt, "after it could leave");
        _wait(1);
        vm.assertEq(_withdraw(delegator, uint48(START)), BOND, "left");
    }

    /// @dev The authority can close the contract's restricted functions: no exit is among them.
    function test_threat30_closingTheTargetStopsNoExit() external {
        uint48 ticket = _requestUnbond(delegator, BOND);
        bonds.slash(operator, 100e6, _awards(10e6, 0));
        authority.setTargetClosed(address(bonds), true);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), BOND, "leaves");
        vm.prank(reporter);
        vm.assertEq(bonds.claimAwards(), 10e6, "is paid");
        _bond(operator, 1);
        vm.assertEq(_requestUnbond(operator, 1), _now(), "opens a ticket");
        vm.assertEq(_slash(1), 1, "slashes");
    }

    function test_threat56_suspensionWithinATicketsDelayExtendsItByItsLength() external {
        _requestUnbond(delegator, BOND);
        _wait(1 days);
        bonds.suspend(LENGTH);
        _assertMatures(delegator, START + UNBONDING + LENGTH);
    }

    function test_threat56_suspensionOverATicketsMaturityExtendsItByItsLength() external {
        _requestUnbond(delegator, BOND);
        _wait(UNBONDING - 1);
        bonds.suspend(LENGTH);
        _assertMatures(delegator, START + UNBONDING + LENGTH);
    }

    function test_threat56_ticketOpenedInASuspensionIsExtendedByTheRestOfIt() external {
        bonds.suspend(LENGTH);
        _wait(2 days);
        uint48 ticket = _requestUnbond(delegator, BOND);
        vm.assertEq(bonds.extended(ticket, ticket + UNBONDING), START + LENGTH + UNBONDING, "from its end on");
        vm.warp(START + LENGTH + UNBONDING - 1);
        vm.expectPartialRevert(IOperatorBonds.TicketNotMature.selector);
        _withdraw(delegator, ticket);
        _wait(1);
        vm.assertEq(_withdraw(delegator, ticket), BOND, "paid");
    }

    function test_threat56_suspensionAfterATicketsMaturityOnlyStopsItsPayment() external {
        _requestUnbond(delegator, BOND);
        _wait(UNBONDING);
        bonds.suspend(LENGTH);
        _wait(LENGTH);
        vm.assertEq(_withdraw(delegator, uint48(START)), BOND, "at its end");
    }

    function test_threat56_ticketOpenedAfterASuspensionTakesItsDelayAlone() external {
        bonds.suspend(LENGTH);
        _wait(LENGTH);
        uint48 ticket = _requestUnbond(delegator, BOND);
        _wait(UNBONDING);
        vm.assertEq(_withdraw(delegator, ticket), BOND, "paid");
    }

    function test_threat56_suspensionPutsOffASlashersStart() external {
        bonds.addSlasher(stranger);
        uint256 activeFrom = START + Clocks.SLASHER_ACTIVATION;
        vm.warp(activeFrom - 1);
        bonds.suspend(LENGTH);
        vm.warp(activeFrom + LENGTH - 1);
        vm.assertFalse(bonds.isSlasher(stranger), "the second before");
        vm.warp(activeFrom + LENGTH);
        vm.assertTrue(bonds.isSlasher(stranger), "later by the suspension");
    }

    function test_threat56_suspensionPutsOffASlashersEnd() external {
        bonds.removeSlasher(address(validity));
        uint256 activeUntil = START + Clocks.SLASHER_REMOVAL;
        vm.warp(activeUntil - 1);
        bonds.suspend(LENGTH);
        vm.warp(activeUntil + LENGTH - 1);
        vm.assertTrue(bonds.isSlasher(address(validity)), "the second before");
        vm.warp(activeUntil + LENGTH);
        vm.assertFalse(bonds.isSlasher(address(validity)), "later by the suspension");
    }

    function test_threat56_suspensionAfterASlashersStartOrEndChangesNeither() external {
        bonds.addSlasher(stranger);
        bonds.removeSlasher(address(validity));
        _wait(Clocks.SLASHER_ACTIVATION);
        bonds.suspend(LENGTH);
        vm.assertTrue(bonds.isSlasher(stranger), "is one");
        vm.assertTrue(bonds.isSlasher(address(equivocation)), "and who was one before");
        vm.assertFalse(bonds.isSlasher(address(validity)), "is none");
    }

    function _refused(address who, bytes memory data) private {
        vm.prank(who);
        (bool isOk, bytes memory result) = address(bonds).call(data);
        vm.assertFalse(isOk, "refused");
        bytes memory expected = abi.encodeWithSelector(IOperatorBonds.Suspended.selector, bonds.suspension().end);
        vm.assertEq(keccak256(result), keccak256(expected), "as suspended");
    }

    /// @dev The ticket of `who` from the start is paid from `maturesAt` on; ends where time was.
    function _assertMatures(address who, uint256 maturesAt) private {
        vm.assertEq(bonds.extended(START, bonds.ticketOf(operator, who, uint48(START)).maturesAt), maturesAt, "view");
        uint256 time = _now();
        vm.warp(maturesAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorBonds.TicketNotMature.selector, operator, who, uint48(START), maturesAt)
        );
        _withdraw(who, uint48(START));
        vm.warp(time);
    }
}
