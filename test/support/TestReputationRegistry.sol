// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputationRegistry} from "../../contracts/erc8004/IReputationRegistry.sol";
import {TestIdentityRegistry} from "./TestIdentityRegistry.sol";

/**
 * @title TestReputationRegistry
 * @notice ERC-8004's registry of feedback, written for these tests after the ERC's text: not the deployed contract. Like
 * that, it refuses feedback by the agent's owner and by whom it approved, numbers a client's feedback from 1, takes at most
 * 18 decimals and numbers up to 10^38, lets a client revoke once, and sums up named clients only.
 */
contract TestReputationRegistry is IReputationRegistry {
    struct Feedback {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        string tag1;
        string tag2;
    }

    int128 private constant MAX_VALUE = 1e38;

    TestIdentityRegistry private immutable _identity;
    mapping(uint256 agentId => mapping(address client => Feedback[])) private _given;

    error SelfFeedback(address client);
    error ValueRefused(int128 value, uint8 valueDecimals);
    error FeedbackUnknown(uint64 feedbackIndex);
    error AlreadyRevoked(uint64 feedbackIndex);
    error ClientsMissing();

    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);

    constructor(TestIdentityRegistry identity) {
        _identity = identity;
    }

    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) public virtual {
        require(!_identity.isAuthorizedOrOwner(msg.sender, agentId), SelfFeedback(msg.sender));
        bool isFit = valueDecimals <= 18 && -MAX_VALUE <= value && value <= MAX_VALUE;
        require(isFit, ValueRefused(value, valueDecimals));
        Feedback[] storage given = _given[agentId][msg.sender];
        given.push(Feedback(value, valueDecimals, false, tag1, tag2));
        uint64 index = uint64(given.length);
        emit NewFeedback(
            agentId,
            msg.sender,
            index,
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) public virtual {
        Feedback storage feedback = _find(agentId, msg.sender, feedbackIndex);
        require(!feedback.isRevoked, AlreadyRevoked(feedbackIndex));
        feedback.isRevoked = true;
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    function getLastIndex(uint256 agentId, address client) external view returns (uint64) {
        return uint64(_given[agentId][client].length);
    }

    function getIdentityRegistry() external view returns (address) {
        return address(_identity);
    }

    function readFeedback(
        uint256 agentId,
        address client,
        uint64 feedbackIndex
    ) external view returns (int128, uint8, string memory, string memory, bool) {
        Feedback storage found = _find(agentId, client, feedbackIndex);
        return (found.value, found.valueDecimals, found.tag1, found.tag2, found.isRevoked);
    }

    /// @dev The average of what is not revoked, of entries that all have the decimals of the last.
    function getSummary(
        uint256 agentId,
        address[] calldata clients,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 value, uint8 valueDecimals) {
        require(clients.length != 0, ClientsMissing());
        int256 sum = 0;
        for (uint256 i = 0; i < clients.length; ++i) {
            Feedback[] storage given = _given[agentId][clients[i]];
            for (uint256 j = 0; j < given.length; ++j) {
                Feedback storage found = given[j];
                if (found.isRevoked || !_isLike(found.tag1, tag1) || !_isLike(found.tag2, tag2)) continue;
                sum += found.value;
                valueDecimals = found.valueDecimals;
                ++count;
            }
        }
        if (count != 0) value = int128(sum / int256(uint256(count)));
    }

    function _find(uint256 agentId, address client, uint64 index) private view returns (Feedback storage) {
        Feedback[] storage given = _given[agentId][client];
        require(index != 0 && index <= given.length, FeedbackUnknown(index));
        return given[index - 1];
    }

    function _isLike(string memory tag, string calldata filter) private pure returns (bool) {
        return bytes(filter).length == 0 || keccak256(bytes(tag)) == keccak256(bytes(filter));
    }
}
