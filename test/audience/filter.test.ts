import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateFilter } from '../../src/audience/filter.ts';

function filterOf(addresses: Iterable<string>): DuplicateFilter {
  const filter = new DuplicateFilter();
  for (const address of addresses) filter.add(address);
  return filter;
}

describe('DuplicateFilter', () => {
  it('knows new from known exactly as a set does', () => {
    const address = fc.integer({ min: 0, max: 5_000 }).map((number) => `person.${number}@example.com`);
    fc.assert(
      fc.property(fc.array(address, { maxLength: 20_000, size: 'max' }), (addresses) => {
        const filter = new DuplicateFilter();
        const set = new Set<string>();
        for (const one of addresses) {
          expect(filter.add(one)).toBe(!set.has(one));
          set.add(one);
        }
        expect(filter.size).toBe(set.size);
      }),
      { numRuns: 20 },
    );
  });

  it('forgets nobody and takes 12 to 16 bytes an address, with a million of them', () => {
    const filter = new DuplicateFilter();
    let wrong = 0;
    for (let number = 0; number < 1_000_000; number += 1) {
      if (!filter.add(`person.${number}@example.com`)) wrong += 1;
    }
    expect(filter.size).toBe(1_000_000);
    expect(filter.bytes / filter.size).toBeGreaterThan(12);
    expect(filter.bytes / filter.size).toBeLessThanOrEqual(16);
    for (let number = 0; number < 1_000_000; number += 1) {
      if (filter.add(`person.${number}@example.com`)) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(filter.size).toBe(1_000_000);
  });

  it('grows in small steps: no address costs more than a hundredth of the memory at once', () => {
    const filter = new DuplicateFilter();
    let before = filter.bytes;
    let largest = 0;
    for (let number = 0; number < 100_000; number += 1) {
      filter.add(`person.${number}@example.com`);
      // Adding up 256 shards for each would take longer than the test is worth.
      if (number % 10 !== 0) continue;
      largest = Math.max(largest, (filter.bytes - before) / filter.bytes);
      before = filter.bytes;
    }
    expect(largest).toBeLessThan(0.01);
  });

  it('is small while it is empty', () => {
    expect(new DuplicateFilter().bytes).toBeLessThan(300_000);
  });
});

describe('the digest', () => {
  const people = Array.from({ length: 1_000 }, (_, number) => `person.${number}@example.com`);

  it('is the same for the same addresses in the same order, however often it was asked for on the way', () => {
    const asked = new DuplicateFilter();
    for (const person of people) {
      asked.add(person);
      asked.digest();
    }
    expect(asked.digest()).toBe(filterOf(people).digest());
  });

  it('differs at every length, for another order, another address, and a repeated one', () => {
    const filter = new DuplicateFilter();
    const digests = new Set([filter.digest()]);
    for (const person of people) {
      filter.add(person);
      digests.add(filter.digest());
    }
    expect(digests.size).toBe(people.length + 1);
    expect(digests).not.toContain(filterOf(people.toReversed()).digest());
    expect(digests).not.toContain(filterOf([...people, 'person.0@example.com']).digest());
    expect(digests).not.toContain(filterOf(people.with(500, 'person.x@example.com')).digest());
  });
});
