import type { Scope } from "../analysis.ts";
import { assume, exitTo, mayExitTo } from "../domain/join.ts";
import { fork, type State } from "../domain/state.ts";
import { eitherStatus, type Maybe, succeeded } from "../domain/value.ts";

/** With `set -e`, the shell ends at a failure that the script does not test. */
export function failureEnds(state: State, scope: Scope): void {
  const { errexit } = state.options;
  if (state.unreachable || errexit === false || scope.tested === true || succeeded(state.status) === true)
    return;
  const surely = errexit === true && scope.tested === false;
  if (surely && succeeded(state.status) === false) {
    exitTo(state, scope.ends);
    return;
  }
  if (scope.analysis.reads === "bounds") {
    const failing = fork(state);
    assume(failing, state.status, false);
    failing.status = eitherStatus(state.status ?? "failure", "failure");
    mayExitTo(failing, scope.ends);
  }
  if (!surely) return;
  assume(state, state.status, true);
  state.status = 0;
}

/**
 * In a command substitution, dash keeps `set -e`, busybox ash does not keep it, and bash keeps it only in POSIX mode.
 */
export function errexitInside({ options }: State, { analysis }: Scope): Maybe {
  return options.errexit === false || analysis.dialect === "bash" ? false : undefined;
}

/**
 * Inside `if`, `&&` or `!`, bash suspends errexit also in a command substitution and in a background job; dash does
 * not.
 */
export function testedInside({ analysis, tested }: Scope): Maybe {
  if (analysis.dialect === "bash") return tested;
  return tested === false ? false : undefined;
}
