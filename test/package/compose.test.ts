import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildProgram } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config/load.ts';
import { commandLineProblem } from '../support/command-lines.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): unknown => parse(readFileSync(`${ROOT}${file}`, 'utf8'), { merge: true });

/** No Docker here: the Compose Specification's own schema is the judge of the form. */
const specification = z.fromJSONSchema(
  z.record(z.string(), z.json()).parse(
    // Zod knows today's keyword for definitions, and an ISO duration where the specification means `1m30s`.
    JSON.parse(
      readFileSync(new URL('compose-spec.schema.json', import.meta.url), 'utf8')
        .replaceAll('#/definitions/', '#/$defs/')
        .replaceAll('"definitions":', '"$defs":')
        .replaceAll('"format": "duration"', '"pattern": "^(\\\\d+(h|m|s|ms|us))+$"'),
    ),
  ),
);

const Environment = z.record(z.string(), z.union([z.string(), z.null()])).default({});
const Service = z.looseObject({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: Environment,
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  networks: z.record(z.string(), z.object({ aliases: z.array(z.string()).default([]) })).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const File = z.looseObject({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()).default({}),
});

const base = File.parse(read('docker-compose.yml'));
const aws = File.parse(read('docker-compose.aws.yml'));

describe('the form of Compose files', () => {
  test.each(['docker-compose.yml', 'docker-compose.aws.yml'])('%s keeps to the specification', (file) => {
    expect(specification.safeParse(read(file)).error?.issues ?? []).toEqual([]);
  });

  test.each([
    ['a key that no service has', { imge: 'redis' }],
    ['ports that are no list', { ports: '6379:6379' }],
    ['replicas that are no number', { deploy: { replicas: 'two' } }],
    ['a condition that there is not', { depends_on: { redis: { condition: 'helthy' } } }],
    ['a time without a unit', { stop_grace_period: '60' }],
  ])('the check sees %s', (_title, wrong) => {
    const { redis, ...others } = base.services;
    const file = { ...base, services: { ...others, redis: { ...redis, ...wrong } } };
    expect(specification.safeParse(file).success).toBe(false);
  });
});

test('Redis keeps what it acknowledged and forgets nothing', () => {
  const command = (base.services['redis']?.command ?? []).join(' ');
  expect(command).toContain('--appendonly yes');
  expect(command).toContain('--appendfsync always');
  expect(command).toContain('--maxmemory-policy noeviction');
});

test('every port is this machine’s own, and none is given twice', () => {
  const ports = Object.values(base.services).flatMap((service) => service.ports);
  expect(ports.length).toBeGreaterThan(3);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length);
});

test('images of others are pinned by their version', () => {
  const images = Object.values(base.services).flatMap(({ image }) => (image === 'sluice' ? [] : [image]));
  expect(images).toHaveLength(3);
  for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+[\w.-]*$/);
});

test('files and folders of ours that are mounted are there, and nobody writes to them', () => {
  const mounts = Object.values(base.services).flatMap(({ volumes }) =>
    volumes.filter((volume) => volume.startsWith('./')),
  );
  expect(mounts).toHaveLength(4);
  for (const mount of mounts) {
    const [path = '', , mode] = mount.split(':');
    expect(statSync(`${ROOT}${path}`).isFile()).toBe(/\.\w+$/.test(path));
    expect(mode).toBe('ro');
  }
});

test('every named volume is declared', () => {
  const named = Object.values(base.services).flatMap(({ volumes }) =>
    volumes.flatMap((volume) => /^[a-z]\w*(?=:)/.exec(volume)?.[0] ?? []),
  );
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(base.volumes).toSorted());
});

describe('what watches', () => {
  const scrape = z
    .object({
      scrape_configs: z.array(
        z.object({
          job_name: z.string(),
          authorization: z.object({ credentials_file: z.string() }),
          static_configs: z.array(z.object({ targets: z.array(z.string()) })),
        }),
      ),
      rule_files: z.array(z.string()),
    })
    .parse(read('ops/prometheus/prometheus.yml'));
  const { prometheus, grafana, server, sandbox } = base.services;

  test('Prometheus scrapes the server by the name and the port that it has', () => {
    const [target = ''] = scrape.scrape_configs[0]?.static_configs[0]?.targets ?? [];
    const [host, port] = target.split(':');
    expect(server?.network_mode).toBe('service:sandbox');
    expect(sandbox?.networks['default']?.aliases).toContain(host);
    expect(server?.environment['SLUICE_PORT']).toBe(port);
    expect(server?.environment['SLUICE_HOST']).toBe('0.0.0.0');
  });

  test('Prometheus brings the token that the server wants, from the file where it is put', () => {
    const file = scrape.scrape_configs[0]?.authorization.credentials_file ?? '';
    expect(prometheus?.command?.join(' ')).toContain(`> ${file} `);
    for (const shell of [{}, { SLUICE_API_TOKEN: 'another-token-of-somebody' }]) {
      const token = interpolated(server?.environment ?? {}, shell)['SLUICE_API_TOKEN'];
      expect(interpolated(prometheus?.environment ?? {}, shell)['SLUICE_API_TOKEN']).toBe(token);
    }
  });

  test('its rules and Grafana’s dashboard are where each looks for them', () => {
    expect(scrape.rule_files).toEqual(['alerts.yml']);
    expect(prometheus?.volumes).toContain('./ops/prometheus/alerts.yml:/etc/prometheus/alerts.yml:ro');
    const folder = z
      .object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
      .parse(read('ops/grafana/provisioning/dashboards/sluice.yml')).providers[0]?.options.path;
    expect(grafana?.volumes).toContain(`./ops/grafana/sluice.json:${folder}/sluice.json:ro`);
    const sources = z
      .object({ datasources: z.array(z.object({ type: z.string(), url: z.string() })) })
      .parse(read('ops/grafana/provisioning/datasources/prometheus.yml'));
    expect(sources.datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }]);
  });
});

describe('the settings of the server', () => {
  const forSandbox = base.services['server']?.environment ?? {};
  const forAws = { ...forSandbox, ...aws.services['server']?.environment };

  test('are right with nothing set, and want a token of everybody', () => {
    const config = loadConfig('serve', interpolated(forSandbox, {}));
    expect(config.server.token).toBe('a-token-for-this-laptop-only');
    expect(config.warnings).toEqual([]);
  });

  test('believe a proxy on this machine, which a container sees as the gateway of its network', () => {
    const trusted = (shell: Record<string, string>) =>
      loadConfig('serve', interpolated(forSandbox, shell)).server.trustedProxies;
    expect(trusted({})).toEqual(['loopback', 'uniquelocal']);
    expect(trusted({ SLUICE_TRUSTED_PROXIES: '10.1.2.3' })).toEqual(['10.1.2.3']);
  });

  test('are refused for Amazon SES with the token that everybody knows', () => {
    const shell = {
      AWS_REGION: 'ap-northeast-1',
      SLUICE_PUBLIC_URL: 'https://mail.example.com',
      SLUICE_SECRET: 'a secret that is long enough for everybody',
    };
    expect(() => interpolated(forAws, shell)).toThrow('SLUICE_API_TOKEN');
    const config = loadConfig(
      'serve',
      interpolated(forAws, { ...shell, SLUICE_API_TOKEN: 'mine-and-mine-alone' }),
    );
    expect(config.ses).toMatchObject({ kind: 'aws', endpoint: null });
  });

  test('lists that are uploaded are at one path for server and workers', () => {
    const folder = forSandbox['SLUICE_FILES'];
    expect(base.services['server']?.volumes).toContain(`lists:${folder}`);
    expect(base.services['worker']?.volumes).toContain(`lists:${folder}:ro`);
  });
});

test('workers wait for a Redis that answers', () => {
  const { depends_on } = base.services['worker'] ?? {};
  expect(depends_on).toMatchObject({ redis: { condition: 'service_healthy' } });
});

test.each(Object.entries(base.services).filter(([, service]) => service.image === 'sluice'))(
  'the command of %s is one of sluice’s',
  async (_name, service) => {
    const line = ['sluice', ...(service.command ?? ['worker'])].join(' ');
    expect(commandLineProblem(await buildProgram(), line)).toBeNull();
  },
  120_000,
);

describe('the settings of workers', () => {
  const forSandbox = base.services['worker']?.environment ?? {};
  const forAws = { ...forSandbox, ...aws.services['worker']?.environment };

  test('are right with nothing set, and reach no AWS', () => {
    const config = loadConfig('worker', interpolated(forSandbox, {}));
    expect(config.ses).toMatchObject({ kind: 'sandbox', endpoint: 'http://127.0.0.1:4579' });
    expect(config.feedback.sqsUrl).toBe('http://127.0.0.1:4579/000000000000/sluice-events');
    expect(config.unsubscribe.publicUrl).not.toBeNull();
    expect(config.unsubscribe.secrets).not.toEqual([]);
  });

  const shell = {
    AWS_REGION: 'ap-northeast-1',
    SLUICE_PUBLIC_URL: 'https://mail.example.com',
    SLUICE_SECRET: 'a secret that is long enough for everybody',
    SLUICE_CONFIGURATION_SET: 'sluice',
    SLUICE_CONCURRENCY: '7',
  };

  test('are the shell’s for Amazon SES, and not the sandbox’s', () => {
    const config = loadConfig('worker', interpolated(forAws, shell));
    expect(config.ses).toMatchObject({ kind: 'aws', endpoint: null, configurationSet: 'sluice' });
    expect(config.feedback.sqsUrl).toBeNull();
    const queue = 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/sluice-events';
    const withQueue = loadConfig('worker', interpolated(forAws, { ...shell, SLUICE_SQS_URL: queue }));
    expect(withQueue.feedback.sqsUrl).toBe(queue);
    expect(config.unsubscribe.secrets).toEqual([shell.SLUICE_SECRET]);
    expect(config.send.concurrency).toBe(7);
    expect(config.warnings).toEqual([]);
  });

  test.each(['AWS_REGION', 'SLUICE_PUBLIC_URL', 'SLUICE_SECRET'])(
    'are refused for Amazon SES without %s',
    (name) => {
      expect(() => interpolated(forAws, { ...shell, [name]: undefined })).toThrow(name);
    },
  );
});

/** As Compose does it: `${A}`, `${A:-default}`, `${A:?message}`; a variable without a value is the shell's own. */
function interpolated(
  environment: z.infer<typeof Environment>,
  shell: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value === null
        ? shell[name]
        : value.replaceAll(
            /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
            (_all, variable: string, kind: string, text: string) => {
              const found = shell[variable];
              if (found) return found;
              if (kind === '?') throw new Error(`${variable}: ${text}`);
              return text ?? '';
            },
          ),
    ]),
  );
}
