/** Reads a CPU profile of the gateway: which areas of its code the time goes to. */

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: readonly number[];
}

interface Profile {
  nodes: readonly ProfileNode[];
  samples: readonly number[];
  timeDeltas: readonly number[];
  /** Microseconds of the machine's monotonic clock. */
  startTime: number;
}

/**
 * Areas by the innermost frame that belongs to one: time in graphql-js or in the garbage collector counts for itself, time in Node's
 * helpers for the code that called them.
 */
const areas: readonly (readonly [area: string, pattern: RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['idle', /^\(idle\)/],
  ['aborts', /^(DOMException|Ended|abort) |abort_controller|event_target/],
  ['JSON', /^(parse|stringify) $|^prettyJSONStringify |^consumeEnd undici/],
  ['budget', /gateway\/execution\/budget/],
  ['completion', /gateway\/execution\/completion/],
  [
    'aliases, introspection, nodes',
    /gateway\/execution\/(aliases|introspection|node-by-id|part|acting-for|null-errors|bounded)/,
  ],
  [
    'subgraph calls',
    /gateway\/execution\/(source|end|outcome|remotes?|foreign|foreign-answer|http-client|forward)\.|undici|gateway\/headers\//,
  ],
  ['plan execution', /gateway\/execution\/|gateway\/supergraph/],
  ['plan look-up', /gateway\/planning\//],
  ['admission', /gateway\/limits\//],
  ['authentication', /gateway\/authentication\/|platform\/(access|context)\//],
  ['graphql-js', /node_modules\/graphql\//],
  ['Apollo Server', /@apollo\//],
  ['logging', /pino|gateway\/http\/record|telemetry/],
  ['HTTP of ours', /gateway\/http\/|gateway\/server|platform\/http\//],
  [
    'HTTP of Node',
    /node:_http|node:net|node:http|node:internal\/(http|streams|stream_base|abort|url)|node:events|node:timers|node:internal\/timers/,
  ],
];

export interface Profiled {
  /** Shares of the time in which the main thread was busy. */
  areas: readonly (readonly [string, number])[];
  functions: readonly (readonly [string, number])[];
  /** Milliseconds. */
  busy: number;
}

/** Sums up the samples between two moments of the monotonic clock, in milliseconds. */
export function readProfile(text: string, from: number, until: number): Profiled {
  const profile = JSON.parse(text) as Profile;
  const parents = new Map<number, ProfileNode>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node);
  const areaOf = new Map<number, string>();
  for (const node of profile.nodes) areaOf.set(node.id, findArea(node, parents));
  const byArea = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busy = 0;
  let at = profile.startTime / 1_000;
  for (const [n, id] of profile.samples.entries()) {
    const took = (profile.timeDeltas[n] ?? 0) / 1_000;
    at += took;
    const node = nodes.get(id);
    if (at < from || at > until || !node) continue;
    const area = areaOf.get(id) ?? 'other';
    if (area === 'idle') continue;
    busy += took;
    byArea.set(area, (byArea.get(area) ?? 0) + took);
    const title = titleOf(node);
    byFunction.set(title, (byFunction.get(title) ?? 0) + took);
  }
  const shares = (sums: ReadonlyMap<string, number>): (readonly [string, number])[] =>
    [...sums].map(([name, sum]) => [name, sum / busy] as const).toSorted(([, a], [, b]) => b - a);
  return { areas: shares(byArea), functions: shares(byFunction), busy };
}

function findArea(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): string {
  for (let frame: ProfileNode | undefined = node; frame; frame = parents.get(frame.id)) {
    const { functionName, url } = frame.callFrame;
    const name = `${functionName} ${url}`;
    const found = areas.find(([, pattern]) => pattern.test(name));
    if (found) return found[0];
  }
  return node.callFrame.functionName === '(program)' ? 'native code' : 'other';
}

function titleOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:.*?\/(?=(gateway|platform|bench)\/)/, '');
  return `${functionName || '(anonymous)'} ${file}${url ? `:${lineNumber + 1}` : ''}`.trim();
}
