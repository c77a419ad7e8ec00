import { beginningOf } from '../../../platform/scalars/text.ts';

/** Characters of a name that a letter shows: as many as a name may have today. */
const longest = 80;

/** Full stops of other scripts, which are read as a dot. NFKC has made one of the full-width and small ones. */
const otherDots = /[\u3002\u0589\u06d4\u0701\u0702\u1362\u166e\u1803\u1809\u2cf9\ua4f8\ua4ff\ua60e]/g;

/** A dot in brackets, as people write it whom filters read: `evil[.]com`, `evil (dot) com`. */
const bracketedDot = /\s*[[({<]\s*(?:\.|dot)\s*[\])}>]\s*/giu;

/** Top-level domains that are no words of names, as `de` and `la` are: after a dot and a space they are a domain all the same. */
const domains =
  'com|net|org|info|biz|io|app|dev|xyz|shop|online|site|club|top|link|click|live|store|tech|cloud|ru|cn|uk|tk|cc';

/** What a mail program or a reader could follow, whatever dots and signs it is written with. */
const leads: readonly RegExp[] = [
  // An address, a link, or a scheme: `tel:1`, but not `Rooms: a history`.
  /@|\/\/|\bwww\b|[\p{L}\p{N}_]:\S/iu,
  // A domain, or an address of IPv4.
  /[\p{L}\p{N}-] ?\.(?:\p{L}{2}|xn--)|\d+\.\d+\.\d+\.\d+/iu,
  new RegExp(String.raw`[\p{L}\p{N}-] ?(?:\.| dot ) ?(?:${domains})(?![\p{L}\p{N}])`, 'iu'),
  // A telephone number; those within a town have seven digits.
  /(?:\p{Nd}[\s().\-–/+]*){7}/u,
];

/**
 * A name as it may stand in a mail; null for one that must not. Names are chosen by strangers, and our mail is trusted: a name that
 * is or holds an address, a link or a telephone number is left out, and one that is shown has no line breaks, control, direction or
 * invisible characters.
 */
export function nameInMail(name: string | null | undefined): string | null {
  if (!name) return null;
  const plain = name
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  // Full-width letters and other dots are links to programs that read them as the plain ones.
  const read = plain.normalize('NFKC').replace(otherDots, '.').replace(bracketedDot, '.');
  const close = read.replace(/ ?([:/]) ?/g, '$1');
  if (plain === '' || leads.some((each) => each.test(read)) || close.includes('://')) return null;
  return plain.length > longest ? `${beginningOf(plain, longest - 1)}…` : plain;
}
