// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Papers} from "../support/Papers.sol";
import {
    BonusToken,
    CallingToken,
    OpenToken,
    PlainToken,
    Puppet,
    RebasingToken,
    SilentToken,
    TaxedToken
} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev An escrow of tokens with a fee, with a gift, of such as change their balances, take every call, or call back.
contract StrangeTokensTest is Papers {
    uint256 private constant AMOUNT = 100;
    uint96 private constant MUCH = 10_000e6;
    /// @dev How many functions move money.
    uint256 private constant GUARDED = 8;

    Actor private _payerActor = _actor("payer");
    Puppet private _puppet = new Puppet();

    function test_threat29_tokenThatDeliversLessFundsNothing() external {
        _assertRefused(new TaxedToken(), 99);
    }

    function test_threat29_tokenThatDeliversMoreFundsNothing() external {
        _assertRefused(new BonusToken(), 101);
    }

    function test_threat29_tokenThatLosesAUnitOnTheWayFundsNothing() external {
        RebasingToken rebasing = new RebasingToken();
        // A part is worth one and a half units: 66 parts are moved for 100 units, and are worth 99.
        rebasing.rebase(1.5e18);
        _assertRefused(rebasing, 99);
    }

    function test_threat29_tokenThatTakesEveryCallFundsByApprovalAlone() external {
        SilentToken silent = new SilentToken();
        ExactTransfer.Permit memory permit;
        ExactTransfer.Authorization memory authorization;
        silent.mint(payer, MUCH);
        _use(address(silent));
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, AMOUNT)
        );
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        // Somebody else's money is no substitute for what did not come.
        silent.mint(address(escrow), AMOUNT);
        _expectInexact(0);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _approve(payer, AMOUNT);
        vm.prank(payer);
        escrow.fund(AMOUNT, operator, client.addr);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, AMOUNT, "by approval");
    }

    function test_tokenWithoutPermitsOrAuthorizationsFundsByApprovalAlone() external {
        PlainToken plain = new PlainToken();
        ExactTransfer.Permit memory permit;
        ExactTransfer.Authorization memory authorization;
        plain.mint(payer, MUCH);
        _use(address(plain));
        permit.amount = AMOUNT;
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, address(plain), payer, AMOUNT, 0));
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.AuthorizationRefused.selector, address(plain), payer, bytes(""))
        );
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _approve(payer, AMOUNT);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, AMOUNT, "by approval");
    }

    function test_threat29_collectRefusesATokenThatDeliversAnotherAmount() external {
        OpenToken[2] memory strange = [OpenToken(new TaxedToken()), new BonusToken()];
        for (uint256 i = 0; i < 2; ++i) {
            _use(address(strange[i]));
            vm.prank(operator);
            address payTo = escrow.openPayTo();
            strange[i].mint(payTo, AMOUNT);
            _expectInexact(i == 0 ? 99 : 101);
            escrow.collect(operator);
            vm.assertEq(strange[i].balanceOf(payTo), AMOUNT, "all still there");
            vm.assertEq(escrow.earningsOf(operator) + escrow.exposureOf(operator), 0, "nothing earned");
        }
    }

    /// @dev What a balance gains belongs to nobody; what it loses is lost by who leaves last, and by nobody twice.
    function test_threat29_changedBalanceChangesNobodysAccount() external {
        RebasingToken rebasing = new RebasingToken();
        _use(address(rebasing));
        rebasing.mint(payer, MUCH);
        _approve(payer, MUCH);
        vm.prank(payer);
        escrow.fund(MUCH, operator, client.addr);
        rebasing.rebase(2e18);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, MUCH, "as before");
        vm.prank(payer);
        escrow.thaw(MUCH, operator, client.addr);
        _wait(Clocks.REFUND_THAW);
        rebasing.rebase(0.5e18);
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        vm.prank(payer);
        escrow.refund(operator, client.addr);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, MUCH, "nothing taken");
    }

    /// @dev Each function that moves money, with each of them called from the middle of its transfer.
    function test_threat29_nothingIsEnteredAgainFromATokensHook() external {
        CallingToken calling = _served();
        for (uint256 outer = 0; outer < GUARDED; ++outer) {
            for (uint256 inner = 0; inner < GUARDED; ++inner) {
                _renew(calling);
                bytes[GUARDED] memory calls = _guarded(bytes32(outer * GUARDED + inner));
                calling.probe(address(escrow), address(_puppet), _puppets(calls[inner]));
                _puppet.run(address(escrow), calls[outer]);
                vm.assertTrue(calling.isCalled(), "the hook was called");
                bytes4 expected = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
                vm.assertEq(bytes32(calling.result()), bytes32(expected), "refused as a reentry");
            }
        }
    }

    /// @dev A voucher may be redeemed in the middle of its account's funding: books are kept before money moves, and where
    /// it does not come all of it is undone.
    function test_threat29_voucherRedeemedFromATokensHookIsPaidOnce() external {
        CallingToken calling = new CallingToken();
        _use(address(calling));
        calling.mint(payer, 2 * AMOUNT);
        _approve(payer, 2 * AMOUNT);
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](1);
        claims[0] = _claim(_request(_order()), client.key, uint128(AMOUNT));
        vm.prank(operator);
        escrow.setAgent(address(calling));
        calling.probe(payer, address(escrow), abi.encodeCall(IFeeEscrow.settle, (operator, claims)));
        vm.prank(payer);
        escrow.fund(AMOUNT, operator, client.addr);
        vm.assertEq(abi.decode(calling.result(), (uint256)), AMOUNT, "paid in the hook");
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 0, "the money was there");
        vm.prank(operator);
        vm.assertEq(escrow.settle(operator, claims), 0, "not twice");
        vm.assertEq(calling.balanceOf(address(escrow)), AMOUNT, "what came");
    }

    /// @dev Lets `strange` take the token's place, in an escrow of its own beside the bonds of this world.
    function _use(address strange) private {
        token = TestToken(strange);
        escrow = FeeEscrow(_deployEscrow(strange, treasury, FEE_BPS));
    }

    /// @dev Refused whichever way it comes, and nothing stays in the books.
    function _assertRefused(OpenToken strange, uint256 received) private {
        strange.mint(payer, MUCH);
        _use(address(strange));
        ExactTransfer.Permit memory permit;
        (permit.amount, permit.deadline) = (AMOUNT, _now());
        (permit.v, permit.r, permit.s) = _signPermit(_payerActor, strange, address(escrow), AMOUNT, _now());
        ExactTransfer.Authorization memory authorization = _authorization(operator, 0);

        _expectInexact(received);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _expectInexact(received);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        _approve(payer, AMOUNT);
        _expectInexact(received);
        vm.prank(payer);
        escrow.fund(AMOUNT, operator, client.addr);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 0, "nothing");
    }

    /// @dev Bonds and escrow of a token that calls back, where the puppet is an operator with delegators.
    function _served() private returns (CallingToken calling) {
        calling = new CallingToken();
        token = TestToken(address(calling));
        bonds = OperatorBonds(_deployBonds(address(calling), UNBONDING));
        bonds.open();
        _use(address(calling));
        calling.mint(address(_puppet), 1_000 * MUCH);
        _run(address(calling), abi.encodeCall(calling.approve, (address(bonds), type(uint256).max)));
        _run(address(calling), abi.encodeCall(calling.approve, (address(escrow), type(uint256).max)));
        _run(address(bonds), abi.encodeCall(bonds.register, (address(_puppet), 0, "")));
        _run(address(bonds), abi.encodeCall(bonds.bond, (BOND)));
        _run(address(escrow), abi.encodeCall(IFeeEscrow.openPayTo, ()));
        calling.mint(delegator, BOND);
        vm.prank(delegator);
        calling.approve(address(bonds), BOND);
        vm.prank(delegator);
        bonds.delegate(address(_puppet), BOND, 0);
    }

    /// @dev Makes every guarded call possible once more: something to refund, to withdraw, to bring and to collect.
    function _renew(CallingToken calling) private {
        calling.hook(address(0), "");
        _wait(Clocks.CAP_WINDOW + Clocks.REFUND_LAPSE + 2 days);
        bytes memory funding = abi.encodeCall(IFeeEscrow.fund, (3 * AMOUNT, address(_puppet), client.addr));
        _run(address(escrow), funding);
        _run(address(escrow), abi.encodeCall(IFeeEscrow.thaw, (1, address(_puppet), client.addr)));
        _wait(Clocks.REFUND_THAW);
        Request memory request = _request(_order());
        (request.payer, request.operator) = (address(_puppet), address(_puppet));
        uint128 settled = uint128(escrow.account(address(_puppet), address(_puppet), client.addr).settled);
        request.ceiling = settled + uint128(2 * AMOUNT);
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](1);
        claims[0] = _claim(request, client.key, request.ceiling);
        _run(address(escrow), abi.encodeCall(IFeeEscrow.settle, (address(_puppet), claims)));
        calling.mint(escrow.payToOf(address(_puppet)), 1);
        calling.mint(payer, AMOUNT);
    }

    function _guarded(bytes32 salt) private view returns (bytes[GUARDED] memory calls) {
        ExactTransfer.Permit memory permit;
        address who = address(_puppet);
        calls[0] = abi.encodeCall(IFeeEscrow.fund, (AMOUNT, who, client.addr));
        calls[1] = abi.encodeCall(IFeeEscrow.fundWithPermit, (AMOUNT, who, client.addr, permit));
        calls[2] = abi.encodeCall(
            IFeeEscrow.fundWithAuthorization,
            (AMOUNT, payer, who, client.addr, _authorization(who, salt))
        );
        calls[3] = abi.encodeCall(IFeeEscrow.collect, (who));
        calls[4] = abi.encodeCall(IFeeEscrow.refund, (who, client.addr));
        calls[5] = abi.encodeCall(IFeeEscrow.withdrawEarnings, (who));
        calls[6] = abi.encodeCall(IFeeEscrow.rewardDelegators, (who));
        calls[7] = abi.encodeCall(IFeeEscrow.withdrawProtocolFees, ());
    }

    /// @dev The payer's, for its account with `its` and the client.
    function _authorization(
        address its,
        bytes32 salt
    ) private view returns (ExactTransfer.Authorization memory authorization) {
        uint256[2] memory validity = [_now() - 1, _now() + 1];
        (authorization.validAfter, authorization.validBefore, authorization.salt) = (validity[0], validity[1], salt);
        (authorization.v, authorization.r, authorization.s) = _signAuthorization(
            _payerActor,
            token,
            address(escrow),
            AMOUNT,
            validity,
            escrow.fundingNonce(payer, its, client.addr, salt)
        );
    }

    function _approve(address who, uint256 amount) private {
        vm.prank(who);
        token.approve(address(escrow), amount);
    }

    function _run(address target, bytes memory data) private {
        _puppet.run(target, data);
    }

    function _puppets(bytes memory data) private view returns (bytes memory) {
        return abi.encodeCall(Puppet.run, (address(escrow), data));
    }

    function _expectInexact(uint256 received) private {
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(token), AMOUNT, received)
        );
    }
}
