import { LoaderFault, type LineFault } from '../fault.ts';
import { lineAtMost, readLines } from '../read.ts';
import { csvFields } from './csv.ts';

/** Bids of one file at most: they are held in memory, about 200 bytes each. */
const bidsAtMost = 1_000_000;

/** Bids of one lot at most; the graph keeps an idempotency key for each. */
const bidsOfLotAtMost = 10_000;

/** Days after its beginning in which a lot may have had bids. */
const daysAtMost = 100;

/** Columns that must be there, in any order; `item` and others may be there. Amounts are in US dollars, times in days. */
const columns = ['auctionid', 'bid', 'bidtime', 'bidder', 'openbid', 'price'] as const;
type Column = (typeof columns)[number];

export interface RecordedBid {
  /** Its line in the file. */
  line: number;
  bidder: string;
  /** A hidden maximum: a decimal with two places at most. */
  amount: string;
  /** Days since the lot was opened. */
  days: number;
}

export interface RecordedLot {
  id: string;
  /** The line of its first row. */
  line: number;
  item: string | null;
  openingBid: string;
  /** At which it closed. */
  price: string;
  /** By time; bids of the same moment as they stand in the file. */
  bids: RecordedBid[];
}

export interface Recording {
  /** Lots without a fault, as they begin in the file. */
  lots: RecordedLot[];
  faults: LineFault[];
  /** Lots with a fault in any row. */
  leftOut: number;
}

interface Row {
  bid: RecordedBid;
  terms: Pick<RecordedLot, 'openingBid' | 'price' | 'item'>;
}

/**
 * Reads recorded auctions, a bid a row, as eBay's data of Jank and Shmueli (Modeling Online Auctions, 2010) have them. A row at
 * fault takes its whole lot out, since a lot with a bid less is another one; the others stay. Throws `LoaderFault` for a file
 * of another kind and for a row of which nobody can say to which lot it belongs.
 */
export async function readRecording(path: string): Promise<Recording> {
  let header: Header | null = null;
  const lots = new Map<string, RecordedLot>();
  const spoiled = new Set<string>();
  const faults: LineFault[] = [];
  let count = 0;
  for await (const { number: line, text } of readLines(path)) {
    const fields = text === null ? null : csvFields(text);
    if (!header) {
      header = headerOf(path, line, fields);
      continue;
    }
    const id = fields?.[header.at.auctionid] ?? '';
    if (!fields || !isLotId(id)) throw new LoaderFault(`${path}, line ${line}: ${unreadable(text, fields)}`);
    if ((count += 1) > bidsAtMost) throw new LoaderFault(`${path} has more than ${bidsAtMost} bids.`);
    const spoil = (field: string | null, code: string, message: string): void => {
      faults.push({ line, field, code, message: `${message} Lot ${id} is left out.` });
      spoiled.add(id);
    };
    if (fields.length !== header.width) {
      spoil(null, 'invalid_row', `The row has ${fields.length} fields instead of ${header.width}.`);
      continue;
    }
    const row = rowOf(line, fields, header, spoil);
    if (row) addTo(lots, id, row, spoil);
  }
  if (!header) throw new LoaderFault(`${path} is empty: it must begin with the columns ${columns.join(', ')}.`);
  for (const lot of lots.values()) lot.bids.sort((a, b) => a.days - b.days);
  return { lots: [...lots.values()].filter(({ id }) => !spoiled.has(id)), faults, leftOut: spoiled.size };
}

interface Header {
  width: number;
  at: Record<Column, number>;
  item: number;
}

function headerOf(path: string, line: number, fields: string[] | null): Header {
  const names = (fields ?? []).map((name) => name.toLowerCase());
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new LoaderFault(
      `${path}, line ${line}: these are no recorded auctions; the columns ${missing.join(', ')} are missing.`,
    );
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw new LoaderFault(`${path}, line ${line}: the column ${twice} is there twice.`);
  const at = Object.fromEntries(columns.map((name) => [name, names.indexOf(name)])) as Record<Column, number>;
  return { width: names.length, at, item: names.indexOf('item') };
}

function unreadable(text: string | null, fields: string[] | null): string {
  const rest = 'Which lot it belongs to cannot be said, so no lot is known to be whole.';
  if (text === null) return `the row has more than ${lineAtMost} bytes. ${rest}`;
  if (!fields) return `a quotation mark is out of place. ${rest}`;
  return `the row names no auction of 1 to 60 printable characters. ${rest}`;
}

/** Ids become parts of keys in the graph. */
function isLotId(id: string): boolean {
  return /^[\p{L}\p{N}\p{P}\p{S} ]{1,60}$/u.test(id);
}

type Spoil = (field: string | null, code: string, message: string) => void;

function rowOf(line: number, fields: string[], { at, item }: Header, spoil: Spoil): Row | null {
  let whole = true;
  const read = (column: Column, holds: (text: string) => boolean, what: string): string => {
    const text = fields[at[column]] ?? '';
    if (!holds(text)) {
      spoil(column, 'invalid_format', `It must be ${what}, and it is "${text.slice(0, 40)}".`);
      whole = false;
    }
    return text;
  };
  const money = 'an amount above zero with two decimals at most, such as 177.50';
  const amount = read('bid', isAmount, money);
  const openingBid = read('openbid', isAmount, money);
  const price = read('price', isAmount, money);
  const bidder = read(
    'bidder',
    (text) => /^[\p{L}\p{N}\p{P}\p{S} ]{1,80}$/u.test(text),
    'a name of 1 to 80 characters',
  );
  const days = Number(read('bidtime', isTime, `a number of days from 0 to ${daysAtMost}`));
  const name = item < 0 ? '' : (fields[item] ?? '');
  if (name.length > 300 || /\p{C}/u.test(name)) {
    spoil('item', 'invalid_format', 'It must be a name of at most 300 printable characters.');
    whole = false;
  }
  return whole ? { bid: { line, bidder, amount, days }, terms: { openingBid, price, item: name || null } } : null;
}

/** Twelve digits are more than any lot was ever sold for, and fewer than what the graph stores. */
function isAmount(text: string): boolean {
  return /^\d{1,12}(\.\d{1,2})?$/.test(text) && cents(text) > 0n;
}

function isTime(text: string): boolean {
  const days = Number(text);
  return /^\d/.test(text) && Number.isFinite(days) && days <= daysAtMost;
}

function addTo(lots: Map<string, RecordedLot>, id: string, { bid, terms }: Row, spoil: Spoil): void {
  const lot = lots.get(id);
  if (!lot) {
    if (cents(terms.price) < cents(terms.openingBid))
      spoil('price', 'too_small', `A price of ${terms.price} is below the opening bid of ${terms.openingBid}.`);
    lots.set(id, { id, line: bid.line, ...terms, bids: [bid] });
    return;
  }
  for (const [field, name] of [
    ['openingBid', 'openbid'],
    ['price', 'price'],
    ['item', 'item'],
  ] as const) {
    if (lot[field] !== terms[field])
      spoil(name, 'contradiction', `It is "${terms[field]}" here and "${lot[field]}" in line ${lot.line}.`);
  }
  lot.bids.push(bid);
  if (lot.bids.length === bidsOfLotAtMost + 1) spoil(null, 'too_big', `A lot has at most ${bidsOfLotAtMost} bids.`);
}

/** Minor units of a decimal with two places at most. */
export function cents(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(2, '0'));
}

/** The decimal of minor units. */
export function decimal(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
