// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
}
