import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Currency, exponentOf, isCurrency, Money, moneyOf } from '../../../platform/scalars/money.ts';

test.each([
  ['1250', 'USD', '125000', '1250.00'],
  ['1250.5', 'USD', '125050', '1250.50'],
  ['1250.500000', 'USD', '125050', '1250.50'],
  ['-0.01', 'EUR', '-1', '-0.01'],
  ['-12.30', 'CHF', '-1230', '-12.30'],
  ['0', 'EUR', '0', '0.00'],
  ['007', 'EUR', '700', '7.00'],
  ['1500', 'JPY', '1500', '1500'],
  ['1500.0', 'JPY', '1500', '1500'],
  ['1.234', 'KWD', '1234', '1.234'],
  ['0.000000000000000001', 'eip155:1/slip44:60', '1', '0.000000000000000001'],
  [
    '99999999999999999999.999999999999999999',
    'eip155:1/slip44:60',
    '9'.repeat(38),
    '99999999999999999999.999999999999999999',
  ],
])('%s %s is %s in minor units and printed as %s', (amount, currency, minor, written) => {
  const money = moneyOf({ amount, currency }, ['input', 'price']);
  expect(money).toMatchObject({ minor, currency, amount: written });
});

test.each([
  ['1.001', 'USD', '2 decimals'],
  ['1.5', 'JPY', '0 decimals'],
  ['1.2345', 'BHD', '3 decimals'],
  ['-0.001', 'EUR', '2 decimals'],
  ['1'.repeat(37), 'USD', 'too large'],
  [`-${'1'.repeat(37)}`, 'USD', 'too large'],
  ['1'.repeat(39), 'JPY', 'too large'],
  ['100000000000000000000', 'eip155:1/slip44:60', 'too large'],
])('%s %s is INVALID at its amount', (amount, currency, sentence) => {
  expect(() => moneyOf({ amount, currency }, ['input', 'price'])).toThrow(sentence);
  expect(() => moneyOf({ amount, currency }, ['input', 'price'])).toThrow(
    expect.objectContaining({ code: 'INVALID', details: { path: ['input', 'price', 'amount'] } }) as Error,
  );
});

test('amounts in minor units are read back unchanged', () => {
  const minor = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
  fc.assert(
    fc.property(minor, fc.constantFrom('USD', 'JPY', 'KWD', 'CLF', 'eip155:1/slip44:60'), (amount, currency) => {
      const money = new Money(amount, currency);
      expect(moneyOf(money, []).minor).toBe(String(amount));
      expect(money.amount.split('.')[1]?.length ?? 0).toBe(exponentOf(currency));
    }),
  );
});

test.each(['', 'usd', 'US', 'DOLLAR', 'toString', 'constructor', '__proto__', 'hasOwnProperty', 'eip155:1/slip44:61'])(
  '%j is not a currency',
  (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => Currency.parseValue(code)).toThrow('Not a currency');
  },
);

test.each(['USD', 'EUR', 'JPY', 'CHF', 'eip155:1/slip44:60'])('%s is a currency', (code) => {
  expect(Currency.parseValue(code)).toBe(code);
});
