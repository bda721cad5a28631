// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IValidationRegistry} from "../../contracts/erc8004/IValidationRegistry.sol";
import {TestIdentityRegistry} from "./TestIdentityRegistry.sol";

/**
 * @title TestValidationRegistry
 * @notice ERC-8004's registry of validations, written for these tests after the ERC's text: not the deployed contract. Like
 * that, it takes requests of an agent's owner and of whom it approved, each hash once from whoever is first, and answers
 * from 0 to 100 of the validator that is asked, as often as it likes.
 */
contract TestValidationRegistry is IValidationRegistry {
    struct Validation {
        address validator;
        uint256 agentId;
        uint8 response;
        bytes32 responseHash;
        string tag;
        uint256 lastUpdate;
    }

    TestIdentityRegistry private immutable _identity;
    mapping(bytes32 requestHash => Validation) private _validations;

    error NotAuthorized(address caller);
    error RequestExists(bytes32 requestHash);
    error RequestUnknown(bytes32 requestHash);
    error NotValidator(address caller);
    error ResponseTooHigh(uint8 response);

    constructor(TestIdentityRegistry identity) {
        _identity = identity;
    }

    function validationRequest(address validator, uint256 agentId, string calldata, bytes32 requestHash) external {
        require(_identity.isAuthorizedOrOwner(msg.sender, agentId), NotAuthorized(msg.sender));
        require(_validations[requestHash].validator == address(0), RequestExists(requestHash));
        _validations[requestHash] = Validation(validator, agentId, 0, 0, "", block.timestamp);
    }

    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata,
        bytes32 responseHash,
        string calldata tag
    ) external {
        Validation storage found = _find(requestHash);
        require(msg.sender == found.validator, NotValidator(msg.sender));
        require(response <= 100, ResponseTooHigh(response));
        (found.response, found.responseHash, found.tag) = (response, responseHash, tag);
        found.lastUpdate = block.timestamp;
    }

    function getValidationStatus(
        bytes32 requestHash
    ) external view returns (address, uint256, uint8, bytes32, string memory, uint256) {
        Validation storage found = _find(requestHash);
        return (found.validator, found.agentId, found.response, found.responseHash, found.tag, found.lastUpdate);
    }

    function getIdentityRegistry() external view returns (address) {
        return address(_identity);
    }

    function _find(bytes32 requestHash) private view returns (Validation storage found) {
        found = _validations[requestHash];
        require(found.validator != address(0), RequestUnknown(requestHash));
    }
}
