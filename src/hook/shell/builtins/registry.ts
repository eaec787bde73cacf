/** The builtins of the shells by name. */
import { type Builtin, perhaps, succeed, unsupported } from "./builtin.ts";
import { FLOW_BUILTINS } from "./flow.ts";
import { IO_BUILTINS } from "./io.ts";
import { JOB_BUILTINS } from "./jobs.ts";
import { STATE_BUILTINS } from "./state.ts";
import { testBuiltin } from "./test.ts";

/** Builtins of at least one shell. Either no real hook uses them, or they cannot be analysed. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  "runs a file that gracekeeper cannot read": [".", "source"],
  "changes what commands mean": ["alias", "enable", "hash", "builtin", "shopt"],
  "is job control": ["fg", "bg", "suspend", "disown"],
  "sets limits that may end the hook": ["ulimit"],
  "changes variables in a way that is not analysed": [
    ...["declare", "typeset", "readonly", "unset", "shift", "getopts", "let", "mapfile", "readarray"],
  ],
  "is not analysed": ["pushd", "popd", "dirs", "caller", "coproc", "bind", "compgen", "complete", "compopt"],
};

const BUILTINS: ReadonlyMap<string, Builtin> = new Map([
  ...Object.entries(UNSUPPORTED).flatMap(([because, names]) =>
    names.map((name): [string, Builtin] => [name, unsupported(because)]),
  ),
  ...FLOW_BUILTINS,
  ...STATE_BUILTINS,
  ...JOB_BUILTINS,
  ...IO_BUILTINS,
  [":", succeed],
  ["true", succeed],
  ["umask", perhaps],
  ["type", perhaps],
  ["times", perhaps],
  ["unalias", perhaps],
  ["test", testBuiltin],
  ["[", testBuiltin],
]);

/** The builtin of this name; undefined for the name of a program. */
export function builtinNamed(name: string): Builtin | undefined {
  return BUILTINS.get(name);
}
