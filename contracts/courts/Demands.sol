// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Clocks} from "../Clocks.sol";

/**
 * @title Demands
 * @notice Demands that an operator has to answer in time, and the deposits that keep them from being a weapon.
 *
 * @dev A demand is made once about each thing. Its deposit pays for the answer: what that costs is repaid to the operator,
 * and burnt besides as many times as demands are crowded; the rest goes back. So whoever has an operator answer pays at
 * least what it does, a burst costs its maker more the longer it is, and deadlines stretch with it, up to a bound. The
 * first few demands about a batch, or an account, an operator answers at its own cost: withholding is no business.
 *
 * Coin is credited and pulled, so that nobody's refusal to take it keeps a demand from being answered. What is burnt stays
 * here and belongs to nobody.
 */
abstract contract Demands {
    /**
     * @notice A demand that is open.
     * @param demander who made it: gets the rest of the deposit, and the bounty where there is no answer.
     * @param openedAt when it was made, in seconds.
     * @param deadline until when it may be answered, in seconds, suspended time aside.
     * @param operator who has to answer.
     * @param gasPrice what a unit of gas cost when it was made, in the chain's smallest unit of coin.
     * @param crowding how many times what an answer costs is burnt.
     * @param isFree whether the operator answers it at its own cost.
     */
    struct Demand {
        address demander;
        uint48 openedAt;
        uint48 deadline;
        address operator;
        uint64 gasPrice;
        uint16 crowding;
        bool isFree;
    }

    /// @notice What an answer counts as: so much gas, less than the shortest takes, and so much for each byte that was called
    /// for, up to the most that a deposit is made for: a context, vectors and a proof of 16 kB each. A byte counts as hardly
    /// more than the cheapest one costs in a large transaction, so that no answer can be padded into a business.
    uint256 public constant ANSWER_GAS = 70_000;
    uint256 public constant ANSWER_BYTE_GAS = 12;
    uint256 public constant MAX_ANSWER_GAS = 650_000;
    /// @notice How many open demands raise the price of the next one by what the first one burns.
    uint256 public constant CROWD = 8;
    /// @notice By how much each open demand puts off the deadline of the next one, in seconds.
    uint256 public constant STRETCH = 10 minutes;
    /// @notice How many demands about one batch, or one account, are the operator's own cost.
    uint256 public constant FREE_DEMANDS = 3;

    /// @notice What a unit of gas counts for at least, in the chain's smallest unit of coin.
    uint256 public immutable leastGasPrice;

    mapping(bytes32 demand => Demand) private _demands;
    mapping(bytes32 demand => bool) private _wasMade;
    mapping(bytes32 group => uint256) private _madeAbout;
    mapping(address operator => uint256) private _openOf;
    mapping(address account => uint256) private _coin;

    /// @notice Nobody had silence punished in time: the deposit went back. The demand cannot be made again.
    event DemandLapsed(bytes32 indexed demand, address indexed operator);
    event CoinClaimed(address indexed account, uint256 amount);

    /// @notice The demand was made before: it is open, or what it asks for is known.
    error AlreadyDemanded(bytes32 demand);
    /// @notice The deposit sent is less than what `depositFor` asks for now.
    error DepositTooSmall(uint256 sent, uint256 asked);
    /// @notice There is no such demand, or it is over.
    error DemandNotOpen(bytes32 demand);
    error AnswerTooLate(bytes32 demand, uint256 deadline);
    /// @notice The time to answer is not over yet.
    error AnswerStillPossible(bytes32 demand, uint256 deadline);
    /// @notice Silence could be punished until `lapsedAt`.
    error SilenceLapsed(bytes32 demand, uint256 lapsedAt);
    /// @notice Silence can still be punished, until `lapsesAt`.
    error SilenceNotLapsed(bytes32 demand, uint256 lapsesAt);
    error NothingToClaim(address account);
    /// @notice Where gas counts for nothing, demands do too.
    error LeastGasPriceZero();

    constructor(uint256 leastGasPrice_) {
        require(leastGasPrice_ != 0, LeastGasPriceZero());
        leastGasPrice = leastGasPrice_;
    }

    /// @notice Gives a deposit back where nobody had silence punished in time.
    function lapse(bytes32 demand) external {
        Demand memory found = _find(demand);
        uint256 lapsesAt = _silenceLapsesAt(found);
        require(block.timestamp > lapsesAt, SilenceNotLapsed(demand, lapsesAt));
        _close(demand, found, 0, 0);
        emit DemandLapsed(demand, found.operator);
    }

    /// @notice Sends the caller what demands and answers left it, in the chain's coin.
    function claimCoin() external returns (uint256 amount) {
        amount = _coin[msg.sender];
        require(amount != 0, NothingToClaim(msg.sender));
        delete _coin[msg.sender];
        emit CoinClaimed(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice A demand that is open; all zero where it is not.
    function demandOf(bytes32 demand) external view returns (Demand memory) {
        return _demands[demand];
    }

    /// @notice How many demands an operator has open.
    function openDemandsOf(address operator) external view returns (uint256) {
        return _openOf[operator];
    }

    /// @notice What `claimCoin` would send.
    function coinOf(address account) external view returns (uint256) {
        return _coin[account];
    }

    /// @notice What the next demand to `operator` has to carry at this block's gas price, in the chain's coin.
    function depositFor(address operator) public view returns (uint256) {
        return MAX_ANSWER_GAS * _gasPrice() * (1 + _crowding(_openOf[operator]));
    }

    /// @dev Opens a demand for the caller. `group` is what the free ones are counted by. What is sent beyond the deposit is
    /// the caller's to claim.
    function _open(bytes32 demand, bytes32 group, address operator) internal returns (uint48 deadline) {
        require(!_wasMade[demand], AlreadyDemanded(demand));
        uint256 deposit = depositFor(operator);
        require(msg.value >= deposit, DepositTooSmall(msg.value, deposit));

        uint256 open = _openOf[operator]++;
        uint256 time = Math.min(Clocks.ANSWER_TIME + open * STRETCH, Clocks.MAX_ANSWER_TIME);
        deadline = uint48(block.timestamp + time);
        _wasMade[demand] = true;
        _demands[demand] = Demand({
            demander: msg.sender,
            openedAt: uint48(block.timestamp),
            deadline: deadline,
            operator: operator,
            gasPrice: uint64(_gasPrice()),
            crowding: uint16(_crowding(open)),
            isFree: _madeAbout[group]++ < FREE_DEMANDS
        });
        if (msg.value > deposit) _coin[msg.sender] += msg.value - deposit;
    }

    /// @dev Closes a demand that is answered in time, with so many bytes that were called for.
    function _closeAnswered(bytes32 demand, uint256 size) internal {
        Demand memory found = _find(demand);
        uint256 deadline = _deadlineOf(found);
        require(block.timestamp <= deadline, AnswerTooLate(demand, deadline));
        uint256 gas = Math.min(ANSWER_GAS + ANSWER_BYTE_GAS * size, MAX_ANSWER_GAS);
        uint256 cost = gas * found.gasPrice;
        _close(demand, found, found.isFree ? 0 : cost, cost * found.crowding);
    }

    /// @dev Closes a demand that was met with silence; the deposit goes back. The bounty is the demander's for the first
    /// hour, and then whoever's: a culprit that demands of itself in time to be let off keeps nobody from punishing it.
    function _closeSilent(bytes32 demand) internal returns (Demand memory found, address reporter) {
        found = _find(demand);
        uint256 deadline = _deadlineOf(found);
        require(block.timestamp > deadline, AnswerStillPossible(demand, deadline));
        uint256 lapsesAt = _silenceLapsesAt(found);
        require(block.timestamp <= lapsesAt, SilenceLapsed(demand, lapsesAt));
        _close(demand, found, 0, 0);
        uint256 reservedUntil = _extended(deadline, deadline + Clocks.EVIDENCE_LAPSE);
        reporter = block.timestamp <= reservedUntil ? found.demander : msg.sender;
    }

    /// @dev When a timer ends: suspended time does not count.
    function _extended(uint256 since, uint256 until) internal view virtual returns (uint256);

    function _find(bytes32 demand) private view returns (Demand memory found) {
        found = _demands[demand];
        require(found.demander != address(0), DemandNotOpen(demand));
    }

    /// @dev Splits the deposit: to the operator, to nobody, and the rest to who demanded.
    function _close(bytes32 demand, Demand memory found, uint256 repaid, uint256 burnt) private {
        uint256 deposit = MAX_ANSWER_GAS * found.gasPrice * (1 + uint256(found.crowding));
        delete _demands[demand];
        --_openOf[found.operator];
        if (repaid != 0) _coin[found.operator] += repaid;
        _coin[found.demander] += deposit - repaid - burnt;
    }

    function _deadlineOf(Demand memory found) private view returns (uint256) {
        return _extended(found.openedAt, found.deadline);
    }

    function _silenceLapsesAt(Demand memory found) private view returns (uint256) {
        uint256 time = Clocks.EVIDENCE_AFTER_ANSWER + Clocks.EVIDENCE_LAPSE;
        return _extended(found.openedAt, uint256(found.deadline) + time);
    }

    function _crowding(uint256 open) private pure returns (uint256) {
        return Math.min(1 + open / CROWD, type(uint16).max);
    }

    function _gasPrice() private view returns (uint256) {
        return Math.min(Math.max(block.basefee, leastGasPrice), type(uint64).max);
    }
}
