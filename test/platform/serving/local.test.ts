import { buildSchema, type GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { anonymous } from '../../../platform/context/actor.ts';
import { LocalSubgraph } from '../../../platform/serving/local.ts';
import { EventQueue } from '../../../platform/streams/event-queue.ts';
import { createLog } from '../../../platform/telemetry/log.ts';

test('an OS builds its executable schema once, on first use', async () => {
  let made = 0;
  const make = (): GraphQLSchema => {
    made += 1;
    return buildSchema('type Query { word: String }');
  };
  const around = { os: 'tiny', log: createLog({ level: 'fatal', name: 'test' }) };
  const local = new LocalSubgraph(around as never, make);
  expect(made).toBe(0);
  for (let n = 0; n < 2; n++) {
    const { errors } = await local.execute({ query: '{ missing }', info: {} as never });
    expect(errors?.[0]?.message).toContain('missing');
  }
  expect(made).toBe(1);
});

test('a reader that leaves while an event is completed ends its stream and the source at once', async () => {
  const schema = buildSchema('type Query { word: String } type Subscription { word: String }');
  const source = new EventQueue<string>();
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let finish = (word: string): void => void word;
  const field = schema.getSubscriptionType()!.getFields()['word']!;
  field.subscribe = () => source;
  field.resolve = () => {
    reach();
    return new Promise<string>((resolve) => (finish = resolve));
  };
  const around = {
    os: 'tiny',
    log: createLog({ level: 'fatal', name: 'test' }),
    universes: { refusal: () => null },
    hub: { position: 0n },
    clock: { now: () => new Date() },
  };
  const local = new LocalSubgraph(around as never, () => schema);
  const info = { actor: anonymous(), universe: 'main', actingFor: null } as never;
  const stream = await local.subscribe({ query: 'subscription { word }', info });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  const read = stream.next();
  source.push('late');
  await reached;
  expect(await stream.return?.()).toEqual({ done: true, value: undefined });
  expect(await read).toEqual({ done: true, value: undefined });
  expect(source.hasEnded).toBe(true);
  finish('late');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
