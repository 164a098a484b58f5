import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { Fault } from '../core/fault.ts';
import { Mac } from './mac.ts';

/**
 * Seals what an unsubscribe link must say (who, of which sender, from which campaign) so that nobody can read the
 * address in it or make one up.
 *
 * The token is base64url of
 *
 *     version (1) | key id (2) | nonce (12) | offset (2) | ciphertext | tag (16)
 *
 * - From each secret HKDF-SHA-256 (RFC 5869) makes an encryption key, an authentication key and the key id, which are
 *   independent of each other. The id only says which key to try: secrets can be rotated.
 * - The ciphertext is AES-256 in counter mode (NIST SP 800-38A). The counter block is the nonce, random for each batch,
 *   and a 32-bit count. One update encrypts a whole batch, each recipient from a block of its own; `offset` is the
 *   number of the first. A nonce is used for 65,536 blocks at most, so within a nonce no two recipients share a block and
 *   no count carries into the nonce. Two of 2^32 batches have the same 96-bit nonce with a chance of 2^-33.
 * - The tag is HMAC-SHA-256 (RFC 2104), cut to 128 bits, over everything before it. It is checked, in constant time,
 *   before anything is decrypted: encrypt-then-MAC, which makes a scheme that is secure against chosen plaintexts
 *   secure against chosen ciphertexts too (Bellare and Namprempre, 2000). Nonce and offset are under it, so a
 *   ciphertext can't be moved to another counter.
 * - Only the one base64url spelling of a token opens.
 *
 * The length of the address can be seen. Whoever has a token can unsubscribe its recipient: that is its purpose.
 */
export interface Sealer {
  /** One token a recipient, in order. @throws Fault TOKEN_FIELD where a field is beyond its bound */
  seal(batch: SealedBatch): string[];
  /** What was sealed; null for anything that was not sealed with one of the secrets. Never throws. */
  open(token: string): Unsealed | null;
}

export interface SealedBatch {
  /** The From address, in its normal form. At most SENDER_BYTES_MAX. */
  readonly sender: string;
  /** The campaign's id. At most CAMPAIGN_BYTES_MAX. */
  readonly campaign: string;
  /** `seq` in 32 bits; `address` at most ADDRESS_BYTES_MAX, as its normal form always is. */
  readonly recipients: readonly { readonly seq: number; readonly address: string }[];
}

export interface Unsealed {
  readonly sender: string;
  readonly campaign: string;
  readonly seq: number;
  readonly address: string;
}

export const CAMPAIGN_BYTES_MAX = 64;
/** An address could have more, but then the token would leave the URL too little of the header. Nobody's From is so long. */
export const SENDER_BYTES_MAX = 128;
/** 64 of local part, `@` and 253 of domain in punycode: every address in its normal form. */
export const ADDRESS_BYTES_MAX = 318;

/** Which fields there are, in which order, made with which algorithms. */
const VERSION = 1;
const KEY_ID_BYTES = 2;
const NONCE_BYTES = 12;
const OFFSET_BYTES = 2;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES + OFFSET_BYTES;
const SEQ_BYTES = 4;
const SEQ_MAX = 2 ** 32 - 1;

const FIELD_BYTES_MAX = 1 + CAMPAIGN_BYTES_MAX + 1 + SENDER_BYTES_MAX + SEQ_BYTES + ADDRESS_BYTES_MAX;
/** What the tag is over. */
const MESSAGE_BYTES_MAX = HEAD_BYTES + FIELD_BYTES_MAX;
/**
 * The longest token: 732 characters. A header value may have 870 (SES), so with `<`, `/u/` and `>` there are 133 left
 * for the public URL.
 */
export const TOKEN_CHARS_MAX = base64Length(MESSAGE_BYTES_MAX + TAG_BYTES);
const TOKEN_CHARS_MIN = base64Length(HEAD_BYTES + TAG_BYTES);

const CIPHER = 'aes-256-ctr';
const CIPHER_BLOCK_BYTES = 16;
const BLOCKS_PER_NONCE_MAX = 2 ** (8 * OFFSET_BYTES);

/**
 * @param secrets newest first: the first one seals, all of them open
 * @param random source of nonces; tests may want the same ones again
 */
export function createSealer(
  secrets: readonly string[],
  random: (bytes: number) => Uint8Array = randomBytes,
): Sealer {
  const keys = secrets.map(deriveKeys);
  const [newest] = keys;
  if (!newest) throw new Fault('TOKEN_SECRET', 'there is no secret to seal unsubscribe links with');
  return {
    seal: (batch) => {
      const common = commonFields(batch);
      return grouped(batch.recipients, common.length).flatMap((group) =>
        sealGroup(newest, common, group, random(NONCE_BYTES)),
      );
    },
    open: (token) => {
      const raw = decode(token);
      if (!raw) return null;
      for (const key of keys) {
        const plain = key.id.equals(raw.subarray(1, 1 + KEY_ID_BYTES)) ? unseal(key, raw) : null;
        if (plain) return readFields(plain);
      }
      return null;
    },
  };
}

interface Keys {
  readonly id: Buffer;
  /** As a KeyObject, which makes a cipher in a quarter of the time. */
  readonly cipher: KeyObject;
  readonly mac: Mac;
}

function deriveKeys(secret: string): Keys {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `sluice unsubscribe token 1 ${purpose}`, bytes));
  return {
    id: derive('key id', KEY_ID_BYTES),
    cipher: createSecretKey(derive('encryption', 32)),
    mac: new Mac(derive('authentication', 32), TAG_BYTES, MESSAGE_BYTES_MAX),
  };
}

/** The same for a whole batch: campaign and sender, each after its length. */
function commonFields({ campaign, sender }: SealedBatch): Buffer {
  return Buffer.concat([
    sized('campaign', campaign, CAMPAIGN_BYTES_MAX),
    sized('sender', sender, SENDER_BYTES_MAX),
  ]);
}

function sized(name: string, text: string, bytesMax: number): Buffer {
  const bytes = Buffer.from(text);
  refuseBeyond(name, bytes.length, bytesMax);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function refuseBeyond(name: string, bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new Fault(
    'TOKEN_FIELD',
    `the ${name} of an unsubscribe link has ${bytes} bytes, ${bytesMax} at most`,
  );
}

interface Placed {
  readonly seq: number;
  readonly address: string;
  /** First block of the cipher, from 0. */
  readonly block: number;
  /** Length of all its fields. */
  readonly bytes: number;
}

/** Recipients with their places, in groups that one nonce is enough for: nearly always a single one. */
function grouped(recipients: SealedBatch['recipients'], commonBytes: number): Placed[][] {
  const groups: Placed[][] = [];
  let block = BLOCKS_PER_NONCE_MAX;
  for (const { seq, address } of recipients) {
    const addressBytes = Buffer.byteLength(address);
    refuseBeyond('address', addressBytes, ADDRESS_BYTES_MAX);
    if (!Number.isInteger(seq) || seq < 0 || seq > SEQ_MAX) {
      throw new Fault('TOKEN_FIELD', `${seq} is no position in an audience: at most ${SEQ_MAX}`);
    }
    const bytes = commonBytes + SEQ_BYTES + addressBytes;
    const blocks = Math.ceil(bytes / CIPHER_BLOCK_BYTES);
    if (block + blocks > BLOCKS_PER_NONCE_MAX) {
      groups.push([]);
      block = 0;
    }
    groups.at(-1)?.push({ seq, address, block, bytes });
    block += blocks;
  }
  return groups;
}

function sealGroup(keys: Keys, common: Buffer, group: readonly Placed[], nonce: Uint8Array): string[] {
  const last = group.at(-1);
  if (!last) return [];
  const plain = Buffer.alloc(last.block * CIPHER_BLOCK_BYTES + last.bytes);
  for (const { seq, address, block } of group) {
    const start = block * CIPHER_BLOCK_BYTES;
    plain.set(common, start);
    plain.writeUInt32BE(seq, start + common.length);
    plain.write(address, start + common.length + SEQ_BYTES);
  }
  const encrypted = createCipheriv(CIPHER, keys.cipher, counterBlock(nonce, 0)).update(plain);
  const { message } = keys.mac;
  message[0] = VERSION;
  message.set(keys.id, 1);
  message.set(nonce, 1 + KEY_ID_BYTES);
  return group.map(({ block, bytes }) => {
    const start = block * CIPHER_BLOCK_BYTES;
    const end = HEAD_BYTES + bytes;
    message.writeUInt16BE(block, HEAD_BYTES - OFFSET_BYTES);
    encrypted.copy(message, HEAD_BYTES, start, start + bytes);
    message.write(keys.mac.tag(end), end, 'latin1');
    return message.toString('base64url', 0, end + TAG_BYTES);
  });
}

/** The bytes of a token that is spelt as `seal` spells it. */
function decode(token: string): Buffer | null {
  if (token.length < TOKEN_CHARS_MIN || token.length > TOKEN_CHARS_MAX) return null;
  const raw = Buffer.from(token, 'base64url');
  return raw[0] === VERSION && raw.toString('base64url') === token ? raw : null;
}

function unseal(keys: Keys, raw: Buffer): Buffer | null {
  const signed = raw.subarray(0, -TAG_BYTES);
  keys.mac.message.set(signed);
  const tag = Buffer.from(keys.mac.tag(signed.length), 'latin1');
  if (!timingSafeEqual(tag, raw.subarray(-TAG_BYTES))) return null;
  const nonce = signed.subarray(1 + KEY_ID_BYTES, HEAD_BYTES - OFFSET_BYTES);
  const block = signed.readUInt16BE(HEAD_BYTES - OFFSET_BYTES);
  return createDecipheriv(CIPHER, keys.cipher, counterBlock(nonce, block)).update(
    signed.subarray(HEAD_BYTES),
  );
}

/** Nothing but `sealGroup` has written what is read here; lengths are checked all the same. */
function readFields(plain: Buffer): Unsealed | null {
  const campaignEnd = 1 + (plain[0] ?? 0);
  const senderEnd = campaignEnd + 1 + (plain[campaignEnd] ?? 0);
  if (senderEnd + SEQ_BYTES > plain.length) return null;
  return {
    campaign: plain.toString('utf8', 1, campaignEnd),
    sender: plain.toString('utf8', campaignEnd + 1, senderEnd),
    seq: plain.readUInt32BE(senderEnd),
    address: plain.toString('utf8', senderEnd + SEQ_BYTES),
  };
}

function counterBlock(nonce: Uint8Array, count: number): Buffer {
  const block = Buffer.alloc(CIPHER_BLOCK_BYTES);
  block.set(nonce);
  block.writeUInt32BE(count, NONCE_BYTES);
  return block;
}

function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
