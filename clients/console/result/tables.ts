import { isJsonList, isJsonObject } from '../../sdk/json.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';

/** One row before flattening: its object, and the keys of its parent rows. */
export interface SourceRow {
  readonly parents: readonly (readonly [name: string, value: Json])[];
  readonly value: Json;
}

/** A list somewhere in an answer that can be shown as a table. */
export interface TableSource {
  /** Response keys from the root to the list, joined by dots; the same for every answer of an operation. */
  readonly id: string;
  readonly rows: readonly SourceRow[];
  /** The connection's `totalCount`, if it was selected. */
  readonly totalCount: string | null;
  /** Whether the connection has further pages. */
  readonly hasMore: boolean;
}

/** Lists nested deeper than this stay inside the cells of their parents. */
const MAX_LIST_DEPTH = 4;
/** Rows of one table; the server's limits refuse larger answers. */
const MAX_SOURCE_ROWS = 100_000;

interface ListFound {
  readonly items: readonly Json[];
  readonly totalCount: string | null;
  readonly hasMore: boolean;
  /** Keys of the holder that are already handled. */
  readonly used: readonly string[];
}

interface Draft {
  rows: SourceRow[];
  totalCount: string | null;
  hasMore: boolean;
}

/** The tables of an answer: its lists, or itself as one row if it has none, so that single objects can be saved too. */
export function findTables(data: unknown): TableSource[] {
  if (!isJsonObject(data)) return [];
  const lists = findLists(data);
  return lists.length > 0 ? lists : singleRow(data);
}

/**
 * Finds the lists of an answer: connections (`nodes`, or `edges` with their `node`), aggregates (`rows`) and plain
 * lists. A list inside the rows of another becomes a separate table over all parents, each row with its parent's key.
 */
export function findLists(data: unknown): TableSource[] {
  if (!isJsonObject(data)) return [];
  const drafts = new Map<string, Draft>();
  visitObject(data, [], [], 0, drafts);
  return [...drafts].map(([id, draft]) => ({ id, ...draft }));
}

/** The table of a subscription's events. */
export const EVENTS = 'events';

/** The events of a subscription as one table, each with its arrival time; `events` are newest first. */
export function eventTable(events: readonly { readonly receivedAt: string; readonly data: Json }[]): TableSource {
  const rows = events.map(({ receivedAt, data }) => eventRow(receivedAt, unwrap(data)));
  return { id: EVENTS, rows, totalCount: null, hasMore: false };
}

/** The metadata of events, in display order. A cursor is for programs, and long. */
const ABOUT_EVENTS = ['occurredAt', 'receivedAt', 'sequence', 'cursor'];

/** The content first, then times and position: at the front they would push the content out of sight. */
function eventRow(receivedAt: string, event: Json): SourceRow {
  if (!isJsonObject(event)) return { parents: [['receivedAt', receivedAt]], value: event };
  const about: JsonObject = { receivedAt, ...event };
  const said = Object.entries(event).filter(([key]) => !ABOUT_EVENTS.includes(key));
  const last = ABOUT_EVENTS.flatMap((key) => (about[key] === undefined ? [] : [[key, about[key]] as const]));
  return { parents: [], value: Object.fromEntries([...said, ...last]) };
}

/** The list in a value: the value itself, a connection's nodes or an aggregate's rows; null if there is none. */
export function listOf(value: Json): readonly Json[] | null {
  return findList(value)?.items ?? null;
}

function singleRow(data: JsonObject): TableSource[] {
  const keys = Object.keys(data).filter((key) => data[key] !== null);
  if (keys.length === 0) return [];
  return [{ id: keys.join(', '), rows: [{ parents: [], value: unwrap(data) }], totalCount: null, hasMore: false }];
}

/** The object of the only root, whose name would be repeated in every column; otherwise the whole data. */
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
 * Identifies the parent of the rows of a nested list: its id, else its first text, else the first text of a referenced object, else its
 * position in the list.
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

/** The node's fields come first, under their own names; fields of the edge follow as `edge.…`. */
function fromEdge(edge: Json): Json {
  if (!isJsonObject(edge)) return edge;
  const { node, ...rest } = edge;
  const own = isJsonObject(node) ? node : {};
  return Object.keys(rest).length === 0 ? (node ?? null) : { ...own, edge: rest };
}
