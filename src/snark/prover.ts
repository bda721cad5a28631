import { gunzipSync } from "node:zlib";
import { BackendType, Barretenberg } from "@aztec/bb.js";
import { Noir } from "@noir-lang/noir_js";
import { concat, fromHex, type Hex } from "../core/bytes.ts";
import { type Model, ModelError } from "../core/model/model.ts";
import { run } from "../core/model/run.ts";
import { parameterRows, publicInputs, snarkCommitment, type Statement } from "../core/snark.ts";
import { type Circuit, PROOF_SETTINGS } from "./circuits.ts";
import { G2_POINT, GENERATOR, SrsMissingError } from "./srs.ts";

const FIELD_BYTES = 32;

/** An output with its proof. */
export interface Proven {
  /** Logits as they are hashed and signed: int32 big-endian. */
  readonly output: Uint8Array;
  /** The bytes that the verifier takes. */
  readonly proof: Uint8Array;
}

/** A proof that does not verify although it was made as it should be: a circuit, key or SRS that do not belong together. */
export class ProofRefusedError extends Error {
  override readonly name = "ProofRefusedError";
}

/**
 * Proves and verifies one circuit by bb, compiled to WebAssembly, in this thread: a proof of the iris network takes some
 * 0.15 s, verifying 10 ms, the first of each a little longer.
 */
export class Prover {
  readonly circuit: Circuit;
  readonly #bb: Barretenberg;
  readonly #noir: Noir;
  readonly #bytecode: Uint8Array;
  readonly #verificationKey: Uint8Array;
  readonly #points: number;

  private constructor(circuit: Circuit, bb: Barretenberg, points: number) {
    this.circuit = circuit;
    this.#bb = bb;
    this.#points = points;
    this.#noir = new Noir({ bytecode: circuit.bytecode, abi: circuit.abi, debug_symbols: "", file_map: {} });
    this.#bytecode = gunzipSync(Buffer.from(circuit.bytecode, "base64"));
    this.#verificationKey = fromHex(circuit.verificationKey);
  }

  /**
   * Starts bb.
   * @param srs points from `loadSrs`; without them it verifies and cannot prove
   */
  static async start(circuit: Circuit, srs?: Uint8Array): Promise<Prover> {
    const bb = await Barretenberg.new({ backend: BackendType.Wasm, threads: 1, skipSrsInit: true });
    const points = srs === undefined ? 1 : circuit.points;
    await bb.srsInitSrs({ pointsBuf: srs ?? GENERATOR, numPoints: points, g2Point: G2_POINT });
    return new Prover(circuit, bb, points);
  }

  /** Whether it has the points to prove with. */
  get canProve(): boolean {
    return this.#points >= this.circuit.points;
  }

  /**
   * Runs a model and proves its output. The proof has been verified: whoever signs it cannot be convicted for it.
   * @throws SrsMissingError where it was started without points
   * @throws ModelError where the circuit is not for models of this shape
   * @throws InputError where the input is not one of the model's
   * @throws ProofRefusedError where the proof does not verify
   */
  async prove(model: Model, input: Uint8Array): Promise<Proven> {
    if (!this.canProve) throw new SrsMissingError("this prover was started without points: give it those of loadSrs");
    const { output } = run(model, input);
    const { witness } = await this.execute(model, input);
    const circuit = { name: this.circuit.name, bytecode: this.#bytecode, verificationKey: this.#verificationKey };
    const proven = await this.#bb.circuitProve({ witness: gunzipSync(witness), circuit, settings: PROOF_SETTINGS });
    const proof = concat(...proven.proof);
    if (!(await this.verify({ commitment: snarkCommitment(model), input, output }, proof))) {
      throw new ProofRefusedError("the proof just made does not verify: run `npm run circuits`, or use another SRS");
    }
    return { output, proof };
  }

  /**
   * Runs a model in the circuit, without a proof: its logits as the circuit computes them, and the whole witness.
   * @throws ModelError where the circuit is not for models of this shape
   */
  async execute(model: Model, input: Uint8Array): Promise<{ witness: Uint8Array; logits: readonly Hex[] }> {
    const { widths } = this.circuit;
    if (widths.join() !== model.widths.join()) {
      throw new ModelError(`${this.circuit.name} proves models of ${widths.join("-")}, not ${model.widths.join("-")}`);
    }
    const [hidden = [], output = []] = parameterRows(model).map((rows) => rows.map((row) => [...row]));
    const [shift = 0] = model.shifts;
    const given = { commitment: snarkCommitment(model), input: [...input], shift, hidden, output };
    const { witness, returnValue } = await this.#noir.execute(given);
    return { witness, logits: returnValue as Hex[] };
  }

  /** Whether a proof, in bytes, proves a statement. */
  async verify(statement: Statement, proof: Uint8Array): Promise<boolean> {
    if (proof.length % FIELD_BYTES !== 0) return false;
    const { verified } = await this.#bb.circuitVerify({
      verificationKey: this.#verificationKey,
      publicInputs: publicInputs(statement).map((field) => fromHex(field)),
      proof: fieldsOf(proof),
      settings: PROOF_SETTINGS,
    });
    return verified;
  }

  /** Ends bb. */
  async close(): Promise<void> {
    await this.#bb.destroy();
  }
}

function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, index) =>
    bytes.slice(index * FIELD_BYTES, (index + 1) * FIELD_BYTES),
  );
}
