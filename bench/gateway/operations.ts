import { readFileSync } from 'node:fs';
import { range } from './systems/rows.ts';

/** An operation of the benchmark. */
export interface Operation {
  name: string;
  /** What is particular about it. */
  sentence: string;
  query: string;
  /** Requests use them in turn: identical ones in flight are then as frequent as on a page that many people read. */
  variables: readonly Record<string, unknown>[];
  /** The subgraph that could answer it alone, without a gateway. */
  alone?: string;
  /** Whether it takes some milliseconds. */
  isHeavy?: boolean;
}

const variants = 16;

function ids(noun: string): { id: string }[] {
  return range(variants).map((n) => ({ id: `${noun}-${n * 7 + 1}` }));
}

const described: readonly Omit<Operation, 'query'>[] = [
  {
    name: 'small',
    sentence: 'one object of one subgraph',
    alone: 'people',
    variables: ids('person'),
  },
  {
    name: 'join',
    sentence: 'one object and its author, from two subgraphs',
    variables: ids('post'),
  },
  {
    name: 'wide',
    sentence: 'eleven root fields of five subgraphs, about 300 scalars',
    variables: ids('person'),
  },
  {
    name: 'deep',
    sentence: 'five fetches one after another through all subgraphs',
    variables: ids('post'),
  },
  {
    name: 'entities',
    sentence: '500 different products, completed from two other subgraphs',
    isHeavy: true,
    variables: [{}],
  },
  {
    name: 'repetitive',
    sentence: '200 posts by the same eight authors',
    isHeavy: true,
    variables: [{}],
  },
  {
    name: 'distinct',
    sentence: '200 posts by 200 authors',
    isHeavy: true,
    variables: [{}],
  },
  {
    name: 'abstract',
    sentence: '60 publications of three types behind an interface, with fragments per type',
    variables: [{}],
  },
  {
    name: 'requires',
    sentence: '50 products with two @requires, the second of which needs the first',
    variables: [{}],
  },
  {
    name: 'mutation',
    sentence: 'a mutation whose answer is completed from three other subgraphs',
    variables: range(variants).map((n) => ({
      input: { productId: `product-${n}`, authorId: `person-${n * 3}`, stars: 1 + (n % 5), text: 'As described.' },
    })),
  },
  {
    name: 'records',
    sentence: '1,000 objects with 20 scalars each, of one subgraph',
    alone: 'stock',
    isHeavy: true,
    variables: [{}],
  },
  {
    name: 'nested',
    sentence: 'lists in lists in lists: 200 comments, with their authors',
    isHeavy: true,
    variables: [{}],
  },
  {
    name: 'conditions',
    sentence: 'fragments, aliases, @skip and @include with variables',
    variables: range(variants).map((n) => ({
      left: `product-${n}`,
      right: `product-${n + 50}`,
      stock: n % 2 === 0,
      brief: n % 4 === 3,
    })),
  },
  {
    name: 'sparse',
    sentence: '100 products whose successor is null for two of three',
    variables: [{}],
  },
  {
    name: 'page',
    sentence: 'a page as people load it: a product with reviews, their authors and what else these reviewed',
    variables: ids('product'),
  },
];

/** With their texts, which lie beside this file. */
export const operations: readonly Operation[] = described.map((operation) => ({
  ...operation,
  query: readFileSync(new URL(`operations/${operation.name}.graphql`, import.meta.url), 'utf8'),
}));
