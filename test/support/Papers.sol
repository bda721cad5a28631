// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {Merkle} from "./Merkle.sol";
import {vm} from "./Vm.sol";
import {World} from "./World.sol";

/**
 * @title Papers
 * @notice A world in which an operator serves: orders, requests, vouchers, receipts, batches, and evidence from them.
 */
abstract contract Papers is World {
    uint128 internal constant PRICE = 5e6;

    Actor internal client = _actor("client");
    Actor internal operatorKey = _actor("operator key");

    function setUp() public virtual override {
        super.setUp();
        _enter();
        _registerKey(operator, operatorKey);
    }

    function _registerKey(address who, Actor memory key) internal {
        bytes memory signature = _sign(key.key, keys.registrationDigest(key.addr, who));
        vm.prank(who);
        keys.register(key.addr, signature);
    }

    function _order() internal pure returns (Order memory) {
        return
            Order({
                modelId: keccak256("model"),
                inputHash: keccak256("input"),
                contextHash: keccak256("context"),
                mode: Modes.OPTIMISTIC,
                maxPrice: 10e6,
                base: 1e6,
                inputRate: 1_000,
                outputRate: 2_000,
                salt: bytes32(uint256(1))
            });
    }

    function _request(Order memory order) internal view returns (Request memory) {
        return
            Request({
                payer: payer,
                operator: operator,
                ceiling: 100e6,
                deadline: uint64(_now() + 1 hours),
                orderHash: Requests.hash(order)
            });
    }

    /// @dev Costs `PRICE`, which is what order, usage and tariff allow.
    function _receipt(Request memory request) internal view returns (Receipt memory) {
        return
            Receipt({
                requestHash: escrow.requestDigest(request),
                operator: operator,
                signer: operatorKey.addr,
                client: client.addr,
                sequence: 0,
                outputHash: keccak256("output"),
                proofHash: keccak256("proof"),
                price: PRICE,
                charged: PRICE,
                inputUnits: 1_000,
                outputUnits: 1_500,
                issuedAt: uint64(_now())
            });
    }

    /// @dev A voucher of `key` for all of the request's ceiling that `total` asks for.
    function _claim(
        Request memory request,
        uint256 key,
        uint128 total
    ) internal view returns (IFeeEscrow.Claim memory claim) {
        (bytes32 r, bytes32 vs) = _signCompact(key, escrow.requestDigest(request));
        return
            IFeeEscrow.Claim({
                payer: request.payer,
                orderHash: request.orderHash,
                total: total,
                ceiling: request.ceiling,
                deadline: request.deadline,
                r: r,
                vs: vs
            });
    }

    function _settle(IFeeEscrow.Claim memory claim) internal returns (uint256) {
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](1);
        claims[0] = claim;
        vm.prank(operator);
        return escrow.settle(operator, claims);
    }

    /// @dev Settles `amount` more in the account of `payer` and `client`, with new money.
    function _pay(uint96 amount) internal {
        _fund(payer, client.addr, amount);
        Request memory request = _request(_order());
        request.ceiling = uint128(escrow.account(payer, operator, client.addr).settled) + amount;
        vm.assertEq(_settle(_claim(request, client.key, request.ceiling)), amount, "set-up: settled");
    }

    function _commit(address who, bytes32 root, uint64 firstSequence, uint32 count) internal {
        vm.prank(who);
        ledger.commit(who, root, keccak256("data"), firstSequence, count);
    }

    function _signed(Receipt memory receipt) internal view returns (ICourt.Exhibit memory exhibit) {
        exhibit.receipt = receipt;
        exhibit.signature = _sign(operatorKey.key, ledger.receiptDigest(receipt));
    }

    /// @dev Commits a batch of one.
    function _committed(Receipt memory receipt) internal returns (ICourt.Exhibit memory exhibit) {
        exhibit.receipt = receipt;
        exhibit.root = Receipts.hash(receipt);
        _commit(receipt.operator, exhibit.root, receipt.sequence, 1);
    }

    /// @dev Commits a batch of two, from the first one's sequence on.
    function _committedPair(
        Receipt memory first,
        Receipt memory second
    ) internal returns (ICourt.Exhibit memory a, ICourt.Exhibit memory b) {
        bytes32[] memory leaves = new bytes32[](2);
        (leaves[0], leaves[1]) = (Receipts.hash(first), Receipts.hash(second));
        bytes32[] memory nodes = Merkle.tree(leaves);
        (a.receipt, a.root, a.proof) = (first, nodes[0], Merkle.proof(nodes, 0));
        (b.receipt, b.root, b.proof) = (second, nodes[0], Merkle.proof(nodes, 1));
        _commit(first.operator, nodes[0], first.sequence, 2);
    }

    function _pair(Request memory a, Request memory b) internal pure returns (Request[] memory requests) {
        requests = new Request[](2);
        (requests[0], requests[1]) = (a, b);
    }
}
