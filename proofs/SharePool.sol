// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharePool} from "../contracts/bonds/SharePool.sol";

/**
 * @dev What SharePool's essay claims, for all numbers of full width. `A` and `S` are the pool's assets and shares. The
 * bounds are an induction: an empty pool keeps them, and whatever can be done to a pool that keeps them leaves one that
 * keeps them; so they hold after any number of deposits, rewards, slashes and redemptions in any order.
 *
 * What is not proven here but tested (`test/bonds`, `test/core/bonds.test.ts`): the deposit into an empty pool, a share
 * for each unit, since the model checker takes its path for impossible; and that the library writes A + c, S + s, A - p,
 * S - s, or zeros, into the pool, since the model checker does not follow a struct that a called function changes. What
 * the library's functions return is proven, and these sums are written out here as the essay has them.
 */
contract SharePoolProof {
    using SharePool for SharePool.Pool;

    /// @notice a deposit costs at most what was offered
    function depositCost(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0);
        (, uint96 cost) = _open(assets, shares).quote(amount);
        assert(cost <= amount);
    }

    /// @notice a deposit mints floor(amount * S / A) shares, none cut off by a cast
    function depositMints(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0);
        (uint128 minted, ) = _open(assets, shares).quote(amount);
        assert(uint256(minted) * assets <= uint256(amount) * shares);
        assert(uint256(amount) * shares < (uint256(minted) + 1) * assets);
    }

    /// @notice a deposit costs ceil(minted * A / S): less than a unit more than its shares are worth
    function depositRoundsUp(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0);
        (uint128 minted, uint96 cost) = _open(assets, shares).quote(amount);
        assert(uint256(cost) * shares >= uint256(minted) * assets);
        assert(uint256(cost) * shares < uint256(minted) * assets + shares);
    }

    /// @notice a deposit leaves less than the price of a share with the depositor
    function depositLeftover(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0);
        (, uint96 cost) = _open(assets, shares).quote(amount);
        assert(uint256(amount - cost) * shares < assets);
    }

    /// @notice B4: a deposit lowers no share
    function depositLowersNoShare(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0);
        (uint128 minted, uint96 cost) = _open(assets, shares).quote(amount);
        assert((uint256(assets) + cost) * shares >= uint256(assets) * (uint256(shares) + minted));
    }

    /// @notice a pool still takes deposits after one, and its sums fit
    function depositKeepsBounds(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0 && uint256(assets) + amount < 2 ** 96);
        (uint128 minted, uint96 cost) = _open(assets, shares).quote(amount);
        uint256 assetsAfter = uint256(assets) + cost;
        uint256 sharesAfter = uint256(shares) + minted;
        assert(sharesAfter <= assetsAfter * 2 ** 30 && assetsAfter != 0 && sharesAfter != 0);
        assert(assetsAfter < 2 ** 96 && sharesAfter < 2 ** 126);
    }

    /// @notice shares that are bought and sold at once gain nothing
    function depositAndRedeemGainNothing(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0 && uint256(assets) + amount < 2 ** 96);
        (uint128 minted, uint96 cost) = _open(assets, shares).quote(amount);
        require(minted != 0);
        // The pool after the deposit, which still takes deposits by the proof above.
        uint96 paid = _open(assets + cost, shares + minted).worth(minted);
        assert(paid <= cost);
    }

    /// @notice a reward lowers no share, and a pool that takes deposits still does
    function reward(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(shares != 0 && uint256(assets) + amount < 2 ** 96);
        _open(assets, shares);
        assert(shares <= (uint256(assets) + amount) * 2 ** 30);
        assert((uint256(assets) + amount) * shares >= uint256(assets) * shares);
    }

    /// @notice a redemption pays floor(shares * A / S), none cut off by a cast
    function redemptionPays(uint96 assets, uint128 shares, uint128 leaving) external pure {
        require(leaving <= shares && leaving != 0);
        uint96 paid = _pool(assets, shares).redeem(leaving);
        assert(uint256(paid) * shares <= uint256(leaving) * assets);
        assert(uint256(leaving) * assets < (uint256(paid) + 1) * shares);
    }

    /// @notice B4: a redemption lowers no share, and takes at most what is there
    function redemptionLowersNoShare(uint96 assets, uint128 shares, uint128 leaving) external pure {
        require(leaving <= shares);
        uint96 paid = _pool(assets, shares).redeem(leaving);
        assert(paid <= assets);
        assert(uint256(assets - paid) * shares >= uint256(assets) * (shares - leaving));
    }

    /// @notice the last shares take everything
    function redemptionOfAll(uint96 assets, uint128 shares) external pure {
        assert(_pool(assets, shares).redeem(shares) == assets);
    }

    /// @notice a redemption leaves assets exactly where it leaves shares
    function redemptionKeepsBounds(uint96 assets, uint128 shares, uint128 leaving) external pure {
        require(leaving <= shares);
        uint96 paid = _pool(assets, shares).redeem(leaving);
        assert((assets == paid) == (shares == leaving));
    }

    /// @notice a slash wipes out exactly the pool that it takes from and leaves dust in, and burns exactly this dust
    function slash(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(amount <= assets);
        (bool isWiped, uint96 dust) = _pool(assets, shares).slash(amount);
        assert(isWiped == (amount != 0 && assets - amount < SharePool.DUST));
        assert(dust == (isWiped ? assets - amount : 0));
    }

    /// @notice a slash leaves assets exactly where it leaves shares
    function slashKeepsBounds(uint96 assets, uint128 shares, uint96 amount) external pure {
        require(amount <= assets);
        (bool isWiped, ) = _pool(assets, shares).slash(amount);
        assert(isWiped || (assets == amount) == (shares == 0));
    }

    /// @dev Any pool that can be. It has less than 2^126 shares since only deposits add shares, and never more than that.
    function _pool(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory pool) {
        require(shares < 2 ** 126 && (assets == 0) == (shares == 0));
        pool.assets = assets;
        pool.shares = shares;
    }

    /// @dev Any pool that takes deposits.
    function _open(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory pool) {
        pool = _pool(assets, shares);
        require(pool.takesDeposits());
    }
}
