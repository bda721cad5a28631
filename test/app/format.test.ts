import { expect } from "chai";
import { day, decimal, modesIn, moment, share, short, webAddress } from "../../app/format.ts";

describe("the explorer's values", () => {
  it("writes amounts exactly, or to so many places, with thin groups of three", () => {
    expect(decimal(0n, 6)).to.equal("0");
    expect(decimal(1n, 6)).to.equal("0.000001");
    expect(decimal(1_234_567_000_000n, 6)).to.equal("1 234 567");
    expect(decimal(1_500_000n, 6)).to.equal("1.5");
    expect(decimal(1_239_999n, 6, 2)).to.equal("1.23");
    expect(decimal(-1_500_000n, 6)).to.equal("-1.5");
    expect(decimal(12n, 0)).to.equal("12");
  });

  it("shortens what is long, and nothing else", () => {
    expect(short(`0x${"ab".repeat(20)}`)).to.equal("0xababab…abab");
    expect(short("client 1")).to.equal("client 1");
  });

  it("writes times in UTC, and what is no time as the number that it is", () => {
    expect(moment(0n)).to.equal("1970-01-01 00:00 UTC");
    expect(moment(2n ** 64n - 1n)).to.equal("second 18446744073709551615");
    expect(moment(-1n)).to.equal("second -1");
    expect(day(86_400n)).to.equal("1970-01-02");
  });

  it("writes parts of a whole, and a dash where there is none", () => {
    expect(share(1n, 3n)).to.equal("33.3 %");
    expect(share(0n, 3n)).to.equal("0.0 %");
    expect(share(1n, 0n)).to.equal("–");
  });

  it("names the modes of a set of bits", () => {
    expect(modesIn(0b1001)).to.deep.equal(["signed", "optimistic"]);
    expect(modesIn(0)).to.be.empty;
  });

  it("follows addresses of the web, and no other that somebody wrote", () => {
    expect(webAddress("https://node.example/a")).to.equal("https://node.example/a");
    expect(webAddress("http://127.0.0.1:8600")).to.equal("http://127.0.0.1:8600/");
    for (const hostile of [
      "javascript:alert(1)",
      " javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:msgbox(1)",
      "blob:https://node.example/1",
      "//node.example",
      "<img src=x onerror=alert(1)>",
      "",
    ]) {
      expect(webAddress(hostile), hostile).to.be.undefined;
    }
  });
});
