import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import packet, { type Question } from 'dns-packet';
import { answerFrom, type Zone } from './zone.ts';

export interface DnsServer {
  /** `127.0.0.1:port`, as SLUICE_DNS_SERVERS takes it. */
  readonly address: string;
  /** What was asked, in order, such as `TXT example.com`; by TCP `tcp TXT example.com`. */
  readonly asked: string[];
  /** Puts other names in place of all that it served. */
  serve(zone: Zone): void;
  close(): Promise<void>;
}

/** What goes into an answer by UDP, without EDNS or with it. */
const UDP_BYTES_MAX = 512;

const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** A recursive resolver on loopback that knows nothing but its zone, by UDP and TCP on one free port. */
export async function startDnsServer(zone: Zone = {}): Promise<DnsServer> {
  let served = zone;
  const asked: string[] = [];
  const answer = (query: Buffer, tcp: boolean) => answered(query, served, tcp, asked);
  const { udp, tcp, port } = await listen();
  const sockets = new Set<Socket>();
  udp.on('message', (query, from) => replyByUdp(udp, from, answer(query, false)));
  tcp.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    answerByTcp(socket, (query) => answer(query, true));
  });
  return {
    address: `127.0.0.1:${port}`,
    asked,
    serve: (other) => {
      served = other;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((done) => udp.close(() => done())),
        new Promise<void>((done) => tcp.close(() => done())),
      ]);
    },
  };
}

/** A port that is free for TCP is nearly always free for UDP as well. */
async function listen(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const tcp = createServer();
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    const address = tcp.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const udp = createSocket('udp4');
    try {
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
      return { udp, tcp, port };
    } catch (thrown) {
      udp.close();
      tcp.close();
      if (attempt === 5) throw thrown;
    }
  }
}

/** Null: no answer. */
function answered(query: Buffer, zone: Zone, tcp: boolean, asked: string[]): Buffer | null {
  const { id = 0, flags = 0, questions = [] } = packet.decode(query);
  const question = questions[0];
  if (!question) return null;
  asked.push(`${tcp ? 'tcp ' : ''}${question.type} ${question.name}`);

  const found = answerFrom(zone, question.name, question.type);
  const base = {
    id,
    questions: [question],
    recursion: (flags & packet.RECURSION_DESIRED) | RECURSION_AVAILABLE,
  };
  switch (found.fault) {
    case 'silent':
      return null;
    case 'garbage':
      return Buffer.concat([query.subarray(0, 2), Buffer.from('this is no message of DNS')]);
    case 'servfail':
    case 'refused':
      return encoded({ ...base, code: found.fault === 'servfail' ? CODES.SERVFAIL : CODES.REFUSED });
    case 'lame':
      return encoded({ ...base, questions: [{ ...question, name: 'other.example' }], code: CODES.NXDOMAIN });
    case 'truncated':
    case null: {
      const whole = encoded({ ...base, code: CODES[found.code], answers: found.answers });
      if (tcp || (found.fault === null && whole.length <= UDP_BYTES_MAX)) return whole;
      return encoded({ ...base, code: CODES.NOERROR, truncated: true });
    }
  }
}

const RECURSION_AVAILABLE = 1 << 7;

interface Reply {
  readonly id: number;
  readonly questions: Question[];
  readonly recursion: number;
  readonly code: number;
  readonly answers?: readonly packet.Answer[];
  readonly truncated?: boolean;
}

function encoded({ id, questions, recursion, code, answers = [], truncated = false }: Reply): Buffer {
  return packet.encode({
    type: 'response',
    id,
    flags: recursion | code | (truncated ? packet.TRUNCATED_RESPONSE : 0),
    questions,
    answers: [...answers],
  });
}

function replyByUdp(udp: UdpSocket, from: RemoteInfo, reply: Buffer | null): void {
  if (reply) udp.send(reply, from.port, from.address);
}

/** Messages with their length in two bytes before them (RFC 1035 4.2.2). */
function answerByTcp(socket: Socket, answer: (query: Buffer) => Buffer | null): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const reply = answer(pending.subarray(2, end));
      pending = pending.subarray(end);
      if (!reply) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    }
  });
}
