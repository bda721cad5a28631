// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev Who bears a slash, who gets of it, and what is remembered.
contract SlashingTest is Stakes {
    uint96 private constant STAKE = 600e6;

    function setUp() public override {
        super.setUp();
        _enter();
        _delegate(delegator, STAKE);
    }

    function test_slashTakesAwardsAndBurns() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Awarded(reporter, operator, 30e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Awarded(payer, operator, 20e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(this), 200e6, 200e6, 0, 50e6);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, 200e6, _awards(30e6, 20e6));

        vm.assertEq(slashed, 200e6, "slashed");
        vm.assertEq(paid[0], 30e6, "first award");
        vm.assertEq(paid[1], 20e6, "second award");
        vm.assertEq(bonds.awardsOf(reporter), 30e6, "first recipient");
        vm.assertEq(bonds.awardsOf(payer), 20e6, "second recipient");
        vm.assertEq(_own().assets, 800e6, "own bond");
        vm.assertEq(_delegated().assets, STAKE, "delegators bear nothing while the own bond is enough");
        vm.assertEq(bonds.faultsOf(operator), 200e6, "remembered");
        _assertTokens(address(bonds), BOND + STAKE, "what is burnt stays, and belongs to nobody");
    }

    function test_slashBeyondTheOwnBondGoesOnWithWhatIsDelegated() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(this), BOND + 150e6, BOND, 150e6, 0);
        vm.assertEq(_slash(BOND + 150e6), BOND + 150e6, "of both");
        vm.assertEq(_own().assets, 0, "the own bond first, all of it");
        vm.assertEq(_delegated().assets, STAKE - 150e6, "then what is delegated");
        vm.assertEq(_worthOf(delegator), STAKE - 150e6, "from every share");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "nothing is owed");
    }

    function test_slashOfExactlyTheOwnBondSparesTheDelegators() external {
        vm.assertEq(_slash(BOND), BOND, "the own bond");
        vm.assertEq(_delegated().assets, STAKE, "whole");
        vm.assertEq(_delegated().epoch, 0, "as before");
    }

    function test_threat3_slashForMoreThanThereIsTakesAllAndReturnsWhatItTook() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, true, 0);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, false, 0);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(this), BOND + STAKE + 300e6, BOND, STAKE, 0);
        vm.assertEq(_slash(BOND + STAKE + 300e6), BOND + STAKE, "all that there was");
        vm.assertEq(bonds.operatorOf(operator).debt, 300e6, "the rest is owed");
        vm.assertEq(bonds.faultsOf(operator), BOND + STAKE + 300e6, "remembered as asked");
    }

    function test_threat3_greatestSlashesGoThrough() external {
        _slash(type(uint96).max);
        vm.assertEq(_slash(type(uint96).max), 0, "nothing left");
        vm.assertEq(bonds.operatorOf(operator).debt, type(uint96).max, "debt at most");
        vm.assertEq(bonds.faultsOf(operator), type(uint96).max, "faults at most");
    }

    function test_threat3_slashOfWhoNeverJoinedGoesThrough() external {
        (uint256 slashed, uint256[] memory paid) = bonds.slash(rival, 300e6, _awards(100e6, 100e6));
        vm.assertEq(slashed + paid[0] + paid[1], 0, "nothing there");
        vm.assertEq(bonds.awardsOf(reporter), 0, "nothing to award");
    }

    function test_slashOfZeroChangesNothing() external {
        bonds.slash(operator, 0, _awards(1, 1));
        vm.assertEq(_own().assets + _delegated().assets, BOND + STAKE, "assets");
        vm.assertEq(_own().epoch + _delegated().epoch, 0, "epochs");
        vm.assertEq(bonds.awardsOf(reporter), 0, "awards");
    }

    function test_threat6_slashOfOneUnitTakesOne() external {
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, 1, _awards(1, 1));
        vm.assertEq(slashed, 1, "slashed");
        vm.assertEq(_own().assets, BOND - 1, "of the own bond");
        vm.assertEq(paid[0] + paid[1], 0, "half of one is nothing");
        _slash(BOND - 1);
        vm.assertEq(_slash(1), 1, "slashed");
        vm.assertEq(_delegated().assets, STAKE - 1, "of what is delegated");
    }

    function test_threat4_slashesTakeTheSameInAnyOrder() external {
        _register(rival);
        _bond(rival, BOND);
        _allow(delegator, address(bonds), STAKE);
        vm.prank(delegator);
        bonds.delegate(rival, STAKE, 0);

        uint96[3] memory amounts = [100e6, 2_000e6, BOND];
        for (uint256 i = 0; i < 3; ++i) {
            bonds.slash(operator, amounts[i], _noAwards());
            bonds.slash(rival, amounts[2 - i], _noAwards());
        }
        vm.assertEq(bonds.operatorOf(operator).debt, 3_100e6 - BOND - STAKE, "asked and not there");
        vm.assertEq(bonds.operatorOf(rival).debt, 3_100e6 - BOND - STAKE, "in the other order");
        vm.assertEq(bonds.faultsOf(operator), bonds.faultsOf(rival), "faults");
    }

    function test_threat4_awardsDoNotChangeWhatAnotherSlashTakes() external {
        bonds.slash(operator, 100e6, _awards(50e6, 0));
        vm.assertEq(_slash(100e6), 100e6, "the next in full");
        vm.assertEq(_own().assets, BOND - 200e6, "both");
    }

    function test_threat5_C4_awardsReachHalfOfTheOwnLossInTheirOrder() external {
        (, uint256[] memory paid) = bonds.slash(operator, 200e6, _awards(70e6, 31e6));
        vm.assertEq(paid[0], 70e6, "first in full");
        vm.assertEq(paid[1], 30e6, "second as far as half reaches");
        (, paid) = bonds.slash(operator, 201, _awards(101, 1));
        vm.assertEq(paid[0], 100, "half, rounded down");
        vm.assertEq(paid[1], 0, "nothing left");
    }

    /// @dev An operator with a client and a reporter of its own wants its delegators' money: it gets half of its own.
    function test_threat5_puppetClientGetsNothingOfTheDelegators() external {
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, BOND + STAKE, _awards(BOND, BOND));
        vm.assertEq(slashed, BOND + STAKE, "everything is lost");
        vm.assertEq(paid[0] + paid[1], BOND / 2, "half of the own bond comes back");
        (slashed, paid) = bonds.slash(operator, 100e6, _awards(100e6, 100e6));
        vm.assertEq(paid[0] + paid[1], 0, "and nothing where there is no own bond");
    }

    function test_threat5_delegatedPartIsBurntWhole() external {
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND);
        _slash(BOND);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, 400e6, _awards(1, 1));
        vm.assertEq(slashed, 400e6, "of the delegators alone");
        vm.assertEq(paid[0] + paid[1], 0, "nobody gets of it");
    }

    /// @dev No token moves and nobody is called: whatever they do, a slash goes through.
    function test_threat8_slashCallsNeitherTheTokenNorItsRecipients() external {
        bytes memory refuse = hex"5f5ffd";
        vm.etch(address(token), refuse);
        vm.etch(reporter, refuse);
        vm.etch(operator, refuse);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, BOND + STAKE, _awards(1e6, 2e6));
        vm.assertEq(slashed, BOND + STAKE, "slashed");
        vm.assertEq(paid[0], 1e6, "awarded to a contract that refuses every call");
        vm.assertEq(bonds.awardsOf(payer), 2e6, "the other too");
    }

    function test_slashRefusesAnyoneElse() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NotSlasher.selector, stranger));
        vm.prank(stranger);
        bonds.slash(operator, 1, _noAwards());
    }

    function test_claimAwardsPaysOnce() external {
        bonds.slash(operator, 200e6, _awards(30e6, 20e6));
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.AwardsClaimed(reporter, 30e6);
        vm.prank(reporter);
        vm.assertEq(bonds.claimAwards(), 30e6, "returned");
        _assertTokens(reporter, 30e6, "paid");
        vm.assertEq(bonds.awardsOf(reporter), 0, "nothing left");
        vm.assertEq(bonds.awardsOf(payer), 20e6, "the other's stays");

        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NothingToClaim.selector, reporter));
        vm.prank(reporter);
        bonds.claimAwards();
    }

    function test_awardsOfSeveralSlashesAddUp() external {
        bonds.slash(operator, 200e6, _awards(30e6, 0));
        bonds.slash(operator, 200e6, _awards(5e6, 0));
        vm.assertEq(bonds.awardsOf(reporter), 35e6, "both");
    }

    function test_faultsDecayByHalfInTheirHalfLife() external {
        _slash(100e6);
        _wait(FAULT_HALF_LIFE);
        vm.assertEq(bonds.faultsOf(operator), 50e6, "half");
        _slash(100e6);
        vm.assertEq(bonds.faultsOf(operator), 150e6, "new on top of old");
    }

    /// @dev B6: at most what was asked and is there; the parts and the debt sum to what was asked.
    function testFuzz_B6_C4_slashSumsExactly(uint96 stake, uint96 asked, uint96 first, uint96 second) external {
        _delegate(rival, uint96(_bound(stake, 1, 1_400e6)));
        // Half of the time within what there is.
        if (asked % 2 == 0) asked = uint96(_bound(asked, 0, 3_000e6));
        (uint256 own, uint256 delegated) = bonds.slashable(operator);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, asked, _awards(first, second));

        uint256 fromOwn = asked < own ? asked : own;
        vm.assertEq(slashed, asked < own + delegated ? asked : own + delegated, "all that was asked and is there");
        vm.assertEq(asked, slashed + bonds.operatorOf(operator).debt, "the rest is debt");
        vm.assertEq(bonds.awardsOf(reporter), paid[0], "credited as returned");
        vm.assertEq(bonds.awardsOf(payer), paid[1], "credited as returned");
        vm.assertLe(paid[0] + paid[1], fromOwn / 2, "at most half of what the own bond lost");
        bool isBoth = uint256(first) + second <= fromOwn / 2;
        if (isBoth) vm.assertEq(paid[0] + paid[1], uint256(first) + second, "in full where half reaches");
        if (_own().epoch == 0) vm.assertEq(_own().assets, own - fromOwn, "own");
        if (_delegated().epoch == 0) vm.assertEq(_delegated().assets, delegated - (slashed - fromOwn), "delegated");
    }

    /// @dev B7: ten delegators and twenty tickets more cost a slash of both pools no more gas.
    function test_B7_slashGasIsFlatInDelegatorsAndTickets() external {
        _requestUnbond(delegator, 1);
        for (uint256 i = 0; i < 2; ++i) {
            if (i != 0) _bond(operator, BOND);
            _requestUnbond(operator, 1);
            _wait(10);
            // The second time, so that no slot is written for the first time.
            bonds.slash(operator, BOND + 1e6, _awards(1, 1));
        }
        uint256 before = vm.lastCallGas().gasTotalUsed;

        _bond(operator, BOND);
        for (uint160 i = 1; i <= 10; ++i) {
            _delegate(address(i << 32), 10e6);
            _requestUnbond(address(i << 32), 1);
            _requestUnbond(operator, 1);
            _wait(1);
        }
        bonds.slash(operator, BOND + 1e6, _awards(1, 1));
        vm.assertLe(vm.lastCallGas().gasTotalUsed, before, "gas");
    }
}
