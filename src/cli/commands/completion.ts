import { Argument, type Command } from "commander";
import type { Shell } from "../io.ts";
import { ending } from "../options.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** A command's path, as "surety operator key", and what may follow it. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

/** Adds `surety completion`. */
export function addCompletion(program: Command, io: Shell): void {
  const completion = program
    .command("completion")
    .description("print what has a shell complete commands and options; other words are files")
    .addArgument(new Argument("<shell>", "which shell").choices(shells));
  ending(completion, [
    "source <(surety completion bash)",
    "surety completion fish > ~/.config/fish/completions/surety.fish",
  ]).action((shell: (typeof shells)[number]) => io.out(writers[shell](placesIn(program, ""))));
}

function placesIn(command: Command, before: string): Place[] {
  const path = `${before}${command.name()}`;
  const options = command.options.flatMap(({ long }) => long ?? []);
  const words = [...command.commands.map((one) => one.name()), ...options, "--help"];
  return [{ path, words }, ...command.commands.flatMap((one) => placesIn(one, `${path} `))];
}

const writers: Readonly<Record<(typeof shells)[number], (places: readonly Place[]) => string>> = {
  bash: (places) => `_surety() {
  local word path="surety" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${cases(places, 'path="$path $word"')}
    esac
  done
  case "$path" in
${wordCases(places, (words) => `words="${words}"`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _surety surety
`,
  zsh: (places) => `#compdef surety
_surety() {
  local word route="surety"
  local -a known
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "$route $word" in
${cases(places, 'route="$route $word"')}
    esac
  done
  case "$route" in
${wordCases(places, (words) => `known=(${words})`)}
  esac
  compadd -a known || _files
}
compdef _surety surety
`,
  fish: (places) => `function __surety_path
  set -l path surety
  for word in (commandline -opc)[2..-1]
    switch "$path $word"
      case ${places
        .slice(1)
        .map(({ path }) => `'${path}'`)
        .join(" ")}
        set path "$path $word"
    end
  end
  echo $path
end
${places.map(({ path, words }) => `complete -c surety -n 'test (__surety_path) = "${path}"' -a '${words.join(" ")}'`).join("\n")}
`,
};

/** The branches that follow a command's path. */
function cases(places: readonly Place[], then: string): string {
  return `      ${places
    .slice(1)
    .map(({ path }) => `"${path}"`)
    .join("|")}) ${then} ;;`;
}

function wordCases(places: readonly Place[], then: (words: string) => string): string {
  return places.map(({ path, words }) => `    "${path}") ${then(words.join(" "))} ;;`).join("\n");
}
