import { readChoice } from '../chart/choice.ts';
import { readView } from '../result/view-names.ts';
import type { ChartChoice } from '../chart/choice.ts';
import type { View } from '../result/view-names.ts';

/** The content of a link or a saved query: an operation, and the view of its answer. Never headers. */
export interface SharedOperation {
  readonly name: string;
  readonly query: string;
  /** JSON text; may be empty. */
  readonly variables: string;
  readonly view: View | null;
  readonly chart: { readonly key: string; readonly choice: ChartChoice } | null;
}

/** Identifies the encoding, so that today's links stay readable if it changes. */
const PREFIX = '#op=1.';
/** Characters of a link that chats, mail programs and old proxies pass on completely. */
export const MAX_LINK = 8_000;
/** Characters of the operation inside: a link of a few bytes must not unpack to megabytes. */
const MAX_UNFOLDED = 200_000;

/**
 * Encodes an operation as the fragment of a URL. Fragments stay in the browser: no server sees them, no log keeps them, and a link needs
 * neither storage nor sign-in.
 */
export async function fragmentOf(operation: SharedOperation): Promise<string> {
  const { name, query, variables, view, chart } = operation;
  const text = JSON.stringify({
    n: name,
    q: query,
    ...(variables.trim() === '' ? {} : { v: variables }),
    ...(view === null ? {} : { w: view }),
    ...(chart === null ? {} : { k: chart.key, c: chart.choice }),
  });
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return PREFIX + base64url(new Uint8Array(await new Response(packed).arrayBuffer()));
}

/** The operation in a fragment; null if there is none, `damaged` if it cannot be read. */
export async function readFragment(fragment: string): Promise<SharedOperation | 'damaged' | null> {
  if (!fragment.startsWith('#op=')) return null;
  if (!fragment.startsWith(PREFIX)) return 'damaged';
  const text = await unfolded(fragment.slice(PREFIX.length));
  if (text === null) return 'damaged';
  try {
    return readOperation(JSON.parse(text)) ?? 'damaged';
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged';
    throw error;
  }
}

function readOperation(value: unknown): SharedOperation | null {
  if (typeof value !== 'object' || value === null) return null;
  const { n, q, v, w, k, c } = value as Record<string, unknown>;
  if (typeof q !== 'string' || q.trim() === '') return null;
  const choice = readChoice(c);
  return {
    name: typeof n === 'string' ? n.slice(0, 200) : '',
    query: q,
    variables: typeof v === 'string' ? v : '',
    view: readView(w),
    chart: typeof k === 'string' && choice ? { key: k, choice } : null,
  };
}

async function unfolded(packed: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const reader = stream.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += value;
      if (text.length > MAX_UNFOLDED) {
        await reader.cancel();
        return null;
      }
    }
  } catch (error) {
    // Truncated, changed on its way, or never one of ours.
    if (error instanceof Error) return null;
    throw error;
  }
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
