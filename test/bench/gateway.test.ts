import { connect } from 'node:net';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { withoutLimits } from '../../bench/config.ts';
import { bodiesOf, check } from '../../bench/gateway/check.ts';
import { ours, post } from '../../bench/gateway/gateways.ts';
import { localServices } from '../../bench/gateway/local.ts';
import type { Cell } from '../../bench/gateway/measure.ts';
import { operations } from '../../bench/gateway/operations.ts';
import { readProfile } from '../../bench/gateway/profile.ts';
import { ratioOf } from '../../bench/gateway/report.ts';
import { composeSystems } from '../../bench/gateway/systems/index.ts';
import { responseOf, serve } from '../../bench/gateway/wire.ts';
import { readConfig } from '../../gateway/config.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { openPlanner } from '../testkit/supergraph.ts';

function open(executor: 'own' | 'apollo'): Promise<Gateway> {
  return startGateway({
    config: readConfig({ PORT: '0', LIMITS: withoutLimits(), GATEWAY_EXECUTOR: executor }, []),
    services: localServices(),
    supergraphSdl: composeSystems({}),
    openPlanner,
    log: pino({ level: 'silent' }),
  });
}

test('every operation of the gateway benchmark is answered by our executor as by the stock one', async () => {
  const gateways = [await open('apollo'), await open('own')];
  try {
    for (const operation of operations) {
      let reference: unknown[] | null = null;
      for (const { url } of gateways) {
        const running = { contestant: ours, url: `${url}/graphql`, pid: 0, stop: () => Promise.resolve() };
        const checked = await check(operation, running, reference);
        expect(checked.difference).toBeNull();
        reference = checked.data;
      }
    }
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.close()));
  }
});

test('the check of the benchmark tells other data, errors and refusals', async () => {
  const [operation] = operations.filter(({ variables }) => variables.length === 1);
  if (!operation) throw new Error('There is no operation with one request.');
  let json = '{"data":{"a":1}}';
  const server = await serve(() => responseOf(json));
  const running = { contestant: ours, url: `http://127.0.0.1:${server.port}/`, pid: 0, stop: () => Promise.resolve() };
  try {
    expect((await check(operation, running, [{ a: 1 }])).difference).toBeNull();
    expect((await check(operation, running, [{ a: 2 }])).difference).toContain('other data');
    json = '{"data":{"a":1},"errors":[{"message":"Too much."}]}';
    expect((await check(operation, running, [{ a: 1 }])).difference).toContain('Too much.');
  } finally {
    await server.close();
  }
});

describe('the HTTP server of the benchmark’s subgraphs', () => {
  test('answers requests in order, whether they come in pieces, together, chunked or while one is answered', async () => {
    const server = await serve((body) =>
      body === 'slow' ? Promise.resolve(responseOf('"slow"')) : responseOf(JSON.stringify(body)),
    );
    const socket = connect(server.port, '127.0.0.1');
    let answered = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answered += text));
    const head = 'POST / HTTP/1.1\r\nhost: a\r\n';
    socket.write(`${head}Content-Length: 4\r\n\r\nslow${head}content-length: 6\r\n\r\nzw`);
    await expect.poll(() => answered).toContain('"slow"');
    socket.write(`ölf${head}transfer-encoding: chunked\r\n\r\n3\r\nthr\r\n2\r\nee\r\n0\r`);
    await expect.poll(() => answered).toContain('"zwölf"'.slice(0, 4));
    socket.write('\n\r\n');
    await expect.poll(() => answered).toContain('"three"');
    expect([...answered.matchAll(/content-length: (\d+)\r\n\r\n/g)].map(([, length]) => length)).toHaveLength(3);
    expect(answered.indexOf('slow')).toBeLessThan(answered.indexOf('three'));
    socket.destroy();
    await server.close();
  });

  test('answers a client of Node', async () => {
    const server = await serve((body) => responseOf(JSON.stringify({ body })));
    const answer = await post(`http://127.0.0.1:${server.port}/graphql`, bodiesOf(operations[0] as never)[0] ?? '');
    expect(JSON.parse(answer.text)).toEqual({ body: bodiesOf(operations[0] as never)[0] });
    await server.close();
  });
});

test('a ratio is the geometric mean over the operations that both gateways answer', () => {
  const cell = (rate: number): Cell => ({ rate, p50: 1, p99: 1, cpu: 1, busy: 1, calls: 1 });
  const cells = new Map([
    [
      'a',
      new Map([
        ['ours', cell(8)],
        ['other', cell(1)],
      ]),
    ],
    [
      'b',
      new Map([
        ['ours', cell(2)],
        ['other', cell(1)],
      ]),
    ],
    ['c', new Map([['ours', cell(100)]])],
  ]);
  expect(ratioOf(cells, 'rate', 'ours', 'other')).toBeCloseTo(4);
});

test('a profile counts the time between two moments, by the innermost area', () => {
  const frame = (id: number, functionName: string, url: string, children: number[] = []) => ({
    id,
    callFrame: { functionName, url, lineNumber: 0 },
    children,
  });
  const text = JSON.stringify({
    nodes: [
      frame(1, '(root)', '', [2, 5]),
      frame(2, 'answerGraphQL', 'file:///x/gateway/http/graphql.ts', [3]),
      frame(3, 'admit', 'file:///x/gateway/limits/admit.ts', [4]),
      frame(4, 'sort', ''),
      frame(5, '(idle)', ''),
    ],
    startTime: 1_000_000,
    samples: [2, 4, 5, 2, 2],
    timeDeltas: [1_000, 3_000, 9_000, 1_000, 1_000],
  });
  const { areas, busy } = readProfile(text, 1_000, 1_014.5);
  expect(busy).toBe(5);
  expect(areas).toEqual([
    ['admission', 0.6],
    ['HTTP of ours', 0.4],
  ]);
});
