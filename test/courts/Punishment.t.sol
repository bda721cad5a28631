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
        emit IOperatorBonds.Slashed(operator, address(validity), 200e6, 200e6, 0, 20e6);
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
        vm.assertEq(_ownBond(), BOND - 400e6, "ten times the price");
    }

    function test_threat54_unfundedPriceSlashesNoMoreThanThePart() external {
        _convict(2 ** 120, 2 ** 120);
        vm.assertEq(_ownBond(), BOND - 200e6, "a fifth of the bond");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "no debt");
    }

    function test_threat6_smallestBondLosesAtLeastAUnit() external {
        _leave(operator, BOND - 1);
        _convict(PRICE, PRICE);
        vm.assertEq(_ownBond(), 0, "a fifth of the least bond is more than there is");
    }

    function test_threat6_partOfTheBondIsRoundedUp() external {
        _leave(operator, 1);
        _convict(PRICE, PRICE);
        vm.assertEq(_ownBond(), BOND - 1 - 200e6, "a fifth of a unit less is as much");
    }

    function test_threat43_faultOfAnEmptyBondIsOwed() external {
        _leave(operator, BOND);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _bring(validity, _terms(exhibit, request, order));
        vm.assertEq(bonds.operatorOf(operator).debt, bonds.leastOwnBond() / 5, "a fifth of the least bond");
        vm.assertEq(bonds.faultsOf(operator), bonds.leastOwnBond() / 5, "remembered");
    }

    function test_threat6_repeatedFaultsCostAFifthOfTheLeastBondAtLeast() external {
        for (uint128 i = 0; i < 40; ++i) _convict(PRICE, PRICE + i);
        vm.assertEq(_ownBond(), 0, "all of it");
        vm.assertGt(bonds.operatorOf(operator).debt, 0, "and more");
    }

    function test_C2_priceSettledAfterTheVerdictIsJudgedWhenTheEvidenceComesAgain() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory data = _terms(exhibit, request, order);
        _bring(validity, data);
        uint256 left = _ownBond();
        _pay(uint96(PRICE));
        _bring(validity, data);
        vm.assertEq(left - _ownBond(), 10 * PRICE, "ten times the price");
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "twice the price");

        left = _ownBond();
        _bring(validity, data);
        vm.assertEq(_ownBond(), left, "C3: once");
    }

    function test_bountyLeavesTheCompensationItsPart() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.priceMultiple, policy.bountyBps) = (100, 2_500);
        policy.effectiveFrom = uint48(_now() + Clocks.POLICY_DELAY);
        policies.set(_order().mode, policy);
        _pay(100e6);
        _wait(Clocks.POLICY_DELAY);
        _convict(100e6, 100e6);
        vm.assertEq(_ownBond(), 0, "ten times the bond was asked");
        vm.assertEq(bonds.awardsOf(reporter), BOND / 4, "a quarter of the bond");
        vm.assertEq(bonds.awardsOf(payer), 200e6, "twice the price");
    }

    function test_threat43_whatIsNotThereBecomesDebt() external {
        _pay(200e6);
        _convict(200e6, 200e6);
        vm.assertEq(_ownBond(), 0, "everything");
        vm.assertEq(bonds.operatorOf(operator).debt, 1_000e6, "ten times the price, less the bond");
        vm.assertEq(bonds.cover(operator), 0, "no cover");
    }

    function test_threat43_slashGoesOnFromTheOwnBondToTheDelegatedAndThenIntoDebt() external {
        _delegate(delegator, 500e6);
        _pay(160e6);
        (ICourt.Exhibit memory exhibit, bytes memory data) = _priced(160e6, 160e6);
        _commitEvidence(validity, reporter, data);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(validity), 1_600e6, BOND, 500e6, 420e6);
        vm.expectEmit(address(validity));
        emit ICourt.Convicted(_receiptFault(exhibit.receipt), operator, reporter, 1_600e6, 1_500e6, 320e6, 100e6);
        _open(validity, reporter, data, "");
        vm.assertEq(_ownBond() + _delegatedBond(), 0, "everything");
        vm.assertEq(bonds.operatorOf(operator).debt, 100e6, "and the rest is owed");
        vm.assertEq(bonds.awardsOf(reporter), 100e6, "a tenth of the own bond, not of both");
        vm.assertEq(bonds.awardsOf(payer), 320e6, "twice the price, from the own bond");
    }

    function test_delegationRaisesNeitherTheSlashNorTheBounty() external {
        _delegate(delegator, 2 * BOND);
        _convict(PRICE, PRICE);
        vm.assertEq(_ownBond(), BOND - 200e6, "a fifth of the own bond");
        vm.assertEq(_delegatedBond(), 2 * BOND, "untouched");
        vm.assertEq(bonds.awardsOf(reporter), 20e6, "a tenth of that");
    }

    function test_threat5_puppetPayerCannotRobDelegators() external {
        _leave(operator, BOND - LEAST_OWN_BOND);
        _delegate(delegator, (LEVERAGE - 1) * LEAST_OWN_BOND);
        _pay(LEVERAGE * LEAST_OWN_BOND);
        _convict(LEVERAGE * LEAST_OWN_BOND, LEVERAGE * LEAST_OWN_BOND);
        vm.assertEq(_ownBond() + _delegatedBond(), 0, "own and delegated");
        vm.assertEq(_awarded(), LEAST_OWN_BOND / 2, "half of its own one");
    }

    function test_threat58_secondReporterOfAFaultGetsItsDepositBackAndNothingElse() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory data = _terms(exhibit, request, order);
        _commitEvidence(validity, stranger, data);
        _bring(validity, data);
        uint256 left = _ownBond();

        vm.expectEmit(address(validity));
        emit ICourt.AlreadyPunished(_receiptFault(exhibit.receipt), stranger);
        _open(validity, stranger, data, "");
        vm.assertEq(stranger.balance, DEPOSIT, "deposit");
        vm.assertEq(_ownBond(), left, "C3: no second slash");
        vm.assertEq(bonds.awardsOf(stranger), 0, "no second bounty");
    }

    function test_C3_signedAndCommittedTheSameReceiptIsPunishedOnce() external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _bring(validity, _terms(exhibit, request, order));
        uint256 left = _ownBond();
        _bring(validity, _terms(_committed(exhibit.receipt), request, order));
        vm.assertEq(_ownBond(), left, "once");
    }

    function test_threat7_anotherFaultIsPunishedByItself() external {
        _convict(PRICE, PRICE);
        _convict(PRICE, PRICE + 1);
        vm.assertEq(_ownBond(), 640e6, "a fifth of what was left, again");
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
        _leave(operator, uint128(_bound(unbonded, 1, BOND)));

        uint256 before = _ownBond();
        _convict(uint128(_bound(price, PRICE, 2 * BOND)), 2 * BOND);
        vm.assertLe(_awarded(), (before - _ownBond()) / 2, "awards");
        _assertTokens(address(bonds), before, "the rest stays and is nobody's");
    }

    /// @dev Threat 5, whatever the operator's own part and whatever its puppets say that they paid.
    function testFuzz_threat5_awardsAreOfTheOwnBondAlone(uint96 own, uint96 delegated, uint96 settled) external {
        uint96 kept = uint96(_bound(own, LEAST_OWN_BOND, BOND - 1));
        _leave(operator, BOND - kept);
        _delegate(delegator, uint96(_bound(delegated, 1, bonds.delegationRoom(operator))));
        _pay(uint96(_bound(settled, 1, bonds.cover(operator))));
        uint256 staked = uint256(kept) + _delegatedBond();

        _convict(4 * BOND, 4 * BOND);
        vm.assertLe(_awarded(), (kept - _ownBond()) / 2, "half of what it lost itself");
        vm.assertTrue(_ownBond() == 0 || _delegatedBond() == staked - kept, "the own bond first");
        _assertTokens(address(bonds), staked, "the rest stays and is nobody's");
    }

    function _awarded() private view returns (uint256) {
        return bonds.awardsOf(reporter) + bonds.awardsOf(payer);
    }

    /// @dev Convicts of a receipt of this price, which is above its order's maximum.
    function _convict(uint128 price, uint128 charged) private {
        (, bytes memory data) = _priced(price, charged);
        _bring(validity, data);
    }

    function _priced(
        uint128 price,
        uint128 charged
    ) private view returns (ICourt.Exhibit memory exhibit, bytes memory data) {
        Order memory order = _order();
        order.maxPrice = PRICE - 1;
        Request memory request = _request(order);
        Receipt memory receipt = _receipt(request);
        (receipt.price, receipt.charged) = (price, charged);
        exhibit = _signed(receipt);
        data = _terms(exhibit, request, order);
    }
}
