import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCommand, type TestProcess } from '../../testkit/processes.ts';
import { freePort } from '../../testkit/throwaway.ts';
import { askOver, compare, examples, onPurpose, serveWorld, type Asked, type ServedWorld } from './place.ts';

const hive = fileURLToPath(new URL('../../../bench/gateway/hive/', import.meta.url));
const program = join(hive, 'node_modules/@graphql-hive/gateway/dist/bin.js');

/** The configuration that a user of Hive Gateway writes for our OSes: the user's token, and the credential of each OS. */
const configOf = ({ credentials }: ServedWorld): string => `
const credentials = ${JSON.stringify(credentials)};
export const gatewayConfig = {
  logging: 'warn',
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) => ({
      authorization: request.headers.get('authorization') ?? undefined,
      'router-authorization': credentials[subgraphName],
    }),
  },
};`;

let place: ServedWorld;
let asked: Asked[];
let config = '';
beforeAll(async () => {
  place = await serveWorld();
  config = join(place.folder, 'hive.config.mjs');
  writeFileSync(config, configOf(place));
  asked = await examples(place);
});
afterAll(() => place?.[Symbol.asyncDispose]());

describe.each([
  {
    planner: 'the JavaScript planner',
    flags: [],
    // Its executor completes interface objects otherwise: null without an error where one is extended, and an error where one is not
    // found.
    wrong: [
      'AssetHistory: ours and theirs at .codes.0: undefined and "no code"',
      'AssetHistory, signed in: ours and theirs at .codes.0: undefined and "no code"',
      'ActorAuctions: ours and theirs at .data.actor.auctions: {"totalCount":0,"nodes":[]} and null',
      'ActorAuctions, signed in: ours and theirs at .data.actor.auctions: {"totalCount":0,"nodes":[]} and null',
    ],
  },
  { planner: 'the Rust planner', flags: ['--hive-router-runtime'], wrong: [] },
])('Hive Gateway with $planner', ({ flags, wrong }) => {
  let gateway: TestProcess;
  let url = '';
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/graphql`;
    const address = ['--host', '127.0.0.1', '--port', String(port), '--config-path', config];
    gateway = startCommand([process.execPath, program, 'supergraph', place.supergraph, ...address, ...flags], {
      cwd: hive,
      env: { NODE_ENV: 'production' },
    });
    const until = Date.now() + 60_000;
    const first = { name: 'First', kind: 'query', query: '{ __typename }', variables: {} };
    while (!(await askOver(url, first, null).catch(() => null))?.data) {
      if (Date.now() > until) throw new Error(`Hive Gateway does not answer:\n${gateway.output.slice(-4_000)}`);
      await sleep(100);
    }
  });
  afterAll(() => gateway?.stop());

  test('answers the example operations as our gateway does', { timeout: 300_000 }, async () => {
    const found = await compare(place, asked, (each, token) => askOver(url, each, token));
    expect(found).toEqual([...onPurpose, ...wrong]);
  });
});
