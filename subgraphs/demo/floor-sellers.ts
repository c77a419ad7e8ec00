import { CallRefused, type Caller } from '../../platform/house/caller.ts';
import type { CollectorCalls } from './collector-calls.ts';
import { collectors, type Collector } from './collectors.ts';
import { consignment, type Consignment } from './consignments.ts';
import { euros } from './euros.ts';
import { pickOrNull } from './pick.ts';
import { importWorks } from './record-sales.ts';

/** The import source of the works that are auctioned continuously. */
export const floorSource = 'demonstration floor';

/** The works that the collectors sell to one another; their numbers follow those of the past sales. */
const floorWorks = 12;
const firstFloorWork = 200;

/** Milliseconds for which a lot is open, while bids come quickly and while they do not. */
const livelyLot = { least: 120_000, most: 300_000 };
const quietLot = { least: 3_600_000, most: 3 * 3_600_000 };

export function floorConsignments(): Consignment[] {
  return Array.from({ length: floorWorks }, (_, n) => consignment(firstFloorWork + n));
}

interface FloorWork {
  id: string;
  status: string;
  owner: { id: string };
}

/** The collectors as sellers: they bring the works of the floor, open lots and settle sold ones. */
export class FloorSellers {
  readonly #caller: Caller;
  readonly #calls: CollectorCalls;
  readonly #ids: ReadonlyMap<Collector, string>;

  constructor(caller: Caller, calls: CollectorCalls, ids: ReadonlyMap<Collector, string>) {
    this.#caller = caller;
    this.#calls = calls;
    this.#ids = ids;
  }

  /** Imports all works in one transaction, and only once: later owners keep theirs. */
  async bringWorks(): Promise<void> {
    const { assets } = await this.#calls.ask<{ assets: { totalCount: number } }>(
      'assets',
      null,
      'query ($source: String!) { assets(first: 1, filter: { source: { eq: $source } }) { totalCount } }',
      { source: floorSource },
    );
    if (assets.totalCount > 0) return;
    await importWorks(this.#caller, floorSource, this.#ids.get(collectors[0]) ?? '', floorConsignments());
  }

  /** Puts up the next lot. False if facts it depends on have not arrived yet. */
  async openLot(lively: boolean): Promise<boolean> {
    try {
      await this.#settle();
      return await this.#putUp(lively);
    } catch (error) {
      if (error instanceof CallRefused && ['CONFLICT', 'NOT_FOUND', 'FORBIDDEN'].includes(error.code)) return false;
      throw error;
    }
  }

  /** Collectors pay at once: each seller of a sold lot settles it, which transfers the work to its buyer. */
  async #settle(): Promise<void> {
    const { assets } = await this.#calls.ask<{ assets: { nodes: { id: string }[] } }>(
      'assets',
      null,
      `query ($source: String!) {
        assets(first: 50, filter: { source: { eq: $source }, status: { eq: ON_SALE } }) { nodes { id } }
      }`,
      { source: floorSource },
    );
    const { auctions } = await this.#calls.ask<{
      auctions: { nodes: { id: string; status: string; asset: { id: string }; seller: { id: string } }[] };
    }>(
      'auction',
      null,
      `query ($assets: [ID!]) {
        auctions(first: 100, filter: { assetId: { in: $assets }, status: { in: [OPENING, OPEN, SOLD] } }) {
          nodes { id status asset { id } seller { id } }
        }
      }`,
      { assets: assets.nodes.map(({ id }) => id) },
    );
    // Only the newest lot of each work counts: earlier ones are settled.
    const latest = new Map([...auctions.nodes].reverse().map((lot) => [lot.asset.id, lot]));
    for (const { id, status, seller } of latest.values()) {
      if (status === 'SOLD')
        await this.#calls.ask(
          'auction',
          seller.id,
          'mutation ($input: AuctionSettleInput!) { auctionSettle(input: $input) { auction { id } } }',
          { input: { auctionId: id } },
        );
    }
  }

  async #putUp(lively: boolean): Promise<boolean> {
    const { assets } = await this.#calls.ask<{ assets: { nodes: FloorWork[] } }>(
      'assets',
      null,
      `query ($source: String!, $owners: [ID!]) {
        assets(first: 50, sort: [UPDATED_AT_ASC], filter: {
          source: { eq: $source }, ownerId: { in: $owners }, status: { in: [PUBLISHED, SOLD] }
        }) { nodes { id status owner { id } } }
      }`,
      { source: floorSource, owners: [...this.#ids.values()] },
    );
    const published = assets.nodes.filter(({ status }) => status === 'PUBLISHED');
    // One of the works not offered for longest. If one is stuck, another is tried the next time.
    const work = pickOrNull(published.slice(0, 3));
    if (!work) {
      const [sold] = assets.nodes;
      if (sold)
        await this.#calls.ask(
          'assets',
          sold.owner.id,
          'mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }',
          { input: { assetId: sold.id } },
        );
      return false;
    }
    const start = 20 + Math.floor(Math.random() * 12) * 10;
    const { least, most } = lively ? livelyLot : quietLot;
    const endsAt = new Date(Date.now() + least + Math.random() * (most - least)).toISOString();
    const reserve = Math.random() < 0.25 ? euros(BigInt(start * 300)) : null;
    const { auctionCreate } = await this.#calls.ask<{ auctionCreate: { auction: { id: string } } }>(
      'auction',
      work.owner.id,
      'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
      { input: { assetId: work.id, startPrice: euros(BigInt(start * 100)), reserve, endsAt } },
    );
    await this.#calls.ask(
      'auction',
      work.owner.id,
      'mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id } } }',
      { input: { auctionId: auctionCreate.auction.id } },
    );
    return true;
  }
}
