// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev E4: one escrow settles a batch, another the same claims one by one.
contract BatchesTest is Papers {
    uint256 private constant CLAIMS = 6;

    FeeEscrow private _whole;
    FeeEscrow private _apart;
    address[2] private _payers;

    function setUp() public override {
        super.setUp();
        _whole = escrow;
        _apart = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        _payers = [payer, stranger];
    }

    /// @dev Little cover, little money, stale totals and expired deadlines, so that claims are paid in full, in part
    /// and not at all; delegators or none.
    function testFuzz_E4_batchSettlesAsItsClaimsOneByOne(
        uint96 bonded,
        uint96 delegated,
        uint96[2] memory funds,
        uint256 seed
    ) external {
        _bond(operator, uint96(_bound(bonded, 1, 1_000e6)));
        if (delegated % 4 != 0) _delegate(delegator, uint96(_bound(delegated, 1, BOND)));
        for (uint256 i = 0; i < 2; ++i) {
            funds[i] = uint96(_bound(funds[i], 1, 2_000e6));
            escrow = _whole;
            _fund(_payers[i], client.addr, funds[i]);
            escrow = _apart;
            _fund(_payers[i], client.addr, funds[i]);
        }

        escrow = _whole;
        uint256 whole = _settleAll(_claims(seed));
        escrow = _apart;
        IFeeEscrow.Claim[] memory claims = _claims(seed);
        uint256 apart = 0;
        for (uint256 i = 0; i < CLAIMS; ++i) apart += _settle(claims[i]);

        vm.assertEq(whole, apart, "paid");
        vm.assertEq(_whole.earningsOf(operator), _apart.earningsOf(operator), "earned");
        vm.assertEq(_whole.protocolFees(), _apart.protocolFees(), "protocol's part");
        vm.assertEq(_whole.delegatorsFeesOf(operator), _apart.delegatorsFeesOf(operator), "delegators' part");
        vm.assertEq(_whole.exposureOf(operator), _apart.exposureOf(operator), "exposure");
        for (uint256 i = 0; i < 2; ++i) {
            IFeeEscrow.Account memory a = _whole.account(_payers[i], operator, client.addr);
            IFeeEscrow.Account memory b = _apart.account(_payers[i], operator, client.addr);
            vm.assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)), "account");
        }
    }

    function _settleAll(IFeeEscrow.Claim[] memory claims) private returns (uint256) {
        vm.prank(operator);
        return escrow.settle(operator, claims);
    }

    function _claims(uint256 seed) private view returns (IFeeEscrow.Claim[] memory claims) {
        claims = new IFeeEscrow.Claim[](CLAIMS);
        for (uint256 i = 0; i < CLAIMS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Request memory request = _request(_order());
            request.payer = _payers[random % 2];
            request.ceiling = uint128(_bound(random >> 8, 0, 1_500e6));
            if (random >> 253 == 0) request.deadline = uint64(_now() - 2 days);
            claims[i] = _claim(request, client.key, request.ceiling);
        }
    }
}
