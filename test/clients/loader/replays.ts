import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProcess } from '../../testkit/processes.ts';
import { ebayStep, english, englishRun, type ModelBid } from '../../subgraphs/auction/model.ts';
import { jsonOf, startLoader } from './programs.ts';

/** The `--json` output at the end of a replay. */
export interface ReplayJson {
  lots: number;
  exact: number;
  refused: number;
  differences: { lot: string; line: number; auctionId: string; recorded: string; closed: string | null }[];
  bids: number;
  leftOut: number;
  refusedBids: { line: number; lot: string; amount: string; minimum: string }[];
  faults: { line: number; field: string | null; code: string; message: string }[];
  finished: boolean;
  run: string;
  error: string | null;
}

export interface Replayer {
  url: string;
  email: string;
  password: string;
  /** Folder for the password file. */
  folder: string;
}

export function startReplay(by: Replayer, path: string, ...flags: string[]): TestProcess & AsyncDisposable {
  const password = join(by.folder, 'password');
  writeFileSync(password, `${by.password}\n`);
  const signedIn = ['--url', `${by.url}/graphql`, '--email', by.email, '--password-file', password];
  return startLoader(['auctions', path, ...signedIn, ...flags]);
}

export async function replay(
  by: Replayer,
  path: string,
  ...flags: string[]
): Promise<{ code: number | null; json: ReplayJson; child: TestProcess }> {
  const child = startReplay(by, path, ...flags);
  const { code } = await child.ended(300_000);
  return { code, json: jsonOf<ReplayJson>(child), child };
}

/** A lot of a recording, read independently of the loader. */
interface Recorded {
  start: bigint;
  price: bigint;
  bids: (ModelBid & { line: number })[];
}

/** The result of the simple model for a recording. */
export interface Modelled {
  bids: number;
  exact: number;
  /** Lines of bids below the minimum. */
  refused: number[];
  /** Closing prices that differ from the recording, in cents by lot. */
  differences: Record<string, string>;
  /** The accepted bids in order, by lot. */
  accepted: Record<string, { bidder: string; maximum: string }[]>;
}

function cents(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(2, '0'));
}

/** Reads only the columns before the first one that may contain a comma. */
function recorded(path: string): Map<string, Recorded> {
  const lots = new Map<string, Recorded>();
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .forEach((row, n) => {
      if (n === 0) return;
      const [id = '', bid = '', , bidder = '', , open = '', price = ''] = row.split(',');
      const lot = lots.get(id) ?? { start: cents(open), price: cents(price), bids: [] };
      lot.bids.push({ bidder, maximum: cents(bid), line: n + 1 });
      lots.set(id, lot);
    });
  return lots;
}

export function modelled(path: string, withReserve: boolean): Modelled {
  const result: Modelled = { bids: 0, exact: 0, refused: [], differences: {}, accepted: {} };
  for (const [id, { start, price, bids }] of recorded(path)) {
    const terms = { start, reserve: withReserve ? price : null, step: ebayStep };
    const { refused, standing } = englishRun(terms, bids);
    const accepted = bids.filter((_, n) => !refused.includes(n));
    result.bids += bids.length;
    result.refused.push(...refused.map((n) => bids[n]?.line ?? 0));
    result.accepted[id] = accepted.map(({ bidder, maximum }) => ({ bidder, maximum: maximum.toString() }));
    if (english(terms, accepted).price === price) result.exact += 1;
    else result.differences[id] = String(standing.price);
  }
  return result;
}

/** A replay's result in the form of the model. */
export function told({ bids, exact, refusedBids, differences }: ReplayJson): Omit<Modelled, 'accepted'> {
  return {
    bids,
    exact,
    refused: refusedBids.map(({ line }) => line),
    differences: Object.fromEntries(differences.map(({ lot, closed }) => [lot, String(closed && cents(closed))])),
  };
}
