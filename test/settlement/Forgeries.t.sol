// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @dev A good signature under papers of which one bit was changed, in each field in turn: it pays from no account,
/// convicts nobody and registers no key. Everybody whom a changed name could mean has money, bond and accounts. Of
/// authorizations see Funding.t.sol.
contract ForgeriesTest is Trial {
    uint96 private constant AMOUNT = 10e6;

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, AMOUNT);
    }

    function testFuzz_threat21_voucherOfAChangedOrderPaysNothing(uint256 seed) external {
        bytes memory encoded = abi.encode(_order());
        IFeeEscrow.Claim memory claim = _claim(_request(_order()), client.key, AMOUNT);
        uint8[9] memory widths = [255, 255, 255, 8, 128, 128, 64, 64, 255];
        for (uint256 i = 0; i < widths.length; ++i) {
            claim.orderHash = Requests.hash(abi.decode(_flip(encoded, i, seed % widths[i]), (Order)));
            _assertPaysNothing(operator, claim);
        }
        claim.orderHash = Requests.hash(_order());
        vm.assertEq(_settle(claim), AMOUNT, "as it was signed");
    }

    function testFuzz_threat21_changedVoucherPaysNothing(uint256 seed) external {
        bytes memory encoded = abi.encode(_claim(_request(_order()), client.key, AMOUNT));
        // payer, orderHash, ceiling, deadline, r, vs: all but how far to redeem it, which the operator chooses.
        uint8[6] memory fields = [0, 1, 3, 4, 5, 6];
        uint8[6] memory widths = [160, 255, 128, 64, 255, 255];
        for (uint256 i = 0; i < fields.length; ++i) {
            bytes memory flipped = _flip(encoded, fields[i], seed % widths[i]);
            IFeeEscrow.Claim memory claim = abi.decode(flipped, (IFeeEscrow.Claim));
            if (claim.payer != payer) _fund(claim.payer, client.addr, AMOUNT);
            _assertPaysNothing(operator, claim);
            vm.assertEq(_balance(claim.payer, operator), AMOUNT, "nobody's account");
        }
        vm.assertEq(_settle(abi.decode(encoded, (IFeeEscrow.Claim))), AMOUNT, "as it was signed");
    }

    function testFuzz_threat21_voucherForOneOperatorPaysNoOther(uint256 bit) external {
        address other = address(uint160(operator) ^ uint160(1 << (bit % 160)));
        _register(other);
        _bond(other, BOND);
        _allow(payer, address(escrow), AMOUNT);
        vm.prank(payer);
        escrow.fund(AMOUNT, other, client.addr);
        _assertPaysNothing(other, _claim(_request(_order()), client.key, AMOUNT));
        vm.assertEq(_balance(payer, other), AMOUNT, "the other's account");
    }

    function testFuzz_threat21_changedReceiptConvictsNobody(uint256 seed) external {
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory encoded = abi.encode(exhibit.receipt);
        uint8[12] memory widths = [255, 160, 160, 160, 64, 255, 255, 128, 128, 32, 32, 64];
        for (uint256 i = 0; i < widths.length; ++i) {
            exhibit.receipt = abi.decode(_flip(encoded, i, seed % widths[i]), (Receipt));
            vm.assertFalse(_isConvicted(_terms(exhibit, request, order)), "changed");
        }
        exhibit.receipt = abi.decode(encoded, (Receipt));
        vm.assertTrue(_isConvicted(_terms(exhibit, request, order)), "as it was signed");
    }

    function testFuzz_threat21_changedRegistrationRegistersNoKey(uint256 bit) external {
        Actor memory key = _actor("new key");
        bytes memory signature = _sign(key.key, keys.registrationDigest(key.addr, operator));
        uint160 flip = uint160(1 << (bit % 160));
        (address otherKey, address other) = (address(uint160(key.addr) ^ flip), address(uint160(operator) ^ flip));
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeySignatureInvalid.selector, otherKey, operator));
        vm.prank(operator);
        keys.register(otherKey, signature);
        vm.expectRevert(abi.encodeWithSelector(IKeyRegistry.KeySignatureInvalid.selector, key.addr, other));
        vm.prank(other);
        keys.register(key.addr, signature);
        vm.prank(operator);
        keys.register(key.addr, signature);
    }

    function _assertPaysNothing(address its, IFeeEscrow.Claim memory claim) private {
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](1);
        claims[0] = claim;
        vm.prank(its);
        vm.assertEq(escrow.settle(its, claims), 0, "pays nothing");
        vm.assertEq(_balance(payer, operator), AMOUNT, "the account");
    }

    function _isConvicted(bytes memory data) private returns (bool isOk) {
        _commitEvidence(validity, reporter, data);
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(reporter);
        (isOk, ) = address(validity).call(data);
    }

    function _balance(address who, address its) private view returns (uint256) {
        return escrow.account(who, its, client.addr).balance;
    }

    /// @dev Flips one bit of the word at `index`.
    function _flip(bytes memory encoded, uint256 index, uint256 bit) private pure returns (bytes memory flipped) {
        flipped = bytes.concat(encoded);
        flipped[32 * index + 31 - bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }
}
