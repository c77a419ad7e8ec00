import type { Caller } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import { stagehand, type Collector } from './collectors.ts';
import { consignment, type Consignment } from './consignments.ts';
import { pastSales, softCloseSeconds, type PastLot } from './sales.ts';

/** The import source of the works and lots of past sales, so that importing them again changes nothing. */
export const salesSource = 'demonstration sales';

/** Lots of one call; with their bids they are far below a call's limits. */
const lotsAtOnce = 40;

const euros = (amount: number): { amount: string; currency: string } => ({ amount: `${amount}.00`, currency: 'EUR' });

/**
 * Records a year of sales: each work with its current owner, each lot with its bids at their own times. In bulk: one call per
 * owner and one per forty lots. Lots recorded by an earlier start are skipped.
 */
export async function recordSales(
  house: House,
  caller: Caller,
  ids: ReadonlyMap<Collector, string>,
  until: Date,
  signal: AbortSignal,
): Promise<void> {
  const lots = pastSales(until);
  const assets = await hangWorks(caller, ids, lots);
  // Auctions learn of new assets by facts. A shutdown does not wait for that.
  const leaving = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  if (!signal.aborted) await Promise.race([house.settled(), leaving]);
  if (signal.aborted) return;
  const recorded = await house.database.query<{ asset_id: string }>(
    `select payload->>'assetId' as asset_id from facts.log where type = 'auction.auction.imported' and payload @> $1::jsonb`,
    [JSON.stringify({ source: salesSource })],
  );
  const known = new Set(recorded.map((row) => row.asset_id));
  const missing = lots.filter(({ work }) => !known.has(assets.get(work) ?? ''));
  for (let n = 0; n < missing.length && !signal.aborted; n += lotsAtOnce)
    await record(caller, ids, assets, missing.slice(n, n + lotsAtOnce));
}

/** Imports the works for their current owners; returns their ids by their numbers. */
async function hangWorks(
  caller: Caller,
  ids: ReadonlyMap<Collector, string>,
  lots: readonly PastLot[],
): Promise<Map<number, string>> {
  for (const [owner, ownerId] of ids) {
    const theirs = lots.filter((lot) => lot.owner === owner);
    if (theirs.length > 0) await importWorks(caller, salesSource, ownerId, theirs.map(hung));
  }
  const ofTitle = await assetsOf(caller, salesSource);
  return new Map(lots.map(({ work }) => [work, ofTitle.get(consignment(work).title) ?? '']));
}

/** The work of a lot, with the date and sale of its purchase if it was sold. */
function hung(lot: PastLot): Consignment {
  const work = consignment(lot.work);
  return lot.sold ? { ...work, acquiredOn: lot.endsAt.toISOString().slice(0, 10), creditLine: lot.sale } : work;
}

/** Imports and publishes works for a collector; existing ones stay unchanged. */
export async function importWorks(
  caller: Caller,
  source: string,
  ownerId: string,
  works: readonly Consignment[],
): Promise<void> {
  const { assetImport } = await caller.ask<{ assetImport: { rejected: { line: number; message: string }[] } }>(
    'assets',
    await caller.actor(ownerId),
    'mutation Import($input: AssetImportInput!) { assetImport(input: $input) { rejected { line message } } }',
    {
      input: {
        source,
        run: 'works',
        ownerId,
        publish: true,
        lines: works.map((work, n) => ({ line: n + 1, ...work })),
      },
    },
  );
  const [fault] = assetImport.rejected;
  if (fault) throw new Error(`"${works[fault.line - 1]?.title}" of the demonstration was refused: ${fault.message}`);
}

/** The ids of all assets of a source, by title. */
async function assetsOf(caller: Caller, source: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let after: string | null = null, more = true; more;) {
    const { assets }: { assets: Page } = await caller.ask<{ assets: Page }>(
      'assets',
      stagehand,
      `query Works($source: String!, $after: String) {
        assets(first: 100, after: $after, filter: { source: { eq: $source } }) {
          nodes { id title } pageInfo { hasNextPage endCursor }
        }
      }`,
      { source, after },
    );
    for (const { id, title } of assets.nodes) found.set(title, id);
    ({ hasNextPage: more, endCursor: after } = assets.pageInfo);
  }
  return found;
}

interface Page {
  nodes: { id: string; title: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function record(
  caller: Caller,
  ids: ReadonlyMap<Collector, string>,
  assets: ReadonlyMap<number, string>,
  lots: readonly PastLot[],
): Promise<void> {
  const { auctionImport } = await caller.ask<{ auctionImport: { auctions: { winner: { id: string } | null }[] } }>(
    'auction',
    stagehand,
    'mutation Record($input: AuctionImportInput!) { auctionImport(input: $input) { auctions { winner { id } } } }',
    {
      input: {
        source: salesSource,
        lots: lots.map((lot) => ({
          assetId: assets.get(lot.work),
          sellerId: ids.get(lot.seller),
          startPrice: euros(lot.startPrice),
          reserve: lot.reserve === null ? null : euros(lot.reserve),
          openedAt: lot.openedAt.toISOString(),
          endsAt: lot.endsAt.toISOString(),
          softCloseSeconds,
          cancelledAt: lot.cancelledAt?.toISOString() ?? null,
          description: `${lot.sale}, lot ${lot.number}.`,
          bids: lot.bids.map(({ bidder, amount, placedAt }) => ({
            bidderId: ids.get(bidder),
            amount: `${amount}.00`,
            placedAt: placedAt.toISOString(),
          })),
        })),
      },
    },
  );
  // Checks that the auction's rules chose the same winners as the demonstration.
  auctionImport.auctions.forEach(({ winner }, n) => {
    const lot = lots[n];
    if (lot && (winner?.id ?? null) !== (lot.sold ? ids.get(lot.owner) : null))
      throw new Error(`${lot.sale}, lot ${lot.number}, was won by another actor than the demonstration expects.`);
  });
}
