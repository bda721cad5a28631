// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {OpenToken} from "./Tokens.sol";
import {vm} from "./Vm.sol";
import {World} from "./World.sol";

/**
 * @title Stakes
 * @notice A world whose test is a slasher itself, and what owners of shares do in it.
 */
abstract contract Stakes is World {
    function _beforeOpening() internal virtual override {
        bonds.addSlasher(address(this));
    }

    /// @dev Slashes `operator`, with awards to nobody.
    function _slash(uint96 amount) internal returns (uint256 slashed) {
        (slashed, ) = bonds.slash(operator, amount, _noAwards());
    }

    /// @dev Empties both pools of `operator` to the last unit, and leaves no debt.
    function _wipe() internal {
        (uint256 own, uint256 delegated) = bonds.slashable(operator);
        _slash(uint96(own + delegated));
    }

    /// @dev Gives new money of `payer` to the delegators of `operator`.
    function _reward(uint96 amount) internal {
        _allow(payer, address(bonds), amount);
        vm.prank(payer);
        bonds.reward(operator, amount);
    }

    /// @dev Opens a ticket of `who` with `operator`.
    function _requestUnbond(address who, uint128 shares) internal returns (uint48) {
        vm.prank(who);
        return bonds.requestUnbond(operator, shares);
    }

    function _withdraw(address who, uint48 ticket) internal returns (uint256) {
        vm.prank(who);
        return bonds.withdraw(operator, who, ticket);
    }

    /// @dev The own pool of `operator`.
    function _own() internal view returns (IOperatorBonds.PoolView memory) {
        return bonds.operatorOf(operator).own;
    }

    /// @dev What is delegated to `operator`.
    function _delegated() internal view returns (IOperatorBonds.PoolView memory) {
        return bonds.operatorOf(operator).delegated;
    }

    function _sharesOf(address who) internal view returns (uint128 shares) {
        (shares, ) = bonds.positionOf(operator, who);
    }

    function _worthOf(address who) internal view returns (uint256 assets) {
        (, assets) = bonds.positionOf(operator, who);
    }

    function _noAwards() internal pure returns (IOperatorBonds.Award[] memory) {
        return new IOperatorBonds.Award[](0);
    }

    /// @dev Awards to `reporter` and to `payer`.
    function _awards(uint96 first, uint96 second) internal view returns (IOperatorBonds.Award[] memory awards) {
        awards = new IOperatorBonds.Award[](2);
        awards[0] = IOperatorBonds.Award(reporter, first);
        awards[1] = IOperatorBonds.Award(payer, second);
    }

    /// @dev Bonds of another token, open, with the test and `who` as slashers; `who` is registered and allows them `amount`.
    function _bondsOf(OpenToken other, address who, uint256 amount) internal returns (OperatorBonds its) {
        its = OperatorBonds(_deployBonds(address(other), UNBONDING));
        its.addSlasher(address(this));
        its.addSlasher(who);
        its.open();
        vm.prank(who);
        its.register(payout, COMMISSION_BPS, "");
        other.mint(who, amount);
        vm.prank(who);
        other.approve(address(its), amount);
    }
}
