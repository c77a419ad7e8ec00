import { registerEnumType } from 'type-graphql';

export const AggregateOrder = {
  COUNT_DESC: 'COUNT_DESC',
  COUNT_ASC: 'COUNT_ASC',
  KEY_ASC: 'KEY_ASC',
  KEY_DESC: 'KEY_DESC',
} as const;
export type AggregateOrder = keyof typeof AggregateOrder;
registerEnumType(AggregateOrder, {
  name: 'AggregateOrder',
  valuesConfig: {
    COUNT_DESC: { description: 'The largest groups first.' },
    COUNT_ASC: { description: 'The smallest groups first.' },
    KEY_ASC: { description: 'By bucket, then by the keys, ascending.' },
    KEY_DESC: { description: 'By bucket, then by the keys, descending.' },
  },
  description:
    'The order of the rows of an aggregate: by their count, or by bucket and then by the keys in the order of `groupBy`. Rows without a value come last in both directions.',
});

/** Rows without a value come last in both directions; ties are ordered by the remaining columns. */
export function ordering(order: AggregateOrder, keys: readonly string[], bucket: boolean): string {
  const down = order === 'KEY_DESC' ? ' desc nulls last' : ' nulls last';
  const named = [...(bucket ? ['b'] : []), ...keys].map((key) => `${key}${down}`);
  const counted = order === 'COUNT_DESC' ? ['n desc'] : order === 'COUNT_ASC' ? ['n'] : [];
  return [...counted, ...named].join(', ') || 'n';
}
