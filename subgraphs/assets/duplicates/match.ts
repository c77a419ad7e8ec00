import { fingerprint } from '../../../platform/search/fingerprint.ts';

/** Words that catalogues use for unknown makers: two of these do not indicate the same maker. */
const nobody = new Set(['unknown', 'anonymous', 'anon', 'unidentified', 'unbekannt', 'anonyme', 'inconnu', 'anonimo']);

/** The keys by which duplicates are found, stored with each work. */
export interface MatchKeys {
  matchTitle: string | null;
  /** Null also if the maker is unknown. */
  matchCreator: string | null;
  /** The words of the title with a digit, and Roman numerals: plates and states differ only in these. */
  matchNumbers: string | null;
}

export function matchTitle(work: { title: string }): string | null {
  return fingerprint(work.title);
}

export function matchCreator(work: { creator?: string | null }): string | null {
  const key = fingerprint(work.creator ?? '');
  return key?.split(' ').some((word) => nobody.has(word)) ? null : key;
}

export function matchNumbers(work: { title: string }): string | null {
  const words = matchTitle(work)?.split(' ') ?? [];
  const numbers = words.filter((word) => /\d/.test(word) || /^[ivx]+$/.test(word));
  return numbers.length === 0 ? null : numbers.join(' ');
}

export function matchKeys(work: { title: string; creator?: string | null }): MatchKeys {
  return { matchTitle: matchTitle(work), matchCreator: matchCreator(work), matchNumbers: matchNumbers(work) };
}
