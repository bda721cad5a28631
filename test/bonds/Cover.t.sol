// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds, LEAST_REWARDED_SHARES, RATE_ONE} from "../../contracts/bonds/IOperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev What an operator may settle, and the delegators' part of its fees.
contract CoverTest is Stakes {
    function setUp() public override {
        super.setUp();
        _register(operator);
    }

    function test_coverIsZeroBelowTheLeastOwnBond() external {
        _bond(operator, LEAST_OWN_BOND - 1);
        vm.assertEq(bonds.cover(operator), 0, "one unit short");
        _bond(operator, 1);
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "reached");
    }

    function test_coverOfNobodyIsZero() external view {
        IOperatorBonds.SettlementTerms memory terms = bonds.termsOf(stranger);
        vm.assertEq(terms.cover + terms.delegatorsRate + terms.delegatedEpoch, 0, "nothing");
    }

    function test_delegationIsWorthNothingWithoutTheLeastOwnBond() external {
        _bond(operator, LEAST_OWN_BOND);
        _delegate(delegator, LEAST_OWN_BOND);
        _requestUnbond(operator, 1);
        vm.assertEq(bonds.cover(operator), 0, "an operator with too little of its own");
        vm.assertEq(bonds.delegationRoom(operator), 0, "takes in no more");
    }

    function test_coverCountsWhatIsDelegated() external {
        _bond(operator, BOND);
        _delegate(delegator, uint96(LEAST_REWARDED_SHARES));
        vm.assertEq(bonds.cover(operator), BOND + LEAST_REWARDED_SHARES, "the least that counts");
        _delegate(delegator, uint96(2 * BOND - LEAST_REWARDED_SHARES));
        vm.assertEq(bonds.cover(operator), 3 * BOND, "all of it");
    }

    function test_delegatedPoolTooSmallToEarnCoversNothing() external {
        _bond(operator, BOND);
        _delegate(delegator, uint96(LEAST_REWARDED_SHARES - 1));
        vm.assertEq(bonds.cover(operator), BOND, "the own bond alone");
        _delegate(delegator, 1);
        vm.assertEq(bonds.cover(operator), BOND + LEAST_REWARDED_SHARES, "with one share more");
    }

    /// @dev An operator's puppet makes shares so dear that those of all who come after it are too few to earn, and takes
    /// its own money back.
    function test_threat57_whoMadeSharesDearAndLeftGetsNoCoverFromOthers() external {
        _bond(operator, BOND);
        _delegate(stranger, 1e6);
        _allow(stranger, address(bonds), 999e6);
        vm.prank(stranger);
        bonds.reward(operator, 999e6);
        vm.assertEq(_delegate(delegator, 900e6), 900_000, "dear shares");
        vm.assertEq(bonds.cover(operator), BOND + 1_900e6, "while they earn");
        vm.assertEq(_leave(stranger, 1e6), 1_000e6, "the puppet has all of it back");
        vm.assertEq(bonds.termsOf(operator).delegatorsRate, 0, "the others earn nothing");
        vm.assertEq(bonds.cover(operator), BOND, "and cover nothing");
    }

    function test_termsSayWhatTheOwnBondCovers() external {
        _bond(operator, BOND);
        _delegate(delegator, BOND);
        vm.assertEq(bonds.termsOf(operator).ownCover, BOND, "its own");
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND - LEAST_OWN_BOND);
        vm.assertEq(bonds.termsOf(operator).ownCover, LEAST_OWN_BOND, "what stays");
        vm.prank(operator);
        bonds.requestUnbond(operator, 1);
        vm.assertEq(bonds.termsOf(operator).ownCover, 0, "none below the least");
    }

    function test_threat53_whalesDelegationStopsAtTheLeverage() external {
        _bond(operator, BOND);
        _delegate(delegator, 100 * BOND);
        vm.assertEq(bonds.cover(operator), LEVERAGE * BOND, "three times the own bond");
        _assertTokens(delegator, 98 * BOND, "what could not add to the cover is not taken");
        bonds.setLeverage(2);
        vm.assertEq(bonds.cover(operator), 2 * BOND, "twice");
        bonds.setLeverage(1);
        vm.assertEq(bonds.cover(operator), BOND, "the own bond alone");
        vm.assertEq(bonds.delegationRoom(operator), 0, "no room");
        bonds.setLeverage(4);
        vm.assertEq(bonds.cover(operator), 3 * BOND, "what there is");
        vm.assertEq(bonds.delegationRoom(operator), BOND, "room for as much again");
    }

    function test_threat53_leavingDelegationLowersTheCoverAtOnce() external {
        _bond(operator, BOND);
        _delegate(delegator, 2 * BOND);
        _requestUnbond(delegator, BOND / 2);
        vm.assertEq(bonds.cover(operator), BOND + (3 * BOND) / 2, "what stays");
        _requestUnbond(delegator, (3 * BOND) / 2);
        vm.assertEq(bonds.cover(operator), BOND, "the own bond alone");
    }

    function test_leavingOwnBondLowersTheCoverByTheLeverage() external {
        _bond(operator, BOND);
        _delegate(delegator, 2 * BOND);
        _requestUnbond(operator, BOND / 2);
        vm.assertEq(bonds.cover(operator), LEVERAGE * (BOND / 2), "three times what stays");
    }

    function testFuzz_threat53_coverNeverExceedsTheLeverage(
        uint96 own,
        uint96 delegated,
        uint128 ownLeft,
        uint128 left,
        uint96 slashed
    ) external {
        own = uint96(_bound(own, LEAST_OWN_BOND, 100_000e6));
        _bond(operator, own);
        delegated = uint96(_bound(delegated, 1, 2 * uint256(own)));
        _delegate(delegator, delegated);
        _requestUnbond(operator, uint128(_bound(ownLeft, 1, own)));
        _requestUnbond(delegator, uint128(_bound(left, 1, delegated)));
        _slash(uint96(_bound(slashed, 0, uint256(own) + delegated)));
        uint256 active = _own().active;
        uint256 cover = bonds.cover(operator);
        vm.assertLe(cover, LEVERAGE * active, "leverage");
        vm.assertLe(cover, active + _delegated().active, "what is there");
        if (active < LEAST_OWN_BOND) vm.assertEq(cover, 0, "least own bond");
        else vm.assertGe(cover, active, "the own bond");
    }

    function test_rateIsZeroWithoutDelegators() external {
        _bond(operator, BOND);
        IOperatorBonds.SettlementTerms memory terms = bonds.termsOf(operator);
        vm.assertEq(terms.cover, BOND, "cover");
        vm.assertEq(terms.delegatorsRate, 0, "rate");
    }

    function test_rateIsTheDelegatedPartLessTheCommission() external {
        bonds.setLeverage(4);
        _bond(operator, BOND);
        _delegate(delegator, 3 * BOND);
        IOperatorBonds.SettlementTerms memory terms = bonds.termsOf(operator);
        vm.assertEq(terms.cover, 4 * BOND, "cover");
        vm.assertEq(terms.delegatorsRate, (RATE_ONE * 3 * 9) / 40, "three quarters, less a tenth");
    }

    function test_rateCountsWhatLeaves() external {
        _bond(operator, BOND);
        _delegate(delegator, BOND);
        _requestUnbond(operator, BOND / 2);
        _requestUnbond(delegator, BOND);
        vm.assertEq(bonds.termsOf(operator).delegatorsRate, (RATE_ONE * 9) / 20, "at risk as before");
    }

    function test_rateIsZeroBelowTheFewestSharesThatCanBeRewarded() external {
        _bond(operator, LEAST_OWN_BOND);
        _delegate(delegator, uint96(LEAST_REWARDED_SHARES) - 1);
        vm.assertEq(bonds.termsOf(operator).delegatorsRate, 0, "one share short");
        _delegate(delegator, 1);
        vm.assertEq(bonds.termsOf(operator).delegatorsRate, (RATE_ONE * 1e6 * 9) / (101e6 * 10), "reached");
    }

    function test_termsNameTheDelegatorsEpoch() external {
        _bond(operator, BOND);
        _delegate(delegator, BOND);
        _wipe();
        vm.assertEq(bonds.termsOf(operator).delegatedEpoch, 1, "after a wipe");
        _bond(operator, BOND);
        _delegate(delegator, BOND);
        uint48 ticket = _requestUnbond(delegator, BOND);
        _wait(UNBONDING);
        _withdraw(delegator, ticket);
        vm.assertEq(bonds.termsOf(operator).delegatedEpoch, 2, "after the last has left");
    }

    function test_slashableIsEverythingOfBothPools() external {
        _bond(operator, BOND);
        _delegate(delegator, 2 * BOND);
        _requestUnbond(operator, BOND);
        _requestUnbond(delegator, BOND);
        (uint256 own, uint256 delegated) = bonds.slashable(operator);
        vm.assertEq(own, BOND, "own");
        vm.assertEq(delegated, 2 * BOND, "delegated");
    }
}
