import { LoaderFault, type LineFault } from '../fault.ts';
import { Delegation } from '../graph/delegation.ts';
import { GraphError } from '../graph/errors.ts';
import { firstAuctions, lotAssets, type Clients, type FoundAuction, type LotAsset, type RunOf } from './assets.ts';
import { makeBidders } from './bidders.ts';
import { LotFault, replayLot, type Closing, type LotReplay } from './lot.ts';
import { cents, decimal, type Recording, type RecordedLot } from './recording.ts';
import { currency } from './terms.ts';

/** Milliseconds for which the graph keeps idempotency keys: seven days, less an hour for the duration of the replay. */
const keysKept = (7 * 24 - 1) * 3_600_000;

/** Refused bids and differences kept in detail; the others are only counted. */
export const told = 10_000;

export interface ReplayOptions {
  run: string;
  /** Name of the recording, used in its bidders' addresses. */
  recording: string;
  sellerId: string;
  reserveFromPrice: boolean;
  /** Multiple of the recorded clock; null does not wait. */
  speed: number | null;
  /** Lots that run at the same time. */
  atOnce: number;
  /** Stops after the pending bids. */
  signal: AbortSignal;
  /** Called after each bid and each lot. */
  progressed: (faults: LineFault[]) => void;
}

export interface RefusedBid {
  line: number;
  lot: string;
  amount: string;
  /** The minimum amount at that time. */
  minimum: string;
}

export interface Difference {
  lot: string;
  line: number;
  auctionId: string;
  recorded: string;
  /** null if the lot was not sold. */
  closed: string | null;
}

export interface ReplaySummary {
  /** Number of lots closed. */
  lots: number;
  /** Of these, at exactly the recorded price. */
  exact: number;
  /** Bids that were refused as too low. */
  refused: number;
  /** Lots that closed at another price, in file order; at most 10,000. */
  differences: Difference[];
  /** Bids placed, including refused ones. */
  bids: number;
  leftOut: number;
  /** By line, at most 10,000. */
  refusedBids: RefusedBid[];
  faults: LineFault[];
  finished: boolean;
}

export function emptySummary(): ReplaySummary {
  return {
    lots: 0,
    exact: 0,
    refused: 0,
    differences: [],
    bids: 0,
    leftOut: 0,
    refusedBids: [],
    faults: [],
    finished: false,
  };
}

/**
 * Replays recorded auctions: several lots at once, each bid by bid. An interrupted replay starts again under the same run: lots are
 * found by their assets, bids by their idempotency keys. Throws errors that a retry cannot fix.
 */
export async function replayAuctions(
  { operator, seller }: Clients,
  { lots }: Recording,
  options: ReplayOptions,
  summary: ReplaySummary,
): Promise<void> {
  const { run, sellerId, atOnce } = options;
  const names = [...new Set(lots.flatMap(({ bids }) => bids.map(({ bidder }) => bidder)))];
  const bidders = await makeBidders(operator, options.recording, names);
  const of: RunOf = { run, sellerId };
  const assets = await lotAssets({ operator, seller }, of, lots);
  const assetOf = ({ id }: RecordedLot): LotAsset => known(assets, id);
  const auctions = await firstAuctions(
    operator,
    lots.map((lot) => assetOf(lot).id),
  );
  for (const lot of lots) checkFound(auctions.get(assetOf(lot).id), lot, options);

  const stop = new AbortController();
  const replay: LotReplay = {
    seller,
    delegation: new Delegation(operator, `Replay of recorded auctions: ${run}`),
    run,
    reserveFromPrice: options.reserveFromPrice,
    speed: options.speed,
    signal: AbortSignal.any([options.signal, stop.signal]),
    bidderOf: (name) => known(bidders, name),
    bidDone: () => undefined,
  };
  const waiting = lots.values();
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (const lot of waiting) {
      if (replay.signal.aborted) return;
      const asset = assetOf(lot);
      try {
        await one(replay, lot, asset, auctions.get(asset.id) ?? null, summary, options);
      } catch (error) {
        const fault = faultOf(error, lot);
        if (!fault) throw error;
        failed += 1;
        summary.faults.push(fault);
        options.progressed([fault]);
      }
    }
  };
  const lanes = Array.from({ length: atOnce }, () =>
    lane().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  const ends = await Promise.allSettled(lanes);
  summary.differences.sort((a, b) => a.line - b.line);
  summary.refusedBids.sort((a, b) => a.line - b.line);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
  summary.finished = !options.signal.aborted && failed === 0;
}

async function one(
  replay: LotReplay,
  lot: RecordedLot,
  asset: LotAsset,
  found: FoundAuction | null,
  summary: ReplaySummary,
  options: ReplayOptions,
): Promise<void> {
  const counted: LotReplay = {
    ...replay,
    bidDone: ({ line, amount }, { __typename, minimum }) => {
      summary.bids += 1;
      if (__typename === 'BidTooLow') {
        summary.refused += 1;
        if (summary.refusedBids.length < told)
          summary.refusedBids.push({ line, lot: lot.id, amount, minimum: minimum?.amount ?? '' });
      }
      options.progressed([]);
    },
  };
  const closing = await replayLot(counted, lot, asset, found);
  if (closing) compare(lot, closing, summary);
}

function compare({ id, line, price }: RecordedLot, closing: Closing, summary: ReplaySummary): void {
  summary.lots += 1;
  if (closing.price === cents(price)) {
    summary.exact += 1;
    return;
  }
  if (summary.differences.length >= told) return;
  const closed = closing.price === null ? null : decimal(closing.price);
  summary.differences.push({ lot: id, line, auctionId: closing.auctionId, recorded: decimal(cents(price)), closed });
}

/** A run continues only under its original terms, and while the graph remembers its bids. */
function checkFound(found: FoundAuction | undefined, lot: RecordedLot, { run, reserveFromPrice }: ReplayOptions): void {
  if (!found) return;
  const { hasReserve, startPrice, createdAt } = found;
  const same =
    hasReserve === reserveFromPrice &&
    startPrice.currency === currency &&
    BigInt(startPrice.minor) === cents(lot.openingBid);
  if (!same)
    throw new LoaderFault(`The run "${run}" has created lot ${lot.id} under other terms. Choose another --run.`);
  if (Date.now() - Date.parse(createdAt) > keysKept)
    throw new LoaderFault(
      `The run "${run}" is more than seven days old, and the outcomes of its bids are no longer known. Choose another --run.`,
    );
}

/** The fault of an error that affects this lot alone; null for an error that ends the replay. */
function faultOf(error: unknown, lot: RecordedLot): LineFault | null {
  if (error instanceof LotFault) return { line: error.line, field: null, code: 'lot_closed', message: error.message };
  if (!(error instanceof GraphError)) return null;
  const { code } = error.details;
  if (!['INVALID', 'CONFLICT', 'NOT_FOUND'].includes(code)) return null;
  return { line: lot.line, field: null, code: code.toLowerCase(), message: `Lot ${lot.id}: ${error.message}` };
}

function known<T>(all: ReadonlyMap<string, T>, name: string): T {
  const found = all.get(name);
  if (found === undefined) throw new Error(`${name} should be known by now.`);
  return found;
}
