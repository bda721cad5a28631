import { gunzipSync } from "node:zlib";
import { BackendType, Barretenberg } from "@aztec/bb.js";
import { Noir } from "@noir-lang/noir_js";
import { concat, fromHex, type Hex } from "../core/bytes.ts";
import { LOGIT_BYTES, type Model, ModelError } from "../core/model/model.ts";
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
  #bb: Barretenberg;
  /** What bb does last: it does one thing after another. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #noir: Noir;
  readonly #bytecode: Uint8Array;
  readonly #verificationKey: Uint8Array;
  readonly #srs: Uint8Array | undefined;

  private constructor(circuit: Circuit, bb: Barretenberg, srs: Uint8Array | undefined) {
    this.circuit = circuit;
    this.#bb = bb;
    this.#srs = srs;
    this.#noir = new Noir({ bytecode: circuit.bytecode, abi: circuit.abi, debug_symbols: "", file_map: {} });
    this.#bytecode = gunzipSync(Buffer.from(circuit.bytecode, "base64"));
    this.#verificationKey = fromHex(circuit.verificationKey);
  }

  /**
   * Starts bb.
   * @param srs points from `loadSrs`; without them it verifies and cannot prove
   */
  static async start(circuit: Circuit, srs?: Uint8Array): Promise<Prover> {
    return new Prover(circuit, await startBb(circuit, srs), srs);
  }

  /** Whether it has the points to prove with. */
  get canProve(): boolean {
    return this.#srs !== undefined;
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
    const proven = await this.#alone(async () =>
      this.#bb.circuitProve({ witness: gunzipSync(witness), circuit, settings: PROOF_SETTINGS }),
    );
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
    const { widths } = this.circuit;
    const isInput = statement.input.length === widths.at(0);
    const isOutput = statement.output.length === LOGIT_BYTES * (widths.at(-1) ?? 0);
    if (!isInput || !isOutput || proof.length % FIELD_BYTES !== 0) return false;
    const claim = {
      verificationKey: this.#verificationKey,
      publicInputs: publicInputs(statement).map((field) => fromHex(field)),
      proof: fieldsOf(proof),
      settings: PROOF_SETTINGS,
    };
    return this.#alone(async () => {
      try {
        return (await this.#bb.circuitVerify(claim)).verified;
      } catch {
        // On points that are none bb stops in the middle, and what is left of it must not be used again.
        await this.#bb.destroy();
        this.#bb = await startBb(this.circuit, this.#srs);
        return false;
      }
    });
  }

  /** Ends bb. */
  async close(): Promise<void> {
    await this.#alone(async () => this.#bb.destroy());
  }

  /** Does something when everything before it has been done. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function startBb({ points }: Circuit, srs: Uint8Array | undefined): Promise<Barretenberg> {
  const bb = await Barretenberg.new({ backend: BackendType.Wasm, threads: 1, skipSrsInit: true });
  const given = srs === undefined ? { pointsBuf: GENERATOR, numPoints: 1 } : { pointsBuf: srs, numPoints: points };
  await bb.srsInitSrs({ ...given, g2Point: G2_POINT });
  return bb;
}

function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, index) =>
    bytes.slice(index * FIELD_BYTES, (index + 1) * FIELD_BYTES),
  );
}
