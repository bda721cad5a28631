// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IKeyRegistry
 * @notice Which operator a receipt-signing key belongs to, and since when until when.
 * @dev A key belongs to one operator for ever and its past never changes, so that rotating keys never makes a receipt
 * uncheckable: validity is asked for the receipt's own time.
 */
interface IKeyRegistry {
    /// @notice A key's owner and its interval of validity, in seconds: `validFrom` inclusive, `validUntil` exclusive.
    struct Key {
        address operator;
        uint48 validFrom;
        uint48 validUntil;
    }

    event KeyRegistered(address indexed operator, address indexed key, uint48 validFrom);
    event KeyEndSet(address indexed operator, address indexed key, uint48 validUntil);
    event KeyAttested(address indexed operator, address indexed key, bytes32 indexed measurement);
    event RsaKeyRegistered(address indexed operator, bytes32 indexed modulusHash, uint48 validFrom, bytes modulus);
    event RsaKeyEndSet(address indexed operator, bytes32 indexed modulusHash, uint48 validUntil);

    /// @notice The key already belongs to `operator`.
    error KeyAlreadyRegistered(address key, address operator);
    /// @notice The registration is not signed by the key itself for this operator, registry and chain.
    error KeySignatureInvalid(address key, address operator);
    /// @notice The caller does not own the key.
    error KeyNotOwned(address key, address caller);
    /// @notice An end must lie at least the notice ahead and before the end that stands.
    error KeyEndOutOfRange(address key, uint256 validUntil, uint256 earliest, uint256 latest);
    /// @notice The quote's report data is not `attestationDigest` of the key and the caller, followed by zeroes.
    error ReportDataMismatch(bytes32 expected, bytes32 found, bytes32 rest);
    /// @notice An RSA modulus has 2048 bits, is odd, and is written in 256 bytes.
    error RsaModulusInvalid(bytes modulus);
    /// @notice The caller has registered this RSA key already, or has not.
    error RsaKeyAlreadyRegistered(address operator, bytes32 modulusHash);
    error RsaKeyNotRegistered(address operator, bytes32 modulusHash);

    /**
     * @notice Registers `key` for the caller, valid from this block on, with no end.
     * @param signature the key's signature over the typed data `KeyRegistration(address key,address operator)`: nobody
     * can register another's key, and a copied registration names the wrong operator.
     */
    function register(address key, bytes calldata signature) external;

    /**
     * @notice Registers `key` as `register` does, and with it the measurement of the enclave that holds it.
     * @param signature the key's own, as in `register`: without it anybody with an enclave could have it name a key of
     * somebody else, and take that key for ever.
     * @param quote as `TdxQuotes.verify` takes it, with `attestationDigest` and 32 zeroes as its report data: a copied
     * quote names the wrong operator.
     */
    function registerAttested(address key, bytes calldata signature, bytes calldata quote) external;

    /**
     * @notice Sets or brings forward the end of one of the caller's keys.
     * @param validUntil the first second at which it is no longer valid; at least `Clocks.KEY_NOTICE` ahead.
     */
    function end(address key, uint48 validUntil) external;

    /**
     * @notice Registers an RSA key for the caller, valid from this block on, with no end. It signs answers and no
     * registration, so that others may register the same: it counts together with their receipts alone.
     * @param modulus 256 bytes, the highest first; the exponent is 65537.
     */
    function registerRsa(bytes calldata modulus) external;

    /**
     * @notice Sets or brings forward the end of one of the caller's RSA keys. It is never opened again.
     * @param modulusHash keccak256 of the modulus.
     * @param until the first second at which it is no longer valid; at least `Clocks.KEY_NOTICE` ahead.
     */
    function endRsa(bytes32 modulusHash, uint48 until) external;

    /// @notice The key's record; all zero where it is not registered.
    function get(address key) external view returns (Key memory);

    /// @notice Whether `key` was `operator`'s at `time`.
    function isValidAt(address key, address operator, uint256 time) external view returns (bool);

    /// @notice What a quote says that is verified at the time of this block; reverts with the reason where it is refused.
    function readQuote(bytes calldata quote) external view returns (bytes32 measurement, bytes32[2] memory reportData);

    /// @notice What an attested key's enclave was measured as; zero for every other key.
    function measurementOf(address key) external view returns (bytes32);

    /// @notice Whether `operator` had the RSA key at `time`.
    function isRsaKeyValidAt(address operator, bytes32 modulusHash, uint256 time) external view returns (bool);

    /// @notice What an enclave has its quote say to have `key` registered for `operator`: keccak256 of the ABI encoding
    /// of key, operator, this registry and the chain's id.
    function attestationDigest(address key, address operator) external view returns (bytes32);

    /// @notice The digest that `key` signs to be registered for `operator`.
    function registrationDigest(address key, address operator) external view returns (bytes32);
}
