import { fingerprint } from '../../../platform/search/fingerprint.ts';

/** Words that catalogues put where nobody knows who made a work: two of these are no sign of the same hand. */
const nobody = new Set(['unknown', 'anonymous', 'anon', 'unidentified', 'unbekannt', 'anonyme', 'inconnu', 'anonimo']);

/** What a work is known again by, kept beside it and written with it. */
export interface MatchKeys {
  matchTitle: string | null;
  /** Null also where the maker is unknown. */
  matchCreator: string | null;
  /** The words of the title that hold a digit or are Roman numerals: plates and states differ by nothing else. */
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
