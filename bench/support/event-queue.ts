import { createHash } from 'node:crypto';

interface Message {
  readonly id: string;
  readonly body: string;
}

const TAKEN_MAX = 10;
/** How long a receive waits for messages; the readers ask for up to 20 s. */
const WAIT_MS = 200;

/** SQS as far as the reader of events asks for it, with a Send and a Delivery event for every recipient. */
export class EventQueue {
  #messages: Message[] = [];
  #next = 0;
  #made = 0;
  readonly #waiting: (() => void)[] = [];

  sent(body: Buffer, isBulk: boolean, ids: readonly string[]): void {
    const call = JSON.parse(body.toString('utf8'));
    const shared = isBulk ? call.DefaultEmailTags : call.EmailTags;
    ids.forEach((messageId, index) => {
      const entry = isBulk ? call.BulkEmailEntries[index] : call;
      const tags = [...shared, ...(isBulk ? entry.ReplacementTags : [])];
      const mail = {
        timestamp: new Date().toISOString(),
        source: call.FromEmailAddress,
        messageId,
        destination: entry.Destination.ToAddresses,
        tags: Object.fromEntries(tags.map((tag: { Name: string; Value: string }) => [tag.Name, [tag.Value]])),
      };
      const [recipient] = mail.destination;
      const delivery = {
        timestamp: mail.timestamp,
        processingTimeMillis: 500,
        recipients: [recipient],
        smtpResponse: '250 2.6.0 Message received',
        reportingMTA: 'a8-50.smtp-out.amazonses.com',
      };
      this.#push({ eventType: 'Send', mail, send: {} });
      this.#push({ eventType: 'Delivery', mail, delivery });
    });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async handle(head: string, body: Buffer): Promise<string> {
    const action = /x-amz-target: *AmazonSQS\.(\w+)/i.exec(head)?.[1] ?? '';
    if (action === 'ReceiveMessage') return this.#receive();
    if (action === 'DeleteMessageBatch') {
      const { Entries: entries } = JSON.parse(body.toString('utf8'));
      return JSON.stringify({ Successful: entries.map(({ Id }: { Id: string }) => ({ Id })), Failed: [] });
    }
    return '{}';
  }

  async #receive(): Promise<string> {
    if (this.#next >= this.#messages.length) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, WAIT_MS);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    const taken = this.#messages.slice(this.#next, this.#next + TAKEN_MAX);
    this.#next += taken.length;
    if (this.#next > 100_000) {
      this.#messages = this.#messages.slice(this.#next);
      this.#next = 0;
    }
    if (taken.length === 0) return '{}';
    return JSON.stringify({ Messages: taken.map(({ id, body }) => messageObject(id, body)) });
  }

  #push(event: object): void {
    this.#made += 1;
    this.#messages.push({ id: `m-${this.#made}`, body: JSON.stringify(event) });
  }
}

function messageObject(id: string, body: string): object {
  return {
    MessageId: id,
    ReceiptHandle: id,
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    Body: body,
    Attributes: { SentTimestamp: String(Date.now()), ApproximateReceiveCount: '1' },
  };
}
