// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/**
 * @title SharePool
 * @notice Bonded assets, owned in shares, that a slash takes from everyone alike, whether staying or leaving.
 *
 * @dev The essay. A pool holds A assets and S shares; a share is worth A / S. Of the S shares, U stand in tickets of
 * owners who are leaving.
 *
 *     deposit a      mints a * S / A shares, or a of them where the pool is empty      A += a, S += shares
 *     slash a        takes t = min(a, A)                                               A -= t
 *     open ticket s  marks s shares as leaving                                         U += s
 *     redeem s       pays s * A / S                                                    A -= paid, S -= s, U -= s
 *
 * A slash is O(1) because it changes what a share is worth and touches no owner: one word is written, with one owner
 * or with ten thousand, with no ticket or with ten thousand. A ticket holds shares, not assets, so that leaving is no
 * shelter, and so that a tiny slash between request and withdrawal cannot make the withdrawal ask for too much.
 *
 * Both divisions round down. A deposit's rounding leaves the depositor a hair less than it gave and everyone else a
 * hair more; a redemption's likewise. So neither ever lowers what a remaining share is worth (B4: only a slash does),
 * and U <= S holds exactly, as both count the same shares (B3). The last shares take everything: S * A / S = A.
 *
 * A deep slash makes shares cheap, and the next deposit mints more of them for the same assets. Left alone that would
 * overflow. So a pool in which a share is worth less than 2^-20 of the asset's smallest unit counts as wiped out: what
 * dust is left goes to the caller to burn, shares and tickets are void, and a new epoch starts from nothing. Hence
 * S <= A * 2^20 < 2^116 always.
 */
library SharePool {
    using Math for uint256;

    /// @notice Assets and debt in the token's smallest unit. `debt` is what slashes asked and the pool had not.
    struct Pool {
        uint96 assets;
        uint128 shares;
        uint32 epoch;
        uint128 unbonding;
        uint96 debt;
        uint32 tickets;
    }

    /// @notice Shares that leave: until `maturesAt`, in seconds, and only if their epoch still is the pool's.
    struct Ticket {
        uint128 shares;
        uint32 epoch;
        uint48 maturesAt;
    }

    uint256 private constant DUST_SHIFT = 20;

    /// @notice Adds assets; returns the shares minted, rounded down.
    function deposit(Pool storage self, uint96 amount) internal returns (uint128 minted) {
        (uint96 assets, uint128 shares) = (self.assets, self.shares);
        // SAFETY: at most 2^96 * 2^20 by the dust rule, so the cast holds.
        minted = shares == 0 ? amount : uint128(uint256(amount).mulDiv(shares, assets));
        self.assets = assets + amount;
        self.shares = shares + minted;
    }

    /// @notice Marks `shares` of those that stay as leaving; returns the number of their ticket.
    function startUnbonding(Pool storage self, uint128 shares) internal returns (uint32 index) {
        self.unbonding += shares;
        index = self.tickets++;
    }

    /// @notice Pays out shares that left; returns their assets, rounded down.
    function redeem(Pool storage self, uint128 shares) internal returns (uint96 paid) {
        paid = uint96(_toAssets(self, shares));
        self.assets -= paid;
        self.shares -= shares;
        self.unbonding -= shares;
    }

    /**
     * @notice Takes up to `amount` from all shares; what is not there becomes debt.
     * @return taken what the slash took.
     * @return dust what was left in a pool that counts as wiped out, no longer in it.
     */
    function slash(Pool storage self, uint96 amount) internal returns (uint96 taken, uint96 dust) {
        uint96 assets = self.assets;
        taken = amount < assets ? amount : assets;
        uint96 left = assets - taken;
        if (uint256(left) << DUST_SHIFT < self.shares) {
            (dust, left) = (left, 0);
            self.shares = 0;
            self.unbonding = 0;
            ++self.epoch;
        }
        self.assets = left;
        if (taken < amount) {
            uint256 debt = uint256(self.debt) + (amount - taken);
            self.debt = uint96(Math.min(debt, type(uint96).max));
        }
    }

    /// @notice What the shares that stay are worth, rounded down.
    function activeAssets(Pool storage self) internal view returns (uint256) {
        return _toAssets(self, self.shares - self.unbonding);
    }

    function _toAssets(Pool storage self, uint128 shares) private view returns (uint256) {
        return shares == 0 ? 0 : uint256(shares).mulDiv(self.assets, self.shares);
    }
}
