// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds, LEAST_REWARDED_SHARES, RATE_ONE} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Papers} from "../support/Papers.sol";
import {CallingToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev The delegators' part of the fees: how much it is, and its way to them.
contract DelegatorsTest is Papers {
    uint256 private constant BPS = 10_000;
    uint96 private constant FEES = 100e6;
    /// @dev Of `FEES`, where as much is delegated as is the operator's own: half of all but the protocol's part, less the
    /// commission.
    uint256 private constant PART = 44_550_000;

    function _beforeOpening() internal override {
        bonds.addSlasher(address(this));
    }

    function test_E3_settlementSplitsInThree() external {
        _delegate(delegator, BOND);
        _fund(payer, client.addr, FEES);
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, FEES);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.FeesSplit(operator, FEES, 1e6, PART);
        _settle(claim);
        vm.assertEq(escrow.protocolFees(), 1e6, "protocol's part");
        vm.assertEq(escrow.delegatorsFeesOf(operator), PART, "delegators' part");
        vm.assertEq(escrow.earningsOf(operator), FEES - 1e6 - PART, "operator's part");
    }

    /// @dev Exact to the unit, however a total is cut up, and each part within a unit of what the bonds and the
    /// commission say.
    function testFuzz_E3_threePartsSumExactlyInAnySteps(
        uint128[5] memory totals,
        uint16 feeBps,
        uint16 commissionBps,
        uint96 own,
        uint96 delegated
    ) external {
        escrow.setProtocolFee(uint16(_bound(feeBps, 0, escrow.MAX_PROTOCOL_FEE())));
        commissionBps = uint16(_bound(commissionBps, 0, BPS));
        _setCommission(commissionBps);
        _wait(Clocks.COMMISSION_DELAY);
        _bond(operator, uint96(_bound(own, 1, 10 * BOND)));
        _delegate(delegator, uint96(_bound(delegated, LEAST_REWARDED_SHARES, bonds.delegationRoom(operator))));
        _fund(payer, client.addr, FEES);

        uint256 paid = 0;
        for (uint256 i = 0; i < totals.length; ++i) {
            paid += _settle(_claim(_request(_order()), client.key, uint128(_bound(totals[i], 0, FEES))));
            _assertParts(paid, commissionBps);
        }
    }

    function test_delegatorsRateIsTheirPartOfTheBondLessTheCommission() external {
        _assertRate(0, "no delegators");
        _delegate(delegator, BOND);
        _assertRate(450_000_000, "nine tenths of a half");
        _delegate(stranger, BOND);
        _assertRate(600_000_000, "nine tenths of two thirds");
        bonds.slash(operator, BOND / 4, new IOperatorBonds.Award[](0));
        _assertRate(654_545_454, "nine tenths of eight elevenths");
    }

    function test_fewSharesAreWorthNoPart() external {
        _delegate(delegator, uint96(LEAST_REWARDED_SHARES) - 1);
        _assertRate(0, "one too few");
        _delegate(stranger, 1);
        _assertRate(899_100, "nine tenths of one in 1,001");
    }

    function test_whatLeavesCountsUntilItIsGone() external {
        _delegate(delegator, BOND);
        vm.prank(delegator);
        uint48 ticket = bonds.requestUnbond(operator, BOND);
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND / 2);
        _wait(UNBONDING);
        _assertRate(450_000_000, "still at risk");
        vm.prank(delegator);
        bonds.withdraw(operator, delegator, ticket);
        _assertRate(0, "gone");
    }

    function test_threat16_commissionChangesTheSplitFromItsSecondOn() external {
        _delegate(delegator, BOND);
        _setCommission(uint16(BPS));
        vm.warp(START + Clocks.COMMISSION_DELAY - 1);
        _pay(FEES);
        vm.assertEq(escrow.delegatorsFeesOf(operator), PART, "the second before");
        _wait(1);
        _pay(FEES);
        vm.assertEq(escrow.delegatorsFeesOf(operator), PART, "everything is the operator's");
        vm.assertEq(escrow.earningsOf(operator), 2 * FEES - 2e6 - PART, "operator's part");
    }

    function test_smallStepsRoundNoPartAway() external {
        _delegate(delegator, BOND);
        _fund(payer, client.addr, 100);
        for (uint128 i = 1; i <= 100; ++i) _settle(_claim(_request(_order()), client.key, i));
        vm.assertEq(escrow.protocolFees(), 1, "a hundredth");
        vm.assertEq(escrow.delegatorsFeesOf(operator), 44, "nine twentieths of 99");
    }

    function test_rewardDelegatorsRaisesWhatAPositionIsWorthByWhatAccrued() external {
        _delegate(delegator, BOND);
        _pay(FEES);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Rewarded(operator, address(escrow), PART);
        vm.prank(stranger);
        vm.assertEq(escrow.rewardDelegators(operator), PART, "returned");

        _assertPosition(delegator, BOND + PART);
        vm.assertEq(escrow.delegatorsFeesOf(operator), 0, "nothing left");
        vm.assertEq(escrow.earningsOf(operator), FEES - 1e6 - PART, "operator's part");
        _assertTokens(address(escrow), FEES - PART, "gone from here");
        _assertTokens(address(bonds), 2 * BOND + PART, "come there");
        vm.assertEq(token.allowance(address(escrow), address(bonds)), 0, "no allowance left");
    }

    function test_rewardDelegatorsRefusesWhereNothingAccrued() external {
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.rewardDelegators(operator);
        _delegate(delegator, BOND);
        _pay(FEES);
        escrow.rewardDelegators(operator);
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.rewardDelegators(operator);
    }

    function test_delegatorsShareByWhatTheyDelegated() external {
        _delegate(delegator, BOND / 2);
        _delegate(stranger, (3 * BOND) / 2);
        _pay(FEES);
        vm.assertEq(escrow.rewardDelegators(operator), 59_400_000, "nine tenths of two thirds of 99e6");
        _assertPosition(delegator, BOND / 2 + 14_850_000);
        _assertPosition(stranger, (3 * BOND) / 2 + 44_550_000);
    }

    function test_leavingDelegatorsShareUntilTheyAreGone() external {
        uint128 shares = _delegate(delegator, BOND);
        vm.prank(delegator);
        uint48 ticket = bonds.requestUnbond(operator, shares);
        _pay(FEES);
        escrow.rewardDelegators(operator);
        _wait(UNBONDING);
        vm.prank(delegator);
        vm.assertEq(bonds.withdraw(operator, delegator, ticket), BOND + PART, "with its part");
    }

    function test_delegatorWhoComesLaterSharesInNothingThatWasBroughtBefore() external {
        _delegate(delegator, BOND);
        _pay(FEES);
        escrow.rewardDelegators(operator);
        _delegate(stranger, BOND);
        _assertPosition(delegator, BOND + PART);
        (, uint256 assets) = bonds.positionOf(operator, stranger);
        vm.assertLe(assets, BOND, "no more than it paid");
    }

    function test_partOfDelegatorsWhoHaveAllLeftIsTheProtocols() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares);
        _assertForfeits();
    }

    function test_partOfDelegatorsWhoWereWipedOutIsTheProtocols() external {
        _delegate(delegator, BOND);
        _pay(FEES);
        bonds.slash(operator, 2 * BOND, new IOperatorBonds.Award[](0));
        _assertForfeits();
    }

    function test_partOfTooFewSharesThatAreLeftIsTheProtocols() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares - LEAST_REWARDED_SHARES + 1);
        _assertForfeits();
    }

    function test_partIsBroughtToTheLeastSharesThatGetOne() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares - LEAST_REWARDED_SHARES);
        vm.assertEq(escrow.rewardDelegators(operator), PART, "all of it");
        _assertPosition(delegator, LEAST_REWARDED_SHARES + PART);
    }

    function test_whoDelegatesAfterTheLastHasLeftGetsNothingOfWhatAccruedBefore() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares);
        _delegate(stranger, BOND);
        _assertForfeits();
        _assertPosition(stranger, BOND);
    }

    function test_settlementForNewDelegatorsForfeitsWhatTheLastOnesHaveNotGot() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares);
        _delegate(stranger, BOND);
        _fund(payer, client.addr, FEES);
        Request memory request = _request(_order());
        request.ceiling = 2 * FEES;
        IFeeEscrow.Claim memory claim = _claim(request, client.key, request.ceiling);
        _expectForfeited();
        _settle(claim);
        vm.assertEq(escrow.protocolFees(), 2e6 + PART, "the protocol's");
        vm.assertEq(escrow.delegatorsFeesOf(operator), PART, "the new delegators' alone");
        escrow.rewardDelegators(operator);
        _assertPosition(stranger, BOND + PART);
    }

    function test_settlementForNobodyForfeitsNothingByItself() external {
        uint128 shares = _delegate(delegator, BOND);
        _pay(FEES);
        _leave(delegator, shares);
        _pay(FEES);
        vm.assertEq(escrow.protocolFees(), 2e6, "the protocol's part alone");
        vm.assertEq(escrow.delegatorsFeesOf(operator), PART, "until somebody brings it");
    }

    function test_feesFlowInASuspension() external {
        _delegate(delegator, BOND);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        _pay(FEES);
        escrow.rewardDelegators(operator);
        _assertPosition(delegator, BOND + PART);
    }

    function test_threat29_rewardDelegatorsCannotBeEnteredAgainFromATokensHook() external {
        CallingToken calling = new CallingToken();
        token = TestToken(address(calling));
        bonds = OperatorBonds(_deployBonds(address(calling), UNBONDING));
        bonds.open();
        escrow = FeeEscrow(_deployEscrow(address(calling), treasury, FEE_BPS));
        _enter();
        _delegate(delegator, BOND);
        _pay(FEES);
        calling.hook(address(escrow), abi.encodeCall(IFeeEscrow.withdrawEarnings, (operator)));
        vm.expectRevert("hook failed");
        escrow.rewardDelegators(operator);
    }

    function _setCommission(uint16 commissionBps) private {
        vm.prank(operator);
        bonds.setCommission(commissionBps);
    }

    function _assertPosition(address who, uint256 expected) private view {
        (, uint256 assets) = bonds.positionOf(operator, who);
        vm.assertEq(assets, expected, "position");
    }

    function _assertRate(uint256 expected, string memory message) private view {
        vm.assertEq(bonds.termsOf(operator).delegatorsRate, expected, message);
    }

    /// @dev The three parts of all that was paid in the one account.
    function _assertParts(uint256 paid, uint256 commissionBps) private view {
        uint256 protocol = escrow.protocolFees();
        uint256 delegators = escrow.delegatorsFeesOf(operator);
        vm.assertEq(protocol, (paid * escrow.protocolFeeBps()) / BPS, "fee of the whole, floored");
        vm.assertEq(escrow.earningsOf(operator), paid - protocol - delegators, "the rest is earned");
        (uint256 own, uint256 delegated) = bonds.slashable(operator);
        uint256 exact = ((paid - protocol) * delegated * (BPS - commissionBps)) / ((own + delegated) * BPS);
        vm.assertLe(delegators, exact, "in the operator's favour");
        // The rate is floored to a part of `RATE_ONE`, the product to a unit.
        vm.assertGe(delegators + 1 + paid / RATE_ONE, exact, "by a unit");
    }

    function _expectForfeited() private {
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.DelegatorsFeesForfeited(operator, PART);
    }

    function _assertForfeits() private {
        _expectForfeited();
        vm.assertEq(escrow.rewardDelegators(operator), 0, "nothing to nobody");
        vm.assertEq(escrow.protocolFees(), 1e6 + PART, "the protocol's");
        vm.assertEq(escrow.earningsOf(operator), FEES - 1e6 - PART, "nothing for the operator");
        vm.assertEq(escrow.delegatorsFeesOf(operator), 0, "nothing left");
        _assertTokens(address(escrow), FEES, "nothing moved");
    }
}
