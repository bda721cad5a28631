// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Clocks} from "../Clocks.sol";
import {IKeyRegistry} from "./IKeyRegistry.sol";

/// @title KeyRegistry
/// @notice See IKeyRegistry.
contract KeyRegistry is IKeyRegistry, EIP712 {
    bytes32 private constant REGISTRATION_TYPEHASH = keccak256("KeyRegistration(address key,address operator)");

    mapping(address key => Key) private _keys;

    constructor() EIP712("Surety", "1") {}

    /// @inheritdoc IKeyRegistry
    function register(address key, bytes calldata signature) external {
        Key storage record = _keys[key];
        require(record.operator == address(0), KeyAlreadyRegistered(key, record.operator));
        (address signer, , ) = ECDSA.tryRecover(registrationDigest(key, msg.sender), signature);
        // INVARIANT: a failed recovery yields the zero address, which must never become somebody's key.
        require(signer == key && key != address(0), KeySignatureInvalid(key, msg.sender));

        uint48 validFrom = uint48(block.timestamp);
        _keys[key] = Key({operator: msg.sender, validFrom: validFrom, validUntil: type(uint48).max});
        emit KeyRegistered(msg.sender, key, validFrom);
    }

    /// @inheritdoc IKeyRegistry
    function end(address key, uint48 validUntil) external {
        Key storage record = _keys[key];
        require(record.operator == msg.sender, KeyNotOwned(key, msg.sender));
        uint256 earliest = block.timestamp + Clocks.KEY_NOTICE;
        // INVARIANT: an end only moves forward in announcement and back in time, never into the past or the notice.
        require(
            validUntil >= earliest && validUntil < record.validUntil,
            KeyEndOutOfRange(key, validUntil, earliest, record.validUntil)
        );

        record.validUntil = validUntil;
        emit KeyEndSet(msg.sender, key, validUntil);
    }

    /// @inheritdoc IKeyRegistry
    function get(address key) external view returns (Key memory) {
        return _keys[key];
    }

    /// @inheritdoc IKeyRegistry
    function isValidAt(address key, address operator, uint256 time) external view returns (bool) {
        Key storage record = _keys[key];
        return record.operator == operator && record.validFrom <= time && time < record.validUntil;
    }

    /// @inheritdoc IKeyRegistry
    function registrationDigest(address key, address operator) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REGISTRATION_TYPEHASH, key, operator)));
    }
}
