import { composeServices } from '@apollo/composition';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { defaultLimits } from '../../../gateway/limits/limits.ts';
import { measure } from '../../../gateway/limits/measure.ts';
import { measurable } from '../../testkit/supergraph.ts';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
  type Query { users: [User!]! page: Page @listSize(assumedSize: 30, sizedFields: ["users"]) }
  type Page { users: [User!]! }
  type User { name: String posts: [Post!] pinned: [Post!] @listSize(assumedSize: 3) }
  type Post { authors: [User!] }`);

test('a list without @listSize counts as FOREIGN_LIST_SIZE in a foreign subgraph, and as the largest page in ours', async () => {
  const { supergraphSdl = '' } = composeServices([{ name: 'blog', typeDefs }]);
  const value = await measurable(supergraphSdl);
  const cost = (query: string, foreign: string[], foreignListSize?: number): number => {
    const document = parse(query);
    const sizes = foreignListSize === undefined ? {} : { foreignListSize };
    const measures = measure(
      { ...value, foreign: new Set(foreign), ...sizes },
      document,
      getOperationAST(document)!,
      {},
    );
    return measures.cost.found;
  };
  expect(cost('{ users { name } }', [])).toBe(1_000);
  expect(cost('{ users { name } }', ['blog'])).toBe(10);
  expect(cost('{ users { posts { authors { name } } } }', ['blog'])).toBe(10 + 100 + 1_000);
  expect(cost('{ users { posts { authors { name } } } }', ['blog'], 3)).toBe(3 + 9 + 27);
  // What is declared counts as before.
  expect(cost('{ page { users { pinned { authors { name } } } } }', ['blog'])).toBe(1 + 30 + 90 + 900);
  expect(cost('{ users { posts { authors { posts { authors { name } } } } } }', ['blog'])).toBeGreaterThan(
    defaultLimits.anonymous.cost,
  );
});

test('FOREIGN_LIST_SIZE is a whole number from 1 to 1,000', () => {
  expect(readConfig({}, []).foreignListSize).toBe(10);
  expect(readConfig({ FOREIGN_LIST_SIZE: '25' }, []).foreignListSize).toBe(25);
  expect(() => readConfig({ FOREIGN_LIST_SIZE: '0' }, [])).toThrow(/^FOREIGN_LIST_SIZE: /);
});
