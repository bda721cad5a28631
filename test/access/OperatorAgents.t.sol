// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev In both contracts that keep agents, each in a place of its own.
contract OperatorAgentsTest is World {
    address private immutable _other = _actor("other").addr;

    function test_nobodyIsAnAgentUnasked() external view {
        OperatorAgents[2] memory contracts = _contracts();
        for (uint256 i = 0; i < 2; ++i) vm.assertEq(contracts[i].agentOf(operator), address(0), "none");
    }

    function test_agentIsNamedReplacedAndRemoved() external {
        OperatorAgents[2] memory contracts = _contracts();
        address[4] memory named = [stranger, _other, _other, address(0)];
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < named.length; ++j) {
                vm.expectEmit(address(contracts[i]));
                emit OperatorAgents.AgentSet(operator, named[j]);
                _name(contracts[i], operator, named[j]);
                vm.assertEq(contracts[i].agentOf(operator), named[j], "in place of the one before");
            }
        }
    }

    function test_agentOfOneContractIsNoneOfTheOther() external {
        _name(ledger, operator, stranger);
        vm.assertEq(escrow.agentOf(operator), address(0), "of the escrow");
        _name(escrow, operator, _other);
        vm.assertEq(ledger.agentOf(operator), stranger, "of the ledger");
    }

    function test_agentOfOneOperatorIsNoneOfAnother() external {
        OperatorAgents[2] memory contracts = _contracts();
        for (uint256 i = 0; i < 2; ++i) {
            _name(contracts[i], operator, stranger);
            vm.assertEq(contracts[i].agentOf(rival), address(0), "for this operator alone");
            _name(contracts[i], rival, stranger);
            vm.assertEq(contracts[i].agentOf(operator), stranger, "one account may act for two");
        }
    }

    function test_agentCannotNameAgentsForItsOperator() external {
        OperatorAgents[2] memory contracts = _contracts();
        for (uint256 i = 0; i < 2; ++i) {
            _name(contracts[i], operator, stranger);
            _name(contracts[i], stranger, _other);
            vm.assertEq(contracts[i].agentOf(operator), stranger, "named for itself only");
        }
    }

    function _contracts() private view returns (OperatorAgents[2] memory) {
        return [OperatorAgents(ledger), OperatorAgents(escrow)];
    }

    function _name(OperatorAgents its, address who, address agent) private {
        vm.prank(who);
        its.setAgent(agent);
    }
}
