// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Contexts} from "../../contracts/receipts/Contexts.sol";

/// @title ContextsHarness
/// @notice The library reads calldata, so it is called.
contract ContextsHarness {
    function disclosesPayload(bytes calldata context) external pure returns (bool) {
        return Contexts.disclosesPayload(context);
    }
}
