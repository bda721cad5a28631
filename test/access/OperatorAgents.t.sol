// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract OperatorAgentsTest is World {
    function test_everyoneActsForItselfAndNobodyForAnother() external view {
        vm.assertTrue(ledger.isAgent(operator, operator), "itself");
        vm.assertFalse(ledger.isAgent(operator, stranger), "a stranger");
    }

    function test_operatorNamesAnAgentAndTakesTheNameBack() external {
        vm.expectEmit(address(ledger));
        emit OperatorAgents.AgentSet(operator, stranger, true);
        vm.prank(operator);
        ledger.setAgent(stranger, true);
        vm.assertTrue(ledger.isAgent(operator, stranger), "named");
        vm.assertFalse(ledger.isAgent(rival, stranger), "for this operator alone");

        vm.expectEmit(address(ledger));
        emit OperatorAgents.AgentSet(operator, stranger, false);
        vm.prank(operator);
        ledger.setAgent(stranger, false);
        vm.assertFalse(ledger.isAgent(operator, stranger), "no longer");
    }

    function test_agentOfOneContractIsNoneOfAnother() external {
        vm.prank(operator);
        ledger.setAgent(stranger, true);
        vm.assertFalse(escrow.isAgent(operator, stranger), "escrow");
    }

    function test_agentCannotNameAgentsForItsOperator() external {
        vm.prank(operator);
        ledger.setAgent(stranger, true);
        vm.prank(stranger);
        ledger.setAgent(rival, true);
        vm.assertFalse(ledger.isAgent(operator, rival), "named for itself only");
    }
}
