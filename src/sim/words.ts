/** Parts of a scenario in plain sentences, for pages and summaries. */
import { countText, dollarText, numberText, shareText } from "./numbers.ts";
import type { OperatorGroup, Shock } from "./scenario.ts";

/** What a group of operators does, in one or more short sentences. */
export function strategyText({ cheating, collusion, availability, exitsOn, admits }: OperatorGroup): string {
  return [
    cheating === undefined || cheating.rate === 0 ? "Computes every answer." : cheatingText(cheating),
    collusion && collusionText(collusion),
    availability < 1 && `Serves on ${shareText(availability)} of the days.`,
    admits === "cover" && "Takes work against what is delegated to it, too.",
    exitsOn !== undefined && `Asks its whole bond back on day ${exitsOn}.`,
  ]
    .filter((sentence) => typeof sentence === "string")
    .join(" ");
}

function cheatingText({ rate, by, gain, from, until }: NonNullable<OperatorGroup["cheating"]>): string {
  const how = {
    cache: "with another question's answer",
    "cheaper model": "with a cheaper model",
    falsification: "falsely",
  }[by];
  const since = from > 0 ? ` from day ${from} on` : "";
  const when = until === undefined ? since : ` from day ${from} to day ${until}`;
  const paid = gain > 0 ? `, for ${dollarText(gain)} each beside what it saves` : "";
  return `Answers ${rate === 1 ? "every question" : `${shareText(rate)} of the questions`} ${how}${when}${paid}.`;
}

function collusionText(collusion: NonNullable<OperatorGroup["collusion"]>): string {
  switch (collusion.with) {
    case "client": {
      const end = collusion.until === undefined ? "" : ` until day ${collusion.until}`;
      return `Pays itself ${dollarText(collusion.perDay)} a day as its own client${end}, to lift its credit.`;
    }
    case "watcher":
      return `The watchers called ${collusion.watchers} look away from it.`;
    case "reporter":
      return "Its own puppet convicts it first, for the bounty.";
  }
}

/** What happens in a shock: in few words, for a mark on a plot, and in a sentence. */
export function shockText(shock: Shock): { readonly label: string; readonly sentence: string } {
  switch (shock.kind) {
    case "token price": {
      const label = `token ×${numberText(shock.factor)}`;
      return { label, sentence: `A token is worth ${numberText(shock.factor)} times what it was.` };
    }
    case "watchers stop": {
      const sentence = `The watchers called ${shock.watchers} stop for ${countText(shock.days, "day")}.`;
      return { label: "watchers stop", sentence };
    }
    case "mass exit": {
      const sentence = `${shareText(shock.share)} of the honest operators ask their bonds back.`;
      return { label: `${shareText(shock.share)} exit`, sentence };
    }
    case "demand": {
      const label = `demand ×${numberText(shock.factor)}`;
      return { label, sentence: `Clients ask ${numberText(shock.factor)} times as much as before.` };
    }
  }
}
