/** What is not named stays as it is; null takes a limit away. */
export interface RateChange {
  readonly bounceRate?: number | null;
  readonly complaintRate?: number | null;
}

/**
 * A rate as people write it: a share (`0.05`), a percentage (`5%`), or `none`. Empty where the flag is not there.
 * @param problems gets a line where it is wrong
 */
export function rateOf(
  name: keyof RateChange,
  flag: string,
  text: string | undefined,
  problems: string[],
): RateChange {
  if (text === undefined) return {};
  if (text === 'none') return { [name]: null };
  const [, digits, sign] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const rate = digits === undefined ? Number.NaN : Number(digits) / (sign === '%' ? 100 : 1);
  if (rate > 0 && rate <= 1) return { [name]: rate };
  problems.push(`${flag}: "${text}" is no share from 0 to 1 (such as 0.05 or 5%), and not none`);
  return {};
}

/** A share in percent, with three figures that say something: `5 %`, `0.1 %`, `0.0213 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
