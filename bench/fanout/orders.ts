/** The servers that are compared: ours, stock graphql-ws, and plain `ws`, which is the limit. */
export const contestants = ['ours', 'stock', 'plain'] as const;
export type Contestant = (typeof contestants)[number];

/** What the server process is told. */
export type ServerOrder = { bid: number } | { look: true };

/** Its answer; the first message has the port. */
export interface ServerSeen {
  port: number;
  /** When the bid was placed, on the machine's monotonic clock. */
  at: number;
  /** CPU time of the process so far, in milliseconds. */
  cpu: number;
  /** Resident memory in bytes, after a collection. */
  rss: number;
  /** Calls of the subgraphs that complete events, so far. */
  calls: number;
}

/** What the client process is told: open so many subscriptions, or wait until each has got so many events. */
export type ClientOrder = { port: number; path: string; subscribe: number } | { events: number };

/** For each event the milliseconds at which it reached each subscriber, on the machine's monotonic clock. */
export interface ClientSeen {
  arrivals: number[][];
}

/** An event of each server: a bid with names from three subgraphs. */
export const subscription =
  'subscription { bidPlaced { cursor bid { amount bidder { displayName } } auction { title asset { name } } } }';
