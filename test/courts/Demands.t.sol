// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Demands} from "../../contracts/courts/Demands.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Demanding} from "../support/Demanding.sol";
import {Puppet} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev Tries to claim its coin again as soon as it gets it.
contract Greedy {
    Demands private immutable _court;
    bool public isRefused;

    constructor(Demands court) {
        _court = court;
    }

    receive() external payable {
        try _court.claimCoin() returns (uint256) {
            isRefused = false;
        } catch {
            isRefused = true;
        }
    }
}

/// @dev What demands cost whom, shown on demands for receipts. `ROOT` is a batch whose receipts nobody knows.
contract DemandsTest is Demanding {
    bytes32 private constant ROOT = keccak256("root");
    uint256 private constant ANSWER = Clocks.ANSWER_TIME;

    /// @dev The deposits of `rival`'s demands.
    uint256 private _others;

    function setUp() public override {
        super.setUp();
        _commit(operator, ROOT, 0, 1_000);
    }

    function test_gasCountsForSomething() external {
        vm.expectRevert(Demands.LeastGasPriceZero.selector);
        this.create(0);
        vm.assertEq(disclosure.leastGasPrice(), LEAST_GAS_PRICE, "as it was given");
    }

    function test_depositIsForTheGreatestAnswerAndAsMuchToBurn() external view {
        vm.assertEq(disclosure.depositFor(operator), FIRST_DEPOSIT, "twice");
        vm.assertEq(disclosure.depositFor(operator), 0.0013 ether, "at 1 gwei");
    }

    function test_depositRisesWithTheGasPriceOfTheBlock() external {
        vm.fee(LEAST_GAS_PRICE);
        vm.assertEq(disclosure.depositFor(operator), FIRST_DEPOSIT, "the least price");
        vm.fee(7 * LEAST_GAS_PRICE);
        vm.assertEq(disclosure.depositFor(operator), 7 * FIRST_DEPOSIT, "the block's");
    }

    function test_gasCountsForNoMoreThanADemandRemembers() external {
        Demands dear = this.create(type(uint256).max);
        vm.assertEq(dear.depositFor(operator), 2 * 650_000 * uint256(type(uint64).max), "the greatest price");
    }

    function test_demandTakesItsDepositAndKeepsWhatIsMore() external {
        vm.deal(stranger, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(Demands.DepositTooSmall.selector, FIRST_DEPOSIT - 1, FIRST_DEPOSIT));
        vm.prank(stranger);
        disclosure.demandReceipt{value: FIRST_DEPOSIT - 1}(operator, ROOT, 0);

        vm.prank(stranger);
        disclosure.demandReceipt{value: FIRST_DEPOSIT}(operator, ROOT, 0);
        vm.assertEq(disclosure.coinOf(stranger), 0, "exactly the deposit");
        vm.prank(stranger);
        disclosure.demandReceipt{value: FIRST_DEPOSIT + 7}(operator, ROOT, 1);
        vm.assertEq(disclosure.coinOf(stranger), 7, "what is more is the demander's");
        vm.assertEq(address(disclosure).balance, 2 * FIRST_DEPOSIT + 7, "held");
        vm.assertEq(stranger.balance, 1 ether - 2 * FIRST_DEPOSIT - 7, "sent");
    }

    function test_demandIsKnownWhileItIsOpen() external {
        vm.fee(3 gwei);
        bytes32 demand = _demandReceipt(stranger, ROOT, 5);
        Demands.Demand memory found = disclosure.demandOf(demand);
        vm.assertEq(found.demander, stranger, "demander");
        vm.assertEq(found.operator, operator, "operator");
        vm.assertEq(uint256(found.openedAt), START, "opened at");
        vm.assertEq(uint256(found.deadline), START + 1 days, "deadline");
        vm.assertEq(uint256(found.gasPrice), 3 gwei, "gas price");
        vm.assertEq(uint256(found.crowding), 1, "crowding");
        vm.assertTrue(found.isFree, "the first is the operator's own cost");
        vm.assertEq(disclosure.openDemandsOf(operator), 1, "open");
        vm.assertEq(disclosure.demandOf(keccak256("none")).demander, address(0), "nothing of what is not");
    }

    function test_sameThingIsDemandedOnce() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        _expectAlreadyDemanded(demand, kept);
        _answerReceipt(kept);
        _expectAlreadyDemanded(demand, kept);

        Kept memory withheld = _next();
        demand = _demandReceipt(stranger, withheld);
        _wait(ANSWER + 1);
        _convictReceipt(stranger, withheld);
        _expectAlreadyDemanded(demand, withheld);

        Kept memory overlooked = _next();
        demand = _demandReceipt(stranger, overlooked);
        _wait(ANSWER + _silence() + 1);
        disclosure.lapse(demand);
        _expectAlreadyDemanded(demand, overlooked);
    }

    // ---- crowds

    function test_threat45_everyEightOpenDemandsRaiseWhatTheNextOneBurns() external {
        uint256[3] memory expected = [FIRST_DEPOSIT, (FIRST_DEPOSIT / 2) * 3, (FIRST_DEPOSIT / 2) * 4];
        for (uint64 i = 0; i < 24; ++i) {
            vm.assertEq(disclosure.depositFor(operator), expected[i / 8], "deposit");
            bytes32 demand = _demandReceipt(stranger, ROOT, i);
            vm.assertEq(uint256(disclosure.demandOf(demand).crowding), 1 + i / 8, "crowding");
        }
        vm.assertEq(disclosure.openDemandsOf(operator), 24, "open");
        vm.assertEq(disclosure.depositFor(rival), FIRST_DEPOSIT, "of this operator alone");
    }

    function test_threat45_burstPutsOffItsOwnDeadlinesUpToABound() external {
        for (uint64 i = 0; i < 150; ++i) {
            bytes32 demand = _demandReceipt(stranger, ROOT, i);
            uint256 time = i < 144 ? 1 days + uint256(i) * 10 minutes : 2 days;
            vm.assertEq(_deadlineOf(demand), START + time, "deadline");
        }
        vm.assertEq(_deadlineOf(disclosure.receiptDemandId(operator, ROOT, 0)), START + 1 days, "not the first one's");
    }

    function test_crowdGoesWithItsDemands() external {
        Kept[] memory kept = new Kept[](9);
        for (uint256 i = 0; i < 9; ++i) {
            kept[i] = _next();
            _demandReceipt(stranger, kept[i]);
        }
        _answerReceipt(kept[0]);
        vm.assertEq(disclosure.openDemandsOf(operator), 8, "one is answered");
        _wait(Clocks.MAX_ANSWER_TIME);
        _convictReceipt(stranger, kept[1]);
        vm.assertEq(disclosure.openDemandsOf(operator), 7, "one is punished");
        vm.assertEq(disclosure.depositFor(operator), FIRST_DEPOSIT, "fewer than eight");
        _wait(_silence());
        disclosure.lapse(_receiptDemand(kept[2]));
        vm.assertEq(disclosure.openDemandsOf(operator), 6, "one has lapsed");
    }

    function test_firstThreeDemandsAboutABatchAreTheOperatorsOwnCost() external {
        for (uint64 i = 0; i < 5; ++i) {
            bytes32 demand = _demandReceipt(stranger, ROOT, i);
            vm.assertTrue(disclosure.demandOf(demand).isFree == i < 3, "the first three");
        }
        Kept memory other = _next();
        vm.assertTrue(disclosure.demandOf(_demandReceipt(stranger, other)).isFree, "of each batch");
        Kept memory priv = _kept(Modes.OPTIMISTIC, PRIVATE);
        _commit(priv);
        _demandReceipt(stranger, priv);
        vm.assertTrue(disclosure.demandOf(_demandPayload(priv)).isFree, "a payload is of its batch: the second");
    }

    function test_firstThreeDemandsAboutAnAccountAreTheOperatorsOwnCost() external {
        _settleTo(5);
        for (uint128 unit = 1; unit <= 5; ++unit) {
            bytes32 demand = _demandUnit(stranger, unit);
            vm.assertTrue(disclosure.demandOf(demand).isFree == unit <= 3, "the first three");
        }
    }

    // ---- who pays for an answer

    function test_answerToAFreeDemandIsBurntButNotRepaid() external {
        Kept memory kept = _next();
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        _assertCoin(0, FIRST_DEPOSIT - _costOf(kept), _costOf(kept));
    }

    function test_answerIsRepaidAndAsMuchIsBurnt() external {
        Kept memory kept = _fourth();
        uint256 cost = _costOf(kept);
        vm.assertEq(cost, LEAST_COST + 12 * LEAST_GAS_PRICE * (50 + 9 + 10 + 9 + 10), "every byte called for counts");
        _answerReceipt(kept);
        _assertCoin(cost, FIRST_DEPOSIT - 2 * cost, cost);
    }

    function test_threat45_whoeverComesInACrowdBurnsMore() external {
        for (uint64 i = 0; i < 16; ++i) _openOther(ROOT, i);
        Kept memory kept = _fourth();
        uint256 cost = _costOf(kept);
        _answerReceipt(kept);
        _assertCoin(cost, 2 * FIRST_DEPOSIT - 4 * cost, 3 * cost);
    }

    function test_answerIsPaidAtTheGasPriceOfTheDemand() external {
        vm.fee(4 gwei);
        Kept memory kept = _fourth();
        vm.fee(1_000 gwei);
        uint256 cost = 4 * _costOf(kept);
        _answerReceipt(kept);
        _assertCoin(cost, 4 * FIRST_DEPOSIT - 2 * cost, cost);
    }

    function test_longAnswerIsRepaidUpToWhatTheDepositIsFor() external {
        bytes memory context = new bytes(60_000);
        for (uint256 i = 0; i < PUBLIC.length; ++i) context[i] = PUBLIC[i];
        Kept memory kept = _kept(Modes.OPTIMISTIC, context);
        _openFourth(kept);
        _answerReceipt(kept);
        _assertCoin(FIRST_DEPOSIT / 2, 0, FIRST_DEPOSIT / 2);
    }

    function test_whoeverAnswersTheRepaymentIsTheOperators() external {
        Kept memory kept = _fourth();
        vm.prank(reporter);
        disclosure.answerReceipt(kept.shown, kept.disclosed);
        _assertCoin(_costOf(kept), FIRST_DEPOSIT - 2 * _costOf(kept), _costOf(kept));
        vm.assertEq(disclosure.coinOf(reporter), 0, "nothing for who brings it");
    }

    function test_depositGoesBackWhereThereIsSilence() external {
        Kept memory kept = _fourth();
        _wait(Clocks.MAX_ANSWER_TIME);
        _convictReceipt(reporter, kept);
        _assertCoin(0, FIRST_DEPOSIT, 0);
    }

    /// @dev What is owed is always there: open deposits, and what was credited.
    function testFuzz_everyCoinIsOwedOrBurnt(uint64[12] memory prices, uint8[12] memory fates) external {
        Kept[] memory kept = new Kept[](12);
        uint256 sent = 0;
        for (uint256 i = 0; i < 12; ++i) {
            vm.fee(prices[i]);
            kept[i] = _next();
            sent += disclosure.depositFor(operator);
            _demandReceipt(stranger, kept[i]);
        }
        for (uint256 i = 0; i < 12; ++i) if (fates[i] % 3 == 0) _answerReceipt(kept[i]);
        _wait(Clocks.MAX_ANSWER_TIME);
        for (uint256 i = 0; i < 12; ++i) if (fates[i] % 3 == 1) _convictReceipt(reporter, kept[i]);
        _wait(_silence());
        for (uint256 i = 0; i < 12; ++i) if (fates[i] % 3 == 2) disclosure.lapse(_receiptDemand(kept[i]));

        vm.assertEq(disclosure.openDemandsOf(operator), 0, "all closed");
        vm.assertEq(address(disclosure).balance, sent, "nothing left yet");
        uint256 owed = disclosure.coinOf(stranger) + disclosure.coinOf(operator);
        vm.assertLe(owed, sent, "what is owed is there");
        vm.assertEq(disclosure.coinOf(reporter), 0, "nobody else's");
        if (disclosure.coinOf(stranger) != 0) _claim(stranger);
        if (disclosure.coinOf(operator) != 0) _claim(operator);
        vm.assertEq(address(disclosure).balance, sent - owed, "the rest is nobody's");
    }

    // ---- coin

    function test_coinIsClaimedOnce() external {
        Kept memory kept = _fourth();
        _answerReceipt(kept);
        uint256 cost = _costOf(kept);
        vm.expectEmit(address(disclosure));
        emit Demands.CoinClaimed(operator, cost);
        vm.prank(operator);
        vm.assertEq(disclosure.claimCoin(), cost, "claimed");
        vm.assertEq(operator.balance, cost, "sent");
        vm.assertEq(disclosure.coinOf(operator), 0, "no more");
        vm.expectRevert(abi.encodeWithSelector(Demands.NothingToClaim.selector, operator));
        vm.prank(operator);
        disclosure.claimCoin();
    }

    function test_demanderThatTakesNoCoinHarmsItselfAlone() external {
        address deaf = address(escrow);
        Kept memory kept = _next();
        vm.deal(deaf, 1 ether);
        vm.prank(deaf);
        disclosure.demandReceipt{value: 1 ether}(operator, kept.shown.root, kept.shown.receipt.sequence);
        _answerReceipt(kept);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
        vm.assertEq(disclosure.coinOf(deaf), 1 ether - _costOf(kept), "what it could claim");
        vm.expectRevert();
        vm.prank(deaf);
        disclosure.claimCoin();
        vm.assertEq(disclosure.coinOf(deaf), 1 ether - _costOf(kept), "and still could");
    }

    function test_demanderThatTakesNoCoinKeepsNobodyFromPunishing() external {
        address deaf = address(escrow);
        Kept memory kept = _next();
        _demandReceipt(deaf, kept);
        _wait(ANSWER + 1);
        _convictReceipt(stranger, kept);
        vm.assertGt(bonds.awardsOf(deaf), 0, "the bounty is its own");
    }

    function test_contractsDemandToo() external {
        Puppet puppet = new Puppet();
        Kept memory kept = _next();
        bytes memory data = abi.encodeCall(
            disclosure.demandReceipt,
            (operator, kept.shown.root, kept.shown.receipt.sequence)
        );
        puppet.run{value: FIRST_DEPOSIT}(address(disclosure), data);
        _answerReceipt(kept);
        puppet.run(address(disclosure), abi.encodeCall(disclosure.claimCoin, ()));
        vm.assertEq(address(puppet).balance, FIRST_DEPOSIT - _costOf(kept), "the rest");
    }

    function test_claimInTheMiddleOfAClaimGetsNothing() external {
        Greedy greedy = new Greedy(disclosure);
        _demandReceipt(stranger, ROOT, 0);
        Kept memory kept = _next();
        _demandReceipt(address(greedy), kept);
        _answerReceipt(kept);
        uint256 owed = disclosure.coinOf(address(greedy));
        vm.prank(address(greedy));
        disclosure.claimCoin();
        vm.assertTrue(greedy.isRefused(), "refused");
        vm.assertEq(address(greedy).balance, owed, "once");
    }

    // ---- time

    function test_answerIsInTimeUntilTheLastSecond() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        _assertAnswerEndsAt(kept, demand, START + ANSWER);
    }

    function test_silenceIsAFaultFromTheSecondAfterTheDeadlineOn() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER);
        vm.expectRevert(abi.encodeWithSelector(Demands.AnswerStillPossible.selector, demand, START + ANSWER));
        _convictReceipt(stranger, kept);
        vm.warp(START + ANSWER + 1);
        _convictReceipt(stranger, kept);
        vm.assertTrue(disclosure.isPunished(demand), "punished");
        vm.assertEq(disclosure.demandOf(demand).demander, address(0), "closed");
    }

    function test_bountyIsTheDemandersForAnHour() external {
        (Kept memory first, Kept memory second) = (_next(), _next());
        _demandReceipt(stranger, first);
        bytes32 later = _demandReceipt(stranger, second);
        vm.warp(START + ANSWER + Clocks.EVIDENCE_LAPSE);
        _convictReceipt(reporter, first);
        vm.assertEq(bonds.awardsOf(stranger), 20e6, "whoever calls");
        vm.assertEq(bonds.awardsOf(reporter), 0, "not the caller's");
        vm.warp(_deadlineOf(later) + Clocks.EVIDENCE_LAPSE + 1);
        _convictReceipt(reporter, second);
        vm.assertEq(bonds.awardsOf(stranger), 20e6, "no more");
        vm.assertEq(bonds.awardsOf(reporter), 16e6, "then the caller's");
    }

    function test_silenceCanBePunishedForADayAndAnHour() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        _assertLapsesAt(kept, demand, START + ANSWER + _silence());
    }

    function test_lapseGivesTheDepositBack() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER + _silence() + 1);
        vm.expectEmit(address(disclosure));
        emit Demands.DemandLapsed(demand, operator);
        disclosure.lapse(demand);
        vm.assertEq(disclosure.coinOf(stranger), FIRST_DEPOSIT, "all of it");
        vm.assertEq(_ownBond(), BOND, "nothing slashed");
        _expectNotOpen(demand);
        disclosure.lapse(demand);
        _expectNotOpen(demand);
        _convictReceipt(stranger, kept);
    }

    function test_whatWasNeverDemandedIsNotOpen() external {
        Kept memory kept = _next();
        bytes32 demand = _receiptDemand(kept);
        _expectNotOpen(demand);
        _answerReceipt(kept);
        _expectNotOpen(demand);
        _convictReceipt(stranger, kept);
        _expectNotOpen(demand);
        disclosure.lapse(demand);
    }

    // ---- suspension

    function test_threat50_suspensionPutsOffTheAnswerByWhatItLasts() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER - 1);
        bonds.suspend(2 days);
        _assertAnswerEndsAt(kept, demand, START + ANSWER + 2 days);
    }

    function test_threat50_answerIsTakenInASuspension() external {
        bonds.suspend(2 days);
        Kept memory kept = _next();
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
    }

    function test_threat50_demandInASuspensionRunsFromItsEnd() external {
        bonds.suspend(2 days);
        _wait(1 days);
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        _assertAnswerEndsAt(kept, demand, START + 2 days + ANSWER);
    }

    function test_threat50_silenceIsPunishedAfterASuspension() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER + 1);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        vm.expectRevert();
        _convictReceipt(stranger, kept);
        _assertLapsesAt(kept, demand, START + ANSWER + Clocks.MAX_SUSPENSION + _silence());
    }

    function test_threat50_suspensionDoesNotTakeTheDemandersHour() external {
        Kept memory kept = _next();
        _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER + 1);
        bonds.suspend(2 days);
        vm.warp(START + ANSWER + 2 days + Clocks.EVIDENCE_LAPSE);
        _convictReceipt(reporter, kept);
        vm.assertEq(bonds.awardsOf(stranger), 20e6, "still the demander's");
    }

    function test_threat50_suspensionOpensNoTimeAgain() external {
        Kept memory kept = _next();
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.warp(START + ANSWER + _silence() + 1);
        bonds.suspend(2 days);
        disclosure.lapse(demand);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "lapsed");
    }

    /// @dev So that a constructor's revert can be expected.
    function create(uint256 leastGasPrice) external returns (Demands) {
        bytes memory arguments = abi.encode(_wiring(), leastGasPrice);
        return Demands(_deploy("contracts/courts/DisclosureCourt.sol:DisclosureCourt", arguments));
    }

    /// @dev How long silence can be punished.
    function _silence() private pure returns (uint256) {
        return Clocks.EVIDENCE_AFTER_ANSWER + Clocks.EVIDENCE_LAPSE;
    }

    /// @dev The next receipt, alone in its batch, with a public payload.
    function _next() private returns (Kept memory) {
        return _serve(Modes.OPTIMISTIC, PUBLIC);
    }

    /// @dev Demands a receipt whose batch has used up what is the operator's own cost.
    function _fourth() private returns (Kept memory kept) {
        kept = _kept(Modes.OPTIMISTIC, PUBLIC);
        _openFourth(kept);
    }

    /// @dev Of a batch of four, three of which are demanded before and stay so.
    function _openFourth(Kept memory kept) private {
        (bytes32 root, uint64 sequence) = (kept.shown.root, kept.shown.receipt.sequence);
        _commit(operator, root, sequence, 4);
        for (uint64 i = 1; i < 4; ++i) _openOther(root, sequence + i);
        _demandReceipt(stranger, kept);
    }

    /// @dev A demand that nothing becomes of.
    function _openOther(bytes32 root, uint64 sequence) private {
        _others += disclosure.depositFor(operator);
        _demandReceipt(rival, root, sequence);
    }

    /// @dev What the answer counts as, at the least gas price.
    function _costOf(Kept memory kept) private pure returns (uint256) {
        uint256 size = kept.disclosed.context.length + kept.disclosed.input.length + kept.disclosed.output.length;
        for (uint256 i = 0; i < kept.disclosed.evidence.length; ++i) size += kept.disclosed.evidence[i].length;
        return LEAST_COST + 12 * LEAST_GAS_PRICE * size;
    }

    function _claim(address who) private {
        vm.prank(who);
        disclosure.claimCoin();
    }

    /// @dev What the operator and the demander can claim, and what stays besides.
    function _assertCoin(uint256 repaid, uint256 rest, uint256 burnt) private view {
        vm.assertEq(disclosure.coinOf(operator), repaid, "repaid");
        vm.assertEq(disclosure.coinOf(stranger), rest, "the rest");
        vm.assertEq(address(disclosure).balance, repaid + rest + burnt + _others, "burnt");
    }

    function _expectAlreadyDemanded(bytes32 demand, Kept memory kept) private {
        uint256 deposit = disclosure.depositFor(operator);
        vm.deal(reporter, deposit);
        vm.expectRevert(abi.encodeWithSelector(Demands.AlreadyDemanded.selector, demand));
        vm.prank(reporter);
        disclosure.demandReceipt{value: deposit}(operator, kept.shown.root, kept.shown.receipt.sequence);
    }

    /// @dev Ends with the answer, in the last second.
    function _assertAnswerEndsAt(Kept memory kept, bytes32 demand, uint256 end) private {
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Demands.AnswerTooLate.selector, demand, end));
        _answerReceipt(kept);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(Demands.AnswerStillPossible.selector, demand, end));
        _convictReceipt(stranger, kept);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.Answered(demand, operator, kept.shown.root);
        _answerReceipt(kept);
    }

    /// @dev Ends with the verdict, in the last second.
    function _assertLapsesAt(Kept memory kept, bytes32 demand, uint256 end) private {
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Demands.SilenceLapsed.selector, demand, end));
        _convictReceipt(stranger, kept);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(Demands.SilenceNotLapsed.selector, demand, end));
        disclosure.lapse(demand);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(demand, operator, stranger, 200e6, 200e6, 0, 20e6);
        _convictReceipt(stranger, kept);
    }
}
