// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {Papers} from "../support/Papers.sol";
import {OpenToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev Money into accounts: by approval, by permit, and by an authorization that anyone may bring.
contract FundingTest is Papers {
    uint96 private constant AMOUNT = 70e6;
    bytes32 private constant SALT = keccak256("salt");

    Actor private _payerActor = _actor("payer");

    function setUp() public override {
        super.setUp();
        _give(payer, AMOUNT);
    }

    function test_fundPutsTokensIntoTheAccount() external {
        _allow(payer, address(escrow), 100e6);
        _expectFunded(AMOUNT);
        vm.prank(payer);
        escrow.fund(AMOUNT, operator, client.addr);
        vm.prank(payer);
        escrow.fund(30e6, operator, client.addr);

        IFeeEscrow.Account memory found = escrow.account(payer, operator, client.addr);
        vm.assertEq(found.balance, 100e6, "both");
        vm.assertEq(found.settled + found.settledAt, 0, "nothing settled");
        _assertTokens(address(escrow), 100e6, "tokens");
        _assertTokens(payer, AMOUNT, "paid");
        vm.assertEq(escrow.account(payer, rival, client.addr).balance, 0, "another operator's");
        vm.assertEq(escrow.account(payer, operator, payer).balance, 0, "another signer's");
        vm.assertEq(escrow.account(operator, payer, client.addr).balance, 0, "another payer's");
    }

    function test_fundLeavesWhatWasSettledAsItIs() external {
        _pay(10e6);
        _wait(5);
        _fund(payer, client.addr, 1);
        IFeeEscrow.Account memory found = escrow.account(payer, operator, client.addr);
        vm.assertEq(found.balance, 1, "balance");
        vm.assertEq(found.settled, 10e6, "total");
        vm.assertEq(found.settledAt, START, "time");
    }

    function test_fundRefusesWhatIsNotAllowed() external {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, AMOUNT)
        );
        vm.prank(payer);
        escrow.fund(AMOUNT, operator, client.addr);
    }

    function test_everyWayOfFundingRefusesZeroes() external {
        ExactTransfer.Permit memory permit;
        ExactTransfer.Authorization memory authorization;
        address[2][2] memory accounts = [[address(0), client.addr], [operator, address(0)]];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
            escrow.fund(1, accounts[i][0], accounts[i][1]);
            vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
            escrow.fundWithPermit(1, accounts[i][0], accounts[i][1], permit);
            vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
            escrow.fundWithAuthorization(1, payer, accounts[i][0], accounts[i][1], authorization);
        }
        vm.expectRevert(IFeeEscrow.ZeroAmount.selector);
        escrow.fund(0, operator, client.addr);
        vm.expectRevert(IFeeEscrow.ZeroAmount.selector);
        escrow.fundWithPermit(0, operator, client.addr, permit);
        vm.expectRevert(IFeeEscrow.ZeroAmount.selector);
        escrow.fundWithAuthorization(0, payer, operator, client.addr, authorization);
    }

    function test_accountHoldsTheGreatestAmountThatThereCanBeAndNoneBeyond() external {
        OpenToken open = new OpenToken();
        FeeEscrow its = FeeEscrow(_deployEscrow(address(open), treasury, FEE_BPS));
        open.mint(payer, type(uint256).max);
        vm.prank(payer);
        open.approve(address(its), type(uint256).max);
        vm.prank(payer);
        its.fund(type(uint96).max, operator, client.addr);
        vm.assertEq(its.account(payer, operator, client.addr).balance, type(uint96).max, "balance");
        vm.assertEq(open.balanceOf(address(its)), type(uint96).max, "tokens");

        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, 2 ** 96));
        vm.prank(payer);
        its.fund(1, operator, client.addr);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        vm.prank(payer);
        its.fund(type(uint256).max, operator, client.addr);
    }

    function test_fundWithPermitNeedsNoApproval() external {
        ExactTransfer.Permit memory permit = _permit(AMOUNT, _now());
        _expectFunded(AMOUNT);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        _assertFunded(AMOUNT);
        vm.assertEq(token.allowance(payer, address(escrow)), 0, "the permit is used up");
    }

    function test_threat26_permitThatAStrangerUsedFirstDoesNotStopItsOwner() external {
        ExactTransfer.Permit memory permit = _permit(AMOUNT, _now());
        vm.prank(stranger);
        token.permit(payer, address(escrow), permit.amount, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        _assertFunded(AMOUNT);

        _expectPermitRefused(0);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
    }

    function test_threat41_copiedPermitFundsNothingForAThief() external {
        ExactTransfer.Permit memory permit = _permit(AMOUNT, _now());
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, address(token), stranger, AMOUNT, 0)
        );
        vm.prank(stranger);
        escrow.fundWithPermit(AMOUNT, operator, stranger, permit);
        _assertTokens(payer, AMOUNT, "its owner's still");
    }

    function test_permitIsGoodUntilItsDeadlineAndNotASecondLonger() external {
        ExactTransfer.Permit memory permit = _permit(AMOUNT, _now());
        _wait(1);
        _expectPermitRefused(0);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
        vm.warp(permit.deadline);
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
    }

    function test_permitOfLessThanTheAmountIsNotEnough() external {
        ExactTransfer.Permit memory permit = _permit(AMOUNT - 1, _now());
        bytes4 selector = IERC20Errors.ERC20InsufficientAllowance.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(escrow), AMOUNT - 1, AMOUNT));
        vm.prank(payer);
        escrow.fundWithPermit(AMOUNT, operator, client.addr, permit);
    }

    function test_anyoneBringsAnAuthorizationAndThePayerNeedsNoCoin() external {
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT);
        bytes32 nonce = escrow.fundingNonce(payer, operator, client.addr, SALT);
        _expectFunded(AMOUNT);
        vm.expectEmit(address(token));
        emit IERC3009.AuthorizationUsed(payer, nonce);
        vm.prank(stranger);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _assertFunded(AMOUNT);
        vm.assertEq(escrow.account(stranger, operator, client.addr).balance, 0, "nothing for who brought it");
        vm.assertEq(token.allowance(payer, address(escrow)), 0, "nothing is allowed");
    }

    function test_threat41_authorizationIsGoodForItsAccountAndAmountAlone() external {
        address other = _actor("other").addr;
        _give(other, AMOUNT);
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT);
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT, payer, rival, client.addr, authorization);
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, stranger, authorization);
        _expectForged(other);
        escrow.fundWithAuthorization(AMOUNT, other, operator, client.addr, authorization);
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT - 1, payer, operator, client.addr, authorization);
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT + 1, payer, operator, client.addr, authorization);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _assertFunded(AMOUNT);
    }

    function testFuzz_threat41_authorizationWithAnyBitFlippedIsRefused(uint256 seed) external {
        bytes memory encoded = abi.encode(_authorization(AMOUNT));
        uint256 word = seed % 3;
        encoded[32 * word + ((seed >> 8) % 32)] ^= bytes1(uint8(1 << ((seed >> 16) % 8)));
        ExactTransfer.Authorization memory flipped = abi.decode(encoded, (ExactTransfer.Authorization));
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, flipped);
    }

    /// @dev Its recipient is the escrow, and it is signed for being received: money comes in with an account or not at all.
    function test_threat41_authorizationBringsNoMoneyPastTheAccounts() external {
        ExactTransfer.Authorization memory a = _authorization(AMOUNT);
        bytes32 nonce = escrow.fundingNonce(payer, operator, client.addr, SALT);
        (uint256 from, uint256 to) = (a.validAfter, a.validBefore);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        token.transferWithAuthorization(payer, address(escrow), AMOUNT, from, to, nonce, a.v, a.r, a.s);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(escrow)));
        token.receiveWithAuthorization(payer, address(escrow), AMOUNT, from, to, nonce, a.v, a.r, a.s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        token.receiveWithAuthorization(payer, address(this), AMOUNT, from, to, nonce, a.v, a.r, a.s);
    }

    function test_threat20_authorizationOfAnotherEscrowOrChainIsRefused() external {
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT);
        FeeEscrow other = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        _expectForged(payer);
        other.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        vm.chainId(999);
        _expectForged(payer);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
    }

    function test_authorizationIsGoodOnce() external {
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT);
        _give(payer, AMOUNT);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _expectUsed();
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _assertFunded(AMOUNT);
    }

    function test_saltsMakeTwoOfTwoLikeAuthorizations() external {
        _give(payer, AMOUNT);
        ExactTransfer.Authorization memory first = _authorization(AMOUNT);
        ExactTransfer.Authorization memory second = _signed(AMOUNT, [_now() - 1, _now() + 1], "other salt");
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, first);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, second);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 2 * AMOUNT, "both");
    }

    function test_authorizationThatItsPayerCancelledIsRefused() external {
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT);
        bytes32 nonce = escrow.fundingNonce(payer, operator, client.addr, SALT);
        bytes32 cancelled = keccak256(
            abi.encode(keccak256("CancelAuthorization(address authorizer,bytes32 nonce)"), payer, nonce)
        );
        bytes32 digest = keccak256(bytes.concat(hex"1901", token.DOMAIN_SEPARATOR(), cancelled));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_payerActor.key, digest);
        token.cancelAuthorization(payer, nonce, v, r, s);
        _expectUsed();
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
    }

    function test_authorizationIsGoodAfterItsFirstSecondAndBeforeItsLast() external {
        uint256 validAfter = _now();
        ExactTransfer.Authorization memory authorization = _signed(AMOUNT, [validAfter, validAfter + 3], SALT);
        bytes memory reason = abi.encodeWithSelector(
            ERC3009.ERC3009InvalidAuthorizationTime.selector,
            validAfter,
            validAfter + 3
        );
        _expectRefused(payer, reason);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        vm.warp(validAfter + 3);
        _expectRefused(payer, reason);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        vm.warp(validAfter + 2);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _assertFunded(AMOUNT);
    }

    function test_authorizationIsGoodFromASecondAfterItsFirst() external {
        ExactTransfer.Authorization memory authorization = _signed(AMOUNT, [_now(), _now() + 3], SALT);
        _wait(1);
        escrow.fundWithAuthorization(AMOUNT, payer, operator, client.addr, authorization);
        _assertFunded(AMOUNT);
    }

    function test_authorizationOfMoreThanThePayerHasIsRefused() external {
        ExactTransfer.Authorization memory authorization = _authorization(AMOUNT + 1);
        bytes4 selector = IERC20Errors.ERC20InsufficientBalance.selector;
        _expectRefused(payer, abi.encodeWithSelector(selector, payer, AMOUNT, AMOUNT + 1));
        escrow.fundWithAuthorization(AMOUNT + 1, payer, operator, client.addr, authorization);
    }

    function testFuzz_fundingNonceIsThatOfItsFourWords(
        address who,
        address its,
        address signer,
        bytes32 salt
    ) external view {
        bytes32 expected = keccak256(abi.encode(who, its, signer, salt));
        vm.assertEq(escrow.fundingNonce(who, its, signer, salt), expected, "nonce");
        vm.assertEq(escrow.accountId(who, its, signer), keccak256(abi.encode(who, its, signer)), "account");
    }

    function _permit(uint256 amount, uint256 deadline) private view returns (ExactTransfer.Permit memory permit) {
        (permit.amount, permit.deadline) = (amount, deadline);
        (permit.v, permit.r, permit.s) = _signPermit(_payerActor, token, address(escrow), amount, deadline);
    }

    /// @dev The payer's, for the account of (payer, operator, client), valid in this second alone.
    function _authorization(uint256 amount) private view returns (ExactTransfer.Authorization memory) {
        return _signed(amount, [_now() - 1, _now() + 1], SALT);
    }

    function _signed(
        uint256 amount,
        uint256[2] memory validity,
        bytes32 salt
    ) private view returns (ExactTransfer.Authorization memory signed) {
        bytes32 nonce = escrow.fundingNonce(payer, operator, client.addr, salt);
        (signed.validAfter, signed.validBefore, signed.salt) = (validity[0], validity[1], salt);
        (signed.v, signed.r, signed.s) = _signAuthorization(
            _payerActor,
            token,
            address(escrow),
            amount,
            validity,
            nonce
        );
    }

    function _expectFunded(uint256 amount) private {
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Funded(payer, operator, client.addr, amount);
    }

    function _expectPermitRefused(uint256 allowance) private {
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, address(token), payer, AMOUNT, allowance)
        );
    }

    function _expectForged(address who) private {
        _expectRefused(who, abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
    }

    function _expectUsed() private {
        bytes32 nonce = escrow.fundingNonce(payer, operator, client.addr, SALT);
        _expectRefused(payer, abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, payer, nonce));
    }

    function _expectRefused(address who, bytes memory reason) private {
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.AuthorizationRefused.selector, address(token), who, reason)
        );
    }

    /// @dev All that there was has moved from the payer into the account.
    function _assertFunded(uint256 amount) private view {
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, amount, "balance");
        vm.assertEq(token.balanceOf(address(escrow)), amount, "tokens");
    }
}
