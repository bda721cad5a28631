// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IAgentLinks} from "../../contracts/erc8004/IAgentLinks.sol";
import {IReputationPublisher} from "../../contracts/erc8004/IReputationPublisher.sol";
import {SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Agents} from "../support/Agents.sol";
import {HostileReputationRegistry} from "../support/HostileReputationRegistry.sol";
import {TestIdentityRegistry} from "../support/TestIdentityRegistry.sol";
import {TestReputationRegistry} from "../support/TestReputationRegistry.sol";
import {vm} from "../support/Vm.sol";

contract ReputationPublisherTest is Agents {
    uint64 private constant FACTS = 6;

    function setUp() public override {
        super.setUp();
        _link(operator, agent);
        // A thousand settled, and past its time to be challenged.
        _pay(uint96(BOND));
        vm.warp(START + Clocks.CAP_WINDOW + SlidingSum.BUCKET_LENGTH);
    }

    function test_publishWritesEveryFactByAnyonesCall() external {
        IReputationPublisher.Facts memory facts = IReputationPublisher.Facts({
            score: 500,
            settled: 1_000e6,
            faulted: 0,
            cover: BOND,
            debt: 0,
            proven: true
        });
        vm.expectEmit(address(publisher));
        emit IReputationPublisher.FactsPublished(operator, agent, 1, facts);
        vm.prank(stranger);
        vm.assertEq(publisher.publish(operator), agent, "agent");

        _assertStands("score", 500, 3);
        _assertStands("proven", 1, 0);
        _assertStands("settled", 1_000e6, 6);
        _assertStands("faulted", 0, 6);
        _assertStands("cover", int128(uint128(BOND)), 6);
        _assertStands("debt", 0, 6);
        _assertCount(FACTS);
        IReputationPublisher.Standing memory standing = publisher.standingOf(agent);
        vm.assertEq(standing.operator, operator, "operator");
        vm.assertEq(standing.publishedAt, _now(), "published at");
        vm.assertEq(standing.firstIndex, 1, "first index");
        vm.assertEq(standing.factsHash, keccak256(abi.encode(facts)), "facts' hash");
    }

    function test_faultsAreWrittenWithTheRest() external {
        _slash(100e6);
        publisher.publish(operator);
        // 1000 of 1000 + 1000 + 10 * 100.
        _assertStands("score", 333, 3);
        _assertStands("faulted", 100e6, 6);
        _assertStands("cover", 900e6, 6);
        _slash(1_000e6);
        publisher.publish(operator);
        _assertStands("proven", 1, 0);
        _assertStands("faulted", 1_100e6, 6);
        _assertStands("cover", 0, 6);
        _assertStands("debt", 100e6, 6);
    }

    function test_newFactsTakeBackThoseBefore() external {
        publisher.publish(operator);
        _slash(100e6);
        vm.expectEmit(address(publisher));
        emit IReputationPublisher.FactsPublished(operator, agent, FACTS + 1, publisher.factsOf(operator));
        publisher.publish(operator);
        _assertCount(FACTS);
        for (uint64 i = 1; i <= 2 * FACTS; ++i) {
            (, , , , bool isRevoked) = reputation.readFeedback(agent, address(publisher), i);
            vm.assertTrue(isRevoked == (i <= FACTS), "only those before");
        }
    }

    function test_nobodyPublishesTwiceInADay() external {
        publisher.publish(operator);
        uint256 dueAt = _now() + 1 days;
        vm.warp(dueAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IReputationPublisher.TooSoon.selector, operator, dueAt));
        publisher.publish(operator);
        vm.warp(dueAt);
        publisher.publish(operator);
        _assertCount(FACTS);
    }

    function test_faultDoesNotWaitForTheDay() external {
        publisher.publish(operator);
        _slash(1);
        publisher.publish(operator);
        _assertStands("faulted", 1, 6);
        vm.expectPartialRevert(IReputationPublisher.FactsUnchanged.selector);
        publisher.publish(operator);
    }

    function test_debtDoesNotWaitForTheDay() external {
        _slash(uint96(BOND));
        publisher.publish(operator);
        // In a day the fault loses more weight than another one adds, which becomes debt.
        vm.warp(_now() + 1 days - 1);
        _slash(1e6);
        publisher.publish(operator);
        _assertStands("debt", 1e6, 6);
    }

    function test_factsThatStandAreNotWrittenAgain() external {
        _register(rival);
        uint256 its = _registerAgent(rival);
        _link(rival, its);
        publisher.publish(rival);
        vm.warp(_now() + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IReputationPublisher.FactsUnchanged.selector, rival));
        publisher.publish(rival);
    }

    function test_operatorWithoutAgentHasNothingPublished() external {
        _register(rival);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, rival));
        publisher.publish(rival);
    }

    function test_agentThatWasSoldCarriesItsNextOwnersFacts() external {
        publisher.publish(operator);
        _transfer(operator, rival, agent);
        vm.expectRevert(abi.encodeWithSelector(IAgentLinks.NotLinked.selector, operator));
        publisher.publish(operator);

        _register(rival);
        _link(rival, agent);
        publisher.publish(rival);
        _assertCount(FACTS);
        _assertStands("settled", 0, 6);
        _assertStands("proven", 0, 0);
        vm.assertEq(publisher.standingOf(agent).operator, rival, "whose facts");
    }

    function test_factsOfAnAgentThatWasSoldAreTakenBackByAnyone() external {
        publisher.publish(operator);
        _transfer(operator, rival, agent);
        vm.expectEmit(address(publisher));
        emit IReputationPublisher.FactsRetracted(operator, agent);
        vm.prank(stranger);
        publisher.retract(agent);
        _assertCount(0);
        vm.assertEq(publisher.standingOf(agent).operator, address(0), "nothing stands");
        vm.expectRevert(abi.encodeWithSelector(IReputationPublisher.NothingStands.selector, agent));
        publisher.retract(agent);
        // It comes back with its agent, at once.
        _transfer(rival, operator, agent);
        publisher.publish(operator);
        _assertCount(FACTS);
    }

    function test_badFactsAreNotTakenBack() external {
        _slash(uint96(BOND));
        publisher.publish(operator);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IReputationPublisher.CanBePublished.selector, operator, agent));
        publisher.retract(agent);
    }

    function test_whoStopsTheRegistryFromTakingFaultsLosesItsGoodNameToo() external {
        publisher.publish(operator);
        vm.prank(operator);
        identity.approve(address(publisher), agent);
        _slash(uint96(BOND));
        vm.expectRevert(abi.encodeWithSelector(TestReputationRegistry.SelfFeedback.selector, address(publisher)));
        publisher.publish(operator);
        // All or nothing: what stood before stands.
        _assertCount(FACTS);
        _assertStands("score", 500, 3);
        vm.prank(stranger);
        publisher.retract(agent);
        _assertCount(0);
    }

    function test_approvalForAllIsSeenToo() external {
        publisher.publish(operator);
        vm.prank(operator);
        identity.setApprovalForAll(address(publisher), true);
        publisher.retract(agent);
        _assertCount(0);
    }

    function test_registryThatRefusesOneFactGetsNone() external {
        for (uint256 call = 1; call <= FACTS; ++call) {
            reputation.plot(HostileReputationRegistry.Harm.Refuse, call, address(0), "");
            vm.expectRevert(HostileReputationRegistry.Refused.selector);
            publisher.publish(operator);
            _assertNothingHappened();
        }
    }

    function test_registryThatForgetsOneFactGetsNone() external {
        for (uint256 call = 1; call <= FACTS; ++call) {
            reputation.plot(HostileReputationRegistry.Harm.Forget, call, address(0), "");
            vm.expectRevert(
                abi.encodeWithSelector(IReputationPublisher.FactsNotWritten.selector, agent, FACTS - 1, FACTS)
            );
            publisher.publish(operator);
            _assertNothingHappened();
        }
    }

    function test_registryThatUsesUpGasHarmsWhoCalled() external {
        reputation.plot(HostileReputationRegistry.Harm.Burn, 3, address(0), "");
        vm.expectRevert();
        publisher.publish{gas: 3_000_000}(operator);
        _assertNothingHappened();
    }

    function test_registryThatReentersFindsItTooSoon() external {
        bytes memory again = abi.encodeCall(publisher.publish, (operator));
        for (uint256 call = 1; call <= FACTS; ++call) {
            reputation.plot(HostileReputationRegistry.Harm.Reenter, call, address(publisher), again);
            _slash(1);
            bytes memory expected = abi.encodeWithSelector(IReputationPublisher.FactsUnchanged.selector, operator);
            publisher.publish(operator);
            vm.assertEq(keccak256(reputation.answered()), keccak256(expected), "refused");
            _assertCount(FACTS);
        }
    }

    function test_registryThatReentersTakesNothingBack() external {
        bytes memory back = abi.encodeCall(publisher.retract, (agent));
        reputation.plot(HostileReputationRegistry.Harm.Reenter, 4, address(publisher), back);
        publisher.publish(operator);
        bytes memory expected = abi.encodeWithSelector(IReputationPublisher.CanBePublished.selector, operator, agent);
        vm.assertEq(keccak256(reputation.answered()), keccak256(expected), "refused");
        _assertCount(FACTS);
    }

    function test_factsOfTheGreatestNumbersAreWritten() external {
        // Both are as great as they get.
        _slash(type(uint96).max);
        _slash(type(uint96).max);
        publisher.publish(operator);
        _assertStands("faulted", int128(uint128(type(uint96).max)), 6);
        _assertStands("debt", int128(uint128(type(uint96).max)), 6);
    }

    function test_registryIsOfTheSameAgents() external {
        TestIdentityRegistry others = new TestIdentityRegistry();
        address foreign = address(new TestReputationRegistry(others));
        vm.expectRevert(
            abi.encodeWithSelector(IReputationPublisher.OtherAgents.selector, address(others), address(identity))
        );
        this.deployPublisher(foreign, address(token));
    }

    function test_registryTakesTheTokensDecimals() external {
        vm.expectRevert(abi.encodeWithSelector(IReputationPublisher.TooManyDecimals.selector, 19));
        this.deployPublisher(address(reputation), address(this));
    }

    /// @notice Those of a token that no registry of feedback takes.
    function decimals() external pure returns (uint8) {
        return 19;
    }

    function deployPublisher(address registry, address token_) external returns (address) {
        return
            _deploy(
                "contracts/erc8004/ReputationPublisher.sol:ReputationPublisher",
                abi.encode(links, registry, bonds, credit, token_)
            );
    }

    function _assertStands(string memory name, int128 expected, uint8 decimals_) private view {
        (uint64 count, int128 value, uint8 found) = reputation.getSummary(agent, _clients(), "surety", name);
        vm.assertEq(count, 1, string.concat(name, ": stands once"));
        vm.assertEq(int256(value), expected, name);
        vm.assertEq(found, decimals_, string.concat(name, ": decimals"));
    }

    function _assertCount(uint256 expected) private view {
        (uint64 count, , ) = reputation.getSummary(agent, _clients(), "", "");
        vm.assertEq(count, expected, "what stands");
    }

    function _assertNothingHappened() private view {
        vm.assertEq(reputation.getLastIndex(agent, address(publisher)), 0, "nothing was written");
        vm.assertEq(publisher.standingOf(agent).operator, address(0), "nothing stands");
    }

    function _clients() private view returns (address[] memory clients) {
        clients = new address[](1);
        clients[0] = address(publisher);
    }
}
