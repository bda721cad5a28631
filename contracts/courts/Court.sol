// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {IKeyRegistry} from "../keys/IKeyRegistry.sol";
import {IReceiptLedger} from "../receipts/IReceiptLedger.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {Request} from "../settlement/Requests.sol";
import {ICourt} from "./ICourt.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";

/**
 * @title Court
 * @notice What all courts share: settled prices, and punishment, once a fault.
 */
abstract contract Court is ICourt {
    /// @notice The contracts that a court reads, and the bonds that it slashes.
    struct Wiring {
        IOperatorBonds bonds;
        IKeyRegistry keys;
        IReceiptLedger ledger;
        IFeeEscrow escrow;
        ICourtPolicies policies;
    }

    /// @dev A payer whom a fault harmed: what it paid for `thing`, as far as that has been settled.
    struct Harm {
        address payer;
        bytes32 thing;
        uint256 settledPrice;
    }

    /// @dev What has been judged of a fault, or of a thing that was paid for. Where they are the same it is one slot.
    struct Judged {
        bool isPunished;
        uint128 price;
    }

    uint256 private constant BPS = 10_000;

    IOperatorBonds public immutable bonds;
    IKeyRegistry public immutable keys;
    IReceiptLedger public immutable ledger;
    IFeeEscrow public immutable escrow;
    ICourtPolicies public immutable policies;

    mapping(bytes32 faultOrThing => Judged) private _judged;

    constructor(Wiring memory wiring) {
        bonds = wiring.bonds;
        keys = wiring.keys;
        ledger = wiring.ledger;
        escrow = wiring.escrow;
        policies = wiring.policies;
    }

    /// @inheritdoc ICourt
    function isPunished(bytes32 fault) public view returns (bool) {
        return _judged[fault].isPunished;
    }

    /// @dev Reverts unless `request` is the one that the receipt answers.
    function _requireRequest(Receipt calldata receipt, Request memory request) internal view {
        bytes32 found = escrow.requestDigest(request);
        require(found == receipt.requestHash, RequestMismatch(receipt.requestHash, found));
    }

    /// @dev What `payer` has really paid for a receipt: the part of its units that has been settled. Prices that nobody
    /// paid slash nothing.
    function _harmOf(Receipt calldata receipt, bytes32 leaf, address payer) internal view returns (Harm memory harm) {
        (harm.payer, harm.thing) = (payer, leaf);
        if (receipt.charged < receipt.price) return harm;
        uint256 settled = escrow.account(payer, receipt.operator, receipt.client).settled;
        (, uint256 reached) = Math.trySub(settled, receipt.charged - receipt.price);
        harm.settledPrice = Math.min(reached, receipt.price);
    }

    /**
     * @dev Slashes for `fault`, with the bounty for `reporter`. A fault costs its part of the bond once. A price that is
     * settled only after the verdict is judged when the evidence comes again: so a culprit gains nothing by having itself
     * convicted first and settling then.
     */
    function _punish(
        bytes32 fault,
        address operator,
        address reporter,
        ICourtPolicies.Policy memory policy,
        Harm[] memory harms
    ) internal {
        bool isFirst = !_judged[fault].isPunished;
        _judged[fault].isPunished = true;
        (uint256 prices, IOperatorBonds.Award[] memory awards) = _judgePrices(harms, policy.compensationMultiple);
        if (!isFirst && prices == 0) {
            emit AlreadyPunished(fault, reporter);
            return;
        }

        (uint256 ownBond, ) = bonds.slashable(operator);
        uint256 asked = prices * policy.priceMultiple;
        if (isFirst) {
            // Of the least bond where less is left: whoever emptied its bond, or shrank it fault by fault, owes the rest.
            uint256 base = Math.max(ownBond, bonds.leastOwnBond());
            asked = Math.max(asked, Math.mulDiv(base, policy.slashBps, BPS, Math.Rounding.Ceil));
        }
        // Of what is there, not of what is asked: a great price must not let the bounty eat the compensation.
        uint256 bounty = (Math.min(asked, ownBond) * policy.bountyBps) / BPS;
        awards[0] = IOperatorBonds.Award(reporter, uint96(bounty));
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, _clip(asked), awards);
        uint256 compensated = 0;
        for (uint256 i = 1; i < paid.length; ++i) compensated += paid[i];
        emit Convicted(fault, operator, reporter, _clip(asked), slashed, compensated, paid[0]);
    }

    /// @dev What of the prices has been settled since they were judged last, and the compensations for it. The first
    /// award is left for the reporter.
    function _judgePrices(
        Harm[] memory harms,
        uint256 multiple
    ) private returns (uint256 prices, IOperatorBonds.Award[] memory awards) {
        awards = new IOperatorBonds.Award[](harms.length + 1);
        for (uint256 i = 0; i < harms.length; ++i) {
            Harm memory harm = harms[i];
            uint256 judged = _judged[harm.thing].price;
            if (harm.settledPrice <= judged) continue;
            uint256 unjudged = harm.settledPrice - judged;
            _judged[harm.thing].price = uint128(harm.settledPrice);
            prices += unjudged;
            awards[i + 1] = IOperatorBonds.Award(harm.payer, _clip(unjudged * multiple));
        }
    }

    function _clip(uint256 amount) private pure returns (uint96) {
        return uint96(Math.min(amount, type(uint96).max));
    }
}
