// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title SharePool
 * @notice Bonded assets, owned in shares, that a slash takes from everyone alike, whether staying or leaving.
 *
 * @dev The essay. A pool holds A assets and S shares; a share is worth A / S. Whoever leaves puts shares into a ticket,
 * and they stay in the pool until the ticket is paid.
 *
 *     deposit a   mints s = floor(a * S / A) shares for c = ceil(s * A / S) assets,
 *                 or a shares for a assets where the pool is empty                        A += c, S += s
 *     reward f    makes every share worth more                                            A += f
 *     slash a     takes t = min(a, A)                                                     A -= t
 *     redeem s    pays p = floor(s * A / S)                                               A -= p, S -= s
 *
 * Why it is O(1). A slash changes what a share is worth and touches no owner: one word is written, with one owner or
 * with ten thousand, with no ticket or with ten thousand; so does a reward, without an accumulator and without claims. A
 * ticket holds shares, not assets: leaving is no shelter from a slash and no end of earning, and a tiny slash between
 * request and payment cannot make the payment ask for more than there is.
 *
 * Where it rounds. All three divisions favour the pool, that is, everyone who stays. A deposit is charged for whole
 * shares only, rounded up: since s <= a * S / A, c <= a, and the depositor keeps what would have bought part of a share.
 * So whoever makes a share dear with rewards, in order that the next deposit round down to nothing, takes nothing from
 * it: it pays less than one unit more than its shares are worth. A redemption is rounded down. Hence neither lowers what
 * a share is worth:
 *
 *     (A + c) / (S + s) >= A / S   since c >= s * A / S           (A - p) / (S - s) >= A / S   since p <= s * A / S
 *
 * and only a slash does (B4). The last shares take everything, as S * A / S = A: nothing is locked in. Tickets hold
 * shares that the pool counts, so that they never ask for more shares than there are (B3).
 *
 * Where it ends. A pool that a slash leaves with less than 1,000 of the asset's smallest units counts as wiped out: the
 * dust is burnt, its shares and tickets are void, and a new epoch starts from nothing. So does one that the last share
 * has left, so that whatever is kept for its members outside is not for who comes after them. A deep slash makes shares
 * cheap, and every deposit after it mints more of them for the same assets. Left alone that would overflow. So a pool
 * in which a share is worth less than 2^-30 of a unit takes no more deposits; it can be left, and slashed, as ever. (To
 * burn what is left of it instead would be a trap: who deposits just before that price would lose everything to a
 * small slash.) Deposit and redemption keep S / A from growing, as shown, so S <= 2^30 * 2^96 always, and no product
 * here reaches 2^256. S = 0 exactly where A = 0.
 *
 * The rounding is proven by a model checker (`npm run prove`), not only tested.
 */
library SharePool {
    /// @notice One slot. Assets in the token's smallest unit; `epoch` is how often the pool has ended. `isClear` means
    /// nothing to the pool: its keeper has it in the slot that it reads anyway.
    struct Pool {
        uint96 assets;
        uint128 shares;
        uint24 epoch;
        bool isClear;
    }

    /// @notice With less than this a pool counts as wiped out.
    uint96 internal constant DUST = 1_000;

    uint256 private constant PRICE_SHIFT = 30;

    /// @notice Whether a share is worth enough for deposits: without limit they would mint too many.
    function takesDeposits(Pool memory self) internal pure returns (bool) {
        return self.shares <= uint256(self.assets) << PRICE_SHIFT;
    }

    /// @notice What a deposit of up to `amount` assets mints, and what of it the shares cost.
    function quote(Pool memory self, uint96 amount) internal pure returns (uint128 minted, uint96 cost) {
        if (self.shares == 0) return (amount, amount);
        // SAFETY: at most 2^96 * 2^30, where the pool takes deposits.
        minted = uint128((uint256(amount) * self.shares) / self.assets);
        // SAFETY: at most `amount`.
        cost = uint96((uint256(minted) * self.assets + self.shares - 1) / self.shares);
    }

    /// @notice What `shares` of the pool are worth, rounded down.
    function worth(Pool memory self, uint128 shares) internal pure returns (uint96) {
        // SAFETY: at most the pool's assets, as its shares are.
        return shares == 0 ? 0 : uint96((uint256(shares) * self.assets) / self.shares);
    }

    /// @notice Adds what `quote` said.
    function deposit(Pool memory self, uint128 minted, uint96 cost) internal pure {
        self.assets += cost;
        self.shares += minted;
    }

    /// @notice Takes out `shares`; returns their assets.
    function redeem(Pool memory self, uint128 shares) internal pure returns (uint96 paid) {
        paid = worth(self, shares);
        self.assets -= paid;
        self.shares -= shares;
        if (self.shares == 0) ++self.epoch;
    }

    /**
     * @notice Takes `amount`, at most what there is, from all shares alike.
     * @return isWiped whether what is left was dust: it is no longer in the pool, whose shares and tickets are void.
     * @return dust how much that was.
     */
    function slash(Pool memory self, uint96 amount) internal pure returns (bool isWiped, uint96 dust) {
        self.assets -= amount;
        isWiped = amount != 0 && self.assets < DUST;
        if (isWiped) {
            dust = self.assets;
            (self.assets, self.shares) = (0, 0);
            ++self.epoch;
        }
    }
}
