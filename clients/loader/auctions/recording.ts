import { LoaderFault, type LineFault } from '../fault.ts';
import { lineFaults, readLines } from '../read.ts';
import { csvFields, delimiters, namedDelimiter, type Delimiter } from './csv.ts';

/** Bids of one file at most: they are held in memory, about 200 bytes each. */
const bidsAtMost = 1_000_000;

/** Bids of one lot at most; the graph keeps an idempotency key for each. */
const bidsOfLotAtMost = 10_000;

/** Days after its opening in which a lot may have had bids. */
const daysAtMost = 100;

/** Required columns, in any order; `item` and others are optional. Amounts are in US dollars, times in days. */
const columns = ['auctionid', 'bid', 'bidtime', 'bidder', 'openbid', 'price'] as const;
type Column = (typeof columns)[number];

export interface RecordedBid {
  /** Its line in the file. */
  line: number;
  bidder: string;
  /** A hidden maximum: a decimal with at most two places. */
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
  /** The closing price. */
  price: string;
  /** By time, then by their order in the file. */
  bids: RecordedBid[];
}

export interface Recording {
  /** Valid lots, in the order of the file. */
  lots: RecordedLot[];
  faults: LineFault[];
  /** Number of lots with an invalid row. */
  leftOut: number;
}

interface Row {
  bid: RecordedBid;
  terms: Pick<RecordedLot, 'openingBid' | 'price' | 'item'>;
}

/**
 * Reads recorded auctions, one bid per row, in the format of eBay's data of Jank and Shmueli (Modeling Online Auctions, 2010). An
 * invalid row excludes its whole lot, since a lot without one of its bids would end differently; the others stay. Throws `LoaderFault`
 * for a file of another kind and for a row whose lot cannot be determined.
 */
export async function readRecording(path: string): Promise<Recording> {
  let header: Header | null = null;
  const lots = new Map<string, RecordedLot>();
  const spoiled = new Set<string>();
  const faults: LineFault[] = [];
  let count = 0;
  let named: Delimiter | undefined;
  for await (const each of readLines(path)) {
    const { number: line, text } = each;
    const refuse = (reason: string): LoaderFault => new LoaderFault(`${path}, line ${line}: ${reason}`);
    if (text === null) throw refuse(`${lineFaults[each.fault]} ${unknownLot}`);
    if (!header) {
      const hint = line === 1 ? namedDelimiter(text) : undefined;
      if (hint === null) throw refuse('sep= must name a comma, a semicolon or a tab.');
      if (hint === undefined) header = headerOf(text, named ? [named] : delimiters, refuse);
      else named = hint;
      continue;
    }
    const fields = csvFields(text, header.delimiter);
    if (!fields) throw refuse(`A quotation mark is out of place. ${unknownLot}`);
    // Spreadsheets write emptied rows as delimiters only.
    if (fields.every((field) => field === '')) continue;
    const id = fields[header.at.auctionid] ?? '';
    if (!isLotId(id)) throw refuse(`The row names no auction of 1 to 60 printable characters. ${unknownLot}`);
    if ((count += 1) > bidsAtMost) throw new LoaderFault(`${path} has more than ${bidsAtMost} bids.`);
    const spoil = (field: string | null, code: string, message: string): void => {
      faults.push({ line, field, code, message: `${message} Lot ${id} is left out.` });
      spoiled.add(id);
    };
    const fault = widthFault(fields, header);
    if (fault) {
      spoil(null, 'invalid_row', fault);
      continue;
    }
    const row = rowOf(line, fields, header, spoil);
    if (row) addTo(lots, id, row, spoil);
  }
  if (!header) throw new LoaderFault(`${path} is empty: it must begin with the columns ${columns.join(', ')}.`);
  for (const lot of lots.values()) lot.bids.sort((a, b) => a.days - b.days);
  return { lots: [...lots.values()].filter(({ id }) => !spoiled.has(id)), faults, leftOut: spoiled.size };
}

const unknownLot = 'Its lot cannot be determined, so any lot might be incomplete.';

interface Header {
  delimiter: Delimiter;
  /** Names of the columns; empty for columns without a name. */
  names: string[];
  at: Record<Column, number>;
  item: number;
}

type Refuse = (reason: string) => LoaderFault;

/** Chooses the delimiter under which the columns are found. */
function headerOf(line: string, possible: readonly Delimiter[], refuse: Refuse): Header {
  const headers = possible.map((delimiter) => {
    const names = (csvFields(line, delimiter) ?? []).map((name) => name.toLowerCase());
    return { delimiter, names, missing: columns.filter((name) => !names.includes(name)) };
  });
  const { delimiter, names, missing } = headers.reduce((a, b) => (b.missing.length < a.missing.length ? b : a));
  if (missing.length > 0)
    throw refuse(
      `This file has no recorded auctions: the columns ${missing.join(', ')} are missing. Delimiters are commas, semicolons and tabs.`,
    );
  const twice = names.find((name, n) => name !== '' && names.indexOf(name) !== n);
  if (twice !== undefined) throw refuse(`The column ${twice} appears twice.`);
  const at = Object.fromEntries(columns.map((name) => [name, names.indexOf(name)])) as Record<Column, number>;
  return { delimiter, names, at, item: names.indexOf('item') };
}

/** Columns without a name may be empty or missing; a value in one of them would be lost. */
function widthFault(fields: readonly string[], { names }: Header): string | null {
  const named = names.findLastIndex((name) => name !== '') + 1;
  if (fields.length < named) return `The row has ${fields.length} fields instead of ${named}.`;
  const lost = fields.findIndex((field, n) => field !== '' && !names[n]);
  return lost < 0 ? null : `Field ${lost + 1} has a value, but its column has no name.`;
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
      spoil(column, 'invalid_format', `It must be ${what}, not "${text.slice(0, 40)}".`);
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

/** Twelve digits are more than any lot was ever sold for, and fewer than the graph can store. */
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
  if (lot.bids.length === bidsOfLotAtMost + 1)
    spoil(null, 'too_big', `A lot may have at most ${bidsOfLotAtMost} bids.`);
}

/** Minor units of a decimal with at most two places. */
export function cents(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(2, '0'));
}

/** Formats minor units as a decimal. */
export function decimal(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
