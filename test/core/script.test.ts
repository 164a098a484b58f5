import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadScript } from '../../src/core/script.ts';
import { useRedis } from '../support/redis.ts';

const server = useRedis();
const folder = mkdtempSync(join(tmpdir(), 'sluice-script-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, source: string) {
  const file = join(folder, name);
  writeFileSync(file, source);
  return pathToFileURL(file);
}

test('a script gets its keys and arguments, bytes as they are, and answers', async () => {
  const run = loadScript(
    server.redis,
    script('echo.lua', 'return { KEYS[1], KEYS[2], ARGV[1], #ARGV[2], ARGV[3] }'),
  );
  expect(await run(['a', 'b'], ['日本', Buffer.from([0, 255]), 7])).toEqual(['a', 'b', '日本', 2, '7']);
});

test('a server that has forgotten the script is sent it again, and it runs once', async () => {
  const run = loadScript(server.redis, script('count.lua', "return redis.call('INCR', KEYS[1])"));
  expect(await run(['n'], [])).toBe(1);
  await server.redis.script('FLUSH');
  expect(await run(['n'], [])).toBe(2);
  expect(await run(['n'], [])).toBe(3);
});

test('an error of the script is the error of the call, and nothing is run again', async () => {
  const run = loadScript(
    server.redis,
    script('fail.lua', "redis.call('INCR', KEYS[1]) return redis.error_reply('HELD no')"),
  );
  await expect(run(['n'], [])).rejects.toThrow('HELD no');
  expect(await server.redis.get('n')).toBe('1');
});

test('an included file stands where it is named, whatever it holds', async () => {
  script('rule.lua', "local function rule() return '$& $1' end\n");
  const run = loadScript(server.redis, script('main.lua', '-- first\n--@include rule.lua\nreturn rule()\n'));
  expect(await run([], [])).toBe('$& $1');
});
