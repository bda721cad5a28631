// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharePool} from "../../contracts/bonds/SharePool.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev The arithmetic alone, over every pool that takes deposits: S <= A * 2^30.
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
        uint96 least = 1_000;
        SharePool.Pool memory pool = _pool(least, uint128(least) << 30);
        (uint128 minted, uint96 cost) = pool.quote(type(uint96).max - least);
        pool.deposit(minted, cost);
        vm.assertEq(pool.assets, type(uint96).max, "all the assets that there can be");
        vm.assertEq(pool.shares, uint256(type(uint96).max) << 30, "all the shares");
    }

    function test_threat11_depositsEndBelowTheThirtiethPowerOfAHalf() external pure {
        vm.assertTrue(_pool(0, 0).takesDeposits(), "an empty pool takes them");
        vm.assertTrue(_pool(1, 1 << 30).takesDeposits(), "exactly 2^-30");
        vm.assertFalse(_pool(1, (1 << 30) + 1).takesDeposits(), "below");
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
        vm.assertTrue(pool.takesDeposits(), "further deposits");

        (assets, shares) = (pool.assets, pool.shares);
        leaving = uint128(_bound(leaving, 0, shares));
        uint96 paid = pool.redeem(leaving);
        vm.assertEq(paid, (uint256(leaving) * assets) / shares, "its part, rounded down");
        vm.assertEq(pool.assets, assets - paid, "assets");
        vm.assertEq(pool.shares, shares - leaving, "shares");
        vm.assertGe(uint256(pool.assets) * shares, uint256(assets) * pool.shares, "exit");
        vm.assertTrue(pool.takesDeposits(), "deposits after it");
        if (leaving == shares) vm.assertEq(pool.assets, 0, "the last take everything");
        vm.assertEq(pool.epoch, leaving == shares ? 1 : 0, "and end the epoch");
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

    /// @dev Whatever is slashed: a pool goes on with 1,000 units at least, or is empty.
    function testFuzz_threat11_slashLeavesNoDust(
        uint96 assets,
        uint128 shares,
        uint96 amount,
        uint24 epoch
    ) external pure {
        SharePool.Pool memory pool = _anyPool(assets, shares);
        pool.epoch = uint24(_bound(epoch, 0, type(uint24).max - 1));
        (assets, shares, epoch) = (pool.assets, pool.shares, pool.epoch);
        // Half of the time to the edge.
        uint96 left = uint96(_bound(amount, 0, amount % 2 == 0 || assets < 2_000 ? assets : 2_000));
        (bool isWiped, uint96 dust) = pool.slash(assets - left);
        vm.assertTrue(isWiped == (left != assets && left < 1_000), "where dust is left");
        vm.assertEq(dust, isWiped ? left : 0, "the dust");
        vm.assertEq(pool.assets, isWiped ? 0 : left, "assets");
        vm.assertEq(pool.shares, isWiped ? 0 : shares, "shares");
        vm.assertEq(pool.epoch, isWiped ? uint256(epoch) + 1 : epoch, "epoch");
    }

    function test_threat11_dustBeginsBelowAThousandUnits() external pure {
        SharePool.Pool memory pool = _pool(2_000, 5);
        (bool isWiped, uint96 dust) = pool.slash(1_000);
        vm.assertFalse(isWiped, "a thousand");
        vm.assertEq(dust, 0, "no dust");
        (isWiped, dust) = pool.slash(1);
        vm.assertTrue(isWiped, "below");
        vm.assertEq(dust, 999, "burnt");
    }

    function test_slashOfNothingWipesNothing() external pure {
        SharePool.Pool memory pool;
        (bool isWiped, uint96 dust) = pool.slash(0);
        vm.assertFalse(isWiped, "an empty pool");
        vm.assertEq(dust + pool.epoch, 0, "no epoch");
        pool = _pool(1, 1);
        (isWiped, dust) = pool.slash(0);
        vm.assertFalse(isWiped, "a pool of dust");
        vm.assertEq(pool.assets, 1, "as before");
    }

    function _pool(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory pool) {
        (pool.assets, pool.shares) = (assets, shares);
    }

    /// @dev In all sizes alike, and at all prices.
    function _anyPool(uint96 assets, uint128 shares) private pure returns (SharePool.Pool memory) {
        assets = uint96(_bound(assets, 1, uint256(1) << _bound(uint256(keccak256(abi.encode(assets))), 0, 95)));
        uint256 most = uint256(assets) << 30;
        shares = uint128(_bound(shares, 1, most >> _bound(uint256(keccak256(abi.encode(shares))), 0, 30)));
        return _pool(assets, shares);
    }
}
