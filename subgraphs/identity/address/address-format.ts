import { isISO31661Alpha2 } from 'class-validator';
import type { Issue } from '../../../platform/errors/errors.ts';

/**
 * Requirements of addresses, with the countries to which they apply: the required parts (L locality, A administrative area, P postal code)
 * and the forms of the postal code: 9 a digit, A a letter, * either, the space optional, alternatives separated by a bar.
 *
 * Source: the Universal Postal Union's addressing guides, as Google's Address Data Service interprets them and libaddressinput
 * publishes them (fields `require` and `zip`, github.com/google/libaddressinput), without the lists of areas. For other countries
 * any address within the limits of the fields is accepted: an odd code is better than a person who cannot enter their address.
 */
const countries: Record<string, string> = {
  'LP 9999': 'AT BE CH DK HU LI NO NZ SI ZA',
  '- 99999': 'DO DZ EG KE LK MA PE PK SA TH',
  'LP 99999': 'DE EE FI FR HR MY TR UA',
  '- 9999': 'BD BG CY TN',
  'LP 999 99': 'CZ GR SE SK',
  'LAP 99999': 'ES IT KR MX',
  'LAP 999999': 'CN IN RU',
  A: 'AE HK',
  'A AD999': 'AD',
  '- 9999|A9999AAA': 'AR',
  'LAP 9999': 'AU',
  'LAP 99999-999|99999999': 'BR',
  'LAP A9A 9A9': 'CA',
  '- 9999999': 'CL',
  'A 999999': 'CO',
  'LP A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA|GIR 0AA': 'GB',
  'A 99999': 'ID',
  'LA A** ****': 'IE',
  '- 99999|9999999': 'IL',
  '- 999': 'IS',
  'AP 999-9999|9999999': 'JP',
  'LP 99999|LT-99999': 'LT',
  'LP 9999|L-9999': 'LU',
  'LP LV-9999|9999': 'LV',
  'P 98099': 'MC',
  '- AAA 9999': 'MT',
  'LP 9999 AA': 'NL',
  'L 9999': 'PH',
  'LP 99-999': 'PL',
  'LP 9999-999': 'PT',
  'LP 999999': 'RO',
  '- 99999|999999': 'RS',
  'P 999999': 'SG',
  'LAP 999|99999|999999': 'TW',
  'LAP 99999|99999-9999': 'US',
  'L 99999|999999': 'VN',
};
const formats = new Map(
  Object.entries(countries).flatMap(([format, of]) => of.split(' ').map((country) => [country, format] as const)),
);

export interface AddressParts {
  country: string;
  locality: string | null;
  administrativeArea: string | null;
  postalCode: string | null;
}

/** A postal code in the form in which it is compared: capitals, one space between its parts. */
export function normalPostalCode(code: string | null | undefined): string | null {
  return code?.trim().toUpperCase().replace(/\s+/g, ' ') || null;
}

function patternOf(form: string): RegExp {
  const signs: Record<string, string> = { 9: '\\d', A: '[A-Z]', '*': '[A-Z0-9]', ' ': ' ?' };
  // These letters stand for themselves: AD999 begins with the letters AD of Andorra, whereas the A of A9A is any letter.
  const literal = /^(AD9|LT-|LV-|L-9|GIR)/.exec(form)?.[0].replace(/9$/, '') ?? '';
  const rest = form.slice(literal.length).replace(/./g, (sign) => signs[sign] ?? sign);
  return new RegExp(`^${literal}${rest}$`);
}

/** Errors of an address by the rules of its country; empty if it is valid. Paths are those of the input's fields. */
export function addressIssues(address: AddressParts): Issue[] {
  const issue = (field: string, code: string, message: string): Issue => ({ path: ['input', field], code, message });
  if (!isISO31661Alpha2(address.country) || address.country !== address.country.toUpperCase())
    return [issue('country', 'country', 'country: give two capitals of ISO 3166-1, such as "CH".')];
  const [required = '', ...form] = (formats.get(address.country) ?? '-').split(' ');
  const issues: Issue[] = [];
  const need = (letter: string, field: keyof AddressParts, what: string): void => {
    if (required.includes(letter) && !address[field])
      issues.push(issue(field, 'required', `${field}: an address in ${address.country} requires a ${what}.`));
  };
  need('L', 'locality', 'locality');
  need('A', 'administrativeArea', 'state, province or county');
  need('P', 'postalCode', 'postal code');
  const forms = form.join(' ').split('|').filter(Boolean);
  if (address.postalCode && forms.length > 0 && !forms.some((each) => patternOf(each).test(address.postalCode ?? '')))
    issues.push(
      issue(
        'postalCode',
        'postal_code',
        `postalCode: in ${address.country} it has the form ${forms.join(' or ')}, with 9 for a digit.`,
      ),
    );
  return issues;
}
