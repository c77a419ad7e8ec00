import { isISO31661Alpha2 } from 'class-validator';
import type { Issue } from '../../../platform/errors/errors.ts';

/**
 * What each country asks of an address: which parts (L locality, A administrative area, P postal code) must be there, and the
 * form of its postal codes, 9 a digit, A a letter, * either, space optional, alternatives after a bar.
 *
 * Source: the Universal Postal Union's addressing guides, in the reading of Google's Address Data Service as libaddressinput
 * publishes it (fields `require` and `zip`, github.com/google/libaddressinput). Forms are those of the data, without its lists of
 * areas. A country that is not here takes whatever is written, within the limits of the fields: better a parcel with an odd code
 * than a person who cannot enter where they live.
 */
const formats: Record<string, string> = {
  AD: 'A AD999',
  AE: 'A',
  AR: '- 9999|A9999AAA',
  AT: 'LP 9999',
  AU: 'LAP 9999',
  BD: '- 9999',
  BE: 'LP 9999',
  BG: '- 9999',
  BR: 'LAP 99999-999|99999999',
  CA: 'LAP A9A 9A9',
  CH: 'LP 9999',
  CL: '- 9999999',
  CN: 'LAP 999999',
  CO: 'A 999999',
  CY: '- 9999',
  CZ: 'LP 999 99',
  DE: 'LP 99999',
  DK: 'LP 9999',
  DO: '- 99999',
  DZ: '- 99999',
  EE: 'LP 99999',
  EG: '- 99999',
  ES: 'LAP 99999',
  FI: 'LP 99999',
  FR: 'LP 99999',
  GB: 'LP A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA|GIR 0AA',
  GR: 'LP 999 99',
  HK: 'A',
  HR: 'LP 99999',
  HU: 'LP 9999',
  ID: 'A 99999',
  IE: 'LA A** ****',
  IL: '- 99999|9999999',
  IN: 'LAP 999999',
  IS: '- 999',
  IT: 'LAP 99999',
  JP: 'AP 999-9999|9999999',
  KE: '- 99999',
  KR: 'LAP 99999',
  LI: 'LP 9999',
  LK: '- 99999',
  LT: 'LP 99999|LT-99999',
  LU: 'LP 9999|L-9999',
  LV: 'LP LV-9999|9999',
  MA: '- 99999',
  MC: 'P 98099',
  MT: '- AAA 9999',
  MX: 'LAP 99999',
  MY: 'LP 99999',
  NL: 'LP 9999 AA',
  NO: 'LP 9999',
  NZ: 'LP 9999',
  PE: '- 99999',
  PH: 'L 9999',
  PK: '- 99999',
  PL: 'LP 99-999',
  PT: 'LP 9999-999',
  RO: 'LP 999999',
  RS: '- 99999|999999',
  RU: 'LAP 999999',
  SA: '- 99999',
  SE: 'LP 999 99',
  SG: 'P 999999',
  SI: 'LP 9999',
  SK: 'LP 999 99',
  TH: '- 99999',
  TN: '- 9999',
  TR: 'LP 99999',
  TW: 'LAP 999|99999|999999',
  UA: 'LP 99999',
  US: 'LAP 99999|99999-9999',
  VN: 'L 99999|999999',
  ZA: 'LP 9999',
};

export interface AddressParts {
  country: string;
  locality: string | null;
  administrativeArea: string | null;
  postalCode: string | null;
}

/** A postal code as it is compared: capitals, one space between its parts. */
export function normalPostalCode(code: string | null | undefined): string | null {
  return code?.trim().toUpperCase().replace(/\s+/g, ' ') || null;
}

function patternOf(form: string): RegExp {
  const signs: Record<string, string> = { 9: '\\d', A: '[A-Z]', '*': '[A-Z0-9]', ' ': ' ?' };
  // Letters other than A stand for themselves: AD999 begins with the letters of Andorra, where A9A has any.
  const literal = /^(AD9|LT-|LV-|L-9|GIR)/.exec(form)?.[0].replace(/9$/, '') ?? '';
  const rest = form.slice(literal.length).replace(/./g, (sign) => signs[sign] ?? sign);
  return new RegExp(`^${literal}${rest}$`);
}

/** What is wrong with an address in its country; empty when nothing is. Paths are those of the input's fields. */
export function addressIssues(address: AddressParts): Issue[] {
  const issue = (field: string, code: string, message: string): Issue => ({ path: ['input', field], code, message });
  if (!isISO31661Alpha2(address.country) || address.country !== address.country.toUpperCase())
    return [issue('country', 'country', 'A country is two capitals of ISO 3166-1, such as "CH".')];
  const [wanted = '', ...form] = (formats[address.country] ?? '-').split(' ');
  const issues: Issue[] = [];
  const need = (letter: string, field: keyof AddressParts, what: string): void => {
    if (wanted.includes(letter) && !address[field])
      issues.push(issue(field, 'required', `An address in ${address.country} has a ${what}.`));
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
        `A postal code in ${address.country} is written ${forms.join(' or ')}, 9 for a digit.`,
      ),
    );
  return issues;
}
