// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title P256Signatures
 * @notice ECDSA signatures on P-256 as certificates and quotes bear them: s may be the higher of the two.
 * @dev The precompile of EIP-7951 itself refuses numbers out of range and points that are not on the curve. Where a
 * chain has none, or a caller withholds its gas, no signature is good: whoever relies on this only ever believes more
 * by a good one.
 */
library P256Signatures {
    address private constant P256VERIFY = address(0x100);

    /// @notice Whether (r, s) is the key's signature of `hash`.
    function verify(bytes32 hash, uint256 r, uint256 s, bytes32 x, bytes32 y) internal view returns (bool) {
        (, bytes memory result) = P256VERIFY.staticcall(abi.encode(hash, r, s, x, y));
        return result.length == 32 && bytes32(result) == bytes32(uint256(1));
    }
}
