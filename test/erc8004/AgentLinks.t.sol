// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentLinks} from "../../contracts/erc8004/IAgentLinks.sol";
import {Agents} from "../support/Agents.sol";
import {vm} from "../support/Vm.sol";

contract AgentLinksTest is Agents {
    function test_operatorIsTheAgentThatItOwns() external {
        vm.expectEmit(address(links));
        emit IAgentLinks.AgentLinked(operator, agent);
        _link(operator, agent);
        _assertLinked(operator, agent);
        vm.assertEq(address(links.identity()), address(identity), "identity");
        vm.assertEq(address(links.bonds()), address(bonds), "bonds");
    }

    function test_operatorCanBeTheFirstAgent() external {
        _transfer(stranger, operator, 0);
        _link(operator, 0);
        _assertLinked(operator, 0);
    }

    function test_operatorIsTheAgentWhoseWalletItIs() external {
        _nameWallet(stranger, 0, _actor("operator"));
        _link(operator, 0);
        _assertLinked(operator, 0);
        // The owner that names another wallet ends it.
        _nameWallet(stranger, 0, _actor("rival"));
        _assertNotLinked(operator, 0);
    }

    function test_onlyOperatorsAreLinked() external {
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotAnOperator.selector, stranger));
        _link(stranger, 0);
    }

    function test_operatorIsNoAgentOfSomebodyElse() external {
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotTheAgents.selector, operator, 0));
        _link(operator, 0);
    }

    function test_whoIsOnlyApprovedIsNotTheAgent() external {
        vm.prank(stranger);
        identity.setApprovalForAll(operator, true);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotTheAgents.selector, operator, 0));
        _link(operator, 0);
    }

    function test_operatorIsNoAgentThatIsNotThere() external {
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotTheAgents.selector, operator, 2));
        _link(operator, 2);
    }

    function test_operatorDoesNotLeaveItsAgentByItsOwnWord() external {
        _link(operator, agent);
        uint256 fresh = _registerAgent(operator);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.StillLinked.selector, operator, agent));
        _link(operator, fresh);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.StillLinked.selector, operator, agent));
        _link(operator, agent);
    }

    function test_linkEndsWhereTheAgentChangesHandsAndComesBackWithIt() external {
        _link(operator, agent);
        _transfer(operator, stranger, agent);
        _assertNotLinked(operator, agent);
        _transfer(stranger, operator, agent);
        _assertLinked(operator, agent);
    }

    function test_operatorWhoseAgentIsGoneTakesAnother() external {
        _link(operator, agent);
        _transfer(operator, stranger, agent);
        uint256 fresh = _registerAgent(operator);
        _link(operator, fresh);
        _assertLinked(operator, fresh);
        // What was its agent is nobody's, also where it comes back.
        _transfer(stranger, operator, agent);
        vm.assertEq(links.operatorOfAgent(agent), address(0), "the agent of before");
    }

    function test_nextOwnerTakesTheAgentWithItsOwnWordOnly() external {
        _link(operator, agent);
        _register(rival);
        _transfer(operator, rival, agent);
        vm.assertEq(links.operatorOfAgent(agent), address(0), "between the two");
        _link(rival, agent);
        _assertLinked(rival, agent);
        _transfer(rival, operator, agent);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, operator));
        links.agentIdOf(operator);
    }

    function test_ownerAndWalletAreNotBothTheAgent() external {
        _link(operator, agent);
        _register(rival);
        _nameWallet(operator, agent, _actor("rival"));
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.AgentTaken.selector, agent, operator));
        _link(rival, agent);
        _assertLinked(operator, agent);
    }

    function test_nobodyIsNoAgent() external {
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, address(0)));
        links.agentIdOf(address(0));
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, operator));
        links.agentIdOf(operator);
        vm.assertEq(links.operatorOfAgent(agent), address(0), "an agent that nobody is");
    }

    function test_ownerAndApprovedActForAnAgent() external {
        vm.assertTrue(links.actsFor(operator, agent), "its owner");
        vm.assertFalse(links.actsFor(rival, agent), "nobody");
        vm.assertFalse(links.actsFor(operator, 2), "of one that is not there");
        vm.prank(operator);
        identity.approve(rival, agent);
        vm.assertTrue(links.actsFor(rival, agent), "approved for it");
        vm.prank(operator);
        identity.setApprovalForAll(payer, true);
        vm.assertTrue(links.actsFor(payer, agent), "approved for all");
    }

    function test_registryIsAContract() external {
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NoRegistry.selector, stranger));
        this.deployLinks(stranger);
    }

    function deployLinks(address registry) external returns (address) {
        return _deploy("contracts/erc8004/AgentLinks.sol:AgentLinks", abi.encode(registry, bonds));
    }

    function _assertLinked(address who, uint256 agentId) private view {
        vm.assertEq(links.agentIdOf(who), agentId, "agent");
        vm.assertEq(links.operatorOfAgent(agentId), who, "operator");
    }

    function _assertNotLinked(address who, uint256 agentId) private {
        vm.assertEq(links.operatorOfAgent(agentId), address(0), "no operator");
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, who));
        links.agentIdOf(who);
    }
}
