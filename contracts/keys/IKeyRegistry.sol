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

    /// @notice The key already belongs to `operator`.
    error KeyAlreadyRegistered(address key, address operator);
    /// @notice The registration is not signed by the key itself for this operator, registry and chain.
    error KeySignatureInvalid(address key, address operator);
    /// @notice The caller does not own the key.
    error KeyNotOwned(address key, address caller);
    /// @notice An end must lie at least the notice ahead and before the end that stands.
    error KeyEndOutOfRange(address key, uint256 validUntil, uint256 earliest, uint256 latest);

    /**
     * @notice Registers `key` for the caller, valid from this block on, with no end.
     * @param signature the key's signature over the typed data `KeyRegistration(address key,address operator)`: nobody
     * can register another's key, and a copied registration names the wrong operator.
     */
    function register(address key, bytes calldata signature) external;

    /**
     * @notice Sets or brings forward the end of one of the caller's keys.
     * @param validUntil the first second at which it is no longer valid; at least `Clocks.KEY_NOTICE` ahead.
     */
    function end(address key, uint48 validUntil) external;

    /// @notice The key's record; all zero where it is not registered.
    function get(address key) external view returns (Key memory);

    /// @notice Whether `key` was `operator`'s at `time`.
    function isValidAt(address key, address operator, uint256 time) external view returns (bool);

    /// @notice The digest that `key` signs to be registered for `operator`.
    function registrationDigest(address key, address operator) external view returns (bytes32);
}
