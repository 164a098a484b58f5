import type { AudienceRow } from '../audience/source.ts';
import { type AddressProblem, describeProblem } from '../core/address.ts';
import type { ReceiverCounts } from '../identity/receiver-report.ts';
import { type ReceiverId, receiverOf } from '../identity/receivers.ts';
import type { Mailing } from '../send/mailing.ts';
import type { Reason } from '../suppression/entry.ts';
import { type Prospect, type ProspectParts, prospects } from './prospects.ts';
import { recipientOf, shownAddress } from './row.ts';
import { type Sample, writeSample } from './sample.ts';
import { VariableTally, type VariableUse } from './variable-tally.ts';

/** What would happen if a campaign were sent at this moment. */
export interface Preflight {
  readonly counts: PreflightCounts;
  /** Rows whose address is none, by reason, the most frequent first. */
  readonly invalid: readonly InvalidRows[];
  /** What the mail reads of a row, in the order in which it names it. */
  readonly variables: readonly VariableUse[];
  /** People who would get it, at receivers whose rules are known. */
  readonly receivers: ReceiverCounts;
  /** The mail for the first rows that would get it. */
  readonly samples: readonly Sample[];
  /** The list was changed while it was read, so that nothing here is certain. */
  readonly hasChanged: boolean;
}

/** `read = duplicate + invalid + skipped + sendable`, as in the receipt. */
export interface PreflightCounts {
  readonly read: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly skipped: Readonly<Record<Reason, number>>;
  readonly sendable: number;
}

export interface InvalidRows {
  readonly reason: AddressProblem;
  /** The reason as a clause in plain English. */
  readonly meaning: string;
  readonly rows: number;
  /** The first of them. */
  readonly examples: readonly { readonly seq: number; readonly value: string }[];
}

const EXAMPLES_MAX = 3;
const SAMPLES_MAX = 3;

/**
 * Reads the whole audience as the planner does, and sends, enqueues and writes nothing. Memory is that of the planner:
 * the duplicate filter, and counters.
 *
 * @throws AudienceFault where the list can't be read
 */
export async function preflight(parts: ProspectParts, mailing: Mailing): Promise<Preflight> {
  const before = await parts.source.fingerprint();
  const tally = new Tally(mailing);
  for await (const some of prospects(parts, mailing)) for (const one of some) tally.add(one);
  return { ...tally.result(), hasChanged: (await parts.source.fingerprint()) !== before };
}

class Tally {
  readonly #mailing: Mailing;
  readonly #variables: VariableTally;
  readonly #skipped = { blocked: 0, complained: 0, bounced: 0, unsubscribed: 0 };
  readonly #invalid = new Map<AddressProblem, { rows: number; examples: AudienceRow[] }>();
  readonly #receivers = new Map<ReceiverId, number>();
  readonly #samples: Sample[] = [];
  #read = 0;
  #duplicate = 0;
  #sendable = 0;

  constructor(mailing: Mailing) {
    this.#mailing = mailing;
    this.#variables = new VariableTally([...mailing.mail.variables, ...mailing.linkColumns]);
  }

  add(prospect: Prospect): void {
    const { row } = prospect;
    this.#read += 1;
    this.#variables.see(row.data);
    switch (prospect.kind) {
      case 'invalid':
        this.#addInvalid(prospect.reason, row);
        break;
      case 'duplicate':
        this.#duplicate += 1;
        break;
      case 'skipped':
        this.#skipped[prospect.rule] += 1;
        break;
      case 'sendable':
        this.#sendable += 1;
        this.#variables.count(row.data);
        this.#addReceiver(prospect.address.domain);
        if (this.#samples.length < SAMPLES_MAX) {
          const recipient = recipientOf(row, prospect.address, this.#mailing);
          this.#samples.push(writeSample(this.#mailing, recipient));
        }
    }
  }

  result(): Omit<Preflight, 'hasChanged'> {
    const invalid = [...this.#invalid]
      .map(([reason, { rows, examples }]) => ({
        reason,
        meaning: describeProblem(reason),
        rows,
        examples: examples.map((row) => ({ seq: row.seq, value: shownAddress(row) })),
      }))
      .toSorted((a, b) => b.rows - a.rows);
    return {
      counts: {
        read: this.#read,
        duplicate: this.#duplicate,
        invalid: invalid.reduce((sum, { rows }) => sum + rows, 0),
        skipped: this.#skipped,
        sendable: this.#sendable,
      },
      invalid,
      variables: this.#variables.result(),
      receivers: Object.fromEntries(this.#receivers),
      samples: this.#samples,
    };
  }

  #addReceiver(domain: string): void {
    const receiver = receiverOf(domain);
    if (receiver !== null) this.#receivers.set(receiver, (this.#receivers.get(receiver) ?? 0) + 1);
  }

  #addInvalid(reason: AddressProblem, row: AudienceRow): void {
    const found = this.#invalid.get(reason) ?? { rows: 0, examples: [] };
    found.rows += 1;
    if (found.examples.length < EXAMPLES_MAX) found.examples.push(row);
    this.#invalid.set(reason, found);
  }
}
