import 'reflect-metadata';
import { Field, InputType, ObjectType, Directive } from 'type-graphql';
import { Invalid } from '../errors/errors.ts';
import { BigIntString, Decimal, readLiteral } from './scalars.ts';
import { MaxLength } from 'class-validator';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/**
 * Decimals of a currency in ISO 4217 if not two. Tokens (CAIP-19) are listed with theirs.
 * Source: ISO 4217 list one, "Minor unit".
 */
const exponents: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
  'eip155:1/slip44:60': 18,
};

/** ISO 4217 codes of real currencies; Intl carries the list, and Node keeps it up to date. */
const isoCurrencies = new Set(Intl.supportedValuesOf('currency'));

export function isCurrency(code: string): boolean {
  return isoCurrencies.has(code) || Object.hasOwn(exponents, code);
}

/** Decimals of a currency's amounts. */
export function exponentOf(currency: string): number {
  return exponents[currency] ?? 2;
}

function checkCurrency(value: unknown): string {
  if (typeof value !== 'string' || !isCurrency(value))
    throw new GraphQLError('Not a currency. Write an ISO 4217 code such as "USD", or a listed CAIP-19 token.');
  return value;
}

export const Currency = new GraphQLScalarType<string, string>({
  name: 'Currency',
  description: 'An ISO 4217 code such as `"USD"`, or CAIP-19 for tokens: `"eip155:1/slip44:60"` is ether.',
  serialize: (value) => value as string,
  parseValue: checkCurrency,
  parseLiteral: (node) => readLiteral(node, () => checkCurrency(node.kind === Kind.STRING ? node.value : undefined)),
});

/** An amount in minor units (cents, wei) with its currency. Stored as numeric(38,0), so it travels as text. */
@ObjectType('Money', { description: 'An exact amount of money. Amounts of different currencies are never added.' })
@Directive('@shareable')
export class Money {
  @Field(() => Decimal, { description: 'The amount in major units, with all decimals of the currency: `"1250.00"`.' })
  readonly amount: string;

  @Field(() => BigIntString, { description: 'The same amount in minor units (cents, wei): `"125000"`.' })
  readonly minor: string;

  @Field(() => Currency, { description: 'The currency of both figures.' })
  readonly currency: string;

  constructor(minor: bigint | string, currency: string) {
    this.minor = String(minor);
    this.currency = currency;
    this.amount = toMajor(BigInt(minor), exponentOf(currency));
  }
}

function toMajor(minor: bigint, exponent: number): string {
  const sign = minor < 0n ? '-' : '';
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

@InputType('MoneyInput', { description: 'An exact amount of money. More decimals than the currency has are INVALID.' })
export class MoneyInput {
  @Field(() => Decimal, { description: 'The amount in major units: `"1250.00"`.' })
  @MaxLength(62)
  amount!: string;

  @Field(() => Currency, { description: 'An ISO 4217 code, or CAIP-19 for tokens.' })
  @MaxLength(100)
  currency!: string;
}

/** Reads an input as money; too many decimals are INVALID at `path`. Never rounds. */
export function moneyOf(input: MoneyInput, path: string[]): Money {
  const exponent = exponentOf(input.currency);
  const [whole = '0', fraction = ''] = input.amount.replace('-', '').split('.');
  if (fraction.replace(/0+$/, '').length > exponent) {
    throw new Invalid(`${input.currency} has ${exponent} decimals; "${input.amount}" has more.`, {
      path: [...path, 'amount'],
    });
  }
  const minor = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
  if (minor >= 10n ** 38n) throw new Invalid('The amount is too large.', { path: [...path, 'amount'] });
  return new Money(input.amount.startsWith('-') ? -minor : minor, input.currency);
}
