import { expect } from "chai";
import { type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { canonicalContext } from "../../src/core/context.ts";
import { RecordError } from "../../src/core/records.ts";
import type { Receipt, Request } from "../../src/core/typedData.ts";
import {
  decodeReceiptHeader,
  decodeRequestHeader,
  encodeReceiptComment,
  encodeReceiptHeader,
  encodeRequestHeader,
  type HeadedReceipt,
  type HeadedRequest,
  splitStream,
  STREAM_END,
} from "../../src/core/wire.ts";

const hexOf = (digit: number, length: number): Hex => toHex(new Uint8Array(length).fill(digit));
const bytesOf = (text: string) => new TextEncoder().encode(text);

const request: Request = {
  payer: hexOf(1, 20),
  operator: hexOf(2, 20),
  ceiling: 2n ** 128n - 1n,
  deadline: 1_800_000_000n,
  order: {
    modelId: hexOf(3, 32),
    inputHash: hexOf(4, 32),
    contextHash: hexOf(5, 32),
    mode: 0,
    maxPrice: 7n,
    base: 1n,
    inputRate: 2n,
    outputRate: 3n,
    salt: hexOf(6, 32),
  },
};
const asked: HeadedRequest = {
  request,
  clientSignature: hexOf(7, 65),
  client: hexOf(8, 20),
  context: canonicalContext({ runtime: "prüfstand", version: "1", disclose: false }),
};
const receipt: Receipt = {
  requestHash: hexOf(9, 32),
  operator: hexOf(2, 20),
  signer: hexOf(10, 20),
  client: hexOf(8, 20),
  sequence: 2n ** 64n - 1n,
  outputHash: hexOf(11, 32),
  proofHash: hexOf(0, 32),
  price: 7n,
  charged: 9n,
  inputUnits: 3,
  outputUnits: 1,
  issuedAt: 1_799_999_999n,
};
const answered: HeadedReceipt = { receipt, operatorSignature: hexOf(12, 65), proof: "0x" };

describe("headers beside bodies of another format", () => {
  it("hold a request and a receipt, in characters that a header may have", () => {
    const header = encodeRequestHeader(asked);
    expect(header).to.match(/^[A-Za-z0-9_-]+$/);
    expect(decodeRequestHeader(header)).to.deep.equal(asked);
    expect(decodeReceiptHeader(encodeReceiptHeader(answered))).to.deep.equal(answered);
  });

  it("are the same however their fields are put together", () => {
    const turned = Object.fromEntries(Object.entries(receipt).reverse()) as unknown as Receipt;
    expect(encodeReceiptHeader({ ...answered, receipt: turned })).to.equal(encodeReceiptHeader(answered));
  });

  it("leave out what is in the body", () => {
    const whole = { ...asked, input: "0x00" };
    expect(encodeRequestHeader(whole)).to.equal(encodeRequestHeader(asked));
    const full = { ...answered, output: "0x00", hidden: [] };
    expect(encodeReceiptHeader(full)).to.equal(encodeReceiptHeader(answered));
  });

  const refused: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["what is no base64url", "{}"],
    ["bytes that are no UTF-8", "_w"],
    ["what is no JSON", btoa("{")],
    ["another JSON value", btoa("[]")],
    ["a receipt", encodeReceiptHeader(answered)],
    ["a request that has its input too", btoa(`{"input":"0x",${JSON.stringify(asked.context)}:1}`)],
  ];
  for (const [what, header] of refused) {
    it(`refuse ${what}`, () => {
      expect(() => decodeRequestHeader(header)).to.throw(RecordError);
    });
  }
});

describe("streams with a receipt", () => {
  const output = 'data: {"choices":[{"delta":{"content":"Grüße"}}]}\n\n';
  const whole = `${output}${encodeReceiptComment(answered)}${STREAM_END}`;

  it("come apart into what was signed for, and the receipt", () => {
    const split = splitStream(bytesOf(whole));
    expect(toHex(split.output)).to.equal(toHex(bytesOf(output)));
    expect(keccakHex(split.output)).to.equal(keccakHex(bytesOf(output)));
    expect(split.receipt).to.deep.equal(answered);
  });

  it("take the last receipt for theirs, and those before it for output", () => {
    const forged = encodeReceiptComment({ ...answered, proof: "0x01" });
    const split = splitStream(bytesOf(`${output}${forged}${encodeReceiptComment(answered)}${STREAM_END}`));
    expect(toHex(split.output)).to.equal(toHex(bytesOf(`${output}${forged}`)));
    expect(split.receipt).to.deep.equal(answered);
  });

  it("are refused where they were cut anywhere", () => {
    const bytes = bytesOf(whole);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => splitStream(bytes.slice(0, length)), `at ${length}`).to.throw(RecordError);
    }
    expect(() => splitStream(bytesOf(`${output}${STREAM_END}`))).to.throw(RecordError);
  });
});
