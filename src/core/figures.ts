/** Figures as people read them, in plain English. */

/** A count: `12,345`. */
export function figure(count: number): string {
  return count.toLocaleString('en-US');
}

/** A share in percent, with three figures that say something: `5 %`, `0.1 %`, `0.0213 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** A time: `42 s`, `12 min`, `3.5 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
