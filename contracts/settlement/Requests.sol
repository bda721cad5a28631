// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @notice What a client wants, at which tariff at most. Identifies a request: asked again, it gets the same receipt.
 * @param modelId the model's id in ModelRegistry.
 * @param inputHash keccak256 of the exact input.
 * @param contextHash keccak256 of the canonical (RFC 8785) JSON context.
 * @param mode why the answer will be believed: a number of `Modes`.
 * @param maxPrice the most that the answer may cost, in the token's smallest unit.
 * @param base, inputRate, outputRate the tariff: base + inputRate * inputUnits + outputRate * outputUnits.
 * @param salt makes two like orders two.
 */
struct Order {
    bytes32 modelId;
    bytes32 inputHash;
    bytes32 contextHash;
    uint8 mode;
    uint128 maxPrice;
    uint128 base;
    uint64 inputRate;
    uint64 outputRate;
    bytes32 salt;
}

/**
 * @notice Order and payment promise in one: what the client signs, with the order as its hash.
 * @param payer whose account pays.
 * @param operator who is to serve and to be paid.
 * @param ceiling what the account's total may reach, in the token's smallest unit.
 * @param deadline until when the order may be served, in seconds.
 */
struct Request {
    address payer;
    address operator;
    uint128 ceiling;
    uint64 deadline;
    bytes32 orderHash;
}

/**
 * @title Requests
 * @notice Hashing of orders and requests. The order is nested, so that settlement needs only its hash while a wallet
 * still shows every field.
 */
library Requests {
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)"
    );
    bytes32 internal constant REQUEST_TYPEHASH = keccak256(
        "Request(address payer,address operator,uint128 ceiling,uint64 deadline,Order order)Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)"
    );

    /// @notice The order's EIP-712 struct hash.
    function hash(Order memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(ORDER_TYPEHASH, order));
    }

    /// @notice The request's EIP-712 struct hash.
    function hash(Request memory request) internal pure returns (bytes32) {
        return hash(request.payer, request.operator, request.ceiling, request.deadline, request.orderHash);
    }

    /// @notice The same of a request that is not in one piece.
    function hash(
        address payer,
        address operator,
        uint256 ceiling,
        uint256 deadline,
        bytes32 orderHash
    ) internal pure returns (bytes32 result) {
        bytes32 typehash = REQUEST_TYPEHASH;
        // By hand, since it is done once a voucher, and the encoder costs 150 gas more.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), payer)
            mstore(add(free, 0x40), operator)
            mstore(add(free, 0x60), ceiling)
            mstore(add(free, 0x80), deadline)
            mstore(add(free, 0xa0), orderHash)
            result := keccak256(free, 0xc0)
        }
    }
}
