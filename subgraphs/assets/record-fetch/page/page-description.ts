import { Parser } from 'htmlparser2';

/** A node of JSON-LD in the page. */
export type LinkedNode = Record<string, unknown>;

/** The machine-readable data of a page. */
export interface PageDescription {
  nodes: readonly LinkedNode[];
  /** `<meta>` by property or name, in lower case; the first of each. */
  meta: ReadonlyMap<string, string>;
  /** The canonical URL as written in the page. */
  canonical: string | null;
}

/** Limits that no reasonable description exceeds, because reading costs time. */
const nodesAtMost = 1_000;
const metaAtMost = 500;
/** Levels of lists and graphs. */
const depthAtMost = 5;

export function describePage(html: string): PageDescription {
  const nodes: LinkedNode[] = [];
  const meta = new Map<string, string>();
  let canonical: string | null = null;
  let script: string | null = null;
  const parser = new Parser({
    onopentag(name, attributes) {
      const { type, rel, href, content } = attributes;
      if (name === 'script' && type?.trim().toLowerCase() === 'application/ld+json') script = '';
      if (name === 'link' && href && rel?.toLowerCase().split(/\s+/).includes('canonical')) canonical ??= href;
      const key = (attributes['property'] ?? attributes['name'])?.trim().toLowerCase();
      if (name === 'meta' && key && content && meta.size < metaAtMost && !meta.has(key)) meta.set(key, content);
    },
    ontext(text) {
      if (script !== null) script += text;
    },
    onclosetag(name) {
      if (name !== 'script' || script === null) return;
      collect(parsed(script), nodes, 0);
      script = null;
    },
  });
  parser.end(html);
  return { nodes, meta, canonical };
}

/** Null for invalid JSON, because other descriptions in the page may be valid. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function collect(value: unknown, nodes: LinkedNode[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > depthAtMost || nodes.length >= nodesAtMost) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, nodes, depth + 1);
    return;
  }
  const node = value as LinkedNode;
  nodes.push(node);
  collect(node['@graph'], nodes, depth + 1);
  collect(node['mainEntity'], nodes, depth + 1);
}
