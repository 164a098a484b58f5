import { InputFault } from '../core/fault.ts';

/**
 * What is wrong, by the flags it was written with in place of the fields that the desk knows: `replyTo "x": …` as `--reply-to "x": …`.
 * @param flags by field
 */
export function byFlags(flags: Readonly<Record<string, string>>): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof InputFault)) throw thrown;
    const problems = thrown.problems.map((problem) =>
      problem.replace(/^\w+(?=[: ])/, (field) => flags[field] ?? field),
    );
    throw new InputFault(problems, { cause: thrown, kind: thrown.kind });
  };
}
