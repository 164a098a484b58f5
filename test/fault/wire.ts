import { createHash } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A command on its way to Redis, or its answer on the way back. */
export interface Passage {
  readonly way: 'command' | 'answer';
  readonly command: readonly string[];
  /** Whether the answer is an error; false for a command. */
  readonly isError: boolean;
}

/**
 * pass   it goes on
 * swallow  it does not, and nothing after it on this connection either
 * cut    it does not, and the connection is closed
 */
export type Ruling = 'pass' | 'swallow' | 'cut';

/** Decides on every command and every answer, in their order; the connection waits for the ruling. */
export type Customs = (passage: Passage) => Ruling | Promise<Ruling>;

export interface Wire {
  /** `redis://…` of the wire itself. */
  readonly url: string;
  close(): Promise<void>;
}

/** A connection to Redis on which every command can be seen and lost, and so can every answer. */
export async function startWire(redisPath: string, customs: Customs): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(redisPath);
    sockets.add(client).add(upstream);
    const lane = new Lane(client, upstream, customs);
    client.on('data', (bytes: Buffer) => lane.fromClient(bytes));
    upstream.on('data', (bytes: Buffer) => lane.fromRedis(bytes));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const port = await listen(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Whether this command runs that script, by its hash or whole. */
export function runsScript(command: readonly string[], source: string): boolean {
  const [name = '', script = ''] = command;
  switch (name.toLowerCase()) {
    case 'evalsha':
      return script === createHash('sha1').update(source).digest('hex');
    case 'eval':
      return script === source;
    default:
      return false;
  }
}

class Lane {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #customs: Customs;
  readonly #unanswered: (readonly string[])[] = [];
  #commands: Buffer = Buffer.alloc(0);
  #answers: Buffer = Buffer.alloc(0);
  #turn: Promise<void> = Promise.resolve();
  #isSwallowed = false;

  constructor(client: Socket, upstream: Socket, customs: Customs) {
    this.#client = client;
    this.#upstream = upstream;
    this.#customs = customs;
  }

  fromClient(bytes: Buffer): void {
    this.#commands = Buffer.concat([this.#commands, bytes]);
    for (;;) {
      const end = endOf(this.#commands, 0);
      if (end < 0) return;
      const raw = this.#commands.subarray(0, end);
      this.#commands = this.#commands.subarray(end);
      const command = wordsOf(raw);
      this.#next(async () => {
        if (!(await this.#mayPass({ way: 'command', command, isError: false }))) return;
        this.#unanswered.push(command);
        this.#upstream.write(raw);
      });
    }
  }

  fromRedis(bytes: Buffer): void {
    this.#answers = Buffer.concat([this.#answers, bytes]);
    for (;;) {
      const end = endOf(this.#answers, 0);
      if (end < 0) return;
      const raw = this.#answers.subarray(0, end);
      this.#answers = this.#answers.subarray(end);
      this.#next(async () => {
        const isPush = raw[0] === 0x3e;
        const command = isPush ? [] : (this.#unanswered.shift() ?? []);
        if (await this.#mayPass({ way: 'answer', command, isError: raw[0] === 0x2d }))
          this.#client.write(raw);
      });
    }
  }

  /** One after the other, in both directions, so that a ruling holds up what comes after it. */
  #next(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(step);
  }

  async #mayPass(passage: Passage): Promise<boolean> {
    if (this.#isSwallowed) return false;
    const ruling = await this.#customs(passage);
    if (ruling === 'pass') return true;
    this.#isSwallowed = true;
    if (ruling === 'cut') this.#client.destroy();
    return false;
  }
}

/** Where the RESP value that begins at `at` ends (RESP2 and RESP3); -1 where it is not there yet. */
function endOf(bytes: Buffer, at: number): number {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return -1;
  const after = line + 2;
  const type = String.fromCharCode(bytes[at] ?? 0);
  const count = Number(bytes.toString('latin1', at + 1, line));
  switch (type) {
    case '$':
    case '=':
    case '!': {
      if (count < 0) return after;
      const end = after + count + 2;
      return end <= bytes.length ? end : -1;
    }
    case '*':
    case '~':
    case '>':
      return endOfMany(bytes, after, count);
    case '%':
      return endOfMany(bytes, after, 2 * count);
    default:
      return after;
  }
}

function endOfMany(bytes: Buffer, from: number, count: number): number {
  let end = from;
  for (let index = 0; index < count && end >= 0; index += 1) end = endOf(bytes, end);
  return end;
}

/** The words of a command: an array of bulk strings. */
function wordsOf(raw: Buffer): string[] {
  const words: string[] = [];
  let at = raw.indexOf('\r\n') + 2;
  while (at < raw.length) {
    const line = raw.indexOf('\r\n', at);
    const length = Number(raw.toString('latin1', at + 1, line));
    words.push(raw.toString('utf8', line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return words;
}

/** A connection to SES on which the first send can be held up: so many of its bytes go on, the rest when it is let go. */
export interface Toll {
  readonly url: string;
  readonly held: Promise<void>;
  letGo(): void;
  close(): Promise<void>;
}

export async function startToll(target: string, bytesPassed: number, atHold: () => void): Promise<Toll> {
  const sockets = new Set<Socket>();
  const host = new URL(target);
  const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
  let isFirst = true;
  const server = createServer((client) => {
    const upstream = connect(Number(host.port), host.hostname);
    sockets.add(client).add(upstream);
    let turn = Promise.resolve();
    const pass = (bytes: Buffer) => void upstream.write(bytes);
    const hold = async (bytes: Buffer) => {
      upstream.write(bytes.subarray(0, bytesPassed));
      atHold();
      isHeld();
      await open;
      upstream.write(bytes.subarray(bytesPassed));
    };
    client.on('data', (bytes: Buffer) => {
      const isToBeHeld = isFirst && bytes.includes('POST /v2/email/outbound');
      if (isToBeHeld) isFirst = false;
      turn = turn.then(() => (isToBeHeld ? hold(bytes) : pass(bytes)));
    });
    upstream.on('data', (bytes: Buffer) => client.write(bytes));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    held,
    letGo,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
