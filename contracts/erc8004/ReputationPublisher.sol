// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {ICreditHistory} from "../credit/ICreditHistory.sol";
import {IAgentLinks} from "./IAgentLinks.sol";
import {IReputationPublisher} from "./IReputationPublisher.sol";
import {IReputationRegistry} from "./IReputationRegistry.sol";

/// @title ReputationPublisher
/// @notice See IReputationPublisher.
contract ReputationPublisher is IReputationPublisher {
    /// @notice How long facts stand before they are written anew, where nothing has become worse: whoever wants to fill
    /// the registry pays for six entries a day and operator.
    uint256 public constant PERIOD = 1 days;

    /// @dev How many facts there are: `_write` writes so many.
    uint64 private constant FACTS = 6;
    uint8 private constant SCORE_DECIMALS = 3;
    /// @dev What the registry takes. Its bound of 10^38 no fact reaches: none has more than 98 bits.
    uint8 private constant MAX_DECIMALS = 18;

    IAgentLinks public immutable links;
    IReputationRegistry public immutable reputation;
    IOperatorBonds public immutable bonds;
    ICreditHistory public immutable credit;
    uint8 private immutable _tokenDecimals;

    mapping(uint256 agentId => Standing) private _standing;

    constructor(
        IAgentLinks links_,
        IReputationRegistry reputation_,
        IOperatorBonds bonds_,
        ICreditHistory credit_,
        IERC20Metadata token
    ) {
        (address found, address expected) = (reputation_.getIdentityRegistry(), address(links_.identity()));
        require(found == expected, OtherAgents(found, expected));
        _tokenDecimals = token.decimals();
        require(_tokenDecimals <= MAX_DECIMALS, TooManyDecimals(_tokenDecimals));
        links = links_;
        reputation = reputation_;
        bonds = bonds_;
        credit = credit_;
    }

    /// @inheritdoc IReputationPublisher
    function publish(address operator) external returns (uint256 agentId) {
        agentId = links.agentIdOf(operator);
        Facts memory facts = factsOf(operator);
        Standing memory before = _standing[agentId];
        bytes32 factsHash = keccak256(abi.encode(facts));
        if (before.operator == operator) _requireDue(before, facts, factsHash);

        uint64 last = reputation.getLastIndex(agentId, address(this));
        // INVARIANT: noted before the registry is called, so that it is too soon for whoever it calls in turn.
        _standing[agentId] = Standing({
            operator: operator,
            publishedAt: uint48(block.timestamp),
            firstIndex: last + 1,
            faulted: uint96(facts.faulted),
            debt: uint96(facts.debt),
            factsHash: factsHash
        });
        if (before.operator != address(0)) _revoke(agentId, before.firstIndex);
        _write(agentId, facts);
        uint64 written = reputation.getLastIndex(agentId, address(this));
        require(written == last + FACTS, FactsNotWritten(agentId, written, last + FACTS));
        emit FactsPublished(operator, agentId, last + 1, facts);
    }

    /// @inheritdoc IReputationPublisher
    function retract(uint256 agentId) external {
        Standing memory standing = _standing[agentId];
        address operator = standing.operator;
        require(operator != address(0), NothingStands(agentId));
        // INVARIANT: nothing is taken back that could be replaced, however bad it is.
        require(
            links.operatorOfAgent(agentId) != operator || links.actsFor(address(this), agentId),
            CanBePublished(operator, agentId)
        );
        delete _standing[agentId];
        _revoke(agentId, standing.firstIndex);
        emit FactsRetracted(operator, agentId);
    }

    /// @inheritdoc IReputationPublisher
    function factsOf(address operator) public view returns (Facts memory) {
        ICreditHistory.Credit memory found = credit.creditOf(operator);
        return
            Facts({
                score: found.score,
                settled: found.settled,
                faulted: found.faulted,
                cover: bonds.cover(operator),
                debt: bonds.operatorOf(operator).debt,
                proven: found.proven
            });
    }

    /// @inheritdoc IReputationPublisher
    function standingOf(uint256 agentId) external view returns (Standing memory) {
        return _standing[agentId];
    }

    function _write(uint256 agentId, Facts memory facts) private {
        _give(agentId, "score", facts.score, SCORE_DECIMALS);
        _give(agentId, "proven", facts.proven ? 1 : 0, 0);
        _give(agentId, "settled", facts.settled, _tokenDecimals);
        _give(agentId, "faulted", facts.faulted, _tokenDecimals);
        _give(agentId, "cover", facts.cover, _tokenDecimals);
        _give(agentId, "debt", facts.debt, _tokenDecimals);
    }

    function _give(uint256 agentId, string memory name, uint256 value, uint8 decimals) private {
        reputation.giveFeedback(agentId, int128(uint128(value)), decimals, "surety", name, "", "", 0);
    }

    function _revoke(uint256 agentId, uint64 firstIndex) private {
        for (uint64 i = 0; i < FACTS; ++i) reputation.revokeFeedback(agentId, firstIndex + i);
    }

    function _requireDue(Standing memory before, Facts memory facts, bytes32 factsHash) private view {
        require(before.factsHash != factsHash, FactsUnchanged(before.operator));
        if (facts.faulted > before.faulted || facts.debt > before.debt) return;
        uint256 dueAt = before.publishedAt + PERIOD;
        require(block.timestamp >= dueAt, TooSoon(before.operator, dueAt));
    }
}
