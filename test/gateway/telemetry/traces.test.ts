import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTracing } from '../../../platform/telemetry/otlp.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { receiveOtlp, type OtlpReceiver, type ReceivedSpan } from '../../testkit/otlp.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

let receiver: OtlpReceiver;
let world: World;
let person: Person;
let stop: (() => Promise<void>) | null = null;

beforeAll(async () => {
  receiver = await receiveOtlp();
  world = await openWorld({ oses: ['assets'] });
  person = await world.signUp({ organization: 'Museum' });
  await world.settled();
});
afterAll(async () => {
  await stop?.();
  await world?.close();
  await receiver?.[Symbol.asyncDispose]();
});

const traceId = 'a1'.repeat(16);
const client = 'b2'.repeat(8);

async function post(query: string, variables: unknown, traceparent: string | null): Promise<unknown> {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${person.accessToken}`,
      ...(traceparent === null ? {} : { traceparent }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Traces what `work` does, until all of it is received. */
async function traced(ratio: number, work: () => Promise<unknown>): Promise<ReceivedSpan[]> {
  const before = receiver.spans.length;
  const config = { url: `${receiver.url}/v1/traces`, headers: { 'x-team': 'art' }, serviceName: null, ratio };
  stop = startTracing(config, 'gateway', createLog({ level: 'silent' }));
  await work();
  await world.settled();
  await stop();
  stop = null;
  return receiver.spans.slice(before);
}

const create = `mutation Draft($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id owner { displayName } } } }`;
const publish = `mutation Publish($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }`;

test('a trace leads from the client through the subgraphs to SQL, and into the reactions of its facts', async () => {
  let answer: unknown;
  const spans = await traced(0, async () => {
    answer = await post(
      create,
      { input: { title: 'A secret title', kind: 'ART', ownerId: person.organizationId } },
      `00-${traceId}-${client}-01`,
    );
    const { data } = answer as { data: { assetCreate: { asset: { id: string } } } };
    await post(publish, { id: data.assetCreate.asset.id }, `00-${traceId}-${client}-01`);
  });
  expect(answer).toMatchObject({ data: { assetCreate: { asset: { owner: { displayName: 'Museum' } } } } });
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const wayOf = (span: ReceivedSpan): string[] => {
    const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId);
    return [...(parent ? wayOf(parent) : [span.parentSpanId ?? 'nothing']), span.name];
  };
  const ways = spans.map((span) => wayOf(span).join(' > '));
  expect(ways).toContain(`${client} > mutation Draft > fetch assets > assets mutation > sql insert`);
  expect(ways).toContain(`${client} > mutation Draft > fetch identity > identity query > sql select`);
  expect(ways).toContain(`${client} > mutation Draft > plan`);
  // A reaction of another system belongs to the mutation that told the fact, and so do its statements.
  const reactions = ways.filter((way) => way.includes(' > react '));
  expect(reactions).toEqual(
    expect.arrayContaining([
      expect.stringMatching(new RegExp(`^${client} > mutation Publish > fetch assets > react identity\\.`)),
    ]),
  );
  const [root] = spans.filter(({ name }) => name === 'mutation Draft');
  expect(root).toMatchObject({
    service: 'gateway',
    kind: 2,
    parentSpanId: client,
    attributes: {
      'graphql.operation.type': 'mutation',
      'graphql.operation.name': 'Draft',
      'http.response.status_code': 200,
    },
    error: null,
  });
  // Neither values in statements nor variables of operations are sent.
  expect(JSON.stringify(spans)).not.toContain('A secret title');
  expect(JSON.stringify(spans)).not.toContain(person.accessToken);
  expect(receiver.headers['x-team']).toBe('art');
});

test('a failure is named by its code at each span, without its message', async () => {
  const spans = await traced(1, () => post('query Missing { asset(id: "usr_1") { id } }', {}, null));
  const failed = spans.filter(({ error }) => error !== null).map(({ name, error }) => `${name}: ${error}`);
  expect(failed).toEqual(expect.arrayContaining(['fetch assets: INVALID', 'query Missing: INVALID']));
});

test('a share of the traces is recorded, and none of a client that records none', async () => {
  const query = '{ assets(first: 1) { totalCount } }';
  expect(await traced(0, () => post(query, {}, null))).toEqual([]);
  expect(await traced(1, () => post(query, {}, `00-${traceId}-${client}-00`))).toEqual([]);
  const spans = await traced(1, () => post(query, {}, null));
  expect(spans.filter(({ parentSpanId }) => parentSpanId === null).map(({ name }) => name)).toEqual(['query']);
});

test('operations over sockets and the events of streams are traced', async () => {
  const live = await person.subscribe(
    'subscription { assetImportProgressed { cursor import { id owner { displayName } } } }',
  );
  const spans = await traced(1, async () => {
    await person.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: { source: 'traced', run: 'one', lines: [{ line: 1, sourceId: '1', title: 'One', kind: 'ART' }] },
    });
    await live.next();
  });
  await live.close();
  const event = spans.find(({ name }) => name === 'event assets');
  expect(event).toMatchObject({ kind: 5, parentSpanId: null });
  expect(spans.filter(({ traceId: id }) => id === event?.traceId).map(({ name }) => name)).toContain('fetch identity');
});
