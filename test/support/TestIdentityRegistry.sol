// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/**
 * @title TestIdentityRegistry
 * @notice ERC-8004's registry of agents, written for these tests after the ERC's text: not the deployed contract. Like
 * that, it numbers agents from 0, has an agent's registrant for its first wallet, takes another only with its signature,
 * and forgets the wallet where the agent changes hands.
 */
contract TestIdentityRegistry is ERC721, EIP712 {
    bytes32 private constant WALLET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );

    uint256 private _count;
    mapping(uint256 agentId => address) private _wallets;
    mapping(uint256 agentId => string) private _uris;

    error NotAuthorized(address caller);
    error WalletRefused(address wallet);

    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    constructor() ERC721("Agents", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {}

    function register(string calldata agentURI) external returns (uint256 agentId) {
        agentId = _count++;
        _uris[agentId] = agentURI;
        _wallets[agentId] = msg.sender;
        emit Registered(agentId, agentURI, msg.sender);
        _safeMint(msg.sender, agentId);
    }

    function setAgentURI(uint256 agentId, string calldata agentURI) external {
        require(isAuthorizedOrOwner(msg.sender, agentId), NotAuthorized(msg.sender));
        _uris[agentId] = agentURI;
        emit URIUpdated(agentId, agentURI, msg.sender);
    }

    function setAgentWallet(uint256 agentId, address wallet, uint256 deadline, bytes calldata signature) external {
        require(isAuthorizedOrOwner(msg.sender, agentId), NotAuthorized(msg.sender));
        bytes32 digest = walletDigest(agentId, wallet, deadline);
        bool isTimely = block.timestamp <= deadline && deadline <= block.timestamp + 5 minutes;
        bool isSigned = SignatureChecker.isValidSignatureNow(wallet, digest, signature);
        require(wallet != address(0) && isTimely && isSigned, WalletRefused(wallet));
        _wallets[agentId] = wallet;
    }

    function getAgentWallet(uint256 agentId) external view returns (address) {
        _requireOwned(agentId);
        return _wallets[agentId];
    }

    function tokenURI(uint256 agentId) public view override returns (string memory) {
        _requireOwned(agentId);
        return _uris[agentId];
    }

    /// @dev Reverts for an agent that is not there.
    function isAuthorizedOrOwner(address account, uint256 agentId) public view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), account, agentId);
    }

    function walletDigest(uint256 agentId, address wallet, uint256 deadline) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(WALLET_TYPEHASH, agentId, wallet, ownerOf(agentId), deadline)));
    }

    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);
        if (from != address(0) && from != to) delete _wallets[agentId];
    }
}
