import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/* In processes of their own: what is loaded, and what is said, counts for a whole process. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function run(program: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('where nobody collects them, spans are dropped without a word, and the process ends', async () => {
  const { code, stdout, stderr } = await run(
    `const { startTraces } = await import('./src/queue/traces.ts');
const traces = startTraces('1.0.0');
const queue = traces.telemetry.tracer.startSpan('add', { kind: 3 });
for (let n = 0; n < 5000; n += 1) await traces.tracing.span('claim', { n }, async () => n);
queue.end();
await traces.stop();
console.log('over');`,
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'over\n', stderr: '' });
});

test('where traces are off, a worker and a server load nothing that collects or exports', async () => {
  const { stdout, stderr } = await run(
    `import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
for (const file of ['roles', 'log', 'feedback', 'sending', 'send', 'plan', 'server', 'traces'])
  await import('./src/cli/wire-' + file + '.ts');
const { openTraces } = await import('./src/cli/wire-traces.ts');
const { loadConfig } = await import('./src/config/load.ts');
console.log(await openTraces(loadConfig('worker', { REDIS_URL: 'redis://127.0.0.1', SLUICE_SES: 'sandbox' })));
const names = urls.flatMap((url) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? []);
console.log([...new Set(names)].filter((name) => /opentelemetry|otel|bullmq$/.test(name)).toSorted().join());`,
  );
  expect({ stdout, stderr }).toEqual({ stdout: 'null\n@opentelemetry/api,bullmq\n', stderr: '' });
});
