// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharePool} from "../../contracts/bonds/SharePool.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract SharePoolTest is Test {
    using SharePool for SharePool.Pool;

    SharePool.Pool private _pool;

    function test_firstDepositMintsAShareForEachUnit() external {
        vm.assertEq(_pool.deposit(type(uint96).max), type(uint96).max, "shares");
        vm.assertEq(_pool.assets, type(uint96).max, "assets");
    }

    function test_threat10_firstDepositOfOneUnitDoesNotDearenTheNext() external {
        _pool.deposit(1);
        vm.assertEq(_pool.deposit(1e12), 1e12, "a share for each unit");
    }

    function test_threat11_depositAfterTheDeepestSlashDoesNotOverflow() external {
        _pool.deposit(type(uint96).max);
        uint96 left = type(uint96).max >> 20;
        _pool.slash(type(uint96).max - left - 1);
        vm.assertEq(_pool.epoch, 0, "just above dust");
        _pool.deposit(type(uint96).max - left - 1);
        vm.assertLe(_pool.shares, uint256(_pool.assets) << 20, "bounded");
    }

    function test_slashOfAnEmptyPoolIsDebtAndNoEpoch() external {
        (uint96 taken, uint96 dust) = _pool.slash(5);
        vm.assertEq(taken + dust, 0, "nothing there");
        vm.assertEq(_pool.debt, 5, "debt");
        vm.assertEq(_pool.epoch, 0, "no epoch");
    }

    /// @dev B4: neither joining nor leaving lowers what a share of the others is worth, after any slash.
    function testFuzz_B4_depositsAndExitsNeverLowerAShare(
        uint96 bonded,
        uint96 slashed,
        uint96 added,
        uint128 leaving
    ) external {
        _pool.deposit(uint96(_bound(bonded, 1, 2 ** 95)));
        _pool.slash(uint96(_bound(slashed, 0, _pool.assets)));
        (uint256 assets, uint256 shares) = (_pool.assets, _pool.shares);
        _pool.deposit(uint96(_bound(added, 1, 2 ** 95)));
        if (shares != 0) vm.assertGe(_pool.assets * shares, assets * _pool.shares, "deposit");

        (assets, shares) = (_pool.assets, _pool.shares);
        leaving = uint128(_bound(leaving, 1, shares));
        _pool.startUnbonding(leaving);
        uint256 paid = _pool.redeem(leaving);
        vm.assertLe(paid * shares, assets * leaving, "no more than its part");
        vm.assertGe(_pool.assets * shares, assets * _pool.shares, "exit");
        if (leaving == shares) vm.assertEq(_pool.assets, 0, "the last take everything");
    }

    /// @dev What comes in and out at once never gains.
    function testFuzz_threat10_depositAndExitAtOnceGainsNothing(uint96 bonded, uint96 slashed, uint96 added) external {
        _pool.deposit(uint96(_bound(bonded, 1, 2 ** 95)));
        _pool.slash(uint96(_bound(slashed, 0, _pool.assets)));
        added = uint96(_bound(added, 1, 2 ** 95));
        uint128 minted = _pool.deposit(added);
        _pool.startUnbonding(minted);
        vm.assertLe(_pool.redeem(minted), added, "nothing gained");
    }
}
