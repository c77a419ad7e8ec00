import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { doubles } from './house.ts';

/** Names that a fact must not contain: facts are kept for ever and read by many. */
const secrets = /e-?mail|password|secret|token|hash|credential|private|apikey|maxAmount|proxyMax|phone|birth/i;

/** All keys of a payload, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const found: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') found.push(...Object.keys(value as object));
    found.push(...keysOf(value));
  }
  return found;
}

/** What to add for facts that nothing is declared to emit. */
const untoldAdvice = (os: string, types: readonly string[]): string =>
  `add ${types.join(', ')} to \`tells\` of the mutation that emits it, or, if a reaction or worker does, to \`systemFacts\` in subgraphs/${os}/subgraph.ts`;

test('the advice for a fact that nothing tells names it, and where to list it', () => {
  expect(untoldAdvice('shelves', ['shelves.book.lost'])).toBe(
    'add shelves.book.lost to `tells` of the mutation that emits it, or, if a reaction or worker does, to `systemFacts` in subgraphs/shelves/subgraph.ts',
  );
});

describe.each(subgraphs.filter(({ facts }) => facts.length > 0).map((os) => [os.name, os] as const))(
  '%s',
  (_name, os) => {
    test.each(os.facts.map((fact) => [fact.type, fact] as const))(
      '%s contains no secret and no e-mail address',
      (_type, fact) => {
        const schema = z.toJSONSchema(fact.payload);
        expect(schema.type).toBe('object');
        const keys = keysOf(schema);
        expect(keys.length).toBeGreaterThan(0);
        expect(keys.filter((key) => secrets.test(key))).toEqual([]);
      },
    );

    test('each fact has its own type, and comes from a mutation or from the OS itself', () => {
      expect(doubles(os.facts.map(({ type }) => type)), 'types of several facts').toEqual([]);
      const told = new Set([
        ...os.systemFacts,
        ...[...buildSubgraph(os).roots.values()].flatMap(({ tells }) => (tells && 'facts' in tells ? tells.facts : [])),
      ]);
      const untold = os.facts.filter((fact) => !told.has(fact)).map(({ type }) => type);
      expect(untold, untoldAdvice(os.name, untold)).toEqual([]);
    });

    test('a fact that changes rights names the actor, so that routers drop their cache', () => {
      for (const fact of os.rightsFacts) {
        const { properties = {} } = z.toJSONSchema(fact.payload);
        expect(
          ['actorId', 'serviceId'].some((name) => name in properties),
          fact.type,
        ).toBe(true);
      }
    });
  },
);

test('every permission is required by a root field', () => {
  for (const os of subgraphs) {
    const used = new Set([...buildSubgraph(os).roots.values()].map(({ access }) => access));
    expect(Object.keys(os.permissions).filter((name) => !used.has(name))).toEqual([]);
  }
});

test('every mutation declares a fact or why it has none', () => {
  for (const os of subgraphs) {
    for (const { kind, name, tells } of buildSubgraph(os).roots.values()) {
      if (kind !== 'Mutation') continue;
      if (tells && 'silent' in tells) expect(tells.silent, name).toMatch(/.{10,}/);
      else expect(tells?.facts.length, name).toBeGreaterThan(0);
    }
  }
});
