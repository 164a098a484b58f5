import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type ScriptArgument = string | number | Buffer;
type RunScript = (keys: readonly string[], args: readonly ScriptArgument[]) => Promise<unknown>;

/**
 * A Lua script as a function. It is sent by its SHA-1, and whole where the server does not know it
 * (a fresh server, or SCRIPT FLUSH): NOSCRIPT proves that nothing ran.
 *
 * A line `--@include name.lua` stands for that file of the same folder, so that two scripts can share a rule.
 */
export function loadScript(redis: Redis, file: URL): RunScript {
  const source = scriptSource(file);
  const sha = scriptSha(source);
  return async (keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown;
      return redis.eval(source, keys.length, ...keys, ...args);
    }
  };
}

/** By what the server knows a script. */
export function scriptSha(source: string): string {
  return createHash('sha1').update(source).digest('hex');
}

/** A script with everything that it includes. */
export function scriptSource(file: URL): string {
  return readFileSync(file, 'utf8').replaceAll(/^--@include (\S+)$/gm, (_line, name: string) =>
    scriptSource(new URL(name, file)),
  );
}
