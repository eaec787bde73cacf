import type { Words } from "../programs/program-result.ts";
import { readScript } from "../shell/parse.ts";
import { constant, type Place, type State, silence, type Way } from "./state.ts";

/** `trap ACTION SIGNAL...` */
export function trap(state: State, words: Words, way: Way, { straight }: Place): Way {
  const [action, ...names] = words[0] === "--" ? words.slice(1) : words;
  const signals = names.map((name) => name?.toUpperCase().replace(/^SIG(?=.)/, ""));
  // Bash runs an EXIT trap on signals, too; `trap SIGNAL` and `trap -p` are not followed.
  if (!straight || signals.length === 0 || !signals.every((name) => PLAIN_SIGNAL.test(name ?? "")))
    return silence(state);
  const { name, number } = state.about.signal;
  const ours = signals.some((one) => `SIG${one}` === name || one === `${number}`);
  if (action === "-") return state.anyTrap ? silence(state) : way;
  if (action !== "") state.anyTrap = true;
  if (ours) state.trap = action === "" ? "ignored" : endsNothing(action) ? "stays" : "acts";
  return way;
}

const PLAIN_SIGNAL = /^(HUP|INT|QUIT|USR[12]|PIPE|ALRM|TERM|CHLD|CONT|WINCH|[1-9]|1[0-578]|28)$/;

const HARMLESS = new Set([":", "true", "echo", "printf"]);

/** Whether the shell goes on after this action: it only prints. */
function endsNothing(action: string | undefined): boolean {
  if (action === undefined) return false;
  const read = readScript(action);
  return (
    read.kind === "script" &&
    read.script.commands.every(
      ({ command }) =>
        command.type === "Command" &&
        command.name !== undefined &&
        HARMLESS.has(constant(command.name) ?? ""),
    )
  );
}
