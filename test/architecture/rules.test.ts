import { describe, expect, test } from 'vitest';
import { maxLines, violations } from './rules.ts';
import { syntaxOf } from './source.ts';

const packages = {
  production: new Set(['type-graphql', 'graphql', 'pg', '@mikro-orm/core']),
  development: new Set(['vitest', '@types/ws']),
};

/** Whether the rules refuse a file with this text, alone in the tree. */
function refused(path: string, text: string): boolean {
  return violations([{ path, text }], packages).length > 0;
}

/** An import of the file at `to` in the file at `from`. */
function importing(from: string, to: string): string {
  return `import { x } from '${'../'.repeat(from.split('/').length - 1)}${to}';`;
}

describe('across borders', () => {
  const allowed = [
    ['platform/errors/errors.ts', 'platform/ids/id.ts'],
    ['platform/subgraph/build.ts', 'platform/input/check.ts'],
    ['platform/house/house.ts', 'platform/serving/local.ts'],
    ['platform/serving/http.ts', 'platform/access/router.ts'],
    ['gateway/start.ts', 'platform/errors/errors.ts'],
    ['gateway/start.ts', 'subgraphs/embedded.ts'],
    ['gateway/start.ts', 'schema/errors.json'],
    ['subgraphs/embedded.ts', 'subgraphs/index.ts'],
    ['subgraphs/embedded.ts', 'subgraphs/demo/demo.ts'],
    ['subgraphs/embedded.ts', 'subgraphs/identity/operator/first-operator.ts'],
    ['subgraphs/operator.ts', 'subgraphs/identity/operator/operators.ts'],
    ['subgraphs/index.ts', 'subgraphs/hub/subgraph.ts'],
    ['subgraphs/serve.ts', 'subgraphs/index.ts'],
    ['subgraphs/hub/node/node.service.ts', 'platform/errors/errors.ts'],
    ['subgraphs/hub/node/node.service.ts', 'subgraphs/hub/events.ts'],
    ['subgraphs/hub/reactions.ts', 'subgraphs/assets/events.ts'],
    ['clients/loader/load.ts', 'clients/loader/file.ts'],
    ['clients/loader/load.ts', 'clients/sdk/client.ts'],
    ['clients/console/main.tsx', 'schema/generated/graphql.ts'],
    ['schema/print.ts', 'subgraphs/index.ts'],
    ['bench/run.ts', 'test/testkit/postgres.ts'],
    ['test/gateway/start.test.ts', 'gateway/start.ts'],
    ['vitest.config.ts', 'test/testkit/reporter.ts'],
  ];
  const forbidden = [
    ['platform/errors/errors.ts', 'subgraphs/hub/events.ts'],
    ['platform/declare/noun.ts', 'platform/subgraph/subgraph.ts'],
    ['platform/subgraph/build.ts', 'platform/serving/service.ts'],
    ['platform/serving/http.ts', 'platform/house/house.ts'],
    ['platform/errors/errors.ts', 'gateway/config.ts'],
    ['platform/errors/errors.ts', 'clients/loader/file.ts'],
    ['platform/errors/errors.ts', 'test/testkit/config.ts'],
    ['gateway/start.ts', 'subgraphs/index.ts'],
    ['gateway/start.ts', 'subgraphs/demo/demo.ts'],
    ['gateway/start.ts', 'schema/print.ts'],
    ['gateway/server.ts', 'subgraphs/embedded.ts'],
    ['gateway/start.ts', 'subgraphs/hub/subgraph.ts'],
    ['subgraphs/serve.ts', 'subgraphs/demo/demo.ts'],
    ['subgraphs/serve.ts', 'subgraphs/identity/operator/operators.ts'],
    ['subgraphs/operator.ts', 'subgraphs/identity/user/user.service.ts'],
    ['gateway/start.ts', 'clients/loader/file.ts'],
    ['subgraphs/index.ts', 'subgraphs/hub/events.ts'],
    ['subgraphs/serve.ts', 'gateway/start.ts'],
    ['subgraphs/hub/node/node.service.ts', 'gateway/config.ts'],
    ['subgraphs/hub/node/node.service.ts', 'subgraphs/index.ts'],
    ['subgraphs/hub/node/node.service.ts', 'subgraphs/assets/events.ts'],
    ['subgraphs/hub/node/reactions.ts', 'subgraphs/assets/events.ts'],
    ['subgraphs/hub/reactions.ts', 'subgraphs/assets/asset/asset.service.ts'],
    ['clients/loader/load.ts', 'platform/config/config.ts'],
    ['clients/loader/load.ts', 'subgraphs/assets/events.ts'],
    ['clients/loader/load.ts', 'gateway/config.ts'],
    ['clients/loader/load.ts', 'clients/console/store.ts'],
    ['schema/print.ts', 'test/testkit/config.ts'],
  ];

  test.each(allowed)('%s may import %s', (from = '', to = '') => {
    expect(refused(from, importing(from, to))).toBe(false);
  });

  test.each(forbidden)('%s may not import %s', (from = '', to = '') => {
    expect(refused(from, importing(from, to))).toBe(true);
  });
});

describe('inside an OS', () => {
  const order = ['entity', 'policy', 'noun', 'service', 'resolver'];
  const pairs = order.flatMap((from, at) => order.map((to, other) => ({ from, to, fine: other <= at })));

  test.each(pairs)('$from → $to is fine: $fine', ({ from, to, fine }) => {
    expect(refused(`subgraphs/hub/node/node.${from}.ts`, `import { x } from './other.${to}.ts';`)).toBe(!fine);
  });

  const begins = ['mutations', 'streams', 'fields', 'worker'];
  const tops = begins.flatMap((from) => [...order, ...begins].map((to) => ({ from, to })));

  test.each(tops)('$from → $to: what begins work imports what is below, and nothing else that begins work', (pair) => {
    const fine = ['entity', 'policy', 'service'].includes(pair.to) || (pair.to === 'noun' && pair.from !== 'worker');
    expect(refused(`subgraphs/hub/node/node.${pair.from}.ts`, `import { x } from './other.${pair.to}.ts';`)).toBe(
      !fine,
    );
  });

  test.each(begins)('only subgraph.ts imports %s', (role) => {
    const text = `import { x } from './node/node.${role}.ts';`;
    expect(refused('subgraphs/hub/subgraph.ts', text)).toBe(false);
    for (const name of [
      'reactions.ts',
      'node.entity.ts',
      'node.policy.ts',
      'node.noun.ts',
      'node.query.ts',
      'node.service.ts',
    ])
      expect(refused(`subgraphs/hub/${name}`, text)).toBe(true);
  });

  test('a query is read of nouns, and a noun shows written types; neither calls a service', () => {
    const refusal = (from: string, to: string): boolean =>
      refused(`subgraphs/hub/node/node.${from}.ts`, `import { x } from './other.${to}.ts';`);
    expect([refusal('query', 'noun'), refusal('noun', 'type'), refusal('noun', 'policy')]).toEqual([
      false,
      false,
      false,
    ]);
    expect([refusal('query', 'service'), refusal('noun', 'query'), refusal('type', 'noun')]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('a suffix is a role, so that a file is under its rule', () => {
    expect(refused('subgraphs/hub/node/node.helpers.ts', '')).toBe(true);
    expect(refused('subgraphs/hub/node/node.service.ts', '')).toBe(false);
    expect(refused('subgraphs/hub/node/node-names.ts', '')).toBe(false);
  });

  test('an entity imports no GraphQL type, and nothing imports the manifest', () => {
    expect(refused('subgraphs/hub/node/node.entity.ts', "import { x } from './node.type.ts';")).toBe(true);
    expect(refused('subgraphs/hub/node/node.entity.ts', "import { Field } from 'type-graphql';")).toBe(true);
    expect(refused('subgraphs/hub/node/node.entity.ts', "import { defineEntity } from '@mikro-orm/core';")).toBe(false);
    expect(refused('subgraphs/hub/node/node.service.ts', "import { x } from '../subgraph.ts';")).toBe(true);
    expect(refused('subgraphs/hub/subgraph.ts', "import { x } from './node/node.resolver.ts';")).toBe(false);
  });
});

describe('everywhere', () => {
  test.each(['export default 1;', 'export default function named() {}', 'const x = 1; export { x as default };'])(
    'a default export is refused: %s',
    (text) => {
      expect(refused('platform/errors/errors.ts', text)).toBe(true);
      expect(refused('vitest.config.ts', text)).toBe(false);
    },
  );

  test.each([
    "export const x = process.env['X'];",
    'export const x = process.env.X;',
    "export const x = process['env'];",
    "import { env } from 'node:process';",
    "import { env as outside } from 'process';",
    'export const x = globalThis.process.env.X;',
    'export const x = process?.env.X;',
    'const { env } = process;',
    'const { env: environment, argv } = process;',
    'export const x = import.meta.env.X;',
  ])('reading the environment is refused: %s', (text) => {
    expect(refused('platform/errors/errors.ts', text)).toBe(true);
    expect(refused('test/testkit/postgres.ts', text)).toBe(true);
    expect(refused('platform/config/config.ts', text)).toBe(false);
    expect(refused('gateway/config.ts', text)).toBe(false);
  });

  test("another object's env is not the process's environment", () => {
    expect(refused('platform/errors/errors.ts', 'export const x = (request: { env: string }) => request.env;')).toBe(
      false,
    );
  });

  test.each([
    'export const x = { [Symbol.asyncIterator]: () => x, next: () => 1 };',
    'export const x = { [Symbol.asyncIterator]() { return this; } };',
    'export class X { [Symbol.asyncIterator](): this { return this; } }',
    "export class X { [Symbol['asyncIterator']] = (): this => this; }",
  ])('a second class for async iterators is refused: %s', (text) => {
    expect(refused('gateway/execution/stream.ts', text)).toBe(true);
    expect(refused('platform/streams/event-queue.ts', text)).toBe(false);
  });

  test('an async iterator made by another file may be read', () => {
    const text = 'export const x = (of: AsyncIterable<1>) => Symbol.asyncIterator in of && of[Symbol.asyncIterator]();';
    expect(refused('gateway/execution/stream.ts', text)).toBe(false);
  });

  test('a file that cannot be parsed is an error with its name', () => {
    expect(() => refused('platform/errors/errors.ts', 'export const = ;')).toThrow('platform/errors/errors.ts');
  });

  test('comments and strings do not violate a rule', () => {
    const text =
      "// process.env.X and export default\nexport const x = 'process.env.X'; /* import { y } from '../../gateway/x.ts' */";
    expect(refused('platform/errors/errors.ts', text)).toBe(false);
  });

  test('a file that is too long is refused', () => {
    expect(refused('platform/errors/errors.ts', '\n'.repeat(maxLines))).toBe(false);
    expect(refused('platform/errors/errors.ts', '\n'.repeat(maxLines + 1))).toBe(true);
  });

  test('production code imports no development dependency', () => {
    expect(refused('platform/database/pool.ts', "import { Pool } from 'pg';")).toBe(false);
    expect(refused('platform/database/pool.ts', "import { expect } from 'vitest';")).toBe(true);
    expect(refused('platform/database/pool.ts', "import { type Socket, open } from 'ws';")).toBe(true);
    expect(refused('platform/database/pool.ts', "import { type Socket } from 'ws';")).toBe(false);
    expect(refused('platform/database/pool.ts', "import type { Nobody } from 'absent';")).toBe(true);
    expect(refused('clients/loader/load.ts', "import { x } from '@scope/absent/deep.js';")).toBe(true);
    expect(refused('clients/console/main.tsx', "import { x } from 'react';")).toBe(false);
  });
});

describe('an import is recognised', () => {
  test.each([
    "import x from './there.ts';",
    "import './there.ts';",
    "import type { X } from './there.ts';",
    "import { a,\n  type B,\n} from './there.ts';",
    'import * as all from "./there.ts";',
    "export * from './there.ts';",
    "export type { X } from './there.ts';",
    "const x = await import('./there.ts');",
    "type X = import('./there.ts').X;",
    "new Worker(new URL('./there.ts', import.meta.url));",
    "const a = 1; import { b } from './there.ts';",
  ])('in the form %s', (text) => {
    expect(syntaxOf({ path: 'a/here.ts', text }).imports).toMatchObject([
      { specifier: './there.ts', target: 'a/there.ts' },
    ]);
  });
});
