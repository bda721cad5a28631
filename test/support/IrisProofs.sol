// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelOpening} from "../../contracts/models/ModelIds.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {vm} from "./Vm.sol";

/**
 * @title IrisProofs
 * @notice Proofs of the iris network that `npm run circuits` made by src/snark, and the papers that they belong to.
 */
library IrisProofs {
    uint256 internal constant COUNT = 6;
    string internal constant VERIFIER = "contracts/verifiers/generated/IrisVerifier.sol:IrisVerifier";

    /// @notice A proven answer, and what is shown of it.
    struct Shown {
        ModelOpening model;
        bytes proof;
        bytes input;
        bytes output;
    }

    /// @notice Proof `index` of a model that is judged by the verifier with this code.
    function read(uint256 index, bytes32 verifierHash) internal view returns (Shown memory shown) {
        string memory json = vm.readFile("models/iris-proofs.json");
        string memory place = string.concat(".proofs[", _digit(index), "].");
        shown.model = ModelOpening({
            publisher: address(0x1215),
            commitment: vm.parseJsonBytes32(json, ".commitment"),
            spec: abi.encodePacked(verifierHash, uint16(4), uint16(3))
        });
        shown.proof = vm.parseJsonBytes(json, string.concat(place, "proof"));
        shown.input = vm.parseJsonBytes(json, string.concat(place, "input"));
        shown.output = vm.parseJsonBytes(json, string.concat(place, "output"));
    }

    function modelId(Shown memory shown) internal pure returns (bytes32) {
        return keccak256(abi.encode(shown.model.publisher, shown.model.commitment, keccak256(shown.model.spec)));
    }

    /// @notice What the client ordered and an operator answered that handed this out.
    function papers(Shown memory shown) internal pure returns (Order memory order, Receipt memory receipt) {
        order.modelId = modelId(shown);
        order.inputHash = keccak256(shown.input);
        receipt.outputHash = keccak256(shown.output);
        receipt.proofHash = keccak256(shown.proof);
    }

    function encode(Shown memory shown) internal pure returns (bytes memory) {
        return abi.encode(shown.model, shown.proof, shown.input, shown.output);
    }

    function _digit(uint256 index) private pure returns (string memory) {
        return string(bytes.concat(bytes1(uint8(48 + index))));
    }
}
