import type { Fault } from './fault.ts';

/**
 * What is waited for, if it comes within so long.
 * @param late what is thrown where it does not; what comes after that is nobody's any more
 */
export async function inTime<T>(answer: Promise<T>, msMax: number, late: () => Fault): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), msMax);
  // It may fail after all, and then nobody waits for it.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, end]);
  } finally {
    clearTimeout(timer);
  }
}
