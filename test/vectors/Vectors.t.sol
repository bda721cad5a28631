// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Court} from "../../contracts/courts/Court.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {IValidityCourt} from "../../contracts/courts/IValidityCourt.sol";
import {ValidityCourt} from "../../contracts/courts/ValidityCourt.sol";
import {CreditScore} from "../../contracts/credit/CreditScore.sol";
import {DecayingSum} from "../../contracts/credit/DecayingSum.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {IntegerModels} from "../../contracts/models/IntegerModels.sol";
import {ModelIds, ModelOpening} from "../../contracts/models/ModelIds.sol";
import {IReceiptLedger} from "../../contracts/receipts/IReceiptLedger.sol";
import {ReceiptLedger} from "../../contracts/receipts/ReceiptLedger.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {FeeSplit} from "../../contracts/settlement/FeeSplit.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {OperatorBooks} from "../../contracts/settlement/OperatorBooks.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {IChecker} from "../../contracts/verifiers/IChecker.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";

/// @notice The cheatcodes that these tests need.
interface Cheats {
    function readFile(string calldata path) external view returns (string memory);

    function parseJsonType(
        string calldata json,
        string calldata key,
        string calldata types
    ) external pure returns (bytes memory);

    function parseJsonTypeArray(
        string calldata json,
        string calldata key,
        string calldata types
    ) external pure returns (bytes memory);

    function chainId(uint256 id) external;

    function etch(address target, bytes calldata code) external;

    function prank(address sender) external;

}

/**
 * @title VectorsTest
 * @notice What test/vectors/protocol.json says, the contracts compute. `vectors.test.ts` holds src/core to the same
 * file, and `make.ts` writes it from other people's code.
 */
contract VectorsTest {
    Cheats private constant VM = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    string private constant DOMAIN_TYPE = "Domain(uint256 chainId,address contract)";
    string private constant ORDER_TYPE =
        "Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)";
    string private constant RECEIPT_TYPE =
        "Receipt(bytes32 requestHash,address operator,address signer,address client,uint64 sequence,bytes32 outputHash,bytes32 proofHash,uint128 price,uint128 charged,uint32 inputUnits,uint32 outputUnits,uint64 issuedAt)";

    struct Domain {
        uint256 chainId;
        address verifier;
    }

    struct WholeRequest {
        address payer;
        address operator;
        uint128 ceiling;
        uint64 deadline;
        Order order;
    }

    struct RequestVector {
        Domain domain;
        WholeRequest request;
        bytes32 orderHash;
        bytes32 structHash;
        bytes32 digest;
        address signer;
        bytes signature;
        bytes32 r;
        bytes32 vs;
        uint128 total;
        bytes settlement;
    }

    struct AccountVector {
        address payer;
        address operator;
        address signer;
        bytes32 salt;
        bytes32 id;
        bytes32 fundingNonce;
    }

    struct ReceiptVector {
        Domain domain;
        Receipt receipt;
        bytes32 structHash;
        bytes32 digest;
        address signer;
        bytes signature;
        bytes32 r;
        bytes32 vs;
    }

    struct Registration {
        address key;
        address operator;
    }

    struct RegistrationVector {
        Domain domain;
        Registration registration;
        bytes32 digest;
        address signer;
        bytes signature;
    }

    struct Tree {
        bool sorted;
        bytes32[] leaves;
        bytes32 root;
        bytes32[][] proofs;
    }

    struct Batch {
        address operator;
        uint64 firstSequence;
        uint64 count;
        bytes32 root;
        bytes32 dataHash;
        bytes32[][] proofs;
    }

    struct Trace {
        bytes input;
        bytes32 inputHash;
        bytes[] hidden;
        bytes32 proofHash;
        bytes output;
        bytes32 outputHash;
    }

    struct Model {
        address publisher;
        uint256[] widths;
        uint256[] shifts;
        bytes spec;
        bytes[] rows;
        bytes32[] leaves;
        bytes32[][] rowProofs;
        bytes32 commitment;
        bytes32 modelId;
        Trace[] traces;
    }

    struct Decay {
        uint256 value;
        uint256 since;
        uint256 time;
        uint256 halfLife;
        uint256 worth;
    }

    struct CreditVector {
        uint256 settled;
        uint256 faulted;
        uint96 prior;
        uint32 severity;
        uint256 score;
        bool proven;
    }

    struct Fee {
        uint256 before;
        uint256 total;
        uint256 feeBps;
        uint256 delegatorsRate;
        uint256 protocol;
        uint256 delegators;
    }

    struct Step {
        uint256 time;
        uint256 amount;
        uint256 exposed;
        uint256 history;
    }

    struct Exposure {
        Step[] steps;
    }

    struct Tariff {
        uint128 base;
        uint64 inputRate;
        uint64 outputRate;
        uint32 inputUnits;
        uint32 outputUnits;
        uint128 price;
    }

    /// @notice The vector of that index in the file is not what the contracts compute.
    error Differs(string what, uint256 index);
    /// @notice The file holds no such vectors: nothing would be tested.
    error NoVectors(string section);

    string private _json;

    function setUp() external {
        _json = VM.readFile("test/vectors/protocol.json");
    }

    function testRequests() external {
        RequestVector[] memory vectors = abi.decode(
            _readList(
                ".requests",
                string.concat(
                    "Vector(Domain domain,Request request,bytes32 orderHash,bytes32 structHash,bytes32 digest,address signer,bytes signature,bytes32 r,bytes32 vs,uint128 total,bytes settlement)",
                    DOMAIN_TYPE,
                    ORDER_TYPE,
                    "Request(address payer,address operator,uint128 ceiling,uint64 deadline,Order order)"
                )
            ),
            (RequestVector[])
        );
        _requireSome(vectors.length, "requests");
        bytes memory code = address(_newEscrow()).code;
        for (uint256 i = 0; i < vectors.length; ++i) {
            RequestVector memory vector = vectors[i];
            WholeRequest memory whole = vector.request;
            _require(Requests.hash(whole.order) == vector.orderHash, "order hash", i);
            Request memory request = Request({
                payer: whole.payer,
                operator: whole.operator,
                ceiling: whole.ceiling,
                deadline: whole.deadline,
                orderHash: vector.orderHash
            });
            _require(Requests.hash(request) == vector.structHash, "request hash", i);
            _moveTo(vector.domain, code);
            _require(IFeeEscrow(vector.domain.verifier).requestDigest(request) == vector.digest, "request digest", i);
            _require(ECDSA.recover(vector.digest, vector.signature) == vector.signer, "client", i);
            _require(ECDSA.recover(vector.digest, vector.r, vector.vs) == vector.signer, "compact client", i);
            _require(keccak256(_settlement(vector)) == keccak256(vector.settlement), "claim", i);
        }
    }

    function testAccounts() external {
        AccountVector[] memory vectors = abi.decode(
            _readList(
                ".accounts",
                "Account(address payer,address operator,address signer,bytes32 salt,bytes32 id,bytes32 fundingNonce)"
            ),
            (AccountVector[])
        );
        _requireSome(vectors.length, "accounts");
        FeeEscrow escrow = _newEscrow();
        for (uint256 i = 0; i < vectors.length; ++i) {
            AccountVector memory vector = vectors[i];
            (address payer, address operator, address signer) = (vector.payer, vector.operator, vector.signer);
            _require(escrow.accountId(payer, operator, signer) == vector.id, "account", i);
            bytes32 nonce = escrow.fundingNonce(payer, operator, signer, vector.salt);
            _require(nonce == vector.fundingNonce, "funding nonce", i);
        }
    }

    function testReceipts() external {
        ReceiptVector[] memory vectors = _receipts();
        bytes memory code = address(new ReceiptLedger()).code;
        for (uint256 i = 0; i < vectors.length; ++i) {
            ReceiptVector memory vector = vectors[i];
            _require(Receipts.hash(vector.receipt) == vector.structHash, "receipt hash", i);
            _moveTo(vector.domain, code);
            _require(
                IReceiptLedger(vector.domain.verifier).receiptDigest(vector.receipt) == vector.digest,
                "receipt digest",
                i
            );
            _require(ECDSA.recover(vector.digest, vector.signature) == vector.signer, "signer", i);
            _require(ECDSA.recover(vector.digest, vector.r, vector.vs) == vector.signer, "compact signer", i);
        }
    }

    function testRegistrations() external {
        RegistrationVector[] memory vectors = abi.decode(
            _readList(
                ".registrations",
                string.concat(
                    "Vector(Domain domain,Registration registration,bytes32 digest,address signer,bytes signature)",
                    DOMAIN_TYPE,
                    "Registration(address key,address operator)"
                )
            ),
            (RegistrationVector[])
        );
        _requireSome(vectors.length, "registrations");
        bytes memory code = address(new KeyRegistry(IIntelCollateral(address(0)))).code;
        for (uint256 i = 0; i < vectors.length; ++i) {
            RegistrationVector memory vector = vectors[i];
            (address key, address operator) = (vector.registration.key, vector.registration.operator);
            _moveTo(vector.domain, code);
            IKeyRegistry keys = IKeyRegistry(vector.domain.verifier);
            _require(keys.registrationDigest(key, operator) == vector.digest, "registration digest", i);
            _require(vector.signer == key, "key", i);
            VM.prank(operator);
            keys.register(key, vector.signature);
            _require(keys.isValidAt(key, operator, block.timestamp), "registration", i);
        }
    }

    function testTrees() external view {
        Tree[] memory trees = abi.decode(
            _readList(".trees", "Tree(bool sorted,bytes32[] leaves,bytes32 root,bytes32[][] proofs)"),
            (Tree[])
        );
        _requireSome(trees.length, "trees");
        for (uint256 i = 0; i < trees.length; ++i) {
            Tree memory tree = trees[i];
            // The contracts build trees in the given order alone.
            if (!tree.sorted) _require(IntegerModels.rootOf(tree.leaves) == tree.root, "root", i);
            _requireProofs(tree.leaves, tree.proofs, tree.root);
        }
    }

    function testBatch() external {
        ReceiptVector[] memory vectors = _receipts();
        Batch memory batch = abi.decode(
            VM.parseJsonType(
                _json,
                ".batch",
                "Batch(address operator,uint64 firstSequence,uint64 count,bytes32 root,bytes32 dataHash,bytes32[][] proofs)"
            ),
            (Batch)
        );
        _require(batch.count == vectors.length, "count", 0);
        ReceiptLedger ledger = new ReceiptLedger();
        // INVARIANT: sequences begin at 0, so somebody must have committed what came before.
        VM.prank(batch.operator);
        ledger.commit(batch.operator, keccak256("before"), 0, 0, uint32(batch.firstSequence));
        VM.prank(batch.operator);
        ledger.commit(batch.operator, batch.root, batch.dataHash, batch.firstSequence, uint32(batch.count));

        bytes memory data;
        for (uint256 i = 0; i < vectors.length; ++i) {
            Receipt memory receipt = vectors[i].receipt;
            data = bytes.concat(data, Receipts.hash(receipt));
            _require(ledger.committedAt(receipt, batch.root, batch.proofs[i]) == block.timestamp, "committed", i);
            receipt.price ^= 1;
            _require(ledger.committedAt(receipt, batch.root, batch.proofs[i]) == 0, "not committed", i);
        }
        _require(keccak256(data) == batch.dataHash, "data hash", 0);
    }

    function testModelCommitments() external view {
        Model[] memory models = _models();
        for (uint256 i = 0; i < models.length; ++i) {
            Model memory model = models[i];
            bytes memory spec = model.spec;
            IntegerModels.validate(spec);
            _require(IntegerModels.layersOf(spec) == model.widths.length - 1, "layers", i);
            for (uint256 v = 0; v < model.widths.length; ++v) {
                _require(IntegerModels.widthOf(spec, v) == model.widths[v], "width", i);
                bool isHidden = v > 0 && v < model.widths.length - 1;
                _require(IntegerModels.shiftOf(spec, v) == (isHidden ? model.shifts[v - 1] : 0), "shift", i);
            }
            for (uint256 r = 0; r < model.rows.length; ++r) {
                bytes memory row = model.rows[r];
                _require(IntegerModels.leafOf(row, 0, row.length) == model.leaves[r], "leaf", i);
            }
            _requireRowHeads(model, i);
            _require(IntegerModels.rootOf(model.leaves) == model.commitment, "commitment", i);
            _requireProofs(model.leaves, model.rowProofs, model.commitment);
            _require(ModelIds.compute(model.publisher, model.commitment, spec) == model.modelId, "model id", i);
        }
    }

    function testModelTraces() external {
        Model[] memory models = _models();
        OptimisticChecker checker = new OptimisticChecker();
        for (uint256 i = 0; i < models.length; ++i) {
            _requireSome(models[i].traces.length, "traces");
            for (uint256 t = 0; t < models[i].traces.length; ++t) {
                _requireNeurons(models[i], models[i].traces[t], i);
                _requireVerdicts(checker, models[i], models[i].traces[t], i);
            }
        }
    }

    function testDecay() external view {
        Decay[] memory vectors = abi.decode(
            _readList(".decay", "Decay(uint256 value,uint256 since,uint256 time,uint256 halfLife,uint256 worth)"),
            (Decay[])
        );
        _requireSome(vectors.length, "decay");
        for (uint256 i = 0; i < vectors.length; ++i) {
            Decay memory vector = vectors[i];
            uint256 worth = DecayingSum.worth(vector.value, vector.since, vector.time, vector.halfLife);
            _require(worth == vector.worth, "worth", i);
        }
    }

    function testCredit() external view {
        CreditVector[] memory vectors = abi.decode(
            _readList(
                ".credit",
                "Credit(uint256 settled,uint256 faulted,uint96 prior,uint32 severity,uint256 score,bool proven)"
            ),
            (CreditVector[])
        );
        _requireSome(vectors.length, "credit");
        for (uint256 i = 0; i < vectors.length; ++i) {
            CreditVector memory vector = vectors[i];
            uint256 score = CreditScore.score(vector.settled, vector.faulted, vector.prior, vector.severity);
            _require(score == vector.score, "score", i);
            _require(CreditScore.isProven(vector.settled, vector.prior) == vector.proven, "proven", i);
        }
    }

    function testFees() external view {
        Fee[] memory vectors = abi.decode(
            _readList(
                ".fees",
                "Fee(uint256 before,uint256 total,uint256 feeBps,uint256 delegatorsRate,uint256 protocol,uint256 delegators)"
            ),
            (Fee[])
        );
        _requireSome(vectors.length, "fees");
        for (uint256 i = 0; i < vectors.length; ++i) {
            Fee memory vector = vectors[i];
            (uint256 protocol, uint256 delegators) = FeeSplit.parts(
                vector.before,
                vector.total,
                vector.feeBps,
                vector.delegatorsRate
            );
            _require(protocol == vector.protocol, "protocol's part", i);
            _require(delegators == vector.delegators, "delegators' part", i);
        }
    }

    function testExposures() external view {
        Exposure[] memory vectors = abi.decode(
            _readList(
                ".exposures",
                "Exposure(Step[] steps)Step(uint256 time,uint256 amount,uint256 exposed,uint256 history)"
            ),
            (Exposure[])
        );
        _requireSome(vectors.length, "exposures");
        for (uint256 i = 0; i < vectors.length; ++i) {
            _requireSome(vectors[i].steps.length, "steps");
            OperatorBooks.Books memory books;
            for (uint256 s = 0; s < vectors[i].steps.length; ++s) {
                Step memory step = vectors[i].steps[s];
                OperatorBooks.advance(books, step.time, 90 days);
                _require(books.exposed == step.exposed, "exposed", i);
                _require(OperatorBooks.historyOf(books, step.time, 90 days) == step.history, "history", i);
                books.exposed += uint96(step.amount);
            }
        }
    }

    function testTariffs() external {
        Tariff[] memory vectors = abi.decode(
            _readList(
                ".tariffs",
                "Tariff(uint128 base,uint64 inputRate,uint64 outputRate,uint32 inputUnits,uint32 outputUnits,uint128 price)"
            ),
            (Tariff[])
        );
        _requireSome(vectors.length, "tariffs");
        Court.Wiring memory wiring;
        IChecker[4] memory checkers;
        ValidityCourt court = new ValidityCourt(wiring, IDisclosureCourt(address(0)), 0, checkers);
        for (uint256 i = 0; i < vectors.length; ++i) {
            Tariff memory vector = vectors[i];
            Order memory order;
            (order.base, order.inputRate, order.outputRate) = (vector.base, vector.inputRate, vector.outputRate);
            order.maxPrice = type(uint128).max;
            ICourt.Exhibit memory exhibit;
            (exhibit.receipt.inputUnits, exhibit.receipt.outputUnits) = (vector.inputUnits, vector.outputUnits);
            Request memory request;

            exhibit.receipt.price = vector.price;
            _require(court.breachOf(exhibit, request, order, 0) == IValidityCourt.Breach.None, "price", i);
            exhibit.receipt.price = vector.price + 1;
            _require(
                court.breachOf(exhibit, request, order, 0) == IValidityCourt.Breach.PriceAboveTariff,
                "price above",
                i
            );
        }
    }

    /// @dev Makes `code` the contract of a domain: its separator then follows from where and on which chain it is.
    function _moveTo(Domain memory domain, bytes memory code) private {
        VM.chainId(domain.chainId);
        VM.etch(domain.verifier, code);
    }

    function _newEscrow() private returns (FeeEscrow) {
        return new FeeEscrow(IERC20(address(1)), IOperatorBonds(address(2)), address(3), 0, 10_000, 90 days, address(4));
    }

    function _receipts() private view returns (ReceiptVector[] memory vectors) {
        vectors = abi.decode(
            _readList(
                ".receipts",
                string.concat(
                    "Vector(Domain domain,Receipt receipt,bytes32 structHash,bytes32 digest,address signer,bytes signature,bytes32 r,bytes32 vs)",
                    DOMAIN_TYPE,
                    RECEIPT_TYPE
                )
            ),
            (ReceiptVector[])
        );
        _requireSome(vectors.length, "receipts");
    }

    function _models() private view returns (Model[] memory models) {
        models = abi.decode(
            _readList(
                ".models",
                "Model(address publisher,uint256[] widths,uint256[] shifts,bytes spec,bytes[] rows,bytes32[] leaves,bytes32[][] rowProofs,bytes32 commitment,bytes32 modelId,Trace[] traces)Trace(bytes input,bytes32 inputHash,bytes[] hidden,bytes32 proofHash,bytes output,bytes32 outputHash)"
            ),
            (Model[])
        );
        _requireSome(models.length, "models");
    }

    function _readList(string memory key, string memory types) private view returns (bytes memory) {
        return VM.parseJsonTypeArray(_json, key, types);
    }

    /// @dev The call that redeems a request's voucher.
    function _settlement(RequestVector memory vector) private pure returns (bytes memory) {
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](1);
        claims[0] = IFeeEscrow.Claim({
            payer: vector.request.payer,
            orderHash: vector.orderHash,
            total: vector.total,
            ceiling: vector.request.ceiling,
            deadline: vector.request.deadline,
            r: vector.r,
            vs: vector.vs
        });
        return abi.encodeCall(IFeeEscrow.settle, (vector.request.operator, claims));
    }

    function _requireRowHeads(Model memory model, uint256 index) private pure {
        uint256 row = 0;
        for (uint256 layer = 0; layer < model.widths.length - 1; ++layer) {
            for (uint256 neuron = 0; neuron < model.widths[layer + 1]; ++neuron) {
                _require(bytes3(model.rows[row]) == IntegerModels.rowHead(layer, neuron), "row head", index);
                _require(model.rows[row].length == IntegerModels.rowBytesOf(model.spec, layer), "row length", index);
                ++row;
            }
        }
        _require(row == model.rows.length, "rows", index);
    }

    /// @dev Every neuron of the trace follows from the vector before it.
    function _requireNeurons(Model memory model, Trace memory trace, uint256 index) private pure {
        uint256 row = 0;
        bytes memory inputs = trace.input;
        for (uint256 layer = 0; layer < model.widths.length - 1; ++layer) {
            bool isLast = layer == model.widths.length - 2;
            bytes memory outputs = isLast ? trace.output : trace.hidden[layer];
            uint256 size = isLast ? IntegerModels.LOGIT_BYTES : 1;
            _require(outputs.length == IntegerModels.outputBytesOf(model.spec, layer), "vector length", index);
            for (uint256 neuron = 0; neuron < model.widths[layer + 1]; ++neuron) {
                uint256 claimed = 0;
                for (uint256 b = 0; b < size; ++b) {
                    claimed = (claimed << 8) | uint8(outputs[neuron * size + b]);
                }
                _require(
                    IntegerModels.neuron(model.spec, layer, model.rows[row++], 0, inputs) == claimed,
                    "neuron",
                    index
                );
            }
            inputs = outputs;
        }
    }

    /// @dev A right trace is acquitted, a wrong one is not.
    function _requireVerdicts(
        OptimisticChecker checker,
        Model memory model,
        Trace memory trace,
        uint256 index
    ) private pure {
        bytes memory rows;
        for (uint256 r = 0; r < model.rows.length; ++r) {
            rows = bytes.concat(rows, model.rows[r]);
        }
        bytes memory evidence = abi.encode(
            OptimisticChecker.Kind.Rerun,
            abi.encode(
                OptimisticChecker.Rerun({
                    model: ModelOpening(model.publisher, model.commitment, model.spec),
                    rows: rows,
                    input: trace.input
                })
            )
        );
        Order memory order;
        (order.modelId, order.inputHash) = (model.modelId, trace.inputHash);
        Receipt memory receipt;
        (receipt.outputHash, receipt.proofHash) = (trace.outputHash, trace.proofHash);
        _require(!checker.isFaulty(order, receipt, evidence), "acquittal", index);
        receipt.proofHash = trace.outputHash;
        _require(checker.isFaulty(order, receipt, evidence), "wrong proof", index);
        (receipt.outputHash, receipt.proofHash) = (trace.inputHash, trace.proofHash);
        _require(checker.isFaulty(order, receipt, evidence), "wrong output", index);
    }

    function _requireProofs(bytes32[] memory leaves, bytes32[][] memory proofs, bytes32 root) private pure {
        _requireSome(leaves.length, "leaves");
        for (uint256 i = 0; i < leaves.length; ++i) {
            _require(MerkleProof.verify(proofs[i], root, leaves[i]), "proof", i);
            bytes32 other = Hashes.commutativeKeccak256(leaves[i], root);
            _require(!MerkleProof.verify(proofs[i], root, other), "proof of another leaf", i);
        }
    }

    function _require(bool isSame, string memory what, uint256 index) private pure {
        require(isSame, Differs(what, index));
    }

    function _requireSome(uint256 count, string memory section) private pure {
        require(count != 0, NoVectors(section));
    }
}
