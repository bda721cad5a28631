// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev Typed data encoded a second time, from the types as protocol.md gives them, and each field flipped by itself.
contract TypedDataTest is Papers {
    string private constant ORDER =
        "Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)";
    string private constant REQUEST =
        "Request(address payer,address operator,uint128 ceiling,uint64 deadline,Order order)";
    string private constant RECEIPT =
        "Receipt(bytes32 requestHash,address operator,address signer,address client,uint64 sequence,bytes32 outputHash,bytes32 proofHash,uint128 price,uint128 charged,uint32 inputUnits,uint32 outputUnits,uint64 issuedAt)";

    function test_requestDigestIsThatOfItsTypes() external view {
        Request memory request = _request(_order());
        bytes32 found = keccak256(
            abi.encode(
                keccak256(bytes.concat(bytes(REQUEST), bytes(ORDER))),
                request.payer,
                request.operator,
                request.ceiling,
                request.deadline,
                request.orderHash
            )
        );
        vm.assertEq(Requests.hash(request), found, "struct");
        vm.assertEq(escrow.requestDigest(request), _digest(address(escrow), found), "digest");
    }

    function test_orderHashIsThatOfItsTypes() external pure {
        Order memory order = _order();
        bytes memory first = abi.encode(order.modelId, order.inputHash, order.contextHash, order.mode, order.maxPrice);
        bytes memory rest = abi.encode(order.base, order.inputRate, order.outputRate, order.salt);
        bytes32 expected = keccak256(bytes.concat(keccak256(bytes(ORDER)), first, rest));
        vm.assertEq(Requests.hash(order), expected, "struct");
    }

    function test_receiptDigestIsThatOfItsTypes() external view {
        Receipt memory a = _receipt(_request(_order()));
        bytes memory first = abi.encode(a.requestHash, a.operator, a.signer, a.client, a.sequence, a.outputHash);
        bytes memory rest = abi.encode(a.proofHash, a.price, a.charged, a.inputUnits, a.outputUnits, a.issuedAt);
        bytes32 found = keccak256(bytes.concat(keccak256(bytes(RECEIPT)), first, rest));
        vm.assertEq(Receipts.hash(a), found, "struct");
        vm.assertEq(ledger.receiptDigest(a), _digest(address(ledger), found), "digest");
    }

    function test_registrationDigestIsThatOfItsTypes() external view {
        bytes32 typehash = keccak256("KeyRegistration(address key,address operator)");
        bytes32 found = keccak256(abi.encode(typehash, client.addr, operator));
        vm.assertEq(keys.registrationDigest(client.addr, operator), _digest(address(keys), found), "digest");
    }

    function testFuzz_threat21_everyFieldOfAnOrderCounts(uint256 seed) external pure {
        bytes memory encoded = abi.encode(_order());
        uint8[9] memory widths = [255, 255, 255, 8, 128, 128, 64, 64, 255];
        for (uint256 i = 0; i < widths.length; ++i) {
            Order memory flipped = abi.decode(_flip(encoded, i, seed % widths[i]), (Order));
            vm.assertNotEq(Requests.hash(flipped), Requests.hash(_order()), "order's field");
        }
    }

    function testFuzz_threat21_everyFieldOfARequestCounts(uint256 seed) external view {
        Request memory request = _request(_order());
        bytes memory encoded = abi.encode(request);
        uint8[5] memory widths = [160, 160, 128, 64, 255];
        for (uint256 i = 0; i < widths.length; ++i) {
            Request memory flipped = abi.decode(_flip(encoded, i, seed % widths[i]), (Request));
            vm.assertNotEq(escrow.requestDigest(flipped), escrow.requestDigest(request), "request's field");
        }
    }

    function testFuzz_threat21_everyFieldOfAReceiptCounts(uint256 seed) external view {
        Receipt memory receipt = _receipt(_request(_order()));
        bytes memory encoded = abi.encode(receipt);
        uint8[12] memory widths = [255, 160, 160, 160, 64, 255, 255, 128, 128, 32, 32, 64];
        for (uint256 i = 0; i < widths.length; ++i) {
            Receipt memory flipped = abi.decode(_flip(encoded, i, seed % widths[i]), (Receipt));
            vm.assertNotEq(ledger.receiptDigest(flipped), ledger.receiptDigest(receipt), "receipt's field");
        }
    }

    function testFuzz_threat21_everyFieldOfARegistrationCounts(address key, address who) external view {
        vm.assume(key != client.addr && who != operator);
        bytes32 digest = keys.registrationDigest(client.addr, operator);
        vm.assertNotEq(keys.registrationDigest(key, operator), digest, "key");
        vm.assertNotEq(keys.registrationDigest(client.addr, who), digest, "operator");
    }

    function test_threat20_digestsFollowTheLiveChain() external {
        Request memory request = _request(_order());
        bytes32 here = escrow.requestDigest(request);
        bytes32 receipt = ledger.receiptDigest(_receipt(request));
        vm.chainId(999);
        vm.assertNotEq(escrow.requestDigest(request), here, "request");
        vm.assertEq(escrow.requestDigest(request), _digest(address(escrow), Requests.hash(request)), "of that chain");
        vm.assertNotEq(ledger.receiptDigest(_receipt(request)), receipt, "receipt");
    }

    /// @dev Flips one bit of the word at `index`.
    function _flip(bytes memory encoded, uint256 index, uint256 bit) private pure returns (bytes memory flipped) {
        flipped = bytes.concat(encoded);
        flipped[32 * index + 31 - bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }

    function _digest(address verifier, bytes32 structHash) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        bytes32 domain = keccak256(abi.encode(typehash, keccak256("Surety"), keccak256("1"), block.chainid, verifier));
        return keccak256(bytes.concat(hex"1901", domain, structHash));
    }
}
