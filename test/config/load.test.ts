import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Environment, loadConfig, type Role } from '../../src/config/load.ts';
import { InputFault } from '../../src/core/fault.ts';

const REDIS = { REDIS_URL: 'redis://localhost:6379' };
const KEY = 'k'.repeat(32);
const ROLES: readonly Role[] = ['demo', 'up', 'worker', 'serve', 'client', 'client-without-redis'];

function problemsOf(environment: Environment, role: Role = 'worker'): readonly string[] {
  try {
    loadConfig(role, environment);
  } catch (thrown) {
    if (thrown instanceof InputFault) return thrown.problems;
    throw thrown;
  }
  return [];
}

const problemsWith = (environment: Environment) => problemsOf({ ...REDIS, ...environment });

test('with nothing set but Redis, a worker has the documented defaults and sends through SES', () => {
  expect(loadConfig('worker', REDIS)).toEqual({
    redis: { url: 'redis://localhost:6379', prefix: '{sluice}' },
    ses: {
      kind: 'aws',
      region: null,
      endpoint: null,
      configurationSet: null,
      strategy: 'auto',
      transport: 'lean',
    },
    feedback: { sqsUrl: null, sqsEndpoint: null, snsTopics: [], softBounces: null },
    send: { concurrency: 20, perSecondMax: null, perDayMax: null, perMonthMax: null, doubtMs: 900_000 },
    queue: { windowMax: 200, lockMs: 30_000 },
    filesRoot: null,
    listsFolder: null,
    log: { sinks: ['files'], dir: resolve('sluice-log') },
    bigquery: null,
    postmaster: null,
    traces: false,
    unsubscribe: { publicUrl: null, secrets: [] },
    webhook: { url: null, secret: null },
    server: { host: '127.0.0.1', port: 3000, publicPort: null, token: null, trustedProxies: ['loopback'] },
    dnsServers: [],
    logLevel: 'info',
    warnings: [expect.stringContaining('SLUICE_CONFIGURATION_SET is not set')],
  });
});

test('with nothing set at all, demo and up bring their own Redis and the sandbox', () => {
  for (const role of ['demo', 'up'] as const) {
    expect(loadConfig(role, {})).toMatchObject({
      redis: { url: null },
      ses: { kind: 'sandbox' },
      warnings: [],
    });
  }
});

test('Redis must be named for everything that works on the queues of others', () => {
  for (const role of ROLES) {
    const needs = ['worker', 'serve', 'client'].includes(role);
    expect(problemsOf({}, role)).toEqual(needs ? [expect.stringContaining('REDIS_URL is not set')] : []);
  }
});

test('every setting that is set is obeyed', () => {
  const config = loadConfig('up', {
    REDIS_URL: '/run/redis.sock',
    SLUICE_PREFIX: 'mail:{a}',
    SLUICE_SES: 'aws',
    AWS_REGION: 'ap-northeast-1',
    AWS_ENDPOINT_URL_SESV2: 'http://ses:4579',
    AWS_ENDPOINT_URL_SQS: 'http://sqs:4579',
    SLUICE_SQS_URL: 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/events',
    SLUICE_CONFIGURATION_SET: 'news',
    SLUICE_SES_STRATEGY: 'bulk',
    SLUICE_SES_TRANSPORT: 'sdk',
    SLUICE_MAX_PER_SECOND: '14',
    SLUICE_CONCURRENCY: '3',
    SLUICE_WINDOW: '4',
    SLUICE_LOCK_MS: '5000',
    SLUICE_DOUBT_MS: '6000',
    SLUICE_FILES: 'lists',
    SLUICE_LOG: 'files, bigquery',
    SLUICE_LOG_DIR: '/var/log/sluice',
    GOOGLE_CLOUD_PROJECT: 'my-project-123',
    SLUICE_BIGQUERY_DATASET: 'mail',
    SLUICE_BIGQUERY_TABLE: 'mail_events',
    SLUICE_BIGQUERY_LOCATION: 'asia-northeast1',
    SLUICE_BIGQUERY_WRITE: 'insert',
    SLUICE_BIGQUERY_STORAGE_HOST: 'localhost:9060',
    BIGQUERY_EMULATOR_HOST: 'http://localhost:9050/bigquery/v2',
    SLUICE_BIGQUERY_EXPIRY_DAYS: '400',
    SLUICE_BIGQUERY_MAX_GB: '20',
    SLUICE_PUBLIC_URL: 'https://mail.example.co.jp/sluice/',
    SLUICE_SECRET: `${KEY}new, ${KEY}old`,
    SLUICE_HOST: '0.0.0.0',
    SLUICE_PORT: '8080',
    SLUICE_PUBLIC_PORT: '8081',
    SLUICE_TRUSTED_PROXIES: '10.0.0.0/8, loopback',
    SLUICE_API_TOKEN: 'a-token-of-many-characters',
    SLUICE_WEBHOOK_URL: 'https://chat.example/hook',
    SLUICE_WEBHOOK_SECRET: 'w'.repeat(32),
    SLUICE_MAX_PER_DAY: '50000',
    SLUICE_MAX_PER_MONTH: '1000000',
    SLUICE_SOFT_BOUNCES: '3',
    SLUICE_SOFT_BOUNCE_DAYS: '10',
    SLUICE_POSTMASTER: 'on',
    SLUICE_POSTMASTER_URL: 'http://localhost:9070',
    LOG_LEVEL: 'debug',
    SLUICE_TRACES: 'on',
  });
  expect(config).toEqual({
    redis: { url: '/run/redis.sock', prefix: 'mail:{a}' },
    ses: {
      kind: 'aws',
      region: 'ap-northeast-1',
      endpoint: 'http://ses:4579',
      configurationSet: 'news',
      strategy: 'bulk',
      transport: 'sdk',
    },
    send: { concurrency: 3, perSecondMax: 14, perDayMax: 50_000, perMonthMax: 1_000_000, doubtMs: 6_000 },
    feedback: {
      sqsUrl: 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/events',
      sqsEndpoint: 'http://sqs:4579',
      snsTopics: [],
      softBounces: { count: 3, withinMs: 864_000_000 },
    },
    queue: { windowMax: 4, lockMs: 5_000 },
    filesRoot: resolve('lists'),
    listsFolder: resolve('lists'),
    log: { sinks: ['files', 'bigquery'], dir: '/var/log/sluice' },
    bigquery: {
      project: 'my-project-123',
      dataset: 'mail',
      table: 'mail_events',
      location: 'asia-northeast1',
      write: 'insert',
      restUrl: 'http://localhost:9050/bigquery/v2',
      storageHost: 'localhost:9060',
      expiryDays: 400,
      queryGbMax: 20,
    },
    traces: true,
    unsubscribe: { publicUrl: 'https://mail.example.co.jp/sluice', secrets: [`${KEY}new`, `${KEY}old`] },
    postmaster: { url: 'http://localhost:9070', quotaProject: 'my-project-123' },
    webhook: { url: 'https://chat.example/hook', secret: 'w'.repeat(32) },
    server: {
      host: '0.0.0.0',
      port: 8080,
      publicPort: { host: '0.0.0.0', port: 8081 },
      trustedProxies: ['10.0.0.0/8', 'loopback'],
      token: 'a-token-of-many-characters',
    },
    dnsServers: [],
    logLevel: 'debug',
    warnings: [],
  });
});

describe('the log in BigQuery', () => {
  const DATASET = { SLUICE_BIGQUERY_DATASET: 'sluice' };

  test.each(['bigquery', 'files,bigquery', 'bigquery, files'])('SLUICE_LOG=%s takes a dataset', (sinks) => {
    expect(problemsWith({ SLUICE_LOG: sinks })).toEqual([
      'SLUICE_BIGQUERY_DATASET is not set: with SLUICE_LOG=bigquery it names the dataset of the log, such as sluice',
    ]);
    expect(problemsWith({ SLUICE_LOG: sinks, ...DATASET })).toEqual([]);
  });

  test('a dataset alone is enough, for everything else there is a default', () => {
    expect(loadConfig('worker', { ...REDIS, SLUICE_LOG: 'bigquery', ...DATASET })).toMatchObject({
      log: { sinks: ['bigquery'] },
      bigquery: {
        project: null,
        dataset: 'sluice',
        table: 'events',
        location: null,
        write: 'storage',
        restUrl: null,
        storageHost: null,
        expiryDays: null,
        queryGbMax: 100,
      },
    });
  });

  test('who only loads files or sets it up names the dataset, and the log stays in files', () => {
    expect(loadConfig('client-without-redis', DATASET)).toMatchObject({
      log: { sinks: ['files'] },
      bigquery: { dataset: 'sluice' },
    });
  });

  const REST = { BIGQUERY_EMULATOR_HOST: 'http://localhost:9050' };
  const GRPC = { SLUICE_BIGQUERY_STORAGE_HOST: 'localhost:9060' };
  test.each([
    [{}, 'storage'],
    [REST, 'insert'],
    [GRPC, 'storage'],
    [{ ...REST, ...GRPC }, 'storage'],
    [{ ...REST, SLUICE_BIGQUERY_WRITE: 'storage' }, 'storage'],
    [{ SLUICE_BIGQUERY_WRITE: 'insert' }, 'insert'],
  ])('rows are written, with %j, by %s', (environment, write) => {
    expect(loadConfig('demo', { ...DATASET, ...environment }).bigquery?.write).toBe(write);
  });
});

test('an empty or blank variable is as good as unset, and blanks around a value are no part of it', () => {
  const config = loadConfig('demo', {
    REDIS_URL: '',
    SLUICE_WINDOW: ' ',
    SLUICE_SECRET: '\n',
    SLUICE_CONCURRENCY: ' 7\r',
  });
  expect(config).toMatchObject({ redis: { url: null }, queue: { windowMax: 200 }, send: { concurrency: 7 } });
});

test('all problems are reported at once: wrong, missing, contradicting and unknown ones', () => {
  const problems = problemsOf({
    SLUICE_CONCURRENCY: 'many',
    SLUICE_DOUBT_MS: '5000',
    SLUICE_LOG: 'stdout',
    SLUICE_WINDOWS: '5',
  });
  expect(problems).toEqual([
    'SLUICE_CONCURRENCY is "many": it may be a whole number from 1 to 500',
    'SLUICE_LOG is "stdout": it may be a list by comma of files, bigquery',
    expect.stringMatching(/^REDIS_URL is not set: it may be redis:/),
    expect.stringMatching(
      /^SLUICE_DOUBT_MS is "5000": against real SES it may be 660000 milliseconds or more/,
    ),
    'SLUICE_WINDOWS is no setting: did you mean SLUICE_WINDOW?',
  ]);
});

describe('a value that is wrong is refused by the name of its variable', () => {
  test.each([
    [
      'REDIS_URL',
      [
        'localhost:6379',
        'http://localhost',
        'redis://',
        'redis://host/mine',
        'redis://host:70000',
        'unix://run/a',
      ],
    ],
    ['SLUICE_PREFIX', ['sluice', '{}', '{a}{b}', '{a', 'a b{c}', `{${'x'.repeat(64)}}`]],
    ['SLUICE_SES', ['AWS', 'ses', 'sandbox,aws']],
    ['AWS_REGION', ['tokyo', 'ap-northeast', 'ap_northeast_1']],
    ['AWS_ENDPOINT_URL_SESV2', ['localhost:4579', 'ftp://a', 'http://user:pw@a', 'http://a b', 'http:\\\\a']],
    ['AWS_ENDPOINT_URL_SQS', ['localhost:4579', 'ftp://a']],
    [
      'SLUICE_SQS_URL',
      [
        'events',
        'arn:aws:sqs:us-east-1:1:events',
        'https://sqs.us-east-1.amazonaws.com',
        'https://sqs.us-east-1.amazonaws.com/events',
        'https://sqs.us-east-1.amazonaws.com/1/events?x=1',
      ],
    ],
    ['SLUICE_CONFIGURATION_SET', ['a b', 'x'.repeat(65), 'arn:aws:ses']],
    ['SLUICE_SES_STRATEGY', ['fast', 'Bulk']],
    ['SLUICE_MAX_PER_SECOND', ['0', '-1', '1.5', '1e3', '0x10', '１４', '100001']],
    ['SLUICE_MAX_PER_DAY', ['0', '-1', '1.5', '10000000001']],
    ['SLUICE_MAX_PER_MONTH', ['0', 'many']],
    ['SLUICE_CONCURRENCY', ['0', '501', '20 000']],
    ['SLUICE_WINDOW', ['0', '10001', 'auto']],
    ['SLUICE_LOCK_MS', ['999', '600001', '30s']],
    ['SLUICE_DOUBT_MS', ['999', '86400001', '15m']],
    ['SLUICE_LOG', ['BigQuery', 'files bigquery', 'files,', 'none']],
    ['GOOGLE_CLOUD_PROJECT', ['p', 'My-Project', '1project', 'my-project-', 'a b']],
    ['SLUICE_BIGQUERY_DATASET', ['my-dataset', 'project.dataset', 'x'.repeat(1025)]],
    ['SLUICE_BIGQUERY_TABLE', ['my-table', 'a.b', 'x'.repeat(201)]],
    ['SLUICE_BIGQUERY_LOCATION', ['Tokyo', 'asia_northeast1', 'USA']],
    ['SLUICE_BIGQUERY_WRITE', ['Storage', 'insertAll']],
    ['SLUICE_BIGQUERY_STORAGE_HOST', ['localhost', 'http://localhost:9060', 'localhost:']],
    ['BIGQUERY_EMULATOR_HOST', ['localhost:9050', 'ftp://a']],
    ['SLUICE_POSTMASTER', ['yes', 'true', 'On']],
    ['SLUICE_POSTMASTER_URL', ['localhost:9070', 'https://user@example.com']],
    ['SLUICE_BIGQUERY_EXPIRY_DAYS', ['6', '36501', 'never']],
    ['SLUICE_BIGQUERY_MAX_GB', ['0', '1000001', '1.5']],
    [
      'SLUICE_PUBLIC_URL',
      [
        'example.com',
        'http://example.com',
        'http://127.0.0.1.example.com',
        'https://user@example.com',
        'https://example.com/?a',
        'https://example.com/#',
        `https://example.com/${'x'.repeat(133)}`,
      ],
    ],
    ['SLUICE_SECRET', ['short', `${KEY},`, `${KEY},short`, Array(9).fill(KEY).join(',')]],
    ['SLUICE_HOST', ['a b', 'http://a']],
    ['SLUICE_PORT', ['65536', '-1', 'http']],
    [
      'SLUICE_TRUSTED_PROXIES',
      ['proxy.internal', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.1,', 'none,10.0.0.1', '10.0.0.1:80', '*'],
    ],
    ['SLUICE_PUBLIC_PORT', ['65536', ':80', 'a b:80', '0.0.0.0', '::1:80', 'http://a:80', '[::1]']],
    [
      'SLUICE_API_TOKEN',
      ['fifteen-letters', 'a token with blanks in it', 'トークントークントークントークン', 'x'.repeat(513)],
    ],
    ['LOG_LEVEL', ['verbose', 'INFO']],
  ])('%s', (name, values) => {
    for (const value of values) {
      expect(problemsWith({ [name]: value }), value).toEqual([
        expect.stringMatching(new RegExp(`^${name} is `)),
      ]);
    }
  });
});

describe('a value that is right is taken', () => {
  test.each([
    [
      'REDIS_URL',
      ['rediss://:pw@host:6380/2', 'redis://[::1]:6379', 'unix:///run/redis.sock', '/tmp/a b.sock'],
    ],
    ['SLUICE_PREFIX', ['{sluice}', '{mail:staging}', 'a:{b}:c']],
    ['AWS_REGION', ['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1']],
    [
      'SLUICE_PUBLIC_URL',
      ['https://例え.jp/配信', 'http://localhost:3000', 'http://[::1]:3000', 'http://127.0.0.1'],
    ],
    ['SLUICE_LOG', ['files', 'files,files', 'files, files']],
    ['GOOGLE_CLOUD_PROJECT', ['my-project-123', 'example.com:my-project']],
    ['SLUICE_BIGQUERY_DATASET', ['sluice', 'Mail_2026']],
    ['SLUICE_BIGQUERY_LOCATION', ['asia-northeast1', 'US', 'EU', 'eu', 'northamerica-northeast1']],
    ['SLUICE_BIGQUERY_EXPIRY_DAYS', ['7', '36500']],
    ['SLUICE_SECRET', [KEY, Array(8).fill(KEY).join(',')]],
    ['SLUICE_SES_STRATEGY', ['auto', 'bulk', 'single']],
    ['SLUICE_PORT', ['0', '65535']],
    [
      'SLUICE_TRUSTED_PROXIES',
      ['10.0.0.5', '10.0.0.0/8, fd00::/8', 'loopback,uniquelocal,linklocal', '::1', 'none'],
    ],
    ['SLUICE_PUBLIC_PORT', ['0', '8080', '0.0.0.0:8080', '[::]:8080', 'sluice.internal:80']],
    ['SLUICE_API_TOKEN', ['sixteen--letters', 'x'.repeat(512)]],
    ['SLUICE_HOST', ['::', '::1', 'sluice.internal']],
  ])('%s', (name, values) => {
    for (const value of values) expect(problemsWith({ [name]: value }), value).toEqual([]);
  });
});

test('the public URL goes into headers, so it is plain ASCII and has no slash at its end', () => {
  const at = (url: string) => loadConfig('demo', { SLUICE_PUBLIC_URL: url }).unsubscribe.publicUrl;
  expect(at('https://例え.jp/配信//')).toBe('https://xn--r8jz45g.jp/%E9%85%8D%E4%BF%A1');
  expect(at('https://Example.COM')).toBe('https://example.com');
});

test('a long value is cut in its message', () => {
  expect(problemsWith({ SLUICE_SES: 'x'.repeat(100_000) })[0]?.length).toBeLessThan(300);
});

describe('secrets are never repeated', () => {
  const secret = 'hunter2-hunter2';
  test.each([
    ['SLUICE_SECRET', secret],
    ['SLUICE_SECRET', `${KEY},${secret}`],
    ['REDIS_URL', `redis//:${secret}@host`],
    ['REDIS_URL', `http://user:${secret}@host`],
    ['REDIS_URL', `host?password=${secret}`],
    ['AWS_ENDPOINT_URL_SESV2', `https://user:${secret}@host`],
    ['SLUICE_PUBLIC_URL', `https://user:${secret}@host`],
    ['SLUICE_SECRETS', secret],
    ['SLUICE_API_TOKEN', 'hunter2-hunter2'],
    ['SLUICE_API_TOKENS', secret],
  ])('%s=%s', (name, value) => {
    const problems = problemsWith({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).not.toContain(secret);
  });
});

describe('unknown variables', () => {
  test.each([
    ['SLUICE_CONCURENCY', 'SLUICE_CONCURRENCY'],
    ['SLUICE_concurrency', 'SLUICE_CONCURRENCY'],
    ['SLUICE_SECRETS', 'SLUICE_SECRET'],
    ['SLUICE_REDIS_URL', 'REDIS_URL'],
    ['SLUICE_LOG_LEVEL', 'LOG_LEVEL'],
    ['SLUICE_LOGDIR', 'SLUICE_LOG_DIR'],
    ['SLUICE_AWS_REGION', 'AWS_REGION'],
  ])('%s is answered with what was meant: %s', (name, meant) => {
    expect(problemsWith({ [name]: '1' })).toEqual([`${name} is no setting: did you mean ${meant}?`]);
  });

  test('what is like nothing is named without a guess', () => {
    expect(problemsWith({ SLUICE_FLUX_CAPACITOR: '1', SLUICE_X: '1' })).toEqual([
      'SLUICE_FLUX_CAPACITOR is no setting: unset it',
      'SLUICE_X is no setting: unset it',
    ]);
  });

  test('variables of others, and what Kubernetes sets beside a service named sluice, are no problem', () => {
    const problems = problemsWith({
      SLUICER_MODE: '1',
      PATH: '/bin',
      SLUICE_PORT: 'tcp://10.0.0.1:3000',
      SLUICE_SERVICE_HOST: '10.0.0.1',
      SLUICE_SERVICE_PORT: '3000',
      SLUICE_SERVICE_PORT_HTTP: '3000',
      SLUICE_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
      SLUICE_PORT_3000_TCP_ADDR: '10.0.0.1',
      SLUICE_REDIS_SERVICE_HOST: '10.0.0.2',
      SLUICE_REDIS_PORT: 'tcp://10.0.0.2:6379',
    });
    expect(problems).toEqual([]);
  });
});

describe('what waits for SES to turn away a late request waits long enough, where SES is real', () => {
  const short = { ...REDIS, SLUICE_DOUBT_MS: '659999' };
  test.each([
    ['worker', {}],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://email.ap-northeast-1.amazonaws.com' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://EMAIL.us-east-1.AMAZONAWS.com.:443/x' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://email.cn-north-1.amazonaws.com.cn' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://email.us-east-1.api.aws' }],
    ['up', { SLUICE_SES: 'aws' }],
  ] as const)('%s with %j', (role, environment) => {
    expect(problemsOf({ ...short, ...environment }, role)).toEqual([
      expect.stringContaining('SLUICE_DOUBT_MS'),
    ]);
    expect(problemsOf({ ...short, ...environment, SLUICE_DOUBT_MS: '660000' }, role)).toEqual([]);
  });

  test.each([
    ['up', {}],
    ['worker', { SLUICE_SES: 'sandbox' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'http://127.0.0.1:4579' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://amazonaws.com.example.com' }],
    ['worker', { AWS_ENDPOINT_URL_SESV2: 'https://notamazonaws.com' }],
    // Reads and enqueues only.
    ['client', {}],
  ] as const)('a stand-in may be given less: %s with %j', (role, environment) => {
    expect(problemsOf({ ...short, ...environment }, role)).toEqual([]);
  });
});

test('a sandbox is never SES itself: demo does not send its mails to people because an endpoint is exported', () => {
  const real = { AWS_ENDPOINT_URL_SESV2: 'https://email.us-east-1.amazonaws.com' };
  expect(problemsOf(real, 'demo')).toEqual([expect.stringContaining('AWS_ENDPOINT_URL_SESV2')]);
  expect(problemsOf({ ...REDIS, ...real, SLUICE_SES: 'sandbox' })).toEqual([
    expect.stringContaining('AWS_ENDPOINT_URL_SESV2'),
  ]);
});

test('whatever the environment holds, loading ends in settings within their bounds or in named problems', () => {
  const name = fc.constantFrom(
    ...Object.keys(process.env).slice(0, 3),
    'REDIS_URL',
    'SLUICE_WINDOW',
    'SLUICE_PUBLIC_URL',
    'SLUICE_PREFIX',
    '__proto__',
    'SLUICE_',
  );
  const value = fc.oneof(fc.string(), fc.webUrl(), fc.nat().map(String), fc.constant(undefined));
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.constantFrom(...ROLES), (environment, role) => {
      const problems = problemsOf(environment, role);
      for (const problem of problems) expect(problem).toMatch(/^(SLUICE_|REDIS_|AWS_|LOG_)\w* is /);
      if (problems.length === 0) {
        expect(loadConfig(role, environment).queue.windowMax).toBeGreaterThanOrEqual(1);
      }
    }),
  );
});
