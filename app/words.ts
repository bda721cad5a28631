/** The links of a record in words: what each joins, and what it means where it fails. */
export interface LinkWords {
  readonly name: string;
  readonly broken: string;
}

const words: Readonly<Record<string, LinkWords>> = {
  input: { name: "Question", broken: "The question shown is not the one that was ordered." },
  context: { name: "Context", broken: "The context shown is not the one that was ordered." },
  request: { name: "Request", broken: "The receipt answers another request than the one shown." },
  client: { name: "Client's signature", broken: "The client's key did not sign this request." },
  operator: { name: "Operator's signature", broken: "The operator's key did not sign this receipt." },
  output: { name: "Answer", broken: "The answer shown is not the one that the receipt names." },
  proof: { name: "Proof", broken: "The proof shown is not the one that the receipt names." },
  terms: { name: "Terms", broken: "Price or time are not what the order and the protocol allow." },
  model: { name: "Model", broken: "The model shown is not the one that was ordered." },
  execution: { name: "Computation", broken: "The model does not give this answer to this question." },
  attestation: { name: "Enclave", broken: "No enclave that the model's publisher allows made this answer." },
  quote: { name: "Enclave's quote", broken: "The quote does not vouch for the key that signed." },
  inclusion: { name: "Place in the batch", broken: "The receipt is not in the batch that it is said to be in." },
  contracts: { name: "Contracts", broken: "The record is for other contracts than the ones that you trust." },
  commitment: { name: "Commitment", broken: "The operator did not commit this batch with this receipt in it." },
  key: { name: "Signing key", broken: "The signing key was not the operator's when the receipt was issued." },
  publication: { name: "Publication", broken: "The model is not published for the mode that was ordered." },
  settlement: { name: "Settlement", broken: "The fee is not settled." },
  backing: { name: "Backing", broken: "The fee was taken without a receipt committed in time." },
  record: { name: "Verdicts", broken: "A court has found this receipt wrong, or its operator silent about it." },
};

/** The words for a link; of one that this page does not know, its own name. */
export function wordsFor(link: string): LinkWords {
  return Object.hasOwn(words, link) ? (words[link] ?? unknown(link)) : unknown(link);
}

function unknown(link: string): LinkWords {
  return { name: link, broken: "It does not hold." };
}
