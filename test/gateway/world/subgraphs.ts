import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { TestLog } from './stream.ts';
import { TestService, type WorldContext } from './service.ts';

const page = 'first: Int, last: Int, after: String';
const sliced = 'slicingArguments: ["first", "last"], requireOneSlicingArgument: false';
const paged = `@listSize(assumedSize: 20, ${sliced}, sizedFields: ["nodes", "edges"])`;
const onlyNodes = `@listSize(assumedSize: 20, ${sliced}, sizedFields: ["nodes"])`;

/** The known actors and their rights, which tests change. */
export class TestIdentity {
  readonly people = new Map<string, Partial<ActorSnapshot>>();
  readonly keys = new Map<string, Partial<ActorSnapshot>>();
  readonly revoked = new Set<string>();
  /** Hidden people. */
  readonly hidden = new Set<string>();
  /** The id of the signing key; tests change it like a rotation. */
  kid = 'k1';
  /** Number of snapshot requests. */
  asked = 0;
  private readonly pair = generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  readonly service: TestService;

  constructor() {
    const gatewayOnly = (context: WorldContext) => {
      if (context.info.actor.id !== 'svc_gateway') throw new Forbidden('Only a router may ask this.');
    };
    this.service = new TestService(
      'identity',
      `
      scalar JSON
      type Query {
        viewer: User @tag(name: "self")
        user(id: ID!): User
        actorSnapshot(subject: ID!, sessionId: ID, delegate: ID): JSON @inaccessible
        actorSnapshotByKey(key: String!): JSON @inaccessible
        jwks: JSON @inaccessible
        whoAmI: JSON
      }
      type User @key(fields: "id") { id: ID! displayName: String handle: String! email: String @tag(name: "role") friends(${page}): [User!]! @listSize(${sliced}) }
      `,
      {
        Query: {
          viewer: (_: unknown, __: unknown, { info }: WorldContext) => (info.actor.id ? { id: info.actor.id } : null),
          user: (_: unknown, { id }: { id: string }) => ({ id }),
          whoAmI: (_: unknown, __: unknown, { info }: WorldContext) => info,
          actorSnapshot: (
            _: unknown,
            args: { subject: string; sessionId: string | null; delegate: string | null },
            context: WorldContext,
          ) => {
            gatewayOnly(context);
            this.asked += 1;
            const known = this.people.get(args.subject);
            if (!known || (args.sessionId && this.revoked.has(args.sessionId))) return null;
            return {
              id: args.subject,
              kind: 'USER',
              sessionId: args.sessionId,
              delegate: args.delegate,
              universe: context.info.universe,
              memberships: [],
              platformRoles: [],
              scopes: null,
              rightsVersion: 1,
              expiresAt: null,
              ...known,
            };
          },
          actorSnapshotByKey: (_: unknown, { key }: { key: string }, context: WorldContext) => {
            gatewayOnly(context);
            this.asked += 1;
            const known = this.keys.get(key);
            return known ? { id: 'svc_loader', kind: 'SERVICE', universe: null, rightsVersion: 1, ...known } : null;
          },
          jwks: async (_: unknown, __: unknown, context: WorldContext) => {
            gatewayOnly(context);
            const { publicKey } = await this.pair;
            return { keys: [{ ...(await exportJWK(publicKey)), kid: this.kid, alg: 'EdDSA', use: 'sig' }] };
          },
        },
        User: {
          __resolveReference: ({ id }: { id: string }) => (this.hidden.has(id) ? null : { id }),
          handle: ({ id }: { id: string }) => `@${id}`,
          displayName: ({ id }: { id: string }) => `Name of ${id}`,
          email: ({ id }: { id: string }) => `${id}@example.org`,
          friends: () => [],
        },
      },
    );
  }

  /** A valid access token. Negative seconds make an expired one. */
  async token(
    subject: string,
    options: { seconds?: number; sid?: string; unv?: string; act?: string; issuer?: string } = {},
  ): Promise<string> {
    const { privateKey } = await this.pair;
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      kind: 'USER',
      sid: options.sid ?? `ses_${subject}`,
      ...(options.unv ? { unv: options.unv } : {}),
      ...(options.act ? { act: { sub: options.act } } : {}),
    })
      .setProtectedHeader({ alg: 'EdDSA', kid: this.kid })
      .setSubject(subject)
      .setIssuer(options.issuer ?? 'ensemble')
      .setIssuedAt(now - 60)
      .setExpirationTime(now + (options.seconds ?? 600))
      .sign(privateKey);
  }
}

export interface Bid {
  cursor: string;
  auctionId: string;
  amount: string;
}

export interface AuctionWorld {
  service: TestService;
  bids: TestLog<Bid>;
  /** The owners of memos on auctions, who alone see them; `anybody` is everybody. */
  memos: Map<string, string>;
  /** Places a bid; its cursor is `c1`, `c2`, … */
  bid(auctionId?: string, amount?: string): Bid;
}

export function auctions(extra = ''): AuctionWorld {
  const bids = new TestLog<Bid>();
  const ticks = new TestLog<{ cursor: string }>();
  const memos = new Map<string, string>();
  let count = 0;
  const bid = (auctionId = 'auc_1', amount = '10.00'): Bid => {
    count += 1;
    const placed = { cursor: `c${count}`, auctionId, amount };
    bids.append(placed);
    return placed;
  };
  const service = new TestService(
    'auction',
    `
    type Query {
      auction(id: ID!): Auction
      auctions(${page}, ids: [ID!]): AuctionConnection! ${paged}
      nodes(ids: [ID!]!): [Auction]! @listSize(assumedSize: 100) @tag(name: "size/ids")
      echo(text: String, level: Level): String
      fails: String
      slow(ms: Int!): String
      ${extra}
    }
    enum Level { LOW HIGH }
    type Mutation { bidPlace(input: BidPlaceInput!): Bid! }
    input BidPlaceInput { auctionId: ID! amount: String! }
    type Subscription {
      bidPlaced(auctionId: ID, after: String, level: Level): BidPlacedEvent!
      tick: Tick!
      refused: Tick!
      guarded(after: String): GuardedEvent! @tag(name: "role")
    }
    type Tick { at: Int! asset: Asset }
    type BidPlacedEvent { cursor: String! bid: Bid! auction: Auction memo: Memo mine: Boolean @tag(name: "self") note: String @tag(name: "role") }
    type Memo @key(fields: "id") { id: ID! @tag(name: "visible") text: String @tag(name: "visible") }
    type GuardedEvent { cursor: String! amount: String! @tag(name: "role") }
    type AuctionConnection { nodes: [Auction!]! edges: [AuctionEdge!]! totalCount: Int! }
    type AuctionEdge { cursor: String! node: Auction! }
    type Auction @key(fields: "id") { id: ID! title: String! asset: Asset work: Work works: [Work!]! @listSize(assumedSize: 3) bids(${page}): BidConnection! ${onlyNodes} related(${page}): AuctionConnection! ${paged} }
    type BidConnection { nodes: [Bid!]! }
    type Bid { auctionId: ID! amount: String! bidder: User }
    type Asset @key(fields: "id") { id: ID! lot: String }
    type Work @key(fields: "id", resolvable: false) { id: ID! }
    type User @key(fields: "id") { id: ID! bidderNumber: String }
    `,
    {
      Query: {
        auction: (_: unknown, { id }: { id: string }) => (id === 'none' ? null : auction(id)),
        auctions: (_: unknown, { first, ids }: { first?: number; ids?: string[] }) => ({
          nodes: (ids ?? Array.from({ length: first ?? 2 }, (__, i) => `auc_${i}`)).map(auction),
          totalCount: 2,
        }),
        nodes: (_: unknown, { ids }: { ids: string[] }) => ids.map(auction),
        echo: (_: unknown, { text }: { text: string }) => text,
        fails: () => {
          throw new Error('password=hunter2 at 10.9.8.7');
        },
        slow: (_: unknown, { ms }: { ms: number }) =>
          new Promise((resolve) => setTimeout(() => resolve(`after ${ms}`), ms)),
        grown: () => 'grown',
      },
      Mutation: {
        bidPlace: (_: unknown, { input }: { input: { auctionId: string; amount: string } }) => {
          if (input.auctionId === 'none') throw new NotFound('There is no such auction.');
          if (input.amount === '0')
            throw new Invalid('The amount is too small.', {
              path: ['input', 'amount'],
              issues: [{ path: ['input', 'amount'], code: 'too_small', message: 'The amount is too small.' }],
            });
          return bid(input.auctionId, input.amount);
        },
      },
      Subscription: {
        bidPlaced: {
          subscribe: (_: unknown, { auctionId, after }: { auctionId?: string; after?: string }) =>
            bids.stream(after, (entry) => !auctionId || entry.auctionId === auctionId),
          resolve: (entry: Bid) => entry,
        },
        tick: {
          subscribe: () => ticks.stream(null),
          resolve: (entry: { cursor: string }) => ({ at: Number(entry.cursor) }),
        },
        refused: {
          subscribe: () => {
            throw new Forbidden('You may not listen to this.');
          },
        },
        guarded: {
          subscribe: (_: unknown, { after }: { after?: string }, { info }: WorldContext) => {
            if (!info.actor.platformRoles.includes('AUDITOR')) throw new Forbidden('Auditors only.');
            return bids.stream(after);
          },
          resolve: (entry: Bid) => entry,
        },
      },
      BidPlacedEvent: {
        bid: (entry: Bid) => entry,
        auction: (entry: Bid) => auction(entry.auctionId),
        memo: (entry: Bid, _: unknown, context: WorldContext) => {
          const owner = memos.get(entry.auctionId);
          if (owner === undefined) return null;
          if (!sees(context.info, owner)) {
            context.isIncomplete = true;
            return null;
          }
          return { id: `mem_${entry.auctionId}`, text: `Memo on ${entry.amount}` };
        },
        mine: (_: Bid, __: unknown, { info }: WorldContext) => info.actor.id === 'usr_a',
        note: (_: Bid, __: unknown, { info }: WorldContext) =>
          info.actor.platformRoles.length > 0 ? 'for staff' : null,
      },
      Auction: {
        __resolveReference: ({ id }: { id: string }) => auction(id),
        work: ({ id }: { id: string }) => ({ id: `wrk_${id.replace('auc_', '')}` }),
        works: ({ id }: { id: string }) => ['1', '2', '3'].map((n) => ({ id: `wrk_${id.replace('auc_', '')}_${n}` })),
        bids: () => ({ nodes: [] }),
        related: () => ({ nodes: [], totalCount: 0, edges: [] }),
      },
      Asset: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        lot: ({ id }: { id: string }) => `Lot of ${id}`,
      },
      User: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        bidderNumber: ({ id }: { id: string }) => `Number of ${id}`,
      },
      Bid: { bidder: () => ({ id: 'usr_b' }) },
      Tick: { asset: () => ({ id: 'ast_1' }) },
    },
  );
  return Object.assign({ service, bids, bid, memos }, { tick: (at: number) => ticks.append({ cursor: String(at) }) });
}

function auction(id: string): { id: string; title: string; asset: { id: string } } {
  return { id, title: `Auction ${id}`, asset: { id: `ast_${id.replace('auc_', '')}` } };
}

/** Whether a viewer sees what belongs to this person or organization. */
function sees({ actor }: WorldContext['info'], owner: string): boolean {
  return (
    owner === 'anybody' ||
    owner === actor.id ||
    actor.memberships.some(({ organizationId }) => organizationId === owner)
  );
}

/** Assets, which everybody sees, and works, which everybody sees except for drafts. */
export class TestAssets extends TestService {
  /** The owners of works that are drafts. */
  readonly drafts = new Map<string, string>();
  /** The assets whose field `broken` fails; null for all. */
  broken: Set<string> | null = null;
}

export function assets(): TestAssets {
  const seen = (id: string, { info }: WorldContext): { id: string } | null =>
    sees(info, service.drafts.get(id) ?? 'anybody') ? { id } : null;
  const service: TestAssets = new TestAssets(
    'asset',
    `
    type Query { asset(id: ID!): Asset }
    type Work @key(fields: "id") {
      id: ID! @tag(name: "visible")
      name: String! @tag(name: "visible")
      price: String! @tag(name: "visible")
      maker: User @tag(name: "visible")
      secret: String @tag(name: "visible") @tag(name: "self")
      copies: WorkConnection! @tag(name: "self")
    }
    type WorkConnection { totalCount: Int! @tag(name: "self") nodes: [Work!]! @listSize(assumedSize: 3) @tag(name: "self") }
    type Mutation { assetName(id: ID!, name: String!): Asset }
    type Asset @key(fields: "id") { id: ID! name: String owner: User price: String! broken: String! }
    type User @key(fields: "id") { id: ID! }
    `,
    {
      Query: { asset: (_: unknown, { id }: { id: string }) => ({ id }) },
      Mutation: { assetName: (_: unknown, { id }: { id: string }) => ({ id }) },
      Work: {
        __resolveReference: ({ id }: { id: string }, context: WorldContext) => seen(id, context),
        name: ({ id }: { id: string }) => `Work ${id}`,
        price: () => '100.00',
        maker: () => ({ id: 'usr_m' }),
        secret: (_: unknown, __: unknown, { info }: WorldContext) => info.actor.id,
        copies: (work: { id: string }, _: unknown, context: WorldContext) => {
          const nodes = [seen(work.id, context), seen(`${work.id}_copy`, context)].filter((each) => each !== null);
          return { nodes, totalCount: nodes.length };
        },
      },
      Asset: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        name: ({ id }: { id: string }) => `Asset ${id}`,
        owner: () => ({ id: 'usr_o' }),
        price: () => '100.00',
        broken: ({ id }: { id: string }) => {
          if (service.broken && !service.broken.has(id)) return 'no';
          throw new Error('disk /dev/sda1 failed');
        },
      },
    },
  );
  return service;
}
