import type { Asset, AssetKind } from '../../asset/asset.entity.ts';
import { normalTags } from '../../tag/tag.ts';
import { FetchFault } from '../problems.ts';
import type { FetchedRecord } from '../record.ts';
import { tidy } from '../tidy.ts';
import type { LinkedNode, PageDescription } from './page-description.ts';

/** Types of schema.org that describe an asset, the most specific first, with the kind of asset. */
const kinds: Readonly<Record<string, AssetKind>> = {
  VisualArtwork: 'ART',
  Painting: 'ART',
  Sculpture: 'ART',
  Drawing: 'ART',
  Photograph: 'ART',
  MusicRecording: 'MUSIC',
  MusicAlbum: 'MUSIC',
  Product: 'OTHER',
  CreativeWork: 'OTHER',
};
const types = Object.keys(kinds);

/** The limits of `AssetCreateInput`. */
const limits = { title: 500, description: 20_000, name: 300, materials: 1_000, tag: 60, list: 50, address: 2_000 };

type Said = Pick<Asset, 'title' | 'kind'> & Partial<Asset>;

/** The record of a page, by schema.org in JSON-LD, otherwise by Open Graph. Throws FetchFault if it has neither. */
export function pageRecord(url: URL, description: PageDescription): FetchedRecord {
  const said = linked(description.nodes) ?? openGraph(description.meta);
  if (said === null) throw new FetchFault('NO_DESCRIPTION');
  const address = canonicalOf(url, description.canonical ?? description.meta.get('og:url') ?? null);
  const nothing = { description: null, creators: [], creator: null, classification: null, materials: null };
  return {
    sourceKind: 'SCRAPED',
    source: url.host,
    sourceId: address,
    columns: { ...nothing, creationDate: null, tags: [], details: null, ...said, sourceUrl: address },
    fallback: { title: said.title },
    notes: [],
  };
}

/** The canonical URL of the page if it is on the same server; a page cannot speak for another server. */
function canonicalOf(url: URL, said: string | null): string {
  const canonical = said !== null && URL.canParse(said, url.href) ? new URL(said, url) : url;
  const address = new URL(canonical.origin === url.origin ? canonical : url);
  address.hash = '';
  return address.href.length <= limits.address ? address.href : url.href;
}

function linked(nodes: readonly LinkedNode[]): Said | null {
  const ranked = nodes
    .map((node) => ({ node, rank: rankOf(node) }))
    .filter(({ rank }) => Number.isFinite(rank))
    .sort((a, b) => a.rank - b.rank);
  for (const { node, rank } of ranked) {
    const title = tidy(textOf(node['name'] ?? node['headline']), limits.title);
    if (title === null) continue;
    const creators = namesOf(node['creator'] ?? node['author'] ?? node['byArtist'] ?? node['brand']);
    const image = addressOf(node['image']);
    return {
      title,
      kind: kinds[types[rank] ?? ''] ?? 'OTHER',
      description: tidy(textOf(node['description']), limits.description),
      creators,
      creator: creators[0] ?? null,
      classification: tidy(textOf(node['artform'] ?? node['category'] ?? node['genre']), limits.name),
      materials: tidy(joined(node['artMedium'] ?? node['material']), limits.materials),
      creationDate: tidy(textOf(node['dateCreated'] ?? node['datePublished']), limits.name),
      tags: tagsOf(node['keywords']),
      details: image ? { image } : null,
    };
  }
  return null;
}

function openGraph(meta: ReadonlyMap<string, string>): Said | null {
  const title = tidy(meta.get('og:title'), limits.title);
  if (title === null) return null;
  const creator = tidy(meta.get('music:musician') ? null : meta.get('author'), limits.name);
  const image = addressOf(meta.get('og:image'));
  return {
    title,
    kind: meta.get('og:type')?.startsWith('music.') ? 'MUSIC' : 'OTHER',
    description: tidy(meta.get('og:description') ?? meta.get('description'), limits.description),
    creators: creator === null ? [] : [creator],
    creator,
    tags: tagsOf(meta.get('keywords')),
    details: image ? { image } : null,
  };
}

/** The rank of the best known type of a node; infinite for none. A list of types may be as long as its page. */
function rankOf(node: LinkedNode): number {
  return typesOf(node).reduce((best, type) => Math.min(best, types.indexOf(type)), Infinity);
}

/** The known types of a node, without the URL of the vocabulary. */
function typesOf(node: LinkedNode): string[] {
  return [node['@type']]
    .flat()
    .map((type) => (typeof type === 'string' ? type.replace(/^(https?:\/\/schema\.org\/|schema:)/, '') : ''))
    .filter((type) => Object.hasOwn(kinds, type));
}

/** The text of a value, which has many forms in JSON-LD; the first of several. */
function textOf(value: unknown): string | null {
  const [one] = [value].flat() as unknown[];
  if (typeof one === 'string') return one;
  if (typeof one === 'number') return String(one);
  if (typeof one !== 'object' || one === null) return null;
  const { name, '@value': said } = one as LinkedNode;
  return typeof said === 'string' ? said : typeof name === 'string' ? name : null;
}

function listOf(value: unknown): string[] {
  return ([value].flat() as unknown[]).slice(0, 4 * limits.list).flatMap((each) => textOf(each) ?? []);
}

const joined = (value: unknown): string | null => listOf(value).join(', ') || null;

function namesOf(value: unknown): string[] {
  return [...new Set(listOf(value).flatMap((name) => tidy(name, limits.name) ?? []))].slice(0, limits.list);
}

/** Keywords are a list, or one text with commas. */
function tagsOf(value: unknown): string[] {
  const words = listOf(value).flatMap((text) => text.slice(0, 10_000).split(','));
  return normalTags(words.flatMap((word) => tidy(word, limits.tag) ?? [])).slice(0, limits.list);
}

function addressOf(value: unknown): string | null {
  const [one] = [value].flat() as unknown[];
  const url =
    typeof one === 'object' && one !== null ? ((one as LinkedNode)['url'] ?? (one as LinkedNode)['contentUrl']) : one;
  return typeof url === 'string' && /^https?:\/\//.test(url) && url.length <= limits.address && URL.canParse(url)
    ? tidy(url, limits.address)
    : null;
}
