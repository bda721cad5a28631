// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";
import {DemandEnemies} from "./DemandEnemies.sol";
import {Enemies} from "./Enemies.sol";
import {EvidenceEnemies} from "./EvidenceEnemies.sol";
import {HonestBooks} from "./HonestBooks.sol";

/// @title HonestHandler
/// @notice An honest operator among its enemies, and all that can happen to it.
contract HonestHandler is EvidenceEnemies, DemandEnemies {
    /// @notice What a run is made of: each takes two numbers, and makes of them what it likes.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](23);
        selectors[0] = this.serve.selector;
        selectors[1] = this.serve.selector;
        selectors[2] = this.serve.selector;
        selectors[3] = this.commit.selector;
        selectors[4] = this.settle.selector;
        selectors[5] = this.settle.selector;
        selectors[6] = this.rotate.selector;
        selectors[7] = this.moveBond.selector;
        selectors[8] = this.answer.selector;
        selectors[9] = this.suspend.selector;
        selectors[10] = this.wait_.selector;
        selectors[11] = this.wait_.selector;
        selectors[12] = this.accusePair.selector;
        selectors[13] = this.accuseTwin.selector;
        selectors[14] = this.accuseTerms.selector;
        selectors[15] = this.accuseOutput.selector;
        selectors[16] = this.park.selector;
        selectors[17] = this.demand.selector;
        selectors[18] = this.crowd.selector;
        selectors[19] = this.convictSilence.selector;
        selectors[20] = this.lapse.selector;
        selectors[21] = this.impersonate.selector;
        selectors[22] = this.payUnasked.selector;
    }

    /// @notice What the courts, the bonds and the enemies' own accounts say of the operator: nothing at all.
    function assertUnharmed() external view {
        (uint256 own, uint256 delegated) = bonds.slashable(operator);
        vm.assertEq(own, bonded, "C1: only the operator moves its own bond");
        vm.assertGe(delegated, 500e6, "C1: nobody takes from its delegators");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "C1: it owes nothing");
        vm.assertEq(bonds.faultsOf(operator), 0, "C1: no slash was asked for");
        uint256 awards = bonds.awardsOf(reporter) + bonds.awardsOf(rival);
        for (uint256 i = 0; i < _payers.length; ++i) awards += bonds.awardsOf(_payers[i]);
        vm.assertEq(awards, 0, "C1: nobody got anything");
        for (uint256 i = 0; i < _services.length; ++i) {
            vm.assertFalse(validity.isPunished(_leafOf(i)), "C1: no answer was punished");
            vm.assertFalse(disclosure.isPunished(disclosure.payloadDemandId(_leafOf(i))), "C1: no silence was");
        }
        vm.assertEq(broken, "", "broken");
    }
}

/// @title HonestInvariantsTest
/// @notice C1: an operator that follows the protocol is never slashed, whatever anyone does.
contract HonestInvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev As many calls as it takes to come across everything, in so many runs: the courts never forget, so that a
    /// single long one would only grow slow.
    uint256 private constant CALLS = 400;
    uint256 private constant RUNS = 8;

    HonestHandler private _handler;

    function setUp() public {
        _handler = new HonestHandler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    function invariant_C1_honestOperatorIsNeverSlashed() public view {
        _handler.assertUnharmed();
    }

    /// @dev C1 to the end: it leaves with every unit of its bond.
    function afterInvariant() public {
        _handler.quit();
        vm.assertEq(_handler.bonded(), 0, "it has taken all that it put in");
        _handler.assertUnharmed();
    }

    /// @dev Fixed runs that come across everything there is, so that the invariant cannot become hollow unseen.
    function test_everyAttackIsMadeAndRefused() external {
        uint256[] memory states = new uint256[](uint256(type(HonestBooks.State).max) + 1);
        uint256[] memory attacks = new uint256[](uint256(type(Enemies.Attack).max) + 1);
        bytes4[] memory actions = _handler.actions();
        for (uint256 run = 0; run < RUNS; ++run) {
            if (run != 0) setUp();
            for (uint256 i = 0; i < CALLS; ++i) {
                uint256 random = uint256(keccak256(abi.encode(run, i)));
                bytes4 action = actions[random % actions.length];
                (bool isDone, ) = address(_handler).call(abi.encodeWithSelector(action, random >> 32, random >> 64));
                vm.assertTrue(isDone, "nothing reverts");
            }
            for (uint256 i = 0; i < states.length; ++i) states[i] += _handler.reached(HonestBooks.State(i));
            for (uint256 i = 0; i < attacks.length; ++i) attacks[i] += _handler.refused(Enemies.Attack(i));
            afterInvariant();
        }
        vm.assertEq(_missing(states), "", "states that were not reached");
        vm.assertEq(_missing(attacks), "", "attacks that were not made");
    }

    function _missing(uint256[] memory counts) private pure returns (string memory places) {
        for (uint256 i = 0; i < counts.length; ++i) {
            if (counts[i] == 0) places = string.concat(places, " ", Strings.toString(i));
        }
    }
}
