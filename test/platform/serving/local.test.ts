import { buildSchema, type GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { LocalSubgraph } from '../../../platform/serving/local.ts';
import { createLog } from '../../../platform/telemetry/log.ts';

test('an OS makes its executable schema when it is first asked, and once', async () => {
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
