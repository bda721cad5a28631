// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ISnarkVerifier} from "./ISnarkVerifier.sol";
import {ISnarkVerifiers} from "./ISnarkVerifiers.sol";

/// @title SnarkVerifiers
/// @notice See ISnarkVerifiers.
contract SnarkVerifiers is ISnarkVerifiers, AccessManaged {
    /// @dev How the code of an account begins that delegates to another (EIP-7702), and that of a minimal proxy, as
    /// EIP-1167 has it and as it is written with PUSH0.
    bytes3 private constant DELEGATION = 0xef0100;
    bytes10 private constant PROXY = 0x363d3d373d3d3d363d73;
    bytes9 private constant PROXY_WITH_PUSH0 = 0x365f5f375f5f365f73;

    mapping(bytes32 codeHash => ISnarkVerifier) private _verifiers;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc ISnarkVerifiers
    function admit(ISnarkVerifier verifier) external restricted returns (bytes32 codeHash) {
        bytes memory code = address(verifier).code;
        bool isProxy = bytes10(code) == PROXY || bytes9(code) == PROXY_WITH_PUSH0;
        require(code.length != 0 && bytes3(code) != DELEGATION && !isProxy, CodeNotItsOwn(address(verifier)));

        codeHash = address(verifier).codehash;
        require(address(_verifiers[codeHash]) == address(0), VerifierAlreadyAdmitted(codeHash));
        _verifiers[codeHash] = verifier;
        emit VerifierAdmitted(codeHash, verifier);
    }

    /// @inheritdoc ISnarkVerifiers
    function requireVerifier(bytes32 codeHash) external view returns (ISnarkVerifier verifier) {
        verifier = _verifiers[codeHash];
        require(address(verifier) != address(0), VerifierUnknown(codeHash));
        // Code that destroys itself in the transaction that made it can leave room for another.
        bytes32 found = address(verifier).codehash;
        require(found == codeHash, VerifierChanged(verifier, codeHash, found));
    }
}
