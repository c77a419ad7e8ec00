import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { anonymous, type ActorSnapshot } from '../../platform/context/actor.ts';
import { CallRefused, type Caller } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { collectors, type Collector } from './collectors.ts';
import { consignment, type Consignment } from './consignments.ts';
import { Pace } from './pace.ts';
import { importWorks } from './record-sales.ts';

/** The import source of the works that are auctioned continuously. */
export const floorSource = 'demonstration floor';

/** Lots open at any time. */
const lotsOpen = 3;

/** The works that the collectors sell to one another; their numbers follow those of the past sales. */
const floorWorks = 12;
const firstFloorWork = 200;

/** Milliseconds between two checks for subscribers to bids. A check only reads memory. */
const lookEvery = 300;

/** Milliseconds before its end from which a lot gets no more bids and is left to the closer. */
const ending = 500;

/** Milliseconds after which opening a lot is retried, if facts it depends on have not arrived yet. */
const retryFill = 1000;

/** Milliseconds of rest after an error. */
const restAfterFault = 30_000;

/** Milliseconds for which a lot is open, while bids come quickly and while they do not. */
const livelyLot = { least: 120_000, most: 300_000 };
const quietLot = { least: 3_600_000, most: 3 * 3_600_000 };

/** A lot is sold at once at this multiple of its start price, so that prices stay realistic. */
const hammerAt = 40n;

/** Listeners to this fact follow bids: subscribers to bids, or to the lots that close soon. */
const watchedFact = 'auction.bid.placed';

export function floorConsignments(): Consignment[] {
  return Array.from({ length: floorWorks }, (_, n) => consignment(firstFloorWork + n));
}

interface FloorLot {
  id: string;
  status: 'OPEN' | 'OPENING';
  endsAt: string;
  currentPrice: { minor: string };
  startPrice: { minor: string };
  minimumBid: { minor: string } | null;
  leader: { id: string } | null;
  seller: { id: string };
}

interface FloorWork {
  id: string;
  status: string;
  owner: { id: string };
}

export interface FloorOptions {
  house: House;
  caller: Caller;
  ids: ReadonlyMap<Collector, string>;
  log: Logger;
  signal: AbortSignal;
}

/**
 * The auctions of the demonstration that never stop: three lots are open, collectors bid on them like any client, and when one ends
 * the next one starts; buyers put their works up for sale again. All state is in the graph, so it continues after a restart. It runs
 * in the one process that holds the embedded database.
 */
export class Floor {
  readonly #house: House;
  readonly #caller: Caller;
  readonly #ids: ReadonlyMap<Collector, string>;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #actors = new Map<string, ActorSnapshot>();

  constructor({ house, caller, ids, log, signal }: FloorOptions) {
    this.#house = house;
    this.#caller = caller;
    this.#ids = ids;
    this.#log = log;
    this.#signal = signal;
  }

  /** Runs until the signal; a running step is finished first. Never rejects. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#bringWorks();
        await this.#work();
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#log.warn({ err: error }, 'the auctions of the demonstration failed and pause for half a minute');
        await this.#wait(restAfterFault);
      }
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#signal, ref: false }).catch(() => undefined);
  }

  /** Imports all works in one transaction, and only once: later owners keep theirs. */
  async #bringWorks(): Promise<void> {
    const { assets } = await this.#ask<{ assets: { totalCount: number } }>(
      'assets',
      null,
      'query ($source: String!) { assets(first: 1, filter: { source: { eq: $source } }) { totalCount } }',
      { source: floorSource },
    );
    if (assets.totalCount > 0) return;
    await importWorks(this.#caller, floorSource, this.#ids.get(collectors[0]) ?? '', floorConsignments());
  }

  async #work(): Promise<void> {
    const pace = new Pace(Date.now());
    // When to look next even if no bid is due: a lot ends then, or there are too few.
    let lookAt = 0;
    let lastLot: string | null = null;
    while (!this.#signal.aborted) {
      const watched = this.#house.hub.isHeard(watchedFact);
      const now = Date.now();
      const due = pace.due(watched, now);
      if (due || now >= lookAt) {
        const lots = await this.#lots();
        const left = lots.filter(({ endsAt }) => Date.parse(endsAt) > now + ending);
        const taking = left.filter(({ status }) => status === 'OPEN');
        const complete = left.length >= lotsOpen || (await this.#fill(pace.isLively(watched)));
        lookAt = complete ? Math.min(...left.map(({ endsAt }) => Date.parse(endsAt))) : now + retryFill;
        if (left.length < lotsOpen && complete) lookAt = now;
        if (due && taking.length > 0) {
          const lot = pick(taking.length > 1 ? taking.filter(({ id }) => id !== lastLot) : taking);
          lastLot = lot.id;
          await this.#bidOn(lot);
          pace.took(watched, now, Math.random());
        }
      }
      await this.#wait(lookEvery);
    }
  }

  async #lots(): Promise<FloorLot[]> {
    const { auctions } = await this.#ask<{ auctions: { nodes: FloorLot[] } }>(
      'auction',
      null,
      `query ($sellers: [ID!]) {
        auctions(first: 20, sort: [ENDS_AT_ASC], filter: { status: { in: [OPEN, OPENING] }, sellerId: { in: $sellers } }) {
          nodes { id status endsAt currentPrice { minor } startPrice { minor } minimumBid { minor } leader { id } seller { id } }
        }
      }`,
      { sellers: [...this.#ids.values()] },
    );
    return auctions.nodes;
  }

  /** Puts up the next lot. False if facts it depends on have not arrived yet. */
  async #fill(lively: boolean): Promise<boolean> {
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
    const { assets } = await this.#ask<{ assets: { nodes: { id: string }[] } }>(
      'assets',
      null,
      `query ($source: String!) {
        assets(first: 50, filter: { source: { eq: $source }, status: { eq: ON_SALE } }) { nodes { id } }
      }`,
      { source: floorSource },
    );
    const { auctions } = await this.#ask<{
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
        await this.#ask(
          'auction',
          seller.id,
          'mutation ($input: AuctionSettleInput!) { auctionSettle(input: $input) { auction { id } } }',
          { input: { auctionId: id } },
        );
    }
  }

  async #putUp(lively: boolean): Promise<boolean> {
    const { assets } = await this.#ask<{ assets: { nodes: FloorWork[] } }>(
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
        await this.#ask(
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
    const { auctionCreate } = await this.#ask<{ auctionCreate: { auction: { id: string } } }>(
      'auction',
      work.owner.id,
      'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
      { input: { assetId: work.id, startPrice: euros(BigInt(start * 100)), reserve, endsAt } },
    );
    await this.#ask(
      'auction',
      work.owner.id,
      'mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id } } }',
      { input: { auctionId: auctionCreate.auction.id } },
    );
    return true;
  }

  async #bidOn(lot: FloorLot): Promise<void> {
    const { id: auctionId, seller, leader, minimumBid } = lot;
    if (BigInt(lot.currentPrice.minor) >= BigInt(lot.startPrice.minor) * hammerAt) {
      await this.#ask(
        'auction',
        seller.id,
        'mutation ($input: AuctionEndInput!) { auctionEnd(input: $input) { auction { id } } }',
        { input: { auctionId } },
      );
      return;
    }
    if (!minimumBid) return;
    const rivals = [...this.#ids.values()].filter((id) => id !== seller.id && id !== leader?.id);
    const least = BigInt(minimumBid.minor);
    // Most bid a little above the minimum, in whole euros.
    const above = (least * BigInt(Math.floor(Math.random() ** 2 * 12))) / 100n;
    await this.#ask(
      'auction',
      pick(rivals),
      'mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome { __typename } } }',
      { input: { auctionId, amount: euros(((least + above + 99n) / 100n) * 100n), idempotencyKey: randomUUID() } },
    );
  }

  /** Calls an OS as a collector, or anonymously. The rights of collectors never change, so they are cached. */
  async #ask<T>(os: string, actorId: string | null, query: string, variables: Record<string, unknown>): Promise<T> {
    let actor = actorId === null ? anonymous() : this.#actors.get(actorId);
    if (!actor) {
      actor = await this.#caller.actor(actorId ?? '');
      this.#actors.set(actor.id ?? '', actor);
    }
    return this.#caller.ask<T>(os, actor, query, variables);
  }
}

function euros(minor: bigint): { amount: string; currency: string } {
  return { amount: `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`, currency: 'EUR' };
}

function pickOrNull<T>(some: readonly T[]): T | null {
  return some[Math.floor(Math.random() * some.length)] ?? null;
}

function pick<T>(some: readonly T[]): T {
  const found = pickOrNull(some);
  if (found === null) throw new Error('There is nothing to choose from.');
  return found;
}
