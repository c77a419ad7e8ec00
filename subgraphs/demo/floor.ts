import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { CollectorCalls } from './collector-calls.ts';
import type { Collector } from './collectors.ts';
import { euros } from './euros.ts';
import { FloorSellers } from './floor-sellers.ts';
import { Pace } from './pace.ts';
import { pick } from './pick.ts';

/** Lots open at any time. */
const lotsOpen = 3;

/** Milliseconds between two checks for subscribers to bids. A check only reads memory. */
const lookEvery = 300;

/** Milliseconds before its end from which a lot gets no more bids and is left to the closer. */
const ending = 500;

/** Milliseconds after which opening a lot is retried, if facts it depends on have not arrived yet. */
const retryFill = 1000;

/** Milliseconds of rest after an error. */
const restAfterFault = 30_000;

/** A lot is sold at once at this multiple of its start price, so that prices stay realistic. */
const hammerAt = 40n;

/** Listeners to this fact follow bids: subscribers to bids, or to the lots that close soon. */
const watchedFact = 'auction.bid.placed';

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
  readonly #calls: CollectorCalls;
  readonly #sellers: FloorSellers;
  readonly #ids: ReadonlyMap<Collector, string>;
  readonly #log: Logger;
  readonly #signal: AbortSignal;

  constructor({ house, caller, ids, log, signal }: FloorOptions) {
    this.#house = house;
    this.#calls = new CollectorCalls(caller);
    this.#sellers = new FloorSellers(caller, this.#calls, ids);
    this.#ids = ids;
    this.#log = log;
    this.#signal = signal;
  }

  /** Runs until the signal; a running step is finished first. Never rejects. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#sellers.bringWorks();
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
        const complete = left.length >= lotsOpen || (await this.#sellers.openLot(pace.isLively(watched)));
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
    const { auctions } = await this.#calls.ask<{ auctions: { nodes: FloorLot[] } }>(
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

  async #bidOn(lot: FloorLot): Promise<void> {
    const { id: auctionId, seller, leader, minimumBid } = lot;
    if (BigInt(lot.currentPrice.minor) >= BigInt(lot.startPrice.minor) * hammerAt) {
      await this.#calls.ask(
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
    await this.#calls.ask(
      'auction',
      pick(rivals),
      'mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome { __typename } } }',
      { input: { auctionId, amount: euros(((least + above + 99n) / 100n) * 100n), idempotencyKey: randomUUID() } },
    );
  }
}
