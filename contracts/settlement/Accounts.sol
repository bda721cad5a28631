// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An account in one word: 48 bits of time, 112 of what it has paid, 96 of what it holds.
type AccountWord is uint256;

using Accounts for AccountWord global;

/**
 * @title Accounts
 * @notice Clients' accounts with operators: what names one, and the word that it is kept in.
 * @dev Settlement reads and writes one account a voucher. It does so by hand: a struct in storage is read twice, or
 * copied to memory and back.
 */
library Accounts {
    /// @notice The account of `payer` with `operator` for vouchers of `signer`.
    function id(address payer, address operator, address signer) internal pure returns (bytes32 result) {
        // By hand, since it is done once a voucher, and the encoder costs 100 gas more.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, payer)
            mstore(add(free, 0x20), operator)
            mstore(add(free, 0x40), signer)
            result := keccak256(free, 0x60)
        }
    }

    /// @notice Packs an account: what it holds, below 2^96; what it has paid, below 2^112; when it last did, below 2^48.
    function pack(uint256 held, uint256 paid, uint256 paidAt) internal pure returns (AccountWord) {
        return AccountWord.wrap((paidAt << 208) | (paid << 96) | held);
    }

    function balance(AccountWord self) internal pure returns (uint256) {
        return uint96(AccountWord.unwrap(self));
    }

    function settled(AccountWord self) internal pure returns (uint256) {
        return uint112(AccountWord.unwrap(self) >> 96);
    }

    function settledAt(AccountWord self) internal pure returns (uint256) {
        return AccountWord.unwrap(self) >> 208;
    }
}
