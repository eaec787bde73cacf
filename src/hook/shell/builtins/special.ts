/** POSIX 2.14: special builtins. An error in one ends a POSIX shell. */
const SPECIAL = /^(:|\.|break|continue|eval|exec|exit|export|readonly|return|set|shift|times|trap|unset)$/;

export function isSpecial(name: string): boolean {
  return SPECIAL.test(name);
}
