// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Interval, Intervals} from "../access/Intervals.sol";
import {Clocks} from "../Clocks.sol";
import {IIntelCollateral} from "../enclave/IIntelCollateral.sol";
import {TdxQuotes} from "../enclave/TdxQuotes.sol";
import {IKeyRegistry} from "./IKeyRegistry.sol";

/// @title KeyRegistry
/// @notice See IKeyRegistry.
contract KeyRegistry is IKeyRegistry, EIP712 {
    using Intervals for Interval;

    bytes32 private constant REGISTRATION_TYPEHASH = keccak256("KeyRegistration(address key,address operator)");

    uint256 private constant RSA_BYTES = 256;

    /// @notice What Intel says of the platforms on which enclaves run.
    IIntelCollateral public immutable collateral;

    mapping(address key => Key) private _keys;
    mapping(address key => bytes32) private _measurements;
    mapping(address operator => mapping(bytes32 modulusHash => Interval)) private _rsaKeys;

    constructor(IIntelCollateral collateral_) EIP712("Surety", "1") {
        collateral = collateral_;
    }

    /// @inheritdoc IKeyRegistry
    function register(address key, bytes calldata signature) external {
        _register(key, signature);
    }

    /// @inheritdoc IKeyRegistry
    function registerAttested(address key, bytes calldata signature, bytes calldata quote) external {
        _register(key, signature);
        (bytes32 measurement, bytes32[2] memory said) = TdxQuotes.verify(collateral, quote);
        bytes32 expected = attestationDigest(key, msg.sender);
        require(said[0] == expected && said[1] == 0, ReportDataMismatch(expected, said[0], said[1]));

        _measurements[key] = measurement;
        emit KeyAttested(msg.sender, key, measurement);
    }

    /// @inheritdoc IKeyRegistry
    function registerRsa(bytes calldata modulus) external {
        require(
            modulus.length == RSA_BYTES && uint8(modulus[0]) >> 7 == 1 && uint8(modulus[RSA_BYTES - 1]) & 1 == 1,
            RsaModulusInvalid(modulus)
        );
        bytes32 modulusHash = keccak256(modulus);
        Interval storage interval = _rsaKeys[msg.sender][modulusHash];
        require(!interval.isStarted(), RsaKeyAlreadyRegistered(msg.sender, modulusHash));
        emit RsaKeyRegistered(msg.sender, modulusHash, interval.start(), modulus);
    }

    /// @inheritdoc IKeyRegistry
    function endRsa(bytes32 modulusHash, uint48 until) external {
        Interval storage interval = _rsaKeys[msg.sender][modulusHash];
        require(interval.isStarted(), RsaKeyNotRegistered(msg.sender, modulusHash));
        interval.end(until);
        emit RsaKeyEndSet(msg.sender, modulusHash, until);
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
    function readQuote(bytes calldata quote) external view returns (bytes32 measurement, bytes32[2] memory reportData) {
        return TdxQuotes.verify(collateral, quote);
    }

    /// @inheritdoc IKeyRegistry
    function measurementOf(address key) external view returns (bytes32) {
        return _measurements[key];
    }

    /// @inheritdoc IKeyRegistry
    function isRsaKeyValidAt(address operator, bytes32 modulusHash, uint256 time) external view returns (bool) {
        return _rsaKeys[operator][modulusHash].contains(time);
    }

    /// @inheritdoc IKeyRegistry
    function attestationDigest(address key, address operator) public view returns (bytes32) {
        return keccak256(abi.encode(key, operator, address(this), block.chainid));
    }

    /// @inheritdoc IKeyRegistry
    function registrationDigest(address key, address operator) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REGISTRATION_TYPEHASH, key, operator)));
    }

    function _register(address key, bytes calldata signature) private {
        Key storage record = _keys[key];
        require(record.operator == address(0), KeyAlreadyRegistered(key, record.operator));
        (address signer, , ) = ECDSA.tryRecover(registrationDigest(key, msg.sender), signature);
        // INVARIANT: a failed recovery yields the zero address, which must never become somebody's key.
        require(signer == key && key != address(0), KeySignatureInvalid(key, msg.sender));

        uint48 validFrom = uint48(block.timestamp);
        _keys[key] = Key({operator: msg.sender, validFrom: validFrom, validUntil: type(uint48).max});
        emit KeyRegistered(msg.sender, key, validFrom);
    }
}
