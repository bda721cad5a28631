// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Merkle
 * @notice Trees in OpenZeppelin's SimpleMerkleTree format, leaves unsorted, written apart from the code under test.
 */
library Merkle {
    /// @notice The tree's array: the root first, the leaves reversed at the end.
    function tree(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[nodes.length - 1 - i] = leaves[i];
        for (uint256 i = leaves.length - 1; i > 0; --i) nodes[i - 1] = _pair(nodes[2 * i - 1], nodes[2 * i]);
    }

    /// @notice The path of leaf `index` to the root.
    function proof(bytes32[] memory nodes, uint256 index) internal pure returns (bytes32[] memory path) {
        uint256 node = nodes.length - 1 - index;
        uint256 length = 0;
        for (uint256 i = node; i > 0; i = (i - 1) / 2) ++length;
        path = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            path[i] = nodes[node % 2 == 0 ? node - 1 : node + 1];
            node = (node - 1) / 2;
        }
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }
}
