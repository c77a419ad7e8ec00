import { beginningOf } from '../../../platform/scalars/text.ts';

/** Characters of a name that a letter shows; names of people have at most as many. */
const longest = 80;

/** Full stops of other scripts, which readers take for a dot. NFKC already maps the full-width and small ones. */
const otherDots = /[\u3002\u0589\u06d4\u0701\u0702\u1362\u166e\u1803\u1809\u2cf9\ua4f8\ua4ff\ua60e]/g;

/** A dot in brackets, as written to evade filters: `evil[.]com`, `evil (dot) com`. */
const bracketedDot = /\s*[[({<]\s*(?:\.|dot)\s*[\])}>]\s*/giu;

/** Top-level domains that, unlike `de` and `la`, are not words of names: they count as a domain even after a dot and a space. */
const domains =
  'com|net|org|info|biz|io|app|dev|xyz|shop|online|site|club|top|link|click|live|store|tech|cloud|ru|cn|uk|tk|cc';

/** Patterns of what a mail program or a reader could follow. */
const leads: readonly RegExp[] = [
  // An address, a link, or a scheme: `tel:1`, but not `Rooms: a history`.
  /@|\/\/|\bwww\b|[\p{L}\p{N}_]:\S/iu,
  // A domain, or an IPv4 address.
  /[\p{L}\p{N}-] ?\.(?:\p{L}{2}|xn--)|\d+\.\d+\.\d+\.\d+/iu,
  new RegExp(String.raw`[\p{L}\p{N}-] ?(?:\.| dot ) ?(?:${domains})(?![\p{L}\p{N}])`, 'iu'),
  // A telephone number; local ones have seven digits.
  /(?:\p{Nd}[\s().\-–/+]*){7}/u,
];

/**
 * A name as shown in a mail; null if it must not be shown. Strangers choose names, and recipients trust our mail: a name with an
 * address, a link or a telephone number is left out, and others lose line breaks and control, direction and invisible characters.
 */
export function nameInMail(name: string | null | undefined): string | null {
  if (!name) return null;
  const plain = name
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  // Programs read full-width letters and other dots as plain ones, and so as links.
  const read = plain.normalize('NFKC').replace(otherDots, '.').replace(bracketedDot, '.');
  const close = read.replace(/ ?([:/]) ?/g, '$1');
  if (plain === '' || leads.some((each) => each.test(read)) || close.includes('://')) return null;
  return plain.length > longest ? `${beginningOf(plain, longest - 1)}…` : plain;
}
