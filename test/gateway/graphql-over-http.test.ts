import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world/world.ts';

/* The audits of graphql-http, the reference implementation of GraphQL over HTTP. */

/** The audits of this version of graphql-http: an update that drops some must be noticed. */
const inAll = 61;

describe.each(['own', 'apollo'] as const)('GraphQL over HTTP with the %s executor', (executor) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ executor });
  });
  afterAll(async () => {
    await world?.close();
  });

  const audits = serverAudits({ url: () => `${world.url}/graphql` });
  test('has all audits', () => expect(audits).toHaveLength(inAll));
  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect([result.status, 'reason' in result ? result.reason : null]).toEqual(['ok', null]);
  });
});

describe('the status of a refused operation', () => {
  const bad = 'query ($level: Level) { echo(level: $level) }';
  test.each([
    ['a syntax error', '{ auction(', undefined],
    ['an unknown field', '{ nothing }', undefined],
    ['an unknown operation', 'query A { __typename } query B { __typename }', undefined],
    ['an invalid variable', bad, { level: 'MIDDLE' }],
    ['a null for @skip', 'query ($no: Boolean) { __typename @skip(if: $no) }', { no: null }],
  ])('for %s is 200 as application/json, 400 as application/graphql-response+json', async (_what, query, variables) => {
    await using world = await openWorld();
    const ask = async (accept?: string) => {
      const { status, data, errors } = await world.ask(query, { variables, headers: accept ? { accept } : {} });
      expect([data, errors[0]?.extensions['code']]).toEqual([
        undefined,
        expect.stringMatching(/^(BAD_QUERY|INVALID)$/) as string,
      ]);
      return status;
    };
    expect(await ask('application/json')).toBe(200);
    expect(await ask()).toBe(200);
    expect(await ask('application/graphql-response+json')).toBe(400);
    expect(await ask('application/graphql-response+json, application/json;q=0.9')).toBe(400);
    expect(await ask('application/graphql-response+json;q=0.5, application/json;q=0.9')).toBe(200);
  });

  test('is its own for limits, tokens and rations, in either media type', async () => {
    await using world = await openWorld({ env: { LIMITS: 'anonymous.atOnce=0,signedIn.rate=1' } });
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const many = await world.ask('{ __typename }', { headers: { accept } });
      expect([many.status, many.headers.get('content-type')]).toEqual([429, `${accept}; charset=utf-8`]);
      const forged = await world.ask('{ __typename }', { headers: { accept, authorization: 'Bearer x' } });
      expect(forged.status).toBe(401);
    }
    await using roomy = await openWorld();
    const large = await roomy.ask('{ auctions(first: 5000) { nodes { id } } }');
    expect([large.status, large.errors[0]?.extensions['code']]).toEqual([400, 'LIMIT_EXCEEDED']);
  });

  test('is 406 where no media type fits, and then nothing runs', async () => {
    await using world = await openWorld();
    const answer = await world.ask('mutation { bidPlace(input: { auctionId: "auc_1", amount: "1" }) { amount } }', {
      headers: { accept: 'text/css' },
    });
    expect([answer.status, answer.errors[0]?.extensions['code']]).toEqual([406, 'BAD_QUERY']);
    expect(world.auctions.service.executed).toBe(0);
  });
});
