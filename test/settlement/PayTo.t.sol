// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {PayTo} from "../../contracts/settlement/PayTo.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev The operator's address for whoever pays without a voucher; what is taken from it is in Collecting.t.sol.
contract PayToTest is Papers {
    function test_addressIsKnownBeforeItIsOpenAndTheSameAfter() external {
        address payTo = escrow.payToOf(operator);
        vm.assertFalse(escrow.isPayToOpen(operator), "closed");
        vm.assertEq(payTo.code.length, 0, "nothing there");

        vm.expectEmit(address(escrow));
        emit IFeeEscrow.PayToOpened(operator, payTo);
        vm.prank(operator);
        vm.assertEq(escrow.openPayTo(), payTo, "returned");
        vm.assertTrue(escrow.isPayToOpen(operator), "open");
        vm.assertEq(escrow.payToOf(operator), payTo, "the same");
        vm.assertFalse(escrow.isPayToOpen(rival), "rival's stays closed");
    }

    function test_everyOperatorHasAnAddressOfItsOwnInEveryEscrow() external {
        FeeEscrow other = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        bytes32[4] memory addresses = [
            _word(escrow.payToOf(operator)),
            _word(escrow.payToOf(rival)),
            _word(other.payToOf(operator)),
            _word(other.payToOf(rival))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 k = 0; k < i; ++k) vm.assertNotEq(addresses[i], addresses[k], "two of one address");
        }
        vm.prank(operator);
        other.openPayTo();
        vm.assertFalse(escrow.isPayToOpen(operator), "opened in the other alone");
    }

    /// @dev It cannot be closed again, and takes cap from vouchers: no hot key decides that.
    function test_agentOpensItsOwnAndNotItsOperators() external {
        vm.prank(operator);
        escrow.setAgent(stranger);
        vm.prank(stranger);
        vm.assertEq(escrow.openPayTo(), escrow.payToOf(stranger), "its own");
        vm.assertFalse(escrow.isPayToOpen(operator), "not its operator's");
    }

    function test_addressIsOpenedOnce() external {
        _open();
        vm.expectRevert(
            abi.encodeWithSelector(IFeeEscrow.PayToAlreadyOpen.selector, operator, escrow.payToOf(operator))
        );
        vm.prank(operator);
        escrow.openPayTo();
    }

    /// @dev Whoever deploys the same code under the same salt gets another address.
    function test_nobodyElseCanDeployThere() external {
        PayTo copy = new PayTo{salt: bytes32(uint256(uint160(operator)))}(token);
        vm.assertNotEq(_word(address(copy)), _word(escrow.payToOf(operator)), "elsewhere");
        vm.assertFalse(escrow.isPayToOpen(operator), "still closed");
        _open();
        vm.assertTrue(escrow.isPayToOpen(operator), "opened by its own");
    }

    function test_onlyTheEscrowTakesWhatComesIn() external {
        address payTo = _open();
        vm.assertEq(token.allowance(payTo, address(escrow)), type(uint256).max, "the escrow's for ever");
        address[4] memory others = [operator, stranger, address(bonds), address(this)];
        for (uint256 i = 0; i < others.length; ++i) vm.assertEq(token.allowance(payTo, others[i]), 0, "nobody else's");
    }

    /// @dev It has no function: there is nothing to call, and no coin gets stuck in it by a call.
    function test_thereIsNothingToCall() external {
        address payTo = _open();
        vm.deal(address(this), 1);
        (bool isOk, ) = payTo.call("");
        vm.assertFalse(isOk, "empty");
        (isOk, ) = payTo.call{value: 1}("");
        vm.assertFalse(isOk, "coin");
        (isOk, ) = payTo.call(abi.encodeCall(token.approve, (stranger, 1)));
        vm.assertFalse(isOk, "a token's function");
    }

    function test_whoIsNoOperatorMayOpenOneToo() external {
        vm.prank(stranger);
        escrow.openPayTo();
        _give(escrow.payToOf(stranger), 1);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.NoCoverLeft.selector, stranger));
        escrow.collect(stranger);
    }

    function _open() private returns (address) {
        vm.prank(operator);
        return escrow.openPayTo();
    }

    function _word(address it) private pure returns (bytes32) {
        return bytes32(uint256(uint160(it)));
    }
}
