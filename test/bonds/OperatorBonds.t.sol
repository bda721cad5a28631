// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev Construction, opening, registration, and the parameters that the authority may change.
contract OperatorBondsTest is World {
    function test_threat31_constructorTakesItsParameters() external view {
        vm.assertEq(address(bonds.token()), address(token), "token");
        vm.assertEq(bonds.leastOwnBond(), LEAST_OWN_BOND, "least own bond");
        vm.assertEq(bonds.unbondingDelay(), UNBONDING, "delay");
        vm.assertEq(bonds.leverage(), LEVERAGE, "leverage");
        vm.assertEq(bonds.faultHalfLife(), FAULT_HALF_LIFE, "half-life");
        vm.assertEq(bonds.authority(), address(authority), "authority");
    }

    /// @dev Nothing is wired after construction, so nobody can wire it before its owner does, or anew.
    function test_threat31_thereIsNoInitialiser() external {
        bytes[] memory calls = new bytes[](8);
        calls[0] = abi.encodeWithSignature("initialize()");
        calls[1] = abi.encodeWithSignature("initialize(address)", stranger);
        calls[2] = abi.encodeWithSignature(
            "initialize(address,uint256,uint48,uint8,address)",
            token,
            0,
            0,
            1,
            stranger
        );
        calls[3] = abi.encodeWithSignature("init(address)", stranger);
        calls[4] = abi.encodeWithSignature("setToken(address)", stranger);
        calls[5] = abi.encodeWithSignature("setLeastOwnBond(uint256)", 0);
        calls[6] = abi.encodeWithSignature("transferOwnership(address)", stranger);
        calls[7] = abi.encodeWithSignature("upgradeToAndCall(address,bytes)", stranger, "");
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool isOk, bytes memory result) = address(bonds).call(calls[i]);
            vm.assertFalse(isOk, "refused");
            vm.assertEq(result.length, 0, "there is no such function");
        }
    }

    function test_threat31_onlyTheAuthorityNamesAnother() external {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this)));
        bonds.setAuthority(address(this));
        authority.updateAuthority(address(bonds), address(token));
        vm.assertEq(bonds.authority(), address(token), "by the authority");
    }

    function test_constructorRefusesNoToken() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        this.deployBonds(address(0), UNBONDING, LEVERAGE);
    }

    function test_threat2_constructorHoldsTheDelayInItsBounds() external {
        _expectDelayRefused(uint48(Clocks.MIN_UNBONDING - 1));
        this.deployBonds(address(token), uint48(Clocks.MIN_UNBONDING - 1), LEVERAGE);
        _expectDelayRefused(uint48(Clocks.MAX_UNBONDING + 1));
        this.deployBonds(address(token), uint48(Clocks.MAX_UNBONDING + 1), LEVERAGE);
    }

    function test_constructorHoldsTheLeverageInItsBounds() external {
        _expectLeverageRefused(0);
        this.deployBonds(address(token), UNBONDING, 0);
        _expectLeverageRefused(5);
        this.deployBonds(address(token), UNBONDING, 5);
        vm.assertEq(OperatorBonds(this.deployBonds(address(token), UNBONDING, 1)).leverage(), 1, "least");
        vm.assertEq(OperatorBonds(this.deployBonds(address(token), UNBONDING, 4)).leverage(), 4, "greatest");
    }

    function test_registerRecordsPayoutAndCommission() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.OperatorRegistered(operator, payout, COMMISSION_BPS, "ipfs://operator");
        _register(operator);

        IOperatorBonds.OperatorView memory found = bonds.operatorOf(operator);
        vm.assertEq(found.payout, payout, "payout");
        vm.assertEq(bonds.payoutOf(operator), payout, "payoutOf");
        vm.assertEq(found.debt + found.own.assets + found.delegated.assets, 0, "nothing bonded");
        IOperatorBonds.Commission memory commission = bonds.commissionOf(operator);
        vm.assertEq(commission.current, COMMISSION_BPS, "commission");
        vm.assertEq(commission.next, COMMISSION_BPS, "no change ahead");
        vm.assertEq(commission.from, 0, "in force");
    }

    function test_registerRefusesASecondTime() external {
        _register(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorAlreadyRegistered.selector, operator));
        vm.prank(operator);
        bonds.register(stranger, 0, "");
    }

    function test_registerRefusesNoPayout() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        bonds.register(address(0), 0, "");
    }

    function test_registerRefusesACommissionAboveAll() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.CommissionTooHigh.selector, 10_001, 10_000));
        bonds.register(payout, 10_001, "");
        bonds.register(payout, 10_000, "");
        vm.assertEq(bonds.commissionOf(address(this)).current, 10_000, "all of it");
    }

    function test_registerRefusesBeforeTheContractIsOpen() external {
        OperatorBonds closed = OperatorBonds(_deployBonds(address(token), UNBONDING));
        vm.expectRevert(IOperatorBonds.NotOpen.selector);
        closed.register(payout, 0, "");
    }

    function test_setPayoutChangesIt() external {
        _register(operator);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PayoutSet(operator, stranger);
        vm.prank(operator);
        bonds.setPayout(stranger);
        vm.assertEq(bonds.payoutOf(operator), stranger, "payout");
    }

    function test_setPayoutRefusesZeroAndTheUnregistered() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        bonds.setPayout(address(0));
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorNotRegistered.selector, stranger));
        vm.prank(stranger);
        bonds.setPayout(payout);
    }

    function test_openRefusesASecondTime() external {
        vm.expectRevert(IOperatorBonds.AlreadyOpen.selector);
        bonds.open();
    }

    function test_openSaysSo() external {
        OperatorBonds closed = OperatorBonds(_deployBonds(address(token), UNBONDING));
        vm.expectEmit(address(closed));
        emit IOperatorBonds.Opened();
        closed.open();
    }

    function test_setUnbondingDelayChangesIt() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingDelaySet(Clocks.MIN_UNBONDING);
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING));
        vm.assertEq(bonds.unbondingDelay(), Clocks.MIN_UNBONDING, "least");
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        vm.assertEq(bonds.unbondingDelay(), Clocks.MAX_UNBONDING, "greatest");
    }

    function test_threat2_setUnbondingDelayHoldsItInItsBounds() external {
        uint48[4] memory delays = [
            0,
            uint48(Clocks.MIN_UNBONDING - 1),
            uint48(Clocks.MAX_UNBONDING + 1),
            type(uint48).max
        ];
        for (uint256 i = 0; i < delays.length; ++i) {
            _expectDelayRefused(delays[i]);
            bonds.setUnbondingDelay(delays[i]);
        }
    }

    function test_setLeverageChangesIt() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.LeverageSet(4);
        bonds.setLeverage(4);
        vm.assertEq(bonds.leverage(), 4, "greatest");
        bonds.setLeverage(1);
        vm.assertEq(bonds.leverage(), 1, "least");
    }

    function test_threat53_setLeverageHoldsItInItsBounds() external {
        uint8[3] memory leverages = [0, 5, type(uint8).max];
        for (uint256 i = 0; i < leverages.length; ++i) {
            _expectLeverageRefused(leverages[i]);
            bonds.setLeverage(leverages[i]);
        }
    }

    function test_constructorHoldsTheHalfLifeInItsBounds() external {
        uint48 least = uint48(Clocks.MIN_FAULT_HALF_LIFE);
        uint48 most = uint48(Clocks.MAX_FAULT_HALF_LIFE);
        vm.assertEq(OperatorBonds(this.deployRemembering(least)).faultHalfLife(), least, "the least");
        vm.assertEq(OperatorBonds(this.deployRemembering(most)).faultHalfLife(), most, "the most");
        uint48[4] memory wrong = [0, least - 1, most + 1, type(uint48).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.HalfLifeOutOfRange.selector, wrong[i], least, most));
            this.deployRemembering(wrong[i]);
        }
    }

    function test_restrictedFunctionsRefuseStrangers() external {
        bytes[] memory calls = new bytes[](6);
        calls[0] = abi.encodeCall(bonds.open, ());
        calls[1] = abi.encodeCall(bonds.addSlasher, (stranger));
        calls[2] = abi.encodeCall(bonds.removeSlasher, (address(validity)));
        calls[3] = abi.encodeCall(bonds.setUnbondingDelay, (UNBONDING));
        calls[4] = abi.encodeCall(bonds.setLeverage, (LEVERAGE));
        calls[5] = abi.encodeCall(bonds.suspend, (1));
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool isOk, bytes memory result) = address(bonds).call(calls[i]);
            vm.assertFalse(isOk, "refused");
            bytes memory expected = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
            vm.assertEq(keccak256(result), keccak256(expected), "as unauthorized");
        }
    }

    function deployBonds(address token_, uint48 delay, uint8 leverage) external returns (address) {
        return _deployed(token_, delay, leverage, FAULT_HALF_LIFE);
    }

    function deployRemembering(uint48 halfLife) external returns (address) {
        return _deployed(address(token), UNBONDING, LEVERAGE, halfLife);
    }

    function _expectDelayRefused(uint48 delay) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorBonds.UnbondingDelayOutOfRange.selector,
                delay,
                Clocks.MIN_UNBONDING,
                Clocks.MAX_UNBONDING
            )
        );
    }

    function _expectLeverageRefused(uint8 leverage) private {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.LeverageOutOfRange.selector, leverage, 1, 4));
    }

    function _deployed(address token_, uint48 delay, uint8 leverage, uint48 halfLife) private returns (address) {
        return
            _deploy(
                "contracts/bonds/OperatorBonds.sol:OperatorBonds",
                abi.encode(token_, LEAST_OWN_BOND, delay, leverage, halfLife, authority)
            );
    }
}
