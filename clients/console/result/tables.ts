import { isJsonList, isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** One row before flattening: the object as it was answered, and the keys of the rows that it hangs on. */
export interface SourceRow {
  readonly parents: readonly (readonly [name: string, value: Json])[];
  readonly value: Json;
}

/** A list somewhere in an answer that can be shown as a table. */
export interface TableSource {
  /** Response keys from the root to the list, joined by dots; the same in the next answer of the same operation. */
  readonly id: string;
  readonly rows: readonly SourceRow[];
  /** The connection's `totalCount`, if it was selected. */
  readonly totalCount: string | null;
  /** The connection said that there are further pages. */
  readonly hasMore: boolean;
}

/** Deeper lists than this are left inside the cells of their parents. */
const MAX_LIST_DEPTH = 4;
/** Rows of one table; an answer beyond that would be refused by the server's own limits. */
const MAX_SOURCE_ROWS = 100_000;

interface ListFound {
  readonly items: readonly Json[];
  readonly totalCount: string | null;
  readonly hasMore: boolean;
  /** Keys of the holder that were used up and need no further visit. */
  readonly used: readonly string[];
}

interface Draft {
  rows: SourceRow[];
  totalCount: string | null;
  hasMore: boolean;
}

/**
 * The tables of an answer: its lists, or itself as one row where it has none, so that single objects can be saved too.
 */
export function findTables(data: unknown): TableSource[] {
  if (!isJsonObject(data)) return [];
  const lists = findLists(data);
  return lists.length > 0 ? lists : singleRow(data);
}

/**
 * Finds the lists of an answer: connections (`nodes`, or `edges` with their `node`), aggregates (`rows`) and plain
 * lists. A list inside the rows of another becomes a table of its own over all parents, each row carrying its parent's
 * key.
 */
export function findLists(data: unknown): TableSource[] {
  if (!isJsonObject(data)) return [];
  const drafts = new Map<string, Draft>();
  visitObject(data, [], [], 0, drafts);
  return [...drafts].map(([id, draft]) => ({ id, ...draft }));
}

/** The table of a subscription's events. */
export const EVENTS = 'events';

/** The events of a subscription as one table, each with the time of its arrival; `events` are newest first. */
export function eventTable(events: readonly { readonly receivedAt: string; readonly data: Json }[]): TableSource {
  const rows = events.map(({ receivedAt, data }) => eventRow(receivedAt, unwrap(data)));
  return { id: EVENTS, rows, totalCount: null, hasMore: false };
}

/** What every event says of itself, in the order in which people ask for it. A cursor is for programs, and long. */
const ABOUT_EVENTS = ['occurredAt', 'receivedAt', 'sequence', 'cursor'];

/** First what happened, then when, and its place in the stream: in front these would push what people read out of sight. */
function eventRow(receivedAt: string, event: Json): SourceRow {
  if (!isJsonObject(event)) return { parents: [['receivedAt', receivedAt]], value: event };
  const about: JsonObject = { receivedAt, ...event };
  const said = Object.entries(event).filter(([key]) => !ABOUT_EVENTS.includes(key));
  const last = ABOUT_EVENTS.flatMap((key) => (about[key] === undefined ? [] : [[key, about[key]] as const]));
  return { parents: [], value: Object.fromEntries([...said, ...last]) };
}

/** The list behind a value: the value itself, a connection's nodes or an aggregate's rows; null if there is none. */
export function listOf(value: Json): readonly Json[] | null {
  return findList(value)?.items ?? null;
}

function singleRow(data: JsonObject): TableSource[] {
  const keys = Object.keys(data).filter((key) => data[key] !== null);
  if (keys.length === 0) return [];
  return [{ id: keys.join(', '), rows: [{ parents: [], value: unwrap(data) }], totalCount: null, hasMore: false }];
}

/** The object of the only root, whose name in every column would say nothing; otherwise the whole data. */
function unwrap(data: Json): Json {
  if (!isJsonObject(data)) return data;
  const values = Object.values(data).filter((value) => value !== null);
  const [only] = values;
  return values.length === 1 && isJsonObject(only) ? only : data;
}

function visitObject(
  holder: JsonObject,
  path: readonly string[],
  parents: SourceRow['parents'],
  depth: number,
  drafts: Map<string, Draft>,
  used: readonly string[] = [],
): void {
  for (const [key, value] of Object.entries(holder)) {
    if (!used.includes(key)) visitValue(value, [...path, key], parents, depth, drafts);
  }
}

function visitValue(
  value: Json,
  path: readonly string[],
  parents: SourceRow['parents'],
  depth: number,
  drafts: Map<string, Draft>,
): void {
  const found = findList(value);
  if (found && depth < MAX_LIST_DEPTH && (depth === 0 || found.items.some(isJsonObject))) {
    const id = path.join('.');
    const draft = drafts.get(id) ?? { rows: [], totalCount: null, hasMore: false };
    drafts.set(id, draft);
    draft.hasMore ||= found.hasMore;
    if (depth === 0) draft.totalCount = found.totalCount;
    found.items.forEach((item, index) => {
      if (draft.rows.length >= MAX_SOURCE_ROWS) return;
      draft.rows.push({ parents, value: isJsonObject(item) || item === null ? item : { value: item } });
      if (isJsonObject(item)) visitObject(item, path, [...parents, parentKey(path, item, index)], depth + 1, drafts);
    });
  }
  if (isJsonObject(value)) visitObject(value, path, parents, depth, drafts, found?.used);
}

/**
 * What tells the rows of a nested list which parent they belong to: its id, else its first text, else the first text of what it
 * refers to, else its number in the list.
 */
function parentKey(path: readonly string[], item: JsonObject, index: number): readonly [string, Json] {
  const name = path.at(-1) ?? 'parent';
  const { id } = item;
  if (typeof id === 'string' || typeof id === 'number') return [`${name}.id`, id];
  const own = Object.entries(item);
  const referred = own.flatMap(([key, value]) =>
    isJsonObject(value) ? Object.entries(value).map(([inner, text]) => [`${key}.${inner}`, text] as const) : [],
  );
  const [text] = [...own, ...referred].filter(([, value]) => typeof value === 'string');
  return text ? [`${name}.${text[0]}`, text[1]] : [`${name}.#`, index + 1];
}

function findList(value: Json): ListFound | null {
  if (isJsonList(value)) {
    // Lists of lists (matrices, coordinates) read better as one cell than as rows.
    if (value.some(isJsonList)) return null;
    return { items: value, totalCount: null, hasMore: false, used: [] };
  }
  if (!isJsonObject(value)) return null;
  const { nodes, edges, rows } = value;
  if (isJsonList(edges) && (!isJsonList(nodes) || edges.some(hasEdgeFields))) {
    return { ...pageOf(value), items: edges.map(fromEdge), used: ['edges', 'nodes', 'pageInfo'] };
  }
  if (isJsonList(nodes)) return { ...pageOf(value), items: nodes, used: ['nodes', 'edges', 'pageInfo'] };
  if (isJsonList(rows)) return { ...pageOf(value), items: rows, used: ['rows', 'pageInfo'] };
  return null;
}

function pageOf(holder: JsonObject): { totalCount: string | null; hasMore: boolean } {
  const { totalCount, pageInfo } = holder;
  return {
    totalCount: typeof totalCount === 'number' || typeof totalCount === 'string' ? String(totalCount) : null,
    hasMore: isJsonObject(pageInfo) && pageInfo['hasNextPage'] === true,
  };
}

function hasEdgeFields(edge: Json): boolean {
  return isJsonObject(edge) && Object.keys(edge).some((key) => key !== 'node' && key !== 'cursor');
}

/** The node's fields come first, under their own names; what only the edge knows follows as `edge.…`. */
function fromEdge(edge: Json): Json {
  if (!isJsonObject(edge)) return edge;
  const { node, ...rest } = edge;
  const own = isJsonObject(node) ? node : {};
  return Object.keys(rest).length === 0 ? (node ?? null) : { ...own, edge: rest };
}
