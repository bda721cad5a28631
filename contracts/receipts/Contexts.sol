// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Contexts
 * @notice What the protocol itself reads in an order's context.
 * @dev A context is canonical JSON (RFC 8785), so its members come in order: `agent`, if there is one, and then
 * `disclose`. Nothing before can be mistaken for it, and what follows is not looked at. What is no context may be read
 * either way: nodes serve none such, nor one with a long name, which is read byte by byte.
 */
library Contexts {
    /// @dev `{"agent":"`, `"disclose":true`, a quotation mark and a backslash.
    bytes private constant AGENT = hex"7b226167656e74223a22";
    bytes private constant DISCLOSE = hex"22646973636c6f7365223a74727565";
    bytes1 private constant QUOTE = 0x22;
    bytes1 private constant ESCAPE = 0x5c;

    /// @notice Whether a context lets strangers see input and output.
    function disclosesPayload(bytes calldata context) internal pure returns (bool) {
        uint256 place = 1;
        if (_holds(context, AGENT, 0)) {
            place = AGENT.length;
            // To the quotation mark that ends the name: one that belongs to it has a backslash before it.
            while (place < context.length && context[place] != QUOTE) place += context[place] == ESCAPE ? 2 : 1;
            // Past it, and past the comma.
            place += 2;
        }
        return _holds(context, DISCLOSE, place);
    }

    function _holds(bytes calldata context, bytes memory part, uint256 place) private pure returns (bool) {
        uint256 end = place + part.length;
        return end <= context.length && keccak256(context[place:end]) == keccak256(part);
    }
}
