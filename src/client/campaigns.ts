import type { Audit } from '../desk/campaign-audit.ts';
import type { CampaignReport } from '../desk/campaign-report.ts';
import type { Submitted } from '../desk/campaign-submit.ts';
import type { CheckReport } from '../desk/check-report.ts';
import type { CampaignDetails, Page, TestOrder, TestReport } from '../desk/desk.ts';
import type { Story } from '../desk/recipient-story.ts';
import type { CampaignInput } from '../queue/campaign.ts';
import type { Course } from '../queue/course.ts';
import type { CampaignLimits } from '../queue/guard-book.ts';
import type { Receipt } from '../queue/receipt.ts';
import type { Sample } from '../queue/sample.ts';
import type { CampaignChange } from '../queue/timeline.ts';
import type { Call, Caller, CallOptions } from './caller.ts';
import { follow } from './follow.ts';
import type { CampaignFilter, LimitsChange, PageQuery, Signature, SignatureWithReason } from './forms.ts';
import { all } from './pages.ts';

/** `client.campaigns` */
export class Campaigns {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The same campaign again does nothing and succeeds with `known`, so a caller that is not sure may call again. */
  send(campaign: CampaignInput, options: CallOptions = {}): Promise<Submitted> {
    return this.#caller.json({ method: 'POST', path: ['campaigns'], json: campaign, ...options });
  }

  /** What would happen; nothing is sent. It reads the whole audience. */
  check(campaign: CampaignInput, options: CallOptions = {}): Promise<CheckReport> {
    const path = ['campaigns', 'check'];
    return this.#caller.json({ method: 'POST', path, json: campaign, patience: 'long', ...options });
  }

  /** Sends the mail of one row to addresses of your own. */
  test(campaign: CampaignInput, order: TestOrder, options: CallOptions = {}): Promise<TestReport> {
    return this.#caller.json({
      method: 'POST',
      path: ['campaigns', 'test'],
      json: { campaign, ...order },
      // It is mail that goes out.
      isIdempotent: false,
      patience: 'long',
      ...options,
    });
  }

  /** The same of a campaign that was sent. */
  testStored(id: string, order: TestOrder, options: CallOptions = {}): Promise<TestReport> {
    const call = this.#change(id, 'test', order, options);
    return this.#caller.json({ ...call, isIdempotent: false, patience: 'long' });
  }

  get(id: string, options: CallOptions = {}): Promise<Receipt> {
    return this.#caller.json(this.#of(id, [], options));
  }

  /** All of them, newest first; pages are fetched as they are wanted. */
  list(
    filter: CampaignFilter & Pick<PageQuery, 'limit'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<Receipt> {
    return all((after) => this.page({ ...filter, ...(after === undefined ? {} : { after }) }, options));
  }

  page(query: CampaignFilter & PageQuery = {}, options: CallOptions = {}): Promise<Page<Receipt>> {
    return this.#caller.json({ method: 'GET', path: ['campaigns'], query: { ...query }, ...options });
  }

  /** Once it has resolved, nobody is claimed any more. */
  pause(id: string, said: Signature = {}, options: CallOptions = {}): Promise<Receipt> {
    return this.#caller.json(this.#change(id, 'pause', said, options));
  }

  /**
   * Lifts pause and hold. A hold whose cause still stands is an error of status 409, unless `override` is true and there is a reason. It is asked
   * once: asked again after its answer was lost it would lift what somebody else has paused since.
   */
  resume(
    id: string,
    said: Signature & { readonly override?: boolean } = {},
    options: CallOptions = {},
  ): Promise<Receipt> {
    return this.#caller.json({ ...this.#change(id, 'resume', said, options), isIdempotent: false });
  }

  cancel(id: string, said: Signature = {}, options: CallOptions = {}): Promise<Receipt> {
    return this.#caller.json(this.#change(id, 'cancel', said, options));
  }

  /** Settles the recipients in doubt by hand. */
  resolve(
    id: string,
    said: SignatureWithReason & { readonly resolution: 'resend' | 'drop' },
    options: CallOptions = {},
  ): Promise<{ readonly resolved: number; readonly tooYoung: number }> {
    return this.#caller.json({ ...this.#change(id, 'resolve', said, options), isIdempotent: false });
  }

  setLimits(id: string, change: LimitsChange, options: CallOptions = {}): Promise<CampaignLimits> {
    return this.#caller.json({ ...this.#change(id, 'limits', change, options), method: 'PATCH' });
  }

  details(id: string, options: CallOptions = {}): Promise<CampaignDetails> {
    return this.#caller.json(this.#of(id, ['details'], options));
  }

  /** The mail as the reader of a row gets it. @param row from 1 */
  preview(id: string, row?: number, options: CallOptions = {}): Promise<Sample> {
    return this.#caller.json({ ...this.#of(id, ['preview'], options), query: { row } });
  }

  /** Who did what, oldest first. */
  async timeline(id: string, options: CallOptions = {}): Promise<readonly CampaignChange[]> {
    const call = this.#of(id, ['timeline'], options);
    return (await this.#caller.json<{ readonly items: readonly CampaignChange[] }>(call)).items;
  }

  /** How its counts grew. */
  course(id: string, options: CallOptions = {}): Promise<Course> {
    return this.#caller.json(this.#of(id, ['course'], options));
  }

  report(id: string, options: CallOptions = {}): Promise<CampaignReport> {
    return this.#caller.json({ ...this.#of(id, ['report'], options), patience: 'long' });
  }

  async reportCsv(id: string, options: CallOptions = {}): Promise<string> {
    const call: Call = { ...this.#of(id, ['report.csv'], options), accept: 'text/csv', patience: 'long' };
    return (await this.#caller.send(call)).text();
  }

  audit(id: string, options: CallOptions = {}): Promise<Audit> {
    return this.#caller.json({ ...this.#of(id, ['audit'], options), patience: 'long' });
  }

  /** Everything that happened to one recipient. @param whom an address, or the number of a row from 1 */
  why(id: string, whom: string | number, options: CallOptions = {}): Promise<Story> {
    return this.#caller.json({ ...this.#of(id, ['recipients', `${whom}`], options), patience: 'long' });
  }

  async receiptCsv(id: string, options: CallOptions = {}): Promise<string> {
    const call = { ...this.#of(id, ['receipt.csv'], options), accept: 'text/csv' };
    return (await this.#caller.send(call)).text();
  }

  /** Its receipt, at once and whenever it changes, until it is over. A connection that is lost is made again. */
  follow(id: string, options: CallOptions = {}): AsyncGenerator<Receipt> {
    return follow(this.#caller, this.#of(id, ['events'], options));
  }

  /**
   * Resolves with the receipt of a campaign that is over: finished, cancelled or failed. Events of its mail may still come. One that is paused or
   * held is waited for, for as long as it takes: a `signal` ends the wait, and `follow` shows how it stands meanwhile.
   */
  async waitFor(id: string, options: CallOptions = {}): Promise<Receipt> {
    let last: Receipt | null = null;
    for await (const receipt of this.follow(id, options)) last = receipt;
    return last ?? this.get(id, options);
  }

  #of(id: string, rest: readonly string[], options: CallOptions): Call {
    return { method: 'GET', path: ['campaigns', id, ...rest], ...options };
  }

  #change(id: string, what: string, json: object, options: CallOptions): Call {
    return { ...this.#of(id, [what], options), method: 'POST', json };
  }
}
