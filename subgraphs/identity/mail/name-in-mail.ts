import { beginningOf } from '../../../platform/scalars/text.ts';

/** Characters of a name that a letter shows: as many as a name may have today. */
const longest = 80;

/** What a mail program or a reader could follow: an address, a scheme, or a domain, whatever dots and signs it is written with. */
const leads = /@|:\/\/|\bwww\b|[\p{L}\p{N}-]\.[\p{L}]{2}|[\p{L}\p{N}-]\.xn--|\d+\.\d+\.\d+\.\d+|\/\//iu;

/**
 * A name as it may stand in a mail; null for one that must not. Names are chosen by strangers, and our mail is trusted: a name that
 * is or holds an address or a link is left out, and one that is shown has no line breaks, control or direction characters.
 */
export function nameInMail(name: string | null | undefined): string | null {
  if (!name) return null;
  const plain = name
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  // Full-width letters and other dots are links to programs that read them as the plain ones.
  const read = plain
    .normalize('NFKC')
    .replace(/[\u3002\uff0e\uff61\u2024]/g, '.')
    .replace(/ ?([.@:/]) ?/g, '$1');
  const spaced = plain.normalize('NFKC').replace(/[\u3002\uff0e\uff61\u2024]/g, '.');
  if (plain === '' || leads.test(spaced) || /@|:\/\//.test(read)) return null;
  return plain.length > longest ? `${beginningOf(plain, longest - 1)}…` : plain;
}
