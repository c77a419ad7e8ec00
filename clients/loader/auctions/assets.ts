import type { GraphClient } from '../graph/client.ts';
import { LoaderFault } from '../fault.ts';
import { batchLines } from '../works/batches.ts';
import { assetImport } from '../works/import.ts';
import type { ImportLine } from '../works/line.ts';
import type { RecordedLot } from './recording.ts';

/** Items of one page and conditions of one filter; the graph allows no more of the latter. */
const pageSize = 500;

export const assetsOfRun = /* GraphQL */ `
  query LoaderAssetsOfRun($run: String!, $first: Int!, $after: String) {
    assets(filter: { source: { eq: $run } }, sort: [CREATED_AT_ASC], first: $first, after: $after) {
      nodes {
        id
        sourceId
        createdAt
        createdBy {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
export const auctionsOfAssets = /* GraphQL */ `
  query LoaderAuctionsOfAssets($assetIds: [ID!]!, $first: Int!, $after: String) {
    auctions(filter: { assetId: { in: $assetIds } }, sort: [CREATED_AT_ASC], first: $first, after: $after) {
      nodes {
        id
        status
        createdAt
        hasReserve
        startPrice {
          minor
          currency
        }
        asset {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export interface LotAsset {
  id: string;
  createdAt: string;
}

export interface FoundAuction {
  id: string;
  status: 'SCHEDULED' | 'OPENING' | 'OPEN' | 'SOLD' | 'UNSOLD' | 'CANCELLED';
  createdAt: string;
  hasReserve: boolean;
  startPrice: { minor: string; currency: string };
  asset: { id: string } | null;
}

interface FoundAsset extends LotAsset {
  sourceId: string | null;
  createdBy: { id: string } | null;
}

interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Identifies a run. */
export interface RunOf {
  run: string;
  sellerId: string;
}

/** The two sessions: the operator reads long pages and acts for bidders, the seller sells. */
export interface Clients {
  operator: GraphClient;
  seller: GraphClient;
}

/**
 * An asset for each lot, by the lot's id. Assets of an earlier start of the run are found by its name and their creator, since a sold
 * one belongs to another owner now and would be imported again.
 */
export async function lotAssets(
  { operator, seller }: Clients,
  of: RunOf,
  lots: readonly RecordedLot[],
): Promise<Map<string, LotAsset>> {
  const known = await findAssets(operator, of);
  const missing = lots.filter(({ id }) => !known.has(id));
  if (missing.length === 0) return known;
  for (let from = 0; from < missing.length; from += batchLines) {
    const lines = missing.slice(from, from + batchLines).map(lineOf);
    const input = { source: of.run, run: of.run, ownerId: of.sellerId, total: lots.length, publish: true, lines };
    const answer = await seller.send<{ assetImport: { rejected: { line: number; message: string }[] } }>(assetImport, {
      input,
    });
    const [fault] = answer.assetImport.rejected;
    if (fault) throw new LoaderFault(`The lot of line ${fault.line} has no asset: ${fault.message}`);
  }
  const all = await findAssets(operator, of);
  const without = lots.find(({ id }) => !all.has(id));
  if (without)
    throw new LoaderFault(
      `Another user runs "${of.run}" for the same seller: lot ${without.id} is theirs. Choose another --run.`,
    );
  return all;
}

function lineOf({ id, line, item }: RecordedLot): ImportLine {
  return { line, sourceId: id, title: item === null ? `Lot ${id}` : `${item}, lot ${id}`, kind: 'COLLECTIBLE' };
}

async function findAssets(graph: GraphClient, { run, sellerId }: RunOf): Promise<Map<string, LotAsset>> {
  const found = await pages<FoundAsset>(graph, assetsOfRun, { run }, 'assets');
  const own = found.filter(({ createdBy }) => createdBy?.id === sellerId);
  return new Map(own.map(({ id, createdAt, sourceId }) => [sourceId ?? '', { id, createdAt }]));
}

/** The first auction of each asset, by the asset's id: the winner of a lot may have auctioned it again. */
export async function firstAuctions(
  graph: GraphClient,
  assetIds: readonly string[],
): Promise<Map<string, FoundAuction>> {
  const found = new Map<string, FoundAuction>();
  for (let from = 0; from < assetIds.length; from += pageSize) {
    const some = assetIds.slice(from, from + pageSize);
    for (const auction of await pages<FoundAuction>(graph, auctionsOfAssets, { assetIds: some }, 'auctions')) {
      const assetId = auction.asset?.id ?? '';
      if (!found.has(assetId)) found.set(assetId, auction);
    }
  }
  return found;
}

async function pages<T>(graph: GraphClient, query: string, variables: object, root: string): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | null = null; ;) {
    const answer: Record<string, Page<T> | null> = await graph.send(query, { ...variables, first: pageSize, after });
    const page: Page<T> | null | undefined = answer[root];
    if (!page) throw new LoaderFault(`The graph did not return the ${root}.`);
    all.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return all;
    after = page.pageInfo.endCursor;
  }
}
