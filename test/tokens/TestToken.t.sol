// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract TestTokenTest is Test {
    TestToken private _token = new TestToken();

    function test_looksLikeADollar() external view {
        vm.assertEq(_token.decimals(), 6, "decimals");
        vm.assertEq(_token.symbol(), "TUSD", "symbol");
    }

    function test_faucetGivesUpToItsLimit() external {
        uint256 limit = _token.FAUCET_LIMIT();
        _token.faucet(0);
        _token.faucet(limit);
        vm.assertEq(_token.balanceOf(address(this)), limit, "given");
        vm.expectRevert(abi.encodeWithSelector(TestToken.FaucetLimitExceeded.selector, limit + 1, limit));
        _token.faucet(limit + 1);
    }

    function test_permitApproves() external {
        Actor memory owner = _actor("owner");
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(owner, _token, address(this), 5, _now());
        _token.permit(owner.addr, address(this), 5, _now(), v, r, s);
        vm.assertEq(_token.allowance(owner.addr, address(this)), 5, "allowance");
    }

    function test_authorizationMovesMoneyOnceToWhomItNames() external {
        Actor memory owner = _actor("owner");
        vm.prank(owner.addr);
        _token.faucet(5);
        uint256[2] memory validity = [_now() - 1, _now() + 1];
        (uint8 v, bytes32 r, bytes32 s) = _signAuthorization(owner, _token, address(this), 5, validity, "nonce");
        vm.assertFalse(_token.authorizationState(owner.addr, "nonce"), "not used");
        vm.expectEmit(address(_token));
        emit IERC3009.AuthorizationUsed(owner.addr, "nonce");
        _token.receiveWithAuthorization(owner.addr, address(this), 5, validity[0], validity[1], "nonce", v, r, s);
        vm.assertEq(_token.balanceOf(address(this)), 5, "moved");
        vm.assertEq(_token.balanceOf(owner.addr), 0, "paid");
        vm.assertTrue(_token.authorizationState(owner.addr, "nonce"), "used");
        vm.expectRevert(
            abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, owner.addr, bytes32("nonce"))
        );
        _token.receiveWithAuthorization(owner.addr, address(this), 5, validity[0], validity[1], "nonce", v, r, s);
    }
}
