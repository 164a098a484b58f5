import { describeProblem, parseAddress } from '../core/address.ts';
import { InputFault } from '../core/fault.ts';

/** In their normal form, in order. @throws InputFault that names every one that is no address */
export function normalAddresses(texts: readonly string[]): string[] {
  const problems: string[] = [];
  const normals = texts.flatMap((text) => {
    const parsed = parseAddress(text);
    if (parsed.kind === 'address') return [parsed.address.normal];
    problems.push(`"${text}" is not an address: ${describeProblem(parsed.reason)}`);
    return [];
  });
  if (problems.length > 0) throw new InputFault(problems);
  return normals;
}
