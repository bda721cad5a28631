// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Demands} from "../../contracts/courts/Demands.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/**
 * @dev What silence about units costs. It stands for all that was settled from the unit on, so the price of an account's
 * units is judged once, whatever is demanded of them and in whatever order.
 */
contract SilentUnitsTest is Demanding {
    /// @dev Ten times this is more than a fifth of the bond, so that what is asked tells how many units were judged.
    uint128 private constant SETTLED = 40e6;

    function setUp() public override {
        super.setUp();
        _settleTo(SETTLED);
    }

    function test_C2_silenceStandsForAllThatWasSettledFromTheUnitOn() external {
        bytes32 demand = _demandUnit(stranger, 10e6 + 1);
        _wait(Clocks.ANSWER_TIME + 1);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(demand, operator, stranger, 300e6, 300e6, 60e6, 30e6);
        _convictUnit(reporter, 10e6 + 1);
        vm.assertTrue(disclosure.isPunished(demand), "punished");
        vm.assertEq(bonds.awardsOf(payer), 60e6, "twice what it paid");
    }

    function test_firstUnitStandsForAllOfThemAndTheLastForItself() external {
        _demandUnit(stranger, 1);
        _silence();
        _assertCosts(1, 10 * SETTLED, "all");
    }

    function test_lastUnitStandsForItself() external {
        _demandUnit(stranger, SETTLED);
        _silence();
        _assertCosts(SETTLED, 200e6, "a unit, so the part of the bond");
        vm.assertEq(bonds.awardsOf(payer), 2, "twice a unit");
    }

    function test_C2_whatIsSettledBetweenDemandAndVerdictIsJudgedToo() external {
        _demandUnit(stranger, 10e6 + 1);
        _silence();
        _settleTo(SETTLED + 5e6);
        _assertCosts(10e6 + 1, 350e6, "up to the last unit");
    }

    function test_threat58_slowerOfTwoWhoAskAboutOneSilenceGetsItsDepositBackAndC3NothingElseHappens() external {
        (bytes32 lower, bytes32 upper) = (_demandUnit(stranger, 1), _demandUnit(rival, SETTLED));
        _silence();
        _convictUnit(stranger, 1);
        uint256 left = _ownBond();
        vm.expectEmit(address(disclosure));
        emit ICourt.AlreadyPunished(upper, rival);
        _convictUnit(reporter, SETTLED);
        vm.assertEq(_ownBond(), left, "once");
        vm.assertEq(disclosure.coinOf(rival), FIRST_DEPOSIT, "deposit");
        vm.assertTrue(disclosure.isPunished(lower) && !disclosure.isPunished(upper), "one fault");
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "closed");
    }

    /// @dev Whoever convicts chooses the order: from the last unit down, each would cost a part of the bond.
    function test_C3_unitsOfOneSilenceCostOnePartOfTheBondInWhateverOrder() external {
        for (uint128 unit = SETTLED - 9; unit <= SETTLED; ++unit) _demandUnit(stranger, unit);
        _wait(Clocks.MAX_ANSWER_TIME);
        _assertCosts(SETTLED, 200e6, "the last: the part of the bond");
        for (uint128 unit = SETTLED - 1; unit > SETTLED - 10; --unit) _assertCosts(unit, 10, "each: its price");
        vm.assertEq(bonds.awardsOf(payer), 2 * 10, "each unit is compensated once");
    }

    function test_unitBelowIsPunishedUnderTheFaultOfTheOneAbove() external {
        bytes32 upper = _demandUnit(stranger, 20e6 + 1);
        _demandUnit(rival, 15e6 + 1);
        _silence();
        _convictUnit(stranger, 20e6 + 1);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(upper, operator, rival, 50e6, 50e6, 10e6, 5e6);
        _convictUnit(rival, 15e6 + 1);
        vm.assertEq(bonds.awardsOf(payer), 50e6, "twice (15e6, 40e6]");
        _expectJudged(15e6 + 1, 15e6 + 1, SETTLED);
        _demandUnit(stranger, 15e6);
    }

    function test_C2_unitsSettledAfterAVerdictAreAnotherFault() external {
        _demandUnit(stranger, 30e6 + 1);
        _silence();
        _assertCosts(30e6 + 1, 200e6, "a fifth");
        _settleTo(SETTLED + 30e6);
        bytes32 demand = _demandUnit(stranger, SETTLED + 20e6 + 1);
        _silence();
        _assertCosts(SETTLED + 20e6 + 1, 300e6, "all that was settled since silence was judged");
        vm.assertTrue(disclosure.isPunished(demand), "a fault of its own");
        vm.assertEq(bonds.awardsOf(payer), 80e6, "twice (30e6, 70e6]");
        _expectJudged(SETTLED + 1, 30e6 + 1, SETTLED + 30e6);
        _expectJudged(SETTLED + 30e6, 30e6 + 1, SETTLED + 30e6);
    }

    function test_unitBelowAndUnitsSettledSinceAreJudgedTogether() external {
        _demandUnit(stranger, 30e6 + 1);
        _demandUnit(stranger, 20e6 + 1);
        _silence();
        _assertCosts(30e6 + 1, 200e6, "a fifth");
        _settleTo(SETTLED + 5e6);
        _assertCosts(20e6 + 1, 150e6, "ten below, and five since");
        _settleTo(SETTLED + 6e6);
        _demandUnit(stranger, SETTLED + 6e6);
        _silence();
        _convictUnit(stranger, SETTLED + 6e6);
        vm.assertEq(bonds.awardsOf(payer), 2 * 26e6, "every unit once");
    }

    function test_threat45_unitThatWasJudgedIsNotDemanded() external {
        _demandUnit(stranger, 10e6);
        _silence();
        _convictUnit(stranger, 10e6);
        _expectJudged(10e6 + 1, 10e6, SETTLED);
        _expectJudged(SETTLED, 10e6, SETTLED);
        _demandUnit(stranger, 10e6 - 1);
        _settleTo(SETTLED + 1);
        _demandUnit(stranger, SETTLED + 1);
    }

    function test_silenceOfOneAccountIsNotThatOfAnother() external {
        _demandUnit(stranger, 1);
        _silence();
        _convictUnit(stranger, 1);
        Actor memory key = _actor("another key");
        client = key;
        _settleTo(SETTLED);
        bytes32 demand = _demandUnit(stranger, SETTLED);
        _silence();
        _convictUnit(stranger, SETTLED);
        vm.assertTrue(disclosure.isPunished(demand), "a fault of its own");
    }

    function test_unitIsPunishedAfterTheDeadlineAndWhereItWasDemanded() external {
        bytes32 demand = _unitDemand(1);
        _expectNotOpen(demand);
        _convictUnit(stranger, 1);
        _demandUnit(stranger, 1);
        vm.warp(START + Clocks.ANSWER_TIME);
        vm.expectRevert(
            abi.encodeWithSelector(Demands.AnswerStillPossible.selector, demand, START + Clocks.ANSWER_TIME)
        );
        _convictUnit(stranger, 1);
        vm.warp(START + Clocks.ANSWER_TIME + 1);
        _convictUnit(stranger, 1);
        _expectNotOpen(demand);
        _convictUnit(stranger, 1);
    }

    function test_unitsThatNobodyDemandedAreNotPunishedWhereverTheyLie() external {
        uint128[5] memory units = [0, SETTLED, SETTLED + 1, SETTLED + 2, type(uint128).max];
        for (uint256 i = 0; i < units.length; ++i) _expectNotDemanded(units[i]);
        _demandUnit(stranger, SETTLED);
        _silence();
        _convictUnit(stranger, SETTLED);
        for (uint256 i = 0; i < units.length; ++i) _expectNotDemanded(units[i]);
    }

    function test_C3_convictionThatFailsJudgesNothing() external {
        _demandUnit(stranger, 1);
        vm.expectPartialRevert(Demands.AnswerStillPossible.selector);
        _convictUnit(stranger, 1);
        _expectNotOpen(_unitDemand(2));
        _convictUnit(stranger, 2);
        _silence();
        _assertCosts(1, 10 * SETTLED, "all of it");
    }

    function test_C1_backedUnitsAreNotPunished() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        (kept.shown.receipt.price, kept.shown.receipt.charged) = (SETTLED, SETTLED);
        _seal(kept);
        _commit(kept);
        uint128[3] memory units = [1, SETTLED / 2, SETTLED];
        for (uint256 i = 0; i < 3; ++i) _demandUnit(stranger, units[i]);
        for (uint256 i = 0; i < 3; ++i) _answerUnit(units[i], kept);
        _silence();
        for (uint256 i = 0; i < 3; ++i) {
            _expectNotOpen(_unitDemand(units[i]));
            _convictUnit(stranger, units[i]);
        }
        vm.assertEq(_ownBond(), BOND, "nothing");
    }

    function test_silenceIsPunishedByTheRowThatWasInForceWhenItBegan() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.priceMultiple, policy.effectiveFrom) = (20, uint48(START + Clocks.POLICY_DELAY));
        policies.set(policies.SILENCE(), policy);
        vm.warp(policy.effectiveFrom - 1);
        _demandUnit(stranger, 10e6 + 1);
        _silence();
        _assertCosts(10e6 + 1, 300e6, "ten times");
    }

    /// @dev The prices that verdicts ask for never exceed what was settled, whatever is demanded and convicted when.
    function testFuzz_C3_everyUnitIsJudgedOnce(uint128[6] memory units, uint96[3] memory more, uint8 order) external {
        uint128 total = SETTLED;
        for (uint256 round = 0; round < 3; ++round) {
            uint128[2] memory open;
            for (uint256 i = 0; i < 2; ++i) {
                uint128 unit = uint128(_bound(units[2 * round + i], 1, total));
                if (_isOpenTo(unit)) {
                    open[i] = unit;
                    _demandUnit(stranger, unit);
                }
            }
            _silence();
            total += uint128(_bound(more[round], 1, 20e6));
            _settleTo(total);
            uint256 first = (order >> round) & 1;
            if (open[first] != 0) _convictUnit(stranger, open[first]);
            if (open[1 - first] != 0) _convictUnit(stranger, open[1 - first]);
        }
        vm.assertLe(bonds.awardsOf(payer), 2 * uint256(total), "twice each unit at most");
    }

    function _isOpenTo(uint128 unit) private returns (bool isOpen) {
        uint256 deposit = disclosure.depositFor(operator);
        vm.deal(address(this), deposit);
        try this.probe(unit, deposit) {
            return false;
        } catch (bytes memory reason) {
            return bytes4(reason) == DemandPossible.selector;
        }
    }

    error DemandPossible();

    /// @dev Demands and takes it back.
    function probe(uint128 unit, uint256 deposit) external {
        disclosure.demandUnit{value: deposit}(payer, operator, client.addr, unit);
        revert DemandPossible();
    }

    function _expectNotDemanded(uint128 unit) private {
        _expectNotOpen(_unitDemand(unit));
        _convictUnit(stranger, unit);
    }

    function _silence() private {
        _wait(Clocks.ANSWER_TIME + 1 hours);
    }

    /// @dev Convicts, and compares what the own bond loses.
    function _assertCosts(uint128 unit, uint256 asked, string memory message) private {
        uint256 before = _ownBond();
        _convictUnit(reporter, unit);
        vm.assertEq(before - _ownBond(), asked, message);
    }

    function _expectJudged(uint128 unit, uint128 from, uint128 upTo) private {
        vm.deal(stranger, stranger.balance + 1 ether);
        uint256 deposit = disclosure.depositFor(operator);
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.UnitJudged.selector, unit, from, upTo));
        vm.prank(stranger);
        disclosure.demandUnit{value: deposit}(payer, operator, client.addr, unit);
    }
}
