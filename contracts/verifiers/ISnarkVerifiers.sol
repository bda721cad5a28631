// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISnarkVerifier} from "./ISnarkVerifier.sol";

/**
 * @title ISnarkVerifiers
 * @notice Which verifiers judge proofs, by the hash of their code. A model's spec names its verifier so, and what has been
 * admitted stays for ever: nobody can change what an operator is judged by after it has served.
 */
interface ISnarkVerifiers {
    event VerifierAdmitted(bytes32 indexed codeHash, ISnarkVerifier verifier);

    /// @notice There is no code at this address, or none that stays as it is: a delegation or a proxy.
    error CodeNotItsOwn(address account);
    /// @notice A verifier with this code has been admitted.
    error VerifierAlreadyAdmitted(bytes32 codeHash);
    /// @notice No verifier with this code has been admitted.
    error VerifierUnknown(bytes32 codeHash);
    /// @notice The code that was admitted is not at its address any more.
    error VerifierChanged(ISnarkVerifier verifier, bytes32 admitted, bytes32 found);

    /**
     * @notice Admits a verifier for ever, under its present code's hash.
     *
     * Requirements:
     * - the caller is the authority's, which makes sure that the verifier is a function of its code alone, refuses what
     * does not prove its circuit, and takes at most half of `SnarkChecker.VERIFIER_GAS` for a good proof;
     * - it has code of its own: no EIP-7702 delegation and no minimal proxy, whose code hash binds no behaviour;
     * - no verifier with this code has been admitted.
     */
    function admit(ISnarkVerifier verifier) external returns (bytes32 codeHash);

    /// @notice The verifier with this code. Reverts where none was admitted, or its code is not there any more.
    function requireVerifier(bytes32 codeHash) external view returns (ISnarkVerifier);
}
