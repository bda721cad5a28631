// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {CreditHistory} from "../../contracts/credit/CreditHistory.sol";
import {ICreditHistory} from "../../contracts/credit/ICreditHistory.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev How governance may weigh the facts of credit anew, and how not.
contract CreditParametersTest is Papers {
    uint32 private constant LEAST = 2;
    uint32 private constant MOST = 1_000;

    function _beforeOpening() internal override {
        bonds.addSlasher(address(this));
    }

    function test_constructorHoldsTheParametersInTheirBounds() external {
        this.deployCredit(1, LEAST);
        this.deployCredit(type(uint96).max, MOST);
        vm.expectRevert(abi.encodeWithSelector(ICreditHistory.PriorOutOfRange.selector, 0, 1, type(uint96).max));
        this.deployCredit(0, SEVERITY);
        uint32[4] memory wrong = [0, LEAST - 1, MOST + 1, type(uint32).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICreditHistory.SeverityOutOfRange.selector, wrong[i], LEAST, MOST));
            this.deployCredit(PRIOR, wrong[i]);
        }
    }

    function test_changeIsSaidAndHolds() external {
        _coolDown();
        vm.expectEmit(address(credit));
        emit ICreditHistory.ParametersSet(2 * PRIOR, SEVERITY / 2);
        credit.setParameters(2 * PRIOR, SEVERITY / 2);
        vm.assertEq(credit.prior(), 2 * PRIOR, "prior");
        vm.assertEq(credit.severity(), SEVERITY / 2, "severity");
        vm.assertEq(credit.changedAt(), block.timestamp, "since when");
        vm.assertEq(credit.firstPrior(), PRIOR, "the first prior stays");
    }

    function test_changeWeighsTheSameFactsAnew() external {
        bonds.slash(operator, 100e6, new IOperatorBonds.Award[](0));
        _coolDown();
        ICreditHistory.Credit memory before = credit.creditOf(operator);
        credit.setParameters(PRIOR / 2, 2 * SEVERITY);
        ICreditHistory.Credit memory found = credit.creditOf(operator);
        vm.assertEq(found.faulted, before.faulted, "faults");
        vm.assertEq(found.settled, before.settled, "service");
    }

    function test_changeRefusesStrangers() external {
        _coolDown();
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        credit.setParameters(PRIOR, SEVERITY);
    }

    function test_changesLieACooldownApart() external {
        _expectCoolingDown(START + Clocks.CREDIT_COOLDOWN);
        credit.setParameters(PRIOR, SEVERITY);
        vm.warp(START + Clocks.CREDIT_COOLDOWN - 1);
        _expectCoolingDown(START + Clocks.CREDIT_COOLDOWN);
        credit.setParameters(PRIOR, SEVERITY);
        vm.warp(START + Clocks.CREDIT_COOLDOWN);
        credit.setParameters(PRIOR, SEVERITY);
        _expectCoolingDown(START + 2 * Clocks.CREDIT_COOLDOWN);
        credit.setParameters(PRIOR, SEVERITY);
    }

    function test_changeIsAtMostAStep() external {
        _coolDown();
        _expectPriorRefused(PRIOR / 2 - 1, PRIOR / 2, 2 * PRIOR);
        _expectPriorRefused(2 * PRIOR + 1, PRIOR / 2, 2 * PRIOR);
        _expectSeverityRefused(SEVERITY / 2 - 1, SEVERITY / 2, 2 * SEVERITY);
        _expectSeverityRefused(2 * SEVERITY + 1, SEVERITY / 2, 2 * SEVERITY);
        credit.setParameters(PRIOR / 2, SEVERITY / 2);
        _coolDown();
        credit.setParameters(PRIOR, SEVERITY);
    }

    function test_parametersStayInTheirBoundsHoweverManySteps() external {
        for (uint96 i = 2; i <= 16; i *= 2) _change(PRIOR / i, SEVERITY);
        _coolDown();
        _expectPriorRefused(PRIOR / 16 - 1, PRIOR / 16, PRIOR / 8);
        for (uint96 i = 8; i > 0; i /= 2) _change(PRIOR / i, SEVERITY);
        for (uint96 i = 2; i <= 16; i *= 2) _change(PRIOR * i, SEVERITY);
        _coolDown();
        _expectPriorRefused(16 * PRIOR + 1, 8 * PRIOR, 16 * PRIOR);

        _change(16 * PRIOR, 5);
        _change(16 * PRIOR, 3);
        _coolDown();
        _expectSeverityRefusedBeside(16 * PRIOR, LEAST - 1, LEAST, 6);
        for (uint32 severity = 6; severity < MOST; severity *= 2) _change(16 * PRIOR, severity);
        _coolDown();
        _expectSeverityRefusedBeside(16 * PRIOR, MOST + 1, 384, MOST);
        credit.setParameters(16 * PRIOR, MOST);
    }

    /// @dev Rounding gives nobody a way below a bound, nor keeps a small prior from moving up.
    function test_smallestAndGreatestPriorsMoveWithinTheirWidth() external {
        credit = CreditHistory(this.deployCredit(1, SEVERITY));
        _change(2, SEVERITY);
        _change(1, SEVERITY);
        _coolDown();
        _expectPriorRefused(0, 1, 2);
        credit = CreditHistory(this.deployCredit(type(uint96).max, SEVERITY));
        _change(type(uint96).max, SEVERITY);
        vm.assertEq(credit.prior(), type(uint96).max, "the greatest");
        _coolDown();
        _expectPriorRefused(2 ** 95 - 1, 2 ** 95, type(uint96).max);
    }

    function test_partsOfOddNumbersAreRoundedUp() external {
        credit = CreditHistory(this.deployCredit(17, 5));
        _coolDown();
        _expectPriorRefused(8, 9, 34);
        _expectSeverityRefusedBeside(17, 2, 3, 10);
        _change(9, 3);
        _change(5, 3);
        _change(3, 3);
        _change(2, 3);
        // A sixteenth of the first one is more than 1.
        _coolDown();
        _expectPriorRefused(1, 2, 4);
    }

    /// @dev What governance can do about a fault within a year that nothing was settled in: no more than four steps.
    function test_faultIsNotForgivenByChanges() external {
        bonds.slash(operator, BOND, new IOperatorBonds.Award[](0));
        uint256 changes = 0;
        while (credit.changedAt() + Clocks.CREDIT_COOLDOWN <= START + 360 days) {
            _coolDown();
            uint32 half = credit.severity() / 2 + (credit.severity() % 2);
            credit.setParameters(credit.prior(), half < LEAST ? LEAST : half);
            ++changes;
        }
        vm.assertEq(changes, 4, "steps of a year");
        vm.assertGe(credit.severity(), LEAST, "still outweighs service");
        vm.assertEq(bonds.faultsOf(operator), BOND / 2, "and decays as it ever did");
    }

    function testFuzz_onlyASmallStepWithinTheBoundsIsTaken(uint96 first, uint96 prior, uint32 severity) external {
        vm.assume(first != 0);
        credit = CreditHistory(this.deployCredit(first, SEVERITY));
        _coolDown();
        bool isStep =
            2 * uint256(prior) >= first &&
                prior <= 2 * uint256(first) &&
                2 * uint256(severity) >= SEVERITY &&
                severity <= 2 * SEVERITY;
        (bool isTaken, ) = address(credit).call(abi.encodeCall(credit.setParameters, (prior, severity)));
        vm.assertTrue(isTaken == isStep, "as it should");
        if (isTaken) vm.assertEq(credit.prior(), prior, "prior");
    }

    function deployCredit(uint96 prior, uint32 severity) external returns (address) {
        return
            _deploy(
                "contracts/credit/CreditHistory.sol:CreditHistory",
                abi.encode(bonds, escrow, prior, severity, authority)
            );
    }

    function _change(uint96 prior, uint32 severity) private {
        _coolDown();
        credit.setParameters(prior, severity);
    }

    function _coolDown() private {
        vm.warp(credit.changedAt() + Clocks.CREDIT_COOLDOWN);
    }

    function _expectCoolingDown(uint256 until) private {
        vm.expectRevert(abi.encodeWithSelector(ICreditHistory.ParametersCoolingDown.selector, until));
    }

    function _expectPriorRefused(uint96 prior, uint256 least, uint256 most) private {
        uint32 severity = credit.severity();
        vm.expectRevert(abi.encodeWithSelector(ICreditHistory.PriorOutOfRange.selector, prior, least, most));
        credit.setParameters(prior, severity);
    }

    function _expectSeverityRefused(uint32 severity, uint256 least, uint256 most) private {
        _expectSeverityRefusedBeside(PRIOR, severity, least, most);
    }

    function _expectSeverityRefusedBeside(uint96 prior, uint32 severity, uint256 least, uint256 most) private {
        vm.expectRevert(abi.encodeWithSelector(ICreditHistory.SeverityOutOfRange.selector, severity, least, most));
        credit.setParameters(prior, severity);
    }
}
