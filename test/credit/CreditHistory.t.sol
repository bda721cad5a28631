// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {ICreditHistory} from "../../contracts/credit/ICreditHistory.sol";
import {SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

contract CreditHistoryTest is Papers {
    /// @dev When what is settled at the start becomes history.
    uint256 private constant COUNTED_FROM = START + Clocks.CAP_WINDOW + SlidingSum.BUCKET_LENGTH;

    function _beforeOpening() internal override {
        bonds.addSlasher(address(this));
    }

    function test_constructorTakesItsParameters() external view {
        vm.assertEq(credit.prior(), PRIOR, "prior");
        vm.assertEq(credit.firstPrior(), PRIOR, "first prior");
        vm.assertEq(credit.severity(), SEVERITY, "severity");
        vm.assertEq(credit.changedAt(), START, "since when");
        vm.assertEq(credit.authority(), address(authority), "authority");
    }

    function test_newcomerIsUnproven() external view {
        _assertCredit(0, 0, 0, false);
    }

    function test_settledValueCountsWhenItsWindowIsOver() external {
        _pay(uint96(BOND));
        _assertCredit(0, 0, 0, false);
        vm.warp(COUNTED_FROM);
        _assertCredit(1_000e6, 0, 500, true);
    }

    function test_operatorIsProvenFromThePriorOn() external {
        _pay(uint96(PRIOR) - 1);
        vm.warp(COUNTED_FROM);
        _assertCredit(PRIOR - 1, 0, 499, false);
    }

    function test_faultWeighsItsSeverity() external {
        _pay(uint96(BOND));
        vm.warp(COUNTED_FROM);
        bonds.slash(operator, 100e6, new IOperatorBonds.Award[](0));
        // 1000 of 1000 + 1000 + 10 * 100.
        _assertCredit(1_000e6, 100e6, 333, true);
    }

    function test_faultCountsAsAskedPaidOrNot() external {
        bonds.slash(operator, BOND + 500e6, new IOperatorBonds.Award[](0));
        _assertCredit(0, 1_500e6, 0, false);
    }

    function test_scoreOfTheGreatestNumbersDoesNotOverflow() external {
        bonds.slash(operator, type(uint96).max, new IOperatorBonds.Award[](0));
        _assertCredit(0, type(uint96).max, 0, false);
    }

    function testFuzz_faultNeverRaisesTheScoreAndServiceNeverLowersIt(uint96 paid, uint96 more, uint96 fault) external {
        uint96 first = uint96(_bound(paid, 1, BOND - 1));
        _pay(first);
        vm.warp(COUNTED_FROM);
        uint256 before = credit.creditOf(operator).score;
        bonds.slash(operator, uint96(_bound(fault, 0, BOND / 2)), new IOperatorBonds.Award[](0));
        uint256 faulted = credit.creditOf(operator).score;
        vm.assertLe(faulted, before, "a fault");
        vm.assertLt(before, 1_000, "bounded");

        // The same operator in another world, which served more before.
        super.setUp();
        _pay(uint96(_bound(more, first, BOND)));
        vm.warp(COUNTED_FROM);
        vm.assertGe(credit.creditOf(operator).score, before, "service");
    }

    function _assertCredit(uint256 settled, uint256 faulted, uint256 score, bool isProven) private view {
        ICreditHistory.Credit memory found = credit.creditOf(operator);
        vm.assertEq(found.settled, settled, "settled");
        vm.assertEq(found.faulted, faulted, "faulted");
        vm.assertEq(found.score, score, "score");
        vm.assertTrue(found.proven == isProven, "proven");
    }
}
