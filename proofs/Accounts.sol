// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Accounts, AccountWord} from "../contracts/settlement/Accounts.sol";

/// @dev The word that an account is kept in, for everything that it may hold.
contract AccountsProof {
    /// @notice what is packed is what is read
    function roundTrip(uint96 balance, uint112 settled, uint48 settledAt) external pure {
        AccountWord word = Accounts.pack(balance, settled, settledAt);
        assert(word.balance() == balance);
        assert(word.settled() == settled);
        assert(word.settledAt() == settledAt);
    }
}
