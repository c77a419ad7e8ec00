import type { QueryPlan } from '@apollo/query-planner';
import { threadId, Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { PlannerThread, type Planner } from '../../gateway/planning/planner.ts';
import type { Question } from '../../gateway/planning/messages.ts';
import { Plans } from '../../gateway/planning/plans.ts';
import { inSlices } from '../../gateway/supergraph/slices.ts';
import { createLog } from '../../platform/telemetry/log.ts';
import { assets, auctions, TestIdentity } from './world/subgraphs.ts';
import { compose, openWorld, until } from './world/world.ts';

const log = createLog({ level: 'silent' });
const sdl = (): string => compose([new TestIdentity().service, auctions().service, assets()]);
const query = '{ auction(id: "auc_1") { title asset { name } } }';

afterEach(() => vi.restoreAllMocks());

/** The threads that were sent a question since. One for which `kills` is true ends the thread and never arrives: it could be answered. */
function watchThreads(kills: (question: Question, worker: Worker) => unknown = () => false): Set<Worker> {
  const threads = new Set<Worker>();
  const post = Reflect.get(Worker.prototype, 'postMessage') as (this: Worker, value: unknown) => void;
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, value: unknown) {
    threads.add(this);
    if (kills(value as Question, this) === true) void this.terminate();
    else post.call(this, value);
  });
  return threads;
}

/** A thread that has ended has no id any more. */
const hasEnded = (worker: Worker): boolean => worker.threadId === -1;

test('a supergraph is read and operations are planned in a separate thread', async () => {
  const threads = watchThreads();
  const thread = new PlannerThread(log);
  const planner = await thread.open(sdl());
  expect(planner.thread).not.toBe(threadId);
  const plan = await planner.plan(query, null);
  expect(JSON.stringify(plan)).toContain('"serviceName":"auction"');
  expect([...threads].map((each) => each.threadId)).toEqual([planner.thread]);
  await planner.close();
  expect([...threads].map(hasEnded)).toEqual([true]);
});

test('invalid supergraphs and operations are refused as in this thread', async () => {
  const thread = new PlannerThread(log);
  await expect(thread.open('type Query {')).rejects.toThrow(/Syntax Error/);
  const planner = await thread.open(sdl());
  await expect(planner.plan('{ auction(id: "auc_1") { nothing } }', null)).rejects.toThrow(/nothing/);
  await expect(planner.plan(query, 'Other')).rejects.toThrow(/Other/);
  expect(await planner.plan(query, null)).toMatchObject({ kind: 'QueryPlan' });
  await planner.close();
});

test('a thread that dies is restarted, and waiting operations are planned', async () => {
  let toKill = 1;
  const threads = watchThreads((question) => question.kind === 'plan' && toKill-- > 0);
  const thread = new PlannerThread(log);
  const planner = await thread.open(sdl());
  const plans = await Promise.all([planner.plan(query, null), planner.plan('{ __typename }', null)]);
  expect(plans.map(({ kind }) => kind)).toEqual(['QueryPlan', 'QueryPlan']);
  expect([...threads].map(hasEnded)).toEqual([true, false]);
  await planner.close();
});

test('an operation that kills threads is refused, and the next one is planned', async () => {
  const threads = watchThreads((question) => question.kind === 'plan' && question.source === query);
  const thread = new PlannerThread(log);
  const planner = await thread.open(sdl());
  const [poison, next] = await Promise.allSettled([planner.plan(query, null), planner.plan('{ __typename }', null)]);
  expect([poison.status, next.status]).toEqual(['rejected', 'fulfilled']);
  expect(threads.size).toBe(3);
  await planner.close();
});

test('a question that is never answered fails in time, and those behind it are answered by a new thread', async () => {
  const threads = watchThreads();
  const thread = new PlannerThread(log);
  const planner = await thread.open(sdl());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const [first] = threads;
    const post = first?.postMessage.bind(first);
    // The question does not reach the thread, so no answer comes.
    if (first) first.postMessage = (question: Question) => (question.kind === 'plan' ? undefined : post?.(question));
    const lost = planner.plan(query, null).catch((error: unknown) => error);
    const behind = planner.plan('{ __typename }', null);
    vi.advanceTimersByTime(29_999);
    expect(first && hasEnded(first)).toBe(false);
    vi.advanceTimersByTime(1);
    // The thread may have answered before it ended: nobody gets that answer, least of all the question behind.
    first?.emit('message', { answer: { kind: 'QueryPlan', late: true } });
    expect(await lost).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The operation was not planned within 30 seconds.',
    });
    const answered = await behind;
    expect(answered).toMatchObject({ kind: 'QueryPlan' });
    expect(answered).not.toHaveProperty('late');
    expect(await planner.plan(query, null)).toMatchObject({ kind: 'QueryPlan' });
  } finally {
    vi.useRealTimers();
  }
  await planner.close();
  await expect.poll(() => [...threads].map(hasEnded)).toEqual([true, true]);
});

test('a closed planner still plans late requests, and ends again', async () => {
  const threads = watchThreads();
  const planner = await new PlannerThread(log).open(sdl());
  await planner.close();
  expect(await planner.plan(query, null)).toMatchObject({ kind: 'QueryPlan' });
  expect([...threads].map(hasEnded)).toEqual([true, true]);
});

test('requests during the closing of a planner are planned, and then its thread ends', async () => {
  const threads = watchThreads();
  const planner = await new PlannerThread(log).open(sdl());
  const early = planner.plan('{ __typename }', null);
  const closing = planner.close();
  const late = [planner.plan(query, null), planner.plan('query Other { __typename }', null)];
  await early;
  expect(await Promise.all(late)).toMatchObject([{ kind: 'QueryPlan' }, { kind: 'QueryPlan' }]);
  await closing;
  await expect.poll(() => [...threads].every(hasEnded)).toBe(true);
});

test('concurrent requests share one plan, and requests whose time is over do not wait', async () => {
  let resolve = (_plan: QueryPlan): void => undefined;
  const plan = vi.fn<Planner['plan']>(() => new Promise((made) => (resolve = made)));
  const plans = new Plans({ plan }, { max: 10, maxSize: 1_000 });
  const asked = { source: query, operationName: null, signal: null };
  const gone = new AbortController();
  const late = plans.make('a', { ...asked, signal: gone.signal });
  const both = Promise.all([plans.make('a', asked), plans.make('a', asked)]);
  gone.abort(new Error('Its time is over.'));
  await expect(late).rejects.toThrow('Its time is over.');
  resolve({ kind: 'QueryPlan' });
  expect(await both).toEqual([{ kind: 'QueryPlan' }, { kind: 'QueryPlan' }]);
  expect(plan).toHaveBeenCalledTimes(1);
  expect(plans.known('a')).toEqual({ kind: 'QueryPlan' });
});

test('an operation that everybody has left is not planned, and the next caller asks anew', async () => {
  const asked: Question[] = [];
  watchThreads((question) => asked.push(question));
  const planner = await new PlannerThread(log).open(sdl());
  const plans = new Plans(planner, { max: 10, maxSize: 1_000 });
  const named = (name: string, signal: AbortSignal | null = null) =>
    plans.make(name, { source: `query ${name} { __typename }`, operationName: null, signal });
  const [one, other] = [new AbortController(), new AbortController()];
  const first = named('First');
  const left = [named('Left', one.signal), named('Left', other.signal), named('Shared', one.signal)];
  const shared = named('Shared');
  for (const each of left) each.catch(() => undefined);
  one.abort(new Error('Left.'));
  other.abort(new Error('Left.'));
  expect((await Promise.allSettled(left)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await Promise.all([first, shared])).toHaveLength(2);
  const planned = (): unknown[] => asked.flatMap((each) => (each.kind === 'plan' ? [each.source.split(' ')[1]] : []));
  expect(planned()).toEqual(['First', 'Shared']);
  expect(await named('Left')).toMatchObject({ kind: 'QueryPlan' });
  expect(planned()).toEqual(['First', 'Shared', 'Left']);
  await planner.close();
});

test('a plan whose thread dies while its planner is closed is settled', async () => {
  const threads = watchThreads((question) => question.kind === 'plan');
  const planner = await new PlannerThread(log).open(sdl());
  const plan = planner.plan(query, null).catch(() => 'refused');
  await planner.close();
  expect(await plan).toBe('refused');
  await expect.poll(() => [...threads].every(hasEnded)).toBe(true);
});

test('a supergraph is read once by each new thread', async () => {
  let toKill = 4;
  const kinds: string[] = [];
  const threads = watchThreads((question) => {
    kinds.push(question.kind);
    return question.kind === 'plan' && question.source !== query && toKill-- > 0;
  });
  const planner = await new PlannerThread(log).open(sdl());
  const deadly = [1, 2].map((n) => planner.plan(`query Deadly${n} { __typename }`, null));
  const settled = await Promise.allSettled([...deadly, planner.plan(query, null)]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(await planner.plan('{ __typename }', null)).toMatchObject({ kind: 'QueryPlan' });
  expect(kinds.filter((kind) => kind === 'read').length).toBe(threads.size);
  await planner.close();
});

test('long work yields to the event loop after each slice of time', async () => {
  let clock = 0;
  const turns: number[] = [];
  const done: number[] = [];
  const turn = (): void => {
    turns.push(done.length);
    if (done.length < 10) setImmediate(turn);
  };
  setImmediate(turn);
  await inSlices(
    [...Array(10).keys()],
    (n) => ((clock += 2), done.push(n)),
    () => clock,
  );
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(turns)).toEqual(new Set([2, 4, 6, 8, 10]));
});

test('queries, a subscription and their plans survive a swap, each supergraph in its own thread', async () => {
  const threads = watchThreads();
  await using world = await openWorld({ ownThreads: true });
  const [first] = threads;
  const listening = world.listen('subscription { bidPlaced { cursor auction { asset { name } } } }');
  await until(() => world.auctions.service.streams === 1);
  const small = sdl();
  const big = compose([world.identity.service, auctions('grown: String').service, world.assets]);
  let answered = 0;
  let isOver = false;
  const failures: unknown[] = [];
  const ask = async (): Promise<void> => {
    while (!isOver) {
      // A unique name, so that each one is planned.
      const answer = await world.ask(`query Q${answered} ${query}`);
      answered += 1;
      if (answer.errors.length > 0) failures.push(answer);
    }
  };
  const load = [ask(), ask()];
  for (const next of [big, small]) {
    const before = answered;
    await until(() => answered > before + 5, 'answers before the swap');
    await world.gateway.swap(next);
    world.auctions.bid();
  }
  const before = answered;
  await until(() => answered > before + 5 && listening.events.length === 2, 'answers after the last swap');
  isOver = true;
  await Promise.all(load);
  expect([failures, listening.errors, world.auctions.service.streamsEver]).toEqual([[], [], 1]);
  expect(threads.size).toBe(3);
  const [last] = [...threads].slice(-1);
  await until(() => [...threads].every((each) => each === last || hasEnded(each)), 'the end of the threads before');
  expect(first && hasEnded(first)).toBe(true);
});

test('an invalid supergraph leaves only the thread of the old one', async () => {
  const threads = watchThreads();
  await using world = await openWorld({ ownThreads: true });
  await expect(world.gateway.swap('type Query { a: Int }')).rejects.toThrow();
  expect([...threads].map(hasEnded)).toEqual([false, true]);
  expect((await world.ask(query)).errors).toEqual([]);
});

test('cached plans run while the planner is dead, and new plans wait for a new planner', async () => {
  let isDying = false;
  const threads = watchThreads(() => isDying);
  await using world = await openWorld({ ownThreads: true });
  expect((await world.ask(query)).errors).toEqual([]);
  isDying = true;
  const refused = await world.ask('{ auctions(first: 1) { nodes { title } } }');
  expect(refused.errors[0]?.extensions['code']).toBe('INTERNAL');
  expect((await world.ask(query)).errors).toEqual([]);
  isDying = false;
  expect((await world.ask('{ auctions(first: 1) { nodes { title } } }')).errors).toEqual([]);
  expect(threads.size).toBeGreaterThan(2);
});
