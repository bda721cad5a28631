// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {AgentLinks} from "../../contracts/erc8004/AgentLinks.sol";
import {ReceiptValidator} from "../../contracts/erc8004/ReceiptValidator.sol";
import {ReputationPublisher} from "../../contracts/erc8004/ReputationPublisher.sol";
import {HostileReputationRegistry} from "./HostileReputationRegistry.sol";
import {TestIdentityRegistry} from "./TestIdentityRegistry.sol";
import {TestValidationRegistry} from "./TestValidationRegistry.sol";
import {Verdicts} from "./Verdicts.sol";
import {vm} from "./Vm.sol";

/**
 * @title Agents
 * @notice A world with ERC-8004's registries beside it, in which `operator` owns an agent. The test is a slasher.
 */
abstract contract Agents is Verdicts {
    TestIdentityRegistry internal identity;
    HostileReputationRegistry internal reputation;
    TestValidationRegistry internal validation;
    AgentLinks internal links;
    ReputationPublisher internal publisher;
    ReceiptValidator internal validator;
    /// @dev The operator's; the agent 0 is a stranger's.
    uint256 internal agent;

    function setUp() public virtual override {
        super.setUp();
        identity = new TestIdentityRegistry();
        reputation = new HostileReputationRegistry(identity);
        validation = new TestValidationRegistry(identity);
        links = AgentLinks(_deploy("contracts/erc8004/AgentLinks.sol:AgentLinks", abi.encode(identity, bonds)));
        publisher = ReputationPublisher(
            _deploy(
                "contracts/erc8004/ReputationPublisher.sol:ReputationPublisher",
                abi.encode(links, reputation, bonds, credit, token)
            )
        );
        validator = ReceiptValidator(
            _deploy("contracts/erc8004/ReceiptValidator.sol:ReceiptValidator", abi.encode(validation, links, verdicts))
        );
        _registerAgent(stranger);
        agent = _registerAgent(operator);
    }

    function _beforeOpening() internal virtual override {
        bonds.addSlasher(address(this));
    }

    function _registerAgent(address who) internal returns (uint256) {
        vm.prank(who);
        return identity.register("https://operator.example/agent.json");
    }

    function _link(address who, uint256 agentId) internal {
        vm.prank(who);
        links.link(agentId);
    }

    function _transfer(address from, address to, uint256 agentId) internal {
        vm.prank(from);
        identity.transferFrom(from, to, agentId);
    }

    /// @dev Has `owner` name `wallet` for its agent, with the wallet's own signature.
    function _nameWallet(address owner, uint256 agentId, Actor memory wallet) internal {
        uint256 deadline = _now() + 1 minutes;
        bytes memory signature = _sign(wallet.key, identity.walletDigest(agentId, wallet.addr, deadline));
        vm.prank(owner);
        identity.setAgentWallet(agentId, wallet.addr, deadline, signature);
    }

    function _slash(uint96 amount) internal {
        bonds.slash(operator, amount, new IOperatorBonds.Award[](0));
    }
}
