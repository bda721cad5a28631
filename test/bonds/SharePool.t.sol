// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharePool} from "../../contracts/bonds/SharePool.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev The arithmetic alone, over every pool that there can be: not empty, and no share dust (S <= A * 2^20).
contract SharePoolTest is Test {
    using SharePool for SharePool.Pool;

    function test_firstDepositMintsAShareForEachUnit() external pure {
        uint96[3] memory amounts = [0, 1, type(uint96).max];
        for (uint256 i = 0; i < amounts.length; ++i) {
            SharePool.Pool memory pool;
            (uint128 minted, uint96 cost) = pool.quote(amounts[i]);
            vm.assertEq(minted, amounts[i], "shares");
            vm.assertEq(cost, amounts[i], "cost");
            pool.deposit(minted, cost);
            vm.assertEq(pool.assets, amounts[i], "assets");
            vm.assertEq(pool.shares, amounts[i], "all shares");
        }
    }

    function test_threat10_firstDepositOfOneUnitDoesNotDearenTheNext() external pure {
        SharePool.Pool memory pool = _pool(1, 1);
        (uint128 minted, uint96 cost) = pool.quote(1e12);
        vm.assertEq(minted, 1e12, "a share for each unit");
        vm.assertEq(cost, 1e12, "for a unit each");
    }

    function test_quoteRoundsSharesDownAndTheirCostUp() external pure {
        (uint128 minted, uint96 cost) = _pool(7, 2).quote(13);
        vm.assertEq(minted, 3, "26 / 7");
        vm.assertEq(cost, 11, "21 / 2");
        (minted, cost) = _pool(7, 2).quote(3);
        vm.assertEq(minted + cost, 0, "too little for a share");
        (minted, cost) = _pool(7, 2).quote(4);
        vm.assertEq(minted, 1, "just enough");
        vm.assertEq(cost, 4, "rounded up");
    }

    function test_worthRoundsDown() external pure {
        vm.assertEq(_pool(7, 2).worth(1), 3, "7 / 2");
        vm.assertEq(_pool(7, 2).worth(2), 7, "all of it");
        vm.assertEq(_pool(0, 0).worth(0), 0, "of an empty pool");
    }

    function test_depositsReachTheGreatestPool() external pure {
        uint96 least = type(uint96).max >> 20;
        SharePool.Pool memory pool = _pool(least, uint128(least) << 20);
        (uint128 minted, uint96 cost) = pool.quote(type(uint96).max - least);
        pool.deposit(minted, cost);
        vm.assertEq(pool.assets, type(uint96).max, "all the assets that there can be");
        vm.assertLe(pool.shares, uint256(pool.assets) << 20, "shares bounded");
    }

    function testFuzz_quoteCostsAtMostTheAmountAndCoversItsShares(
        uint96 assets,
        uint128 shares,
        uint96 amount
    ) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        amount = uint96(_bound(amount, 0, type(uint96).max - pool.assets));
        (uint128 minted, uint96 cost) = pool.quote(amount);
        vm.assertEq(minted, (uint256(amount) * pool.shares) / pool.assets, "shares, rounded down");
        vm.assertLe(cost, amount, "never more than the amount");
        uint256 worth = uint256(minted) * pool.assets;
        vm.assertGe(uint256(cost) * pool.shares, worth, "no less than the shares are worth");
        if (cost != 0) vm.assertLt((uint256(cost) - 1) * pool.shares, worth, "to within a unit");
        vm.assertLe((uint256(minted) + 1) * pool.assets, uint256(amount) * pool.shares + pool.assets, "not one fewer");
    }

    /// @dev B4: neither joining nor leaving lowers what a share of the others is worth, and both keep the dust rule.
    function testFuzz_B4_depositsAndExitsNeverLowerAShare(
        uint96 assets,
        uint128 shares,
        uint96 amount,
        uint128 leaving
    ) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        (assets, shares) = (pool.assets, pool.shares);
        (uint128 minted, uint96 cost) = pool.quote(uint96(_bound(amount, 0, type(uint96).max - assets)));
        pool.deposit(minted, cost);
        vm.assertEq(pool.assets, uint256(assets) + cost, "assets");
        vm.assertEq(pool.shares, uint256(shares) + minted, "shares");
        vm.assertGe(uint256(pool.assets) * shares, uint256(assets) * pool.shares, "deposit");
        vm.assertLe(pool.shares, uint256(pool.assets) << 20, "no dust after a deposit");

        (assets, shares) = (pool.assets, pool.shares);
        leaving = uint128(_bound(leaving, 0, shares));
        uint96 paid = pool.redeem(leaving);
        vm.assertEq(paid, (uint256(leaving) * assets) / shares, "its part, rounded down");
        vm.assertEq(pool.assets, assets - paid, "assets");
        vm.assertEq(pool.shares, shares - leaving, "shares");
        vm.assertGe(uint256(pool.assets) * shares, uint256(assets) * pool.shares, "exit");
        vm.assertLe(pool.shares, uint256(pool.assets) << 20, "no dust after an exit");
        if (leaving == shares) vm.assertEq(pool.assets, 0, "the last take everything");
    }

    function testFuzz_threat10_depositAndExitAtOnceGainsNothing(
        uint96 assets,
        uint128 shares,
        uint96 amount
    ) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        (uint128 minted, uint96 cost) = pool.quote(uint96(_bound(amount, 0, type(uint96).max - pool.assets)));
        pool.deposit(minted, cost);
        uint96 paid = pool.redeem(minted);
        vm.assertLe(paid, cost, "nothing gained");
        vm.assertLe(cost, uint256(paid) + 1, "a unit lost at most");
    }

    function testFuzz_threat13_lastExitTakesEverything(uint96 assets, uint128 shares, uint128 first) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        assets = pool.assets;
        uint96 paid = pool.redeem(uint128(_bound(first, 0, pool.shares)));
        paid += pool.redeem(pool.shares);
        vm.assertEq(paid, assets, "nothing is locked in");
        vm.assertEq(pool.assets + pool.shares, 0, "empty");
    }

    /// @dev Whatever is slashed, a pool that goes on obeys the dust rule, and one that does not is empty.
    function testFuzz_threat11_slashKeepsTheDustRule(
        uint96 assets,
        uint128 shares,
        uint96 amount,
        uint24 epoch
    ) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        pool.epoch = uint24(_bound(epoch, 0, type(uint24).max - 1));
        (assets, shares, epoch) = (pool.assets, pool.shares, pool.epoch);
        // Half of the time around the edge, where what is left is worth 2^-20 a share.
        uint96 edge = uint96(shares >> 20);
        amount =
            amount % 2 == 0
                ? uint96(_bound(amount, 0, assets))
                : assets - uint96(_bound(amount, 0, _least(assets, 2 * uint256(edge) + 1)));
        (bool isWiped, uint96 dust) = pool.slash(amount);
        uint256 left = assets - amount;
        vm.assertTrue(isWiped == (left << 20 < shares), "where a share is dust");
        vm.assertEq(dust, isWiped ? left : 0, "the dust");
        vm.assertEq(pool.assets, isWiped ? 0 : left, "assets");
        vm.assertEq(pool.shares, isWiped ? 0 : shares, "shares");
        vm.assertEq(pool.epoch, isWiped ? uint256(epoch) + 1 : epoch, "epoch");
    }

    function test_threat11_dustBeginsBelowTheTwentiethPowerOfAHalf() external pure {
        SharePool.Pool memory pool = _pool(2, 1 << 20);
        (bool isWiped, uint96 dust) = pool.slash(1);
        vm.assertFalse(isWiped, "exactly 2^-20");
        vm.assertEq(dust, 0, "no dust");
        pool = _pool(2, (1 << 20) + 1);
        (isWiped, dust) = pool.slash(1);
        vm.assertTrue(isWiped, "below");
        vm.assertEq(dust, 1, "burnt");
    }

    function test_slashOfAnEmptyPoolWipesNothing() external pure {
        SharePool.Pool memory pool;
        (bool isWiped, uint96 dust) = pool.slash(0);
        vm.assertFalse(isWiped, "nothing there");
        vm.assertEq(dust + pool.epoch, 0, "no epoch");
    }

    function _pool(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory pool) {
        (pool.assets, pool.shares) = (assets, shares);
    }

    /// @dev In all sizes alike, and at all prices.
    function _anyPool(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory) {
        assets = uint96(_bound(assets, 1, uint256(1) << _bound(uint256(keccak256(abi.encode(assets))), 0, 95)));
        uint256 most = uint256(assets) << 20;
        shares = uint128(_bound(shares, 1, most >> _bound(uint256(keccak256(abi.encode(shares))), 0, 20)));
        return _pool(assets, shares);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
