// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @dev What a fault costs and who gets it, shown on a price above the maximum.
contract PunishmentTest is Trial {
    function test_unsettledFaultCostsItsPartOfTheBondAndPaysTheReporterAlone() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes32 fault = _receiptFault(exhibit.receipt);
        bytes memory data = _terms(exhibit, request, order);
        _commitEvidence(validity, reporter, data);
        vm.roll(vm.getBlockNumber() + 1);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(validity), 200e6, 200e6, 20e6, 0);
        vm.expectEmit(address(validity));
        emit ICourt.Convicted(fault, operator, reporter, 200e6, 200e6, 0, 20e6);
        vm.prank(reporter);
        validity.convictTerms(exhibit, request, order, SALT);
        vm.assertTrue(validity.isPunished(fault), "recorded");
        vm.assertEq(bonds.awardsOf(reporter), 20e6, "a tenth as bounty");
        vm.assertEq(bonds.awardsOf(payer), 0, "nothing was paid");
    }

    function test_settledPriceIsCompensated() external {
        _pay(uint96(PRICE));
        _convict(PRICE, PRICE);
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "twice the price");
    }

    function test_settledPriceCountsTheUnitsOfTheReceiptAlone() external {
        _pay(7e6);
        _convict(PRICE, 9e6);
        vm.assertEq(bonds.awardsOf(payer), 2 * 3e6, "of (4e6, 9e6] what is below 7e6");
    }

    function test_settledPriceIsNothingWhereSettlementHasNotReachedIt() external {
        _pay(4e6);
        _convict(PRICE, 9e6);
        vm.assertEq(bonds.awardsOf(payer), 0, "none of (4e6, 9e6]");
    }

    function test_settledPriceIsAtMostThePrice() external {
        _pay(100e6);
        _convict(PRICE, 9e6);
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "the price");
    }

    function test_receiptThatChargesLessThanItsPriceOwnsNoUnits() external {
        _pay(100e6);
        _convict(PRICE, PRICE - 1);
        vm.assertEq(bonds.awardsOf(payer), 0, "no units");
    }

    function test_multipleOfAGreatPriceIsAskedWhereItExceedsThePart() external {
        _pay(40e6);
        _convict(40e6, 40e6);
        vm.assertEq(bonds.slashable(operator), BOND - 400e6, "ten times the price");
    }

    function test_threat54_unfundedPriceSlashesNoMoreThanThePart() external {
        _convict(2 ** 120, 2 ** 120);
        vm.assertEq(bonds.slashable(operator), BOND - 200e6, "a fifth of the bond");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "no debt");
    }

    function test_threat6_smallestBondLosesAtLeastAUnit() external {
        vm.prank(operator);
        bonds.requestUnbond(BOND - 1);
        _wait(UNBONDING);
        vm.prank(operator);
        bonds.withdraw(0);
        _convict(PRICE, PRICE);
        vm.assertEq(bonds.slashable(operator), 0, "a fifth of one unit is one");
    }

    function test_threat43_faultOfAnEmptyBondIsOwed() external {
        vm.prank(operator);
        bonds.requestUnbond(BOND);
        _wait(UNBONDING);
        vm.prank(operator);
        bonds.withdraw(0);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _bring(validity, _terms(exhibit, request, order));
        vm.assertEq(bonds.operatorOf(operator).debt, bonds.leastOwnBond() / 5, "a fifth of the least bond");
        vm.assertEq(bonds.faultsOf(operator), bonds.leastOwnBond() / 5, "remembered");
    }

    function test_threat6_repeatedFaultsCostAFifthOfTheLeastBondAtLeast() external {
        for (uint128 i = 0; i < 40; ++i) _convict(PRICE, PRICE + i);
        vm.assertEq(bonds.slashable(operator), 0, "all of it");
        vm.assertGt(bonds.operatorOf(operator).debt, 0, "and more");
    }

    function test_C2_priceSettledAfterTheVerdictIsJudgedWhenTheEvidenceComesAgain() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory data = _terms(exhibit, request, order);
        _bring(validity, data);
        uint256 left = bonds.slashable(operator);
        _pay(uint96(PRICE));
        _bring(validity, data);
        vm.assertEq(left - bonds.slashable(operator), 10 * PRICE, "ten times the price");
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "twice the price");

        left = bonds.slashable(operator);
        _bring(validity, data);
        vm.assertEq(bonds.slashable(operator), left, "C3: once");
    }

    function test_bountyLeavesTheCompensationItsPart() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.priceMultiple, policy.bountyBps) = (100, 2_500);
        policy.effectiveFrom = uint48(_now() + Clocks.POLICY_DELAY);
        policies.set(_order().mode, policy);
        _pay(100e6);
        _wait(Clocks.POLICY_DELAY);
        Order memory order = _order();
        order.maxPrice = PRICE - 1;
        Request memory request = _request(order);
        Receipt memory receipt = _receipt(request);
        (receipt.price, receipt.charged) = (100e6, 100e6);
        _bring(validity, _terms(_signed(receipt), request, order));
        vm.assertEq(bonds.slashable(operator), 0, "ten times the bond was asked");
        vm.assertEq(bonds.awardsOf(reporter), BOND / 4, "a quarter of the bond");
        vm.assertEq(bonds.awardsOf(payer), 200e6, "twice the price");
    }

    function test_threat43_whatIsNotThereBecomesDebt() external {
        _pay(200e6);
        _convict(200e6, 200e6);
        vm.assertEq(bonds.slashable(operator), 0, "everything");
        vm.assertEq(bonds.operatorOf(operator).debt, 1_000e6, "ten times the price, less the bond");
        vm.assertEq(bonds.cover(operator), 0, "no cover");
    }

    function test_threat58_secondReporterOfAFaultGetsItsDepositBackAndNothingElse() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory data = _terms(exhibit, request, order);
        _commitEvidence(validity, stranger, data);
        _bring(validity, data);
        uint256 left = bonds.slashable(operator);

        vm.expectEmit(address(validity));
        emit ICourt.AlreadyPunished(_receiptFault(exhibit.receipt), stranger);
        _open(validity, stranger, data, "");
        vm.assertEq(stranger.balance, DEPOSIT, "deposit");
        vm.assertEq(bonds.slashable(operator), left, "C3: no second slash");
        vm.assertEq(bonds.awardsOf(stranger), 0, "no second bounty");
    }

    function test_C3_signedAndCommittedTheSameReceiptIsPunishedOnce() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _bring(validity, _terms(exhibit, request, order));
        uint256 left = bonds.slashable(operator);
        _bring(validity, _terms(_committed(exhibit.receipt), request, order));
        vm.assertEq(bonds.slashable(operator), left, "once");
    }

    function test_threat7_anotherFaultIsPunishedByItself() external {
        _convict(PRICE, PRICE);
        _convict(PRICE, PRICE + 1);
        vm.assertEq(bonds.slashable(operator), 640e6, "a fifth of what was left, again");
    }

    function test_convictionByACourtThatIsNoSlasherReverts() external {
        bonds.removeSlasher(address(validity));
        _wait(22 days);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory expected = abi.encodeWithSelector(IOperatorBonds.NotSlasher.selector, address(validity));
        _bringInVain(validity, _terms(exhibit, request, order), expected);
    }

    /// @dev C4: operator, payer and reporter together get back at most half of what the bond loses.
    function testFuzz_C4_awardsNeverExceedHalfOfTheSlash(uint96 settled, uint128 price, uint96 unbonded) external {
        _pay(uint96(_bound(settled, 1, BOND)));
        vm.prank(operator);
        bonds.requestUnbond(uint128(_bound(unbonded, 1, BOND)));
        _wait(UNBONDING);
        vm.prank(operator);
        bonds.withdraw(0);

        uint256 before = bonds.slashable(operator);
        _convict(uint128(_bound(price, PRICE, 2 * BOND)), 2 * BOND);
        uint256 lost = before - bonds.slashable(operator);
        uint256 awarded = bonds.awardsOf(reporter) + bonds.awardsOf(payer);
        vm.assertLe(awarded, lost / 2, "awards");
        vm.assertEq(bonds.burnable(), lost - awarded, "the rest is burnt");
    }

    /// @dev Convicts of a receipt of this price, which is above its order's maximum.
    function _convict(uint128 price, uint128 charged) private {
        Order memory order = _order();
        order.maxPrice = PRICE - 1;
        Request memory request = _request(order);
        Receipt memory receipt = _receipt(request);
        (receipt.price, receipt.charged) = (price, charged);
        _bring(validity, _terms(_signed(receipt), request, order));
    }
}
