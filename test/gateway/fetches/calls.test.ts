import type { ExecutionResult } from 'graphql';
import { expect, test } from 'vitest';
import { gatewayRequest } from '../../../gateway/execution/context.ts';
import { Ended } from '../../../gateway/execution/end.ts';
import { Calls } from '../../../gateway/fetches/calls.ts';
import { Changes } from '../../../gateway/fetches/changes.ts';
import { copyOf } from '../../../gateway/fetches/copy.ts';
import type { SubgraphRequest } from '../../../platform/serving/service.ts';

/** A subgraph whose calls the test answers, by their order. */
function subgraph() {
  const changes = new Changes();
  let time = 0;
  const calls = new Calls('shop', changes, 100, () => time);
  const made: {
    request: SubgraphRequest;
    answer: (result: ExecutionResult) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const joined: string[] = [];
  const ask = (key: string | null = 'same', signal: AbortSignal | null = null, requestId = 'request') =>
    calls.ask(
      { query: '{ a }', info: gatewayRequest(requestId, 'main'), signal },
      key,
      (request) => new Promise((answer, fail) => made.push({ request, answer, fail })),
      (id) => joined.push(id),
    );
  return {
    ask,
    made,
    joined,
    changes,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

const late = (): Ended => new Ended(false, 'An operation has 1 s.');

test('equal fetches in flight are one call; others, later ones and those without a key are not', async () => {
  const { ask, made, joined } = subgraph();
  const asked = [ask('a', null, 'first'), ask('a', null, 'second'), ask('b'), ask(null), ask(null)];
  expect(made).toHaveLength(4);
  expect([made[0]?.request.info.requestId, joined]).toEqual(['first', ['first']]);
  for (const [n, { answer }] of made.entries()) answer({ data: { n } });
  expect(await Promise.all(asked)).toEqual([0, 0, 1, 2, 3].map((n) => ({ data: { n } })));
  void ask('a');
  expect(made).toHaveLength(5);
});

test('what one consumer does with its data does not change those of others', async () => {
  const { ask, made } = subgraph();
  const asked = [ask(), ask(), ask()];
  made[0]?.answer({ data: { list: [{ deep: [1, { name: 'a' }] }] } });
  const change = (answer: ExecutionResult): void => {
    const { list } = answer.data as { list: { deep: unknown[]; more?: string }[] };
    const [item] = list;
    if (item) item.more = 'mine';
    item?.deep.push('mine');
    Object.assign(item?.deep[1] ?? {}, { name: 'mine' });
    list.push({ deep: [] });
  };
  const answers: ExecutionResult[] = [];
  // Each changes its own as soon as it has it.
  await Promise.all(
    asked.map((each) => each.then((answer) => (answers.push(structuredClone(answer)), change(answer)))),
  );
  for (const answer of answers) expect(answer).toEqual({ data: { list: [{ deep: [1, { name: 'a' }] }] } });
});

test('a consumer that leaves, or whose time is over, takes nothing from the others', async () => {
  const { ask, made } = subgraph();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [ask('same', first.signal), ask('same', second.signal), ask('same')];
  const ended = late();
  first.abort(ended);
  await expect(asked[0]).rejects.toBe(ended);
  second.abort(new Ended(true, 'The client has left.'));
  await expect(asked[1]).rejects.toThrow('has left');
  expect(made[0]?.request.signal?.aborted).toBe(false);
  made[0]?.answer({ data: { a: 1 } });
  expect(await asked[2]).toEqual({ data: { a: 1 } });
});

test('a call is aborted when the last consumer has left, and nobody joins it after that', async () => {
  const { ask, made } = subgraph();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [ask('same', first.signal), ask('same', second.signal)];
  first.abort(late());
  second.abort(late());
  await Promise.all(asked.map((each) => expect(each).rejects.toBeInstanceOf(Ended)));
  expect(made[0]?.request.signal?.aborted).toBe(true);
  const again = ask();
  expect(made).toHaveLength(2);
  made[0]?.fail(new Error('aborted'));
  made[1]?.answer({ data: { a: 2 } });
  expect(await again).toEqual({ data: { a: 2 } });
});

test('a consumer whose operation has ended before makes no call', async () => {
  const { ask, made } = subgraph();
  await expect(ask('same', AbortSignal.abort(late()))).rejects.toBeInstanceOf(Ended);
  expect(made).toHaveLength(0);
});

test('errors are shared alike: those that are answered, and that of a call that fails', async () => {
  const { ask, made } = subgraph();
  const answered = [ask(), ask()];
  const errors = [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] as never;
  made[0]?.answer({ data: null, errors });
  expect(await Promise.all(answered)).toEqual([
    { data: null, errors },
    { data: null, errors },
  ]);
  const failed = [ask(), ask()];
  const broken = new Error('ECONNREFUSED');
  made[1]?.fail(broken);
  await Promise.all(failed.map((each) => expect(each).rejects.toBe(broken)));
});

test('a fetch joins no call that began before a change, but one that began after it', () => {
  const { ask, made, changes } = subgraph();
  void ask();
  changes.anywhere();
  void ask();
  void ask();
  expect(made).toHaveLength(2);
  changes.in('shop');
  void ask();
  expect(made).toHaveLength(3);
  changes.in('another');
  void ask();
  expect(made).toHaveLength(3);
});

test('a fetch joins no call that began more than 100 ms before', () => {
  const { ask, made, pass } = subgraph();
  void ask();
  pass(99);
  void ask();
  expect(made).toHaveLength(1);
  pass(1);
  void ask();
  pass(99);
  void ask();
  expect(made).toHaveLength(2);
});

test('a bounded number of calls can be joined, by keys of bounded length', () => {
  const { ask, made } = subgraph();
  const long = 'x'.repeat(100_000);
  void ask(long);
  void ask(long);
  expect(made).toHaveLength(2);
  for (let n = 0; n < 10_000; n++) void ask(`key ${n}`);
  void ask('one too many');
  void ask('one too many');
  void ask('key 9999');
  expect(made).toHaveLength(10_004);
});

test('a copy has new objects and lists, and the same values, whatever their keys and depth', () => {
  const at = new Date();
  const data = JSON.parse('{"__proto__":{"a":[[],{}]},"b":null,"c":[1,"x",null,{"d":false}]}') as Record<
    string,
    unknown
  >;
  data['at'] = at;
  const copy = copyOf(data);
  expect(copy).toEqual(data);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(data));
  expect([copy['c'] === data['c'], copy['at'] === at]).toEqual([false, true]);
  let deep: unknown = 1;
  for (let n = 0; n < 100_000; n++) deep = [deep];
  expect(Array.isArray(copyOf(deep))).toBe(true);
});
