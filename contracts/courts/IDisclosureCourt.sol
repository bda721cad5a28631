// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../receipts/Receipts.sol";
import {Order, Request} from "../settlement/Requests.sol";
import {ICourt} from "./ICourt.sol";

/**
 * @title IDisclosureCourt
 * @notice Punishes silence: on a demand for a committed receipt with all that anyone may judge it by, for what a payer
 * itself had answered, or for the receipt behind a unit of fee that was taken.
 *
 * @dev A demand is made once about each thing, with a deposit (see `Demands`), and answered in calldata, from which
 * everyone can read it. Silence is a fault once the time to answer is over. An operator that keeps what it signed, and
 * settles only units whose receipts are committed in time, always has an answer.
 */
interface IDisclosureCourt is ICourt {
    /**
     * @notice What an answer shows of a receipt.
     * @param root, proof where the receipt was committed.
     * @param request, order the request that it answers, with `order` as its hash.
     */
    struct Shown {
        Receipt receipt;
        bytes32 root;
        bytes32[] proof;
        Request request;
        Order order;
    }

    /**
     * @notice What a receipt can be judged by beside itself. What the receipt's mode and context do not call for is left
     * empty.
     * @param context the order's context, in canonical form; in modes whose payload can be judged.
     * @param evidence what `proofHash` stands for: in the optimistic mode the hidden vectors, in others the proof alone.
     * @param input, output the payload: where the context lets strangers see it, or its payer asks.
     */
    struct Disclosed {
        bytes context;
        bytes[] evidence;
        bytes input;
        bytes output;
    }

    event ReceiptDemanded(
        bytes32 indexed demand,
        address indexed operator,
        address indexed demander,
        bytes32 root,
        uint64 sequence,
        uint48 deadline
    );
    event PayloadDemanded(
        bytes32 indexed demand,
        address indexed operator,
        address indexed demander,
        bytes32 leaf,
        uint48 deadline
    );
    event UnitDemanded(
        bytes32 indexed demand,
        address indexed operator,
        address indexed demander,
        address payer,
        address client,
        uint128 unit,
        uint48 deadline
    );
    /// @notice A demand was answered: the receipt with hash `leaf` stays open to evidence for a while from now on. What
    /// was disclosed is in the transaction's calldata.
    event Answered(bytes32 indexed demand, address indexed operator, bytes32 indexed leaf);

    /// @notice The operator committed no such batch, or its range does not hold the sequence.
    error ReceiptUnknown(address operator, bytes32 root, uint64 sequence);
    /// @notice The time in which this can be demanded is over.
    error DemandOutOfTime(uint256 closedAt);
    /// @notice Only its payer may demand a payload.
    error NotPayer(address payer, address caller);
    /// @notice No court can judge the payload of an answer of this mode.
    error PayloadNotJudged(uint8 mode);
    /// @notice Units are counted from 1, and only those that were settled are owed a receipt.
    error UnitNotSettled(uint128 unit, uint256 settled);
    /// @notice An account of no key holds what was collected without vouchers: no receipt is owed for that.
    error NoClient();
    /// @notice Silence about this unit has been punished, with all others from `from` to `upTo`.
    error UnitJudged(uint128 unit, uint128 from, uint128 upTo);
    /// @notice The receipt is not the one that was demanded.
    error WrongReceipt(bytes32 demand);
    /// @notice The bytes shown do not have the hash that stands for them.
    error DisclosureMismatch(bytes32 expected, bytes32 found);
    /// @notice The receipt was not committed by its request's deadline plus grace, so it backs nothing.
    error BackingTooLate(uint256 committedAt, uint256 latest);
    /// @notice The request bears no signature of the client that the receipt names.
    error ClientSignatureInvalid(address client, address signer);

    /// @notice Demands the receipt with `sequence` of a batch, with what anyone may judge it by. By anyone, within the
    /// window of the batch. What is sent beyond the deposit can be claimed back.
    function demandReceipt(address operator, bytes32 root, uint64 sequence) external payable returns (bytes32 demand);

    /// @notice Demands input, output and evidence of a committed receipt that its context keeps from strangers. By its
    /// request's payer, within the window of the batch.
    function demandPayload(Shown calldata shown) external payable returns (bytes32 demand);

    /// @notice Demands the receipt behind a unit of an account: the `unit`th that was settled in it. By anyone, within a
    /// window of the account's last settlement.
    function demandUnit(
        address payer,
        address operator,
        address client,
        uint128 unit
    ) external payable returns (bytes32 demand);

    /// @notice Answers a demand for a receipt. By anyone; the repayment is the operator's.
    function answerReceipt(Shown calldata shown, Disclosed calldata disclosed) external;

    /// @notice Answers a demand for a payload.
    function answerPayload(Shown calldata shown, Disclosed calldata disclosed) external;

    /// @notice Answers a demand for the receipt behind a unit. @param clientSignature the client key's, on the request.
    function answerUnit(uint128 unit, Shown calldata shown, bytes calldata clientSignature) external;

    /// @notice Punishes silence on a demand for a receipt. The bounty is the demander's; an hour after the deadline, the
    /// caller's.
    function convictReceipt(address operator, bytes32 root, uint64 sequence) external;

    /// @notice Punishes silence on a demand for a payload. What is settled of its price after the verdict is judged when
    /// this is called again, within the window of the batch. @param shown as it was when it was demanded.
    function convictPayload(Shown calldata shown) external;

    /**
     * @notice Punishes silence on a demand for the receipt behind a unit: it stands for all that was settled in the account
     * from this unit on, and since silence was judged in it last. Units below those of an earlier verdict cost their price
     * under its fault, and no part of the bond again: they may be of the same receipt.
     */
    function convictUnit(address payer, address operator, address client, uint128 unit) external;

    /// @notice When a receipt was disclosed on demand, in seconds; 0 where it was not.
    function disclosedAt(bytes32 leaf) external view returns (uint256);

    /// @notice The ids of demands.
    function receiptDemandId(address operator, bytes32 root, uint64 sequence) external pure returns (bytes32);
    function payloadDemandId(bytes32 leaf) external pure returns (bytes32);
    function unitDemandId(
        address payer,
        address operator,
        address client,
        uint128 unit
    ) external pure returns (bytes32);
}
