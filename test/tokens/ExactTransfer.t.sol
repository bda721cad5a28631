// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Test} from "../support/Test.sol";
import {BonusToken, OpenToken, PlainToken, SilentToken, TaxedToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev The test is the contract that takes tokens in.
contract ExactTransferTest is Test {
    using ExactTransfer for IERC20;

    Actor private _owner = _actor("owner");
    TestToken private _token = new TestToken();

    function test_pullTakesExactlyTheAmount() external {
        OpenToken open = _allowed(new OpenToken());
        open.mint(address(this), 7);
        this.pull(open, 100);
        vm.assertEq(open.balanceOf(address(this)), 107, "taken in");
        vm.assertEq(open.balanceOf(_owner.addr), 900, "paid");
        this.pull(open, 0);
        this.pull(open, 900);
        vm.assertEq(open.balanceOf(address(this)), 1_007, "all of it");
    }

    function test_threat29_pullRefusesATokenThatDeliversLess() external {
        OpenToken taxed = _allowed(new TaxedToken());
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(taxed), 100, 99));
        this.pull(taxed, 100);
    }

    function test_threat29_pullRefusesATokenThatDeliversMore() external {
        OpenToken bonus = _allowed(new BonusToken());
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(bonus), 100, 101));
        this.pull(bonus, 100);
    }

    function test_pullRefusesWhatIsNotAllowed() external {
        OpenToken open = _allowed(new OpenToken());
        open.mint(_owner.addr, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(this), 1_000, 1_001)
        );
        this.pull(open, 1_001);
    }

    function test_permitGivesAnAllowance() external {
        this.permit(_token, _permit(5, _now()));
        vm.assertEq(_token.allowance(_owner.addr, address(this)), 5, "allowance");
    }

    function test_permitUsedBeforeIsGoodWhileItsAllowanceStands() external {
        ExactTransfer.Permit memory given = _permit(5, _now());
        this.permit(_token, given);
        this.permit(_token, given);
        vm.prank(_owner.addr);
        _token.approve(address(this), 4);
        _expectRefused(address(_token), 4);
        this.permit(_token, given);
    }

    function test_permitThatExpiredIsRefused() external {
        ExactTransfer.Permit memory given = _permit(5, _now() - 1);
        _expectRefused(address(_token), 0);
        this.permit(_token, given);
    }

    function test_permitWithAForeignSignatureIsRefused() external {
        ExactTransfer.Permit memory given = _permit(5, _now());
        given.amount = 6;
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, address(_token), _owner.addr, 6, 0)
        );
        this.permit(_token, given);
    }

    function test_permitOfATokenWithoutPermitsNeedsAnAllowance() external {
        PlainToken plain = new PlainToken();
        ExactTransfer.Permit memory given = _permit(5, _now());
        _expectRefused(address(plain), 0);
        this.permit(plain, given);
        vm.prank(_owner.addr);
        plain.approve(address(this), 5);
        this.permit(plain, given);
    }

    function test_authorizationMovesExactlyTheAmount() external {
        OpenToken open = _allowed(new OpenToken());
        open.mint(address(this), 7);
        this.pullAuthorized(open, 100, "nonce", _authorization(open, 100));
        vm.assertEq(open.balanceOf(address(this)), 107, "taken in");
        vm.assertEq(open.balanceOf(_owner.addr), 900, "paid");
        vm.assertEq(open.allowance(_owner.addr, address(this)), 1_000, "the allowance stands");
    }

    function test_authorizationIsRefusedWithTheTokensReason() external {
        OpenToken open = _allowed(new OpenToken());
        ExactTransfer.Authorization memory given = _authorization(open, 100);
        bytes memory forged = abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector);
        _expectNotAuthorized(address(open), forged);
        this.pullAuthorized(open, 99, "nonce", given);
        _expectNotAuthorized(address(open), forged);
        this.pullAuthorized(open, 100, "other nonce", given);
        this.pullAuthorized(open, 100, "nonce", given);
        bytes4 selector = ERC3009.ERC3009UsedAuthorization.selector;
        _expectNotAuthorized(address(open), abi.encodeWithSelector(selector, _owner.addr, bytes32("nonce")));
        this.pullAuthorized(open, 100, "nonce", given);
    }

    function test_authorizationOfATokenThatKnowsNoneIsRefused() external {
        PlainToken plain = new PlainToken();
        plain.mint(_owner.addr, 1_000);
        ExactTransfer.Authorization memory given = _authorization(_token, 100);
        _expectNotAuthorized(address(plain), "");
        this.pullAuthorized(plain, 100, "nonce", given);
    }

    function test_threat29_authorizationThatATokenSilentlyTakesMovesNothing() external {
        SilentToken silent = new SilentToken();
        silent.mint(_owner.addr, 1_000);
        silent.mint(address(this), 1_000);
        ExactTransfer.Authorization memory given = _authorization(_token, 100);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(silent), 100, 0));
        this.pullAuthorized(silent, 100, "nonce", given);
    }

    function test_threat29_authorizationOfATokenThatDeliversLessOrMoreIsRefused() external {
        OpenToken[2] memory strange = [_allowed(new TaxedToken()), _allowed(new BonusToken())];
        uint256[2] memory received = [uint256(99), 101];
        for (uint256 i = 0; i < 2; ++i) {
            ExactTransfer.Authorization memory given = _authorization(strange[i], 100);
            bytes4 selector = ExactTransfer.InexactTransfer.selector;
            vm.expectRevert(abi.encodeWithSelector(selector, address(strange[i]), 100, received[i]));
            this.pullAuthorized(strange[i], 100, "nonce", given);
        }
    }

    function pull(IERC20 token, uint256 amount) external {
        token.pull(_owner.addr, amount);
    }

    function permit(IERC20 token, ExactTransfer.Permit calldata given) external {
        token.permit(_owner.addr, given);
    }

    function pullAuthorized(
        IERC20 token,
        uint256 amount,
        bytes32 nonce,
        ExactTransfer.Authorization calldata given
    ) external {
        token.pullAuthorized(_owner.addr, amount, nonce, given);
    }

    /// @dev The owner holds and allows 1000 of `token`.
    function _allowed(OpenToken token) private returns (OpenToken) {
        token.mint(_owner.addr, 1_000);
        vm.prank(_owner.addr);
        token.approve(address(this), 1_000);
        return token;
    }

    function _permit(uint256 amount, uint256 deadline) private view returns (ExactTransfer.Permit memory given) {
        (given.amount, given.deadline) = (amount, deadline);
        (given.v, given.r, given.s) = _signPermit(_owner, _token, address(this), amount, deadline);
    }

    /// @dev The owner's, to the test, with the nonce "nonce".
    function _authorization(
        IERC20Permit token,
        uint256 amount
    ) private view returns (ExactTransfer.Authorization memory given) {
        uint256[2] memory validity = [_now() - 1, _now() + 1];
        (given.validAfter, given.validBefore) = (validity[0], validity[1]);
        (given.v, given.r, given.s) = _signAuthorization(_owner, token, address(this), amount, validity, "nonce");
    }

    function _expectNotAuthorized(address token, bytes memory reason) private {
        vm.expectRevert(
            abi.encodeWithSelector(ExactTransfer.AuthorizationRefused.selector, token, _owner.addr, reason)
        );
    }

    function _expectRefused(address token, uint256 allowance) private {
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.PermitRefused.selector, token, _owner.addr, 5, allowance));
    }
}
