import { expect } from "chai";
import { findFault } from "../../src/core/model/fault.ts";
import { Answers, type Making } from "../../src/sim/answers.ts";

const answers = new Answers(`0x${"11".repeat(20)}`);
const each = (making: Making) =>
  Array.from({ length: answers.questions }, (_, question) => answers.answer(making, question));

describe("a simulation's answers", () => {
  it("are right where every neuron is", () => {
    for (const { trace, isRight } of each("right")) {
      expect(findFault(answers.published.model, trace)).to.equal(undefined);
      expect(isRight).to.equal(true);
    }
  });

  for (const making of ["cache", "cheaper model", "falsification"] as const) {
    it(`by ${making} are wrong, unless they happen to be the same, and each has a fault that can be proven`, () => {
      const wrong = each(making).filter(({ isRight }) => !isRight);
      expect(wrong.length).to.be.at.least(answers.questions - 2);
      for (const { trace } of wrong) expect(findFault(answers.published.model, trace)).not.to.equal(undefined);
      for (const [question, { input }] of each(making).entries()) {
        expect(input).to.equal(answers.answer("right", question).input);
      }
    });
  }

  it("are none beyond the questions", () => {
    expect(() => answers.answer("right", answers.questions)).to.throw(RangeError);
  });
});
