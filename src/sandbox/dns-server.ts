import { createSocket, type Socket } from 'node:dgram';
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode } from 'dns-packet';
import { Fault, messageOf } from '../core/fault.ts';
import { type DnsRecord, type DnsSource, lookUp } from './dns-record.ts';
import { HOST } from './listen.ts';

/** Records may change at any time, so nobody keeps them for long. */
const TTL_S = 1;
/** RCODEs of RFC 1035, 4.1.1. */
const FORMAT_ERROR = 1;
const NO_SUCH_NAME = 3;
const NOT_IMPLEMENTED = 4;
/** Bits of the flags, RFC 1035, 4.1.1. */
const OPCODE = 0x7800;
const RECURSION_WANTED = 0x0100;
const RECURSION_THERE = 0x0080;

/** A DNS server on UDP. */
export interface DnsServer {
  close(): Promise<void>;
}

/**
 * Answers what it is asked from the source, on the loopback. What is no question gets no answer, or an error's.
 * @throws Fault SANDBOX_LISTEN when the port cannot be had
 */
export async function startDnsServer(port: number, source: DnsSource): Promise<DnsServer> {
  const socket = createSocket('udp4');
  await bound(socket, port);
  // A client that has gone away already is told so by an error, and that is all there is to it.
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => {
    const reply = answer(source, message);
    if (reply) socket.send(reply, from.port, from.address);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  let isOpen = true;
  return {
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
      return closed;
    },
  };
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (cause) => {
      const message = `The sandbox cannot listen on UDP port ${port}: ${messageOf(cause)}`;
      reject(new Fault('SANDBOX_LISTEN', message, { cause }));
    });
    socket.bind(port, HOST, resolve);
  });
}

/** Null where nothing should be said: to garbage, and to answers, which two servers could send each other for ever. */
function answer(source: DnsSource, message: Buffer): Buffer | null {
  if (!couldHold(message)) return null;
  try {
    const query = decode(message);
    return query.flag_qr ? null : replyTo(source, query);
  } catch {
    return null;
  }
}

/** Of the header, RFC 1035, 4.1.1; and what a question takes at least: a name of one byte, its type and its class. */
const HEADER_BYTES = 12;
const QUESTION_BYTES = 5;

/** Whether a packet has room for what its header counts: `decode` makes lists as long as that before it reads them. */
function couldHold(message: Buffer): boolean {
  if (message.length < HEADER_BYTES) return false;
  const counted = [4, 6, 8, 10].reduce((sum, at) => sum + message.readUInt16BE(at), 0);
  return HEADER_BYTES + counted * QUESTION_BYTES <= message.length;
}

function replyTo(source: DnsSource, query: DecodedPacket): Buffer {
  const [question, ...more] = query.questions ?? [];
  const flags = query.flags ?? 0;
  if ((flags & OPCODE) !== 0) return packet(query, NOT_IMPLEMENTED, []);
  if (!question || more.length > 0) return packet(query, FORMAT_ERROR, []);
  const found = lookUp(source, question.name, question.type);
  if (found === null) return packet(query, NO_SUCH_NAME, []);
  return packet(query, 0, found.map(answerOf));
}

function answerOf(record: DnsRecord): Answer {
  return { ...record, class: 'IN', ttl: TTL_S };
}

/** Never cut: loopback takes what is larger than 512 bytes, and there is no DNS over TCP here. */
function packet(query: DecodedPacket, code: number, answers: Answer[]): Buffer {
  const [{ name } = { name: '' }] = query.questions ?? [];
  const wanted = (query.flags ?? 0) & RECURSION_WANTED;
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | RECURSION_THERE | wanted | code,
    questions: query.questions ?? [],
    answers,
    // Says for how long nothing is nothing (RFC 2308).
    authorities: answers.length === 0 ? [authority(name)] : [],
  });
}

function authority(name: string): Answer {
  const zone = name.split('.').slice(-2).join('.');
  const data = {
    mname: 'ns.sandbox.sluice.example',
    rname: 'hostmaster.sandbox.sluice.example',
    serial: 1,
    refresh: TTL_S,
    retry: TTL_S,
    expire: TTL_S,
    minimum: TTL_S,
  };
  return { name: zone, type: 'SOA', class: 'IN', ttl: TTL_S, data };
}
