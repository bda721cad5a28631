// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

contract SettlingTest is Papers {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, 100e6);
    }

    function test_E3_settlePaysAndSplits() external {
        IFeeEscrow.Claim[] memory claims = _one(_claim(_request(_order()), client.key, 50e6));
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Settled(escrow.accountId(payer, operator, client.addr), 50e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.FeesSplit(operator, 50e6, 500_000, 0);
        vm.prank(operator);
        vm.assertEq(escrow.settle(operator, claims), 50e6, "returned");

        IFeeEscrow.Account memory found = escrow.account(payer, operator, client.addr);
        vm.assertEq(found.balance, 50e6, "balance");
        vm.assertEq(found.settled, 50e6, "settled");
        vm.assertEq(found.settledAt, START, "time");
        vm.assertEq(escrow.earningsOf(operator), 49_500_000, "operator's part");
        vm.assertEq(escrow.protocolFees(), 500_000, "protocol's part");
        vm.assertEq(escrow.exposureOf(operator), 50e6, "exposure");
    }

    function test_threat20_E1_replayAndReorderingPayNothing() external {
        IFeeEscrow.Claim memory older = _claim(_request(_order()), client.key, 30e6);
        IFeeEscrow.Claim memory newer = _claim(_request(_order()), client.key, 50e6);
        vm.assertEq(_settle(newer), 50e6, "newer");
        _assertSkipped(newer, IFeeEscrow.Skip.NothingDue);
        _assertSkipped(older, IFeeEscrow.Skip.NothingDue);
    }

    function test_E1_newerVoucherPaysTheDifference() external {
        _settle(_claim(_request(_order()), client.key, 30e6));
        vm.assertEq(_settle(_claim(_request(_order()), client.key, 50e6)), 20e6, "difference");
        vm.assertEq(escrow.account(payer, operator, client.addr).settled, 50e6, "total");
    }

    function test_threat39_voucherIsGoodUntilTheLastSecondOfItsGrace() external {
        Request memory request = _request(_order());
        IFeeEscrow.Claim memory claim = _claim(request, client.key, 1);
        vm.warp(request.deadline + Clocks.SETTLEMENT_GRACE + 1);
        _assertSkipped(claim, IFeeEscrow.Skip.Expired);
        vm.warp(request.deadline + Clocks.SETTLEMENT_GRACE);
        vm.assertEq(_settle(claim), 1, "in its last second");
    }

    function test_threat39_deadlineLiesWithinTheHorizon() external {
        Request memory request = _request(_order());
        request.deadline = uint64(START + Clocks.DEADLINE_HORIZON + 1);
        IFeeEscrow.Claim memory claim = _claim(request, client.key, 1);
        _assertSkipped(claim, IFeeEscrow.Skip.BeyondHorizon);
        _wait(1);
        vm.assertEq(_settle(claim), 1, "a second later");
    }

    function test_deadlineOfLongAgoIsSkippedAndStopsNothing() external {
        Request memory request = _request(_order());
        request.deadline = 0;
        _assertSkipped(_claim(request, client.key, 1), IFeeEscrow.Skip.Expired);
    }

    function test_greatestDeadlineIsSkippedAndStopsNothing() external {
        Request memory request = _request(_order());
        request.deadline = type(uint64).max;
        _assertSkipped(_claim(request, client.key, 1), IFeeEscrow.Skip.BeyondHorizon);
    }

    function test_totalStaysWithinTheCeiling() external {
        Request memory request = _request(_order());
        request.ceiling = 10e6;
        _assertSkipped(_claim(request, client.key, 10e6 + 1), IFeeEscrow.Skip.AboveCeiling);
        vm.assertEq(_settle(_claim(request, client.key, 10e6)), 10e6, "the whole ceiling");
    }

    function test_greatestTotalIsPaidAsFarAsThereIsMoney() external {
        Request memory request = _request(_order());
        request.ceiling = type(uint128).max;
        _assertSkipped(_claim(request, client.key, 0), IFeeEscrow.Skip.NothingDue);
        vm.assertEq(_settle(_claim(request, client.key, 1)), 1, "a unit");
        vm.assertEq(_settle(_claim(request, client.key, type(uint128).max)), 100e6 - 1, "what is there");
        vm.assertEq(escrow.account(payer, operator, client.addr).settled, 100e6, "no more than was paid");
    }

    function test_threat21_changedFieldsSelectNoAccountWithMoney() external {
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, 1);
        claim.ceiling += 1;
        _assertSkipped(claim, IFeeEscrow.Skip.NoFunds);
        claim.ceiling -= 1;
        claim.deadline += 1;
        _assertSkipped(claim, IFeeEscrow.Skip.NoFunds);
        claim.deadline -= 1;
        claim.orderHash = keccak256("other");
        _assertSkipped(claim, IFeeEscrow.Skip.NoFunds);
    }

    function test_threat28_malformedAndHighSSignaturesAreSkipped() external {
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, 1);
        bytes32 vs = claim.vs;
        // The least s of the upper half; greater ones hardly fit the compact form.
        claim.vs = bytes32(CURVE_ORDER / 2 + 1);
        _assertSkipped(claim, IFeeEscrow.Skip.BadSignature);
        (claim.r, claim.vs) = (0, vs);
        _assertSkipped(claim, IFeeEscrow.Skip.BadSignature);
    }

    /// @dev An operator alone, with whatever keys it has, takes nothing: what pays is the client's signature.
    function test_threat40_operatorIsNotPaidForOrdersThatNobodyGave() external {
        _assertSkipped(_claim(_request(_order()), operatorKey.key, 1), IFeeEscrow.Skip.NoFunds);
        _assertSkipped(_claim(_request(_order()), _actor("operator").key, 1), IFeeEscrow.Skip.NoFunds);
        IFeeEscrow.Claim memory unsigned = _claim(_request(_order()), client.key, 1);
        (unsigned.r, unsigned.vs) = (0, 0);
        _assertSkipped(unsigned, IFeeEscrow.Skip.BadSignature);
    }

    function test_threat48_oneOrderUnderTwoCeilingsPaysUpToTheGreaterOnce() external {
        Request memory request = _request(_order());
        request.ceiling = 10e6;
        IFeeEscrow.Claim memory lower = _claim(request, client.key, 10e6);
        request.ceiling = 15e6;
        IFeeEscrow.Claim memory higher = _claim(request, client.key, 15e6);
        vm.assertEq(_settle(lower), 10e6, "the one");
        vm.assertEq(_settle(higher), 5e6, "what the other allows beyond it");
        _assertSkipped(lower, IFeeEscrow.Skip.NothingDue);
        _assertSkipped(higher, IFeeEscrow.Skip.NothingDue);
    }

    /// @dev Whoever signs a request selects the account: the totals of two keys do not meet.
    function test_threat52_keysOfOnePayerAreAccountsOfTheirOwn() external {
        Actor memory other = _actor("other");
        _fund(payer, other.addr, 100e6);
        vm.assertEq(_settle(_claim(_request(_order()), client.key, 50e6)), 50e6, "one key");
        vm.assertEq(_settle(_claim(_request(_order()), other.key, 50e6)), 50e6, "the other, for the same order");
        vm.assertEq(escrow.account(payer, operator, client.addr).settled, 50e6, "its total");
        vm.assertEq(escrow.account(payer, operator, other.addr).settled, 50e6, "the other's");
        _assertSkipped(_claim(_request(_order()), _actor("third").key, 50e6), IFeeEscrow.Skip.NoFunds);
    }

    function test_E6_strangersVoucherSelectsTheStrangersOwnAccount() external {
        _assertSkipped(_claim(_request(_order()), _actor("stranger").key, 1), IFeeEscrow.Skip.NoFunds);
    }

    function test_threat20_voucherOfAnotherChainOrEscrowPaysNothing() external {
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, 1);
        address real = address(escrow);
        escrow = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        IFeeEscrow.Claim memory foreign = _claim(_request(_order()), client.key, 1);
        escrow = FeeEscrow(real);
        _assertSkipped(foreign, IFeeEscrow.Skip.NoFunds);
        vm.chainId(999);
        _assertSkipped(claim, IFeeEscrow.Skip.NoFunds);
    }

    function test_voucherForAnotherOperatorPaysNothing() external {
        Request memory request = _request(_order());
        request.operator = rival;
        _assertSkipped(_claim(request, client.key, 1), IFeeEscrow.Skip.NoFunds);
    }

    function test_threat24_shortFundsPayInPart() external {
        Request memory request = _request(_order());
        request.ceiling = 300e6;
        IFeeEscrow.Claim memory claim = _claim(request, client.key, 300e6);
        vm.assertEq(_settle(claim), 100e6, "what is there");
        _assertSkipped(claim, IFeeEscrow.Skip.NoFunds);
        _fund(payer, client.addr, 100e6);
        vm.assertEq(_settle(claim), 100e6, "more when there is more");
    }

    function test_threat18_oneBadClaimStopsNone() external {
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](3);
        claims[0] = _claim(_request(_order()), client.key, 10e6);
        claims[1] = _claim(_request(_order()), _actor("stranger").key, 10e6);
        claims[2] = _claim(_request(_order()), client.key, 20e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 1, IFeeEscrow.Skip.NoFunds);
        vm.prank(operator);
        vm.assertEq(escrow.settle(operator, claims), 20e6, "the two good ones");
    }

    function test_threat18_everyReasonOfABatchIsReportedWithItsPlace() external {
        IFeeEscrow.Claim[] memory claims = _everyReason();
        for (uint256 i = 0; i < claims.length; ++i) {
            vm.expectEmit(address(escrow));
            if (i % 2 == 0) emit IFeeEscrow.Settled(escrow.accountId(payer, operator, client.addr), 10e6 * (i / 2 + 1));
            else emit IFeeEscrow.ClaimSkipped(operator, i, IFeeEscrow.Skip(i / 2 + 1));
        }
        vm.prank(operator);
        vm.assertEq(escrow.settle(operator, claims), 70e6, "all good ones");
        vm.assertEq(escrow.exposureOf(operator), 70e6, "and they alone");
    }

    function test_batchThatPaysNothingSplitsNothing() external {
        IFeeEscrow.Claim[] memory claims = _one(_claim(_request(_order()), _actor("stranger").key, 1));
        vm.recordLogs();
        vm.prank(operator);
        escrow.settle(operator, claims);
        vm.assertEq(vm.getRecordedLogs().length, 1, "the skip alone");
        vm.assertEq(escrow.exposureOf(operator) + escrow.protocolFees(), 0, "nothing");
    }

    function test_settleNotesWhenAnAccountLastPaid() external {
        _settle(_claim(_request(_order()), client.key, 1));
        _wait(5);
        _assertSkipped(_claim(_request(_order()), client.key, 1), IFeeEscrow.Skip.NothingDue);
        vm.assertEq(escrow.account(payer, operator, client.addr).settledAt, START, "not for a skip");
        _settle(_claim(_request(_order()), client.key, 2));
        vm.assertEq(escrow.account(payer, operator, client.addr).settledAt, START + 5, "for a payment");
    }

    function test_threat19_settlementCallsNobodysCode() external {
        _delegate(delegator, BOND);
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, 100e6);
        address[6] memory parties = [payer, client.addr, payout, delegator, treasury, operatorKey.addr];
        // Code that takes all gas.
        for (uint256 i = 0; i < parties.length; ++i) vm.etch(parties[i], hex"fe");
        vm.assertEq(_settle(claim), 100e6, "whatever code they have");
    }

    function test_settleRefusesNoClaims() external {
        vm.expectRevert(IFeeEscrow.ClaimsEmpty.selector);
        vm.prank(operator);
        escrow.settle(operator, new IFeeEscrow.Claim[](0));
    }

    function test_settleRefusesStrangersAndTakesAgents() external {
        IFeeEscrow.Claim[] memory claims = _one(_claim(_request(_order()), client.key, 1e6));
        vm.expectRevert(abi.encodeWithSelector(OperatorAgents.NotOperatorOrAgent.selector, operator, stranger));
        vm.prank(stranger);
        escrow.settle(operator, claims);
        vm.prank(operator);
        escrow.setAgent(stranger);
        vm.prank(stranger);
        vm.assertEq(escrow.settle(operator, claims), 1e6, "by its agent");
        vm.assertEq(escrow.earningsOf(stranger), 0, "nothing for the agent");
        vm.assertEq(escrow.agentOf(operator), stranger, "its agent still");

        vm.prank(operator);
        escrow.setAgent(reporter);
        vm.expectRevert(abi.encodeWithSelector(OperatorAgents.NotOperatorOrAgent.selector, operator, stranger));
        vm.prank(stranger);
        escrow.settle(operator, claims);
    }

    function test_settlementAfterAWindowKeepsTheAgentAndTheEarnings() external {
        vm.prank(operator);
        escrow.setAgent(stranger);
        _settle(_claim(_request(_order()), client.key, 10e6));
        _wait(3 * Clocks.CAP_WINDOW);
        _settle(_claim(_request(_order()), client.key, 20e6));
        vm.assertEq(escrow.agentOf(operator), stranger, "agent");
        vm.assertEq(escrow.earningsOf(operator), 19_800_000, "earnings");
    }

    /// @dev E3: exact to the unit, rounding against the protocol, however a total is cut up.
    function testFuzz_E3_splitSumsExactlyInAnySteps(uint128[5] memory totals, uint16 feeBps) external {
        feeBps = uint16(_bound(feeBps, 0, escrow.MAX_PROTOCOL_FEE()));
        escrow.setProtocolFee(feeBps);
        uint256 paid = 0;
        for (uint256 i = 0; i < totals.length; ++i) {
            paid += _settle(_claim(_request(_order()), client.key, uint128(_bound(totals[i], 0, 100e6))));
            vm.assertEq(escrow.protocolFees(), (paid * feeBps) / 10_000, "fee of the whole, floored");
            vm.assertEq(escrow.earningsOf(operator), paid - escrow.protocolFees(), "the rest is earned");
        }
        vm.assertEq(escrow.account(payer, operator, client.addr).settled, paid, "settled");
    }

    /// @dev Good claims of 10e6 more each at even places; at odd ones those that are skipped for each reason in turn but
    /// for want of cover, which would end the batch.
    function _everyReason() private view returns (IFeeEscrow.Claim[] memory claims) {
        claims = new IFeeEscrow.Claim[](13);
        for (uint128 i = 0; i < 7; ++i) claims[2 * i] = _claim(_request(_order()), client.key, 10e6 * (i + 1));
        Request memory request = _request(_order());
        request.deadline = uint64(START - Clocks.SETTLEMENT_GRACE - 1);
        claims[1] = _claim(request, client.key, 100e6);
        request.deadline = uint64(START + Clocks.DEADLINE_HORIZON + 1);
        claims[3] = _claim(request, client.key, 100e6);
        request = _request(_order());
        claims[5] = _claim(request, client.key, request.ceiling + 1);
        claims[7] = _claim(request, client.key, 100e6);
        claims[7].r = 0;
        claims[9] = _claim(request, client.key, 1);
        claims[11] = _claim(request, _actor("stranger").key, 100e6);
    }

    function _one(IFeeEscrow.Claim memory claim) private pure returns (IFeeEscrow.Claim[] memory claims) {
        claims = new IFeeEscrow.Claim[](1);
        claims[0] = claim;
    }

    function _assertSkipped(IFeeEscrow.Claim memory claim, IFeeEscrow.Skip reason) private {
        uint256 before = escrow.earningsOf(operator);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 0, reason);
        vm.assertEq(_settle(claim), 0, "pays nothing");
        vm.assertEq(escrow.earningsOf(operator), before, "earns nothing");
    }
}
