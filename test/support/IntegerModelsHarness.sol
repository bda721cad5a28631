// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IntegerModels} from "../../contracts/models/IntegerModels.sol";

/// @title IntegerModelsHarness
/// @notice The library's functions as calls, so that their reverts can be seen.
contract IntegerModelsHarness {
    function validate(bytes calldata spec) external pure {
        IntegerModels.validate(spec);
    }

    function neuron(
        bytes calldata spec,
        uint256 layer,
        bytes calldata row,
        bytes calldata inputs
    ) external pure returns (uint256) {
        return IntegerModels.neuron(spec, layer, row, 0, inputs);
    }
}
