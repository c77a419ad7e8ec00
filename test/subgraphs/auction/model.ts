/**
 * Reference models of the rules, independent of the engine: they evaluate all bids at once, the engine one after the other.
 */
export interface ModelBid {
  bidder: string;
  maximum: bigint;
}

export interface ModelTerms {
  start: bigint;
  reserve: bigint | null;
  /** The increment at a price. */
  step: (price: bigint) => bigint;
}

export interface ModelStanding {
  leader: string | null;
  price: bigint | null;
  sold: boolean;
}

/** eBay's increments at the time of the data set, in cents. From the last limit on the step is 100 dollars. */
const bands: [below: number, step: number][] = [
  [100, 5],
  [500, 25],
  [2500, 50],
  [10000, 100],
  [25000, 250],
  [50000, 500],
  [100000, 1000],
  [250000, 2500],
  [500000, 5000],
];
export const ebayStep = (price: bigint): bigint => BigInt(bands.find(([below]) => price < below)?.[1] ?? 10000);

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** The highest maximum leads, the earliest if there are several. */
function leading(bids: ModelBid[]): { leader: string | null; top: bigint } {
  const top = bids.reduce((highest, { maximum }) => most(highest, maximum), 0n);
  return { leader: bids.find(({ maximum }) => maximum === top)?.bidder ?? null, top };
}

/**
 * The standing of accepted bids: the price is one step above the second-best bidder's maximum, never above the leader's, and at
 * least the reserve once that is met. A raise by the leader otherwise leaves the price.
 */
export function english(terms: ModelTerms, bids: ModelBid[]): ModelStanding {
  const { start, reserve, step } = terms;
  const { leader, top } = leading(bids);
  const last = bids.at(-1);
  if (leader === null || last === undefined) return { leader: null, price: null, sold: false };
  const before = bids.slice(0, -1);
  const others = bids.filter(({ bidder }) => bidder !== leader).map(({ maximum }) => maximum);
  const second = others.length > 0 ? others.reduce(most) : null;
  let price = second === null ? start : least(top, second + step(second));
  if (leading(before).leader === last.bidder) price = english(terms, before).price ?? price;
  const sold = reserve === null || top >= reserve;
  return { leader, price: reserve !== null && sold ? most(price, reserve) : price, sold };
}

/** Places bids in order and refuses those that are too low. Returns the indexes of the refused bids and the standing of the others. */
export function englishRun(terms: ModelTerms, bids: ModelBid[]): { refused: number[]; standing: ModelStanding } {
  const accepted: ModelBid[] = [];
  const refused: number[] = [];
  let standing = english(terms, accepted);
  bids.forEach((bid, n) => {
    const own = accepted.filter(({ bidder }) => bidder === bid.bidder).map(({ maximum }) => maximum);
    const minimum =
      standing.leader === bid.bidder
        ? own.reduce(most) + 1n
        : standing.price === null
          ? terms.start
          : standing.price + terms.step(standing.price);
    if (bid.maximum < minimum) refused.push(n);
    else {
      accepted.push(bid);
      standing = english(terms, accepted);
    }
  });
  return { refused, standing };
}
