import { expect } from "chai";
import { NodeError } from "../../src/chain/http.ts";
import { requireSignedOffer } from "../../src/chain/offers.ts";
import { signOffer } from "../../src/core/offers.ts";
import { clock, openHouse, rejectionOf, secrets, useStage } from "../support/stage.ts";

describe("an operator's offer", () => {
  const stage = useStage();

  it("is signed by its node, for an hour", async () => {
    const { node } = await openHouse(stage);
    const offer = node.offer();
    expect([offer.issuedAt, offer.validUntil]).to.deep.equal([clock.now, clock.now + 3_600n]);
    await requireSignedOffer(stage.contracts, offer, clock.now);
    await requireSignedOffer(stage.contracts, offer, offer.validUntil);
  });

  it("is refused where it is signed by another key, by none, before the key's time, or has run out", async () => {
    const { node } = await openHouse(stage);
    const offer = node.offer();
    const refused = async (lie: typeof offer, now = clock.now) => {
      const { reason, message, remedy } = await rejectionOf(NodeError, requireSignedOffer(stage.contracts, lie, now));
      expect([reason, remedy]).to.deep.equal(["OfferInvalid", "ask again, or another operator"]);
      return message;
    };
    expect(await refused(signOffer(offer, secrets.otto))).to.include("which was no key of");
    expect(await refused({ ...offer, models: [] })).to.include("which was no key of");
    expect(await refused({ ...offer, signature: `0x${"00".repeat(65)}` })).to.include("signed by no key");
    expect(await refused(signOffer({ ...offer, issuedAt: 1n }, secrets.olive))).to.include("which was no key of");
    expect(await refused(offer, offer.validUntil + 1n)).to.include("was good until");
  });
});
