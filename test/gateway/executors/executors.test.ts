import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
} from '@apollo/server-gateway-interface';
import fc from 'fast-check';
import { getOperationAST, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownExecutor } from '../../../gateway/execution/execute.ts';
import { stockExecutor } from '../../../gateway/execution/stock.ts';
import { readSupergraph } from '../../../gateway/planning/read.ts';
import type { Planner } from '../../../gateway/planning/planner.ts';
import { readParts, type Parts } from '../../../gateway/supergraph/value.ts';
import { newRecord } from '../../../gateway/http/record.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { testConfig } from '../../testkit/config.ts';
import { generateOperation } from './operations.ts';
import { compose, SeededSubgraph, supergraphs } from './subgraphs.ts';

/*
 * The executor of @apollo/gateway is the oracle of ours: both run the same plans on the same answers of subgraphs. They differ on
 * purpose in what is listed at `alike`.
 */

const log = createLog({ level: 'silent' });
/** Generated operations per supergraph. */
const runs = testConfig().long ? 1_000 : 200;

/** A random source that repeats with its seed (Mulberry32). */
function diceOf(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe.each(Object.keys(supergraphs))('%s', (name) => {
  const sources = Object.entries(supergraphs[name] ?? {}).map(
    ([each, sdl]) => [each, new SeededSubgraph(each, sdl)] as const,
  );
  let parts: Parts;
  let own: GatewayExecutor;
  let stock: Awaited<ReturnType<typeof stockExecutor>>;

  beforeAll(async () => {
    const sdl = compose(name);
    const { facts, pieces, plan } = readSupergraph(sdl);
    const planner: Planner = {
      facts,
      thread: 0,
      piece: (n) => Promise.resolve(pieces[n]!),
      plan: (source, operationName) => Promise.resolve(plan(source, operationName)),
      close: () => Promise.resolve(),
    };
    const services = new Map<string, SeededSubgraph>(sources);
    parts = await readParts(sdl, planner, {
      services: (each) => services.get(each)!,
      isForeign: () => false,
      policiesClaim: 'policies',
    });
    own = ownExecutor(parts, log);
    stock = await stockExecutor(parts, log);
  });
  afterAll(() => stock.stop());

  const run = (execute: GatewayExecutor, source: string, variables: Record<string, unknown>) => {
    const document = parse(source);
    return execute({
      request: { query: source, variables },
      context: { info: {}, signal: null, record: newRecord(), cost: null, explain: false, absent: new Set() },
      document,
      source,
      operation: getOperationAST(document)!,
      operationName: null,
      queryHash: source,
      schema: parts.apiSchema,
      metrics: {},
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    } as unknown as GatewayGraphQLRequestContext);
  };

  test(`answers ${runs} generated operations like the stock executor`, { timeout: 600_000 }, async () => {
    let whole = 0;
    let failing = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
        const { source, variables } = generateOperation(parts.apiSchema, diceOf(seed));
        // Equal aliases may stand for different fields; such an operation is never executed.
        fc.pre(validate(parts.apiSchema, parse(source)).length === 0);
        for (const [, subgraph] of sources) subgraph.seed = seed;
        const [ours, theirs] = [await run(own, source, variables), await run(stock.execute, source, variables)];
        expect(alike(ours), source).toEqual(alike(theirs));
        expect(misplaced(ours), source).toEqual([]);
        if (ours.errors?.length) failing += 1;
        else whole += 1;
      }),
      { numRuns: runs },
    );
    // The generator covers both.
    expect(Math.min(whole, failing)).toBeGreaterThan(runs / 10);
  });

  test('response keys may be names that every object has', async () => {
    const [list, one, leaf] = name === 'library' ? ['works', 'author', 'name'] : ['nodes', 'next', 'b'];
    for (const [, subgraph] of sources) subgraph.seed = 7;
    const under = async (...[first, second, third]: [string, string, string]): Promise<string> => {
      const answer = await run(own, `{ ${first}: ${list} { ${second}: id ${third}: ${one} { ${leaf} } } }`, {});
      return JSON.stringify([answer.data, answer.errors?.map(({ path }) => path)]);
    };
    const odd = await under('__proto__', 'constructor', 'toString');
    expect(odd).toContain('"constructor":"');
    const plain = odd.replaceAll('__proto__', 'a').replaceAll('constructor', 'b').replaceAll('toString', 'c');
    expect(plain).toBe(await under('a', 'b', 'c'));
  });
});

/**
 * What both must have in common. The stock executor counts only the objects that it sends to a subgraph, so errors below a list of
 * several types have another's index: ours are compared with the data instead. It gives the error of a whole fetch no place.
 */
function alike({ data, errors = [] }: GatewayExecutionResult): unknown {
  const told = errors.map(({ message, path }) => {
    const names = path?.map((step) => (typeof step === 'number' ? '@' : step));
    return `${message} at ${JSON.stringify(message.endsWith(' is away') ? null : (names ?? null))}`;
  });
  return { data, errors: [...new Set(told)].toSorted() };
}

/** Paths of errors at which the data has a value; an error at an object may be about some of its fields. */
function misplaced({ data, errors = [] }: GatewayExecutionResult): unknown[] {
  return errors.flatMap(({ path }) => {
    let value: unknown = data;
    for (const step of path ?? []) value = (value as Record<string | number, unknown> | null | undefined)?.[step];
    return path && value !== undefined && typeof value !== 'object' ? [path] : [];
  });
}
