import { Money } from '../scalars/money.ts';
import type { AggregateMoney } from './aggregate-options.ts';

const figureKinds = ['sum', 'min', 'max', 'of', 'currency'];

export const figureSentences = {
  Sum: 'The sum of',
  Min: 'The smallest of',
  Max: 'The largest of',
  Average: 'The mean, rounded half even to a minor unit (a cent), of',
};

/** Amounts as text, since JavaScript numbers cannot hold them. Null if they are of more than one currency. */
export function figuresSql(money: Readonly<Record<string, AggregateMoney>>): string[] {
  return Object.values(money).flatMap(({ column, currency, only }, n) => {
    const where = `filter (where e."${column}" is not null${only ? ` and ${only}` : ''})`;
    const least = `min(e."${currency}") ${where}`;
    const one = (figure: string): string =>
      `case when ${least} = max(e."${currency}") ${where} then (${figure} ${where})::text end`;
    const figures = [
      ...['sum', 'min', 'max'].map((kind) => [kind, one(`${kind}(e."${column}")`)]),
      ['of', `count(*) ${where}`],
      ['currency', least],
    ];
    return figures.map(([kind, sql]) => `${sql} as m${n}_${kind}`);
  });
}

/** The columns of the figures, in the order of `figuresSql`. */
export function figureColumns(money: Readonly<Record<string, AggregateMoney>>): string[] {
  return Object.keys(money).flatMap((_, n) => figureKinds.map((kind) => `m${n}_${kind}`));
}

/** `<name>Sum`, `…Min`, `…Max` and `…Average` of an SQL row, from the columns that start with `prefix`. */
export function figuresOf(name: string, prefix: string, row: Record<string, unknown>): Record<string, Money | null> {
  const read = (kind: string): string | null => (row[`${prefix}_${kind}`] as string | null | undefined) ?? null;
  const [sum, least, greatest, currency] = [read('sum'), read('min'), read('max'), read('currency')];
  const money = (minor: bigint | string | null): Money | null =>
    minor === null || currency === null ? null : new Money(minor, currency);
  return {
    [`${name}Sum`]: money(sum),
    [`${name}Min`]: money(least),
    [`${name}Max`]: money(greatest),
    [`${name}Average`]: money(sum === null ? null : halfEven(BigInt(sum), BigInt(read('of') ?? 1))),
  };
}

/** The quotient of two integers, the second positive, rounded to the nearest integer, halves to the even one. */
export function halfEven(dividend: bigint, divisor: bigint): bigint {
  const rest = ((dividend % divisor) + divisor) % divisor;
  const below = (dividend - rest) / divisor;
  const up = rest * 2n > divisor || (rest * 2n === divisor && below % 2n !== 0n);
  return up ? below + 1n : below;
}
