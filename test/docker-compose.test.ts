import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { gatewayVariables, readConfig } from '../gateway/config.ts';
import { variables } from '../platform/config/variables.ts';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { disable?: boolean; test?: string[] };
}

interface Compose {
  services: Record<string, Service>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** The services that run our image. */
const ours = services.filter(([, service]) => service.build !== undefined);
/** The OSes of the tree. */
const names = globSync('subgraphs/*/subgraph.ts', { cwd: root }).map((path) => path.split('/')[1] ?? '');

/** What `docker compose` makes of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
function fill(value: string, environment: Record<string, string>): string {
  return value.replace(
    /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest: string) => {
      const given = environment[name];
      if (given !== undefined && given !== '') return given;
      if (kind === '?') throw new Error(`${name}: ${rest}`);
      return kind === '-' ? rest : '';
    },
  );
}

const secret = 'x'.repeat(32);
const given = { POSTGRES_PASSWORD: secret, ROUTER_SECRET: secret, SECRET_KEY: secret };

function environmentOf(name: string, environment: Record<string, string> = given): Record<string, string> {
  const entries = Object.entries(compose.services[name]?.environment ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, fill(value, environment)]));
}

test('the file is valid by the schema of the Compose Specification', () => {
  const linter = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(readFileSync(join(linter, 'schemas', 'compose.schema.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  // The specification's own formats (durations such as 5s) are not those of JSON Schema.
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile({
    ...schema,
    $schema: 'http://json-schema.org/draft-07/schema#',
  });
  validate(compose);
  expect(validate.errors).toBeNull();
  validate({ services: { gateway: { comand: [] } } });
  expect(validate.errors).not.toBeNull();
});

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
/** The flag with which `npm start` bounds the young generation. */
const [, memory = ''] = scripts.start.split(' ');

/** Past Node's own flags: the program and its arguments. What serves has the memory that it has with `npm start`. */
const programOf = ([, ...words]: string[]): string[] => {
  const isBounded = words[0] === memory;
  const [flag, loader, ...program] = isBounded ? words.slice(1) : words;
  expect([flag, existsSync(join(root, loader ?? ''))]).toEqual(['--import', true]);
  expect(isBounded).toBe(program[0] !== 'subgraphs/migrate.ts');
  return program;
};

describe('each container of our image', () => {
  test.each(ours)(
    '%s is built from a file that exists and runs a program that exists',
    (_, { build = '', command = [] }) => {
      expect(existsSync(join(root, build, 'Dockerfile'))).toBe(true);
      const programs = programOf(command).filter((word) => word.endsWith('.ts'));
      expect(programs).toHaveLength(1);
      expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
    },
  );

  test.each(ours)('%s is given variables that the configuration knows', (name) => {
    const known = { ...variables.shape, ...gatewayVariables.shape };
    expect(Object.keys(environmentOf(name)).filter((variable) => !(variable in known))).toEqual([]);
  });

  test.each(ours)('%s has a readiness check, or is a job that ends', (_, { healthcheck }) => {
    expect(healthcheck?.disable === true || healthcheck?.test?.at(-1)?.includes('/health/ready')).toBe(true);
  });
});

test('each dependency is an existing container, with the condition that fits it', () => {
  for (const [, { depends_on: waitsFor = {} }] of services) {
    for (const [name, { condition }] of Object.entries(waitsFor)) {
      const { healthcheck } = compose.services[name] ?? {};
      expect(compose.services).toHaveProperty([name]);
      const ends = healthcheck?.disable === true;
      expect(condition).toBe(ends ? 'service_completed_successfully' : 'service_healthy');
    }
  }
});

test('every foreign image has a version', () => {
  const foreign = services.filter(([, { build }]) => build === undefined).map(([, { image }]) => image ?? '');
  expect(foreign.filter((image) => !/:v?\d/.test(image))).toEqual([]);
});

test('Prometheus reads every container that serves, with the token', () => {
  const { configs } = parse(fill(text, { ...given, METRICS_TOKEN: secret })) as {
    configs: Record<string, { content: string }>;
  };
  const { scrape_configs: jobs } = parse(configs['prometheus']?.content ?? '') as {
    scrape_configs: { authorization: { credentials: string }; static_configs: { targets: string[] }[] }[];
  };
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((each) => each.targets));
  const serving = ours.filter(([, { healthcheck }]) => healthcheck?.disable !== true);
  expect(targets.toSorted()).toEqual(serving.map(([name]) => `${name}:${environmentOf(name)['PORT']}`).toSorted());
  expect(jobs.map(({ authorization }) => authorization.credentials)).toEqual([secret]);
});

test('every OS has a container that serves it, for which the gateway waits', () => {
  const served = ours.flatMap(([name, { command = [] }]) => (command.at(-1) === name ? [name] : []));
  expect(served.toSorted()).toEqual(names.toSorted());
  const waitsFor = compose.services['gateway']?.depends_on ?? {};
  expect(Object.keys(waitsFor)).toEqual(expect.arrayContaining(names));
});

test('the gateway accepts its variables, and has the address and port of every OS', () => {
  const { command = [] } = compose.services['gateway'] ?? {};
  const config = readConfig(environmentOf('gateway'), programOf(command).slice(1));
  expect(config.apart).toBe(true);
  const expected = names.map((name) => [name, `http://${name}:${environmentOf(name)['PORT']}/graphql`]);
  expect(config.subgraphUrls).toEqual(Object.fromEntries(expected));
});

test.each(['POSTGRES_PASSWORD', 'ROUTER_SECRET', 'SECRET_KEY'])('nothing starts without %s', (name) => {
  expect(() => environmentOf('gateway', { ...given, [name]: '' })).toThrow(`set ${name}`);
});

describe('the image', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');

  test('copies only existing paths that .dockerignore does not exclude', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
      .filter((path) => path !== '.');
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(sources.filter((path) => !ignored.includes(`!${path.split('/')[0]}`))).toEqual([]);
  });

  test('does not run as root', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
  });
});
