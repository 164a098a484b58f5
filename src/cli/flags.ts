import { InputFault } from '../core/fault.ts';

/** What is wrong, with what is to be done about it as it is done here. @param words the desk's, and those of the command line */
export function inOtherWords(
  words: readonly (readonly [string | RegExp, string])[],
): (thrown: unknown) => never {
  return rewritten((problem) => words.reduce((said, [theirs, ours]) => said.replace(theirs, ours), problem));
}

/**
 * What is wrong, by the flags it was written with in place of the fields that the desk knows: `replyTo "x": …` as `--reply-to "x": …`.
 * @param flags by field
 */
export function byFlags(flags: Readonly<Record<string, string>>): (thrown: unknown) => never {
  return rewritten((problem) => problem.replace(/^\w+(?=[: ])/, (field) => flags[field] ?? field));
}

function rewritten(rewrite: (problem: string) => string): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof InputFault)) throw thrown;
    throw thrown.said(rewrite);
  };
}
