/** How calls of one subgraph are limited, repeated and, while it fails, left out. */
export interface SubgraphPolicy {
  /** Milliseconds that one call over HTTP may take, for queries and mutations alike. */
  timeout: number;
  /** How often a query is sent again when no answer came: not after a timeout, and never a mutation. */
  retries: number;
  /** Percentage of calls within `window` that must fail before no more are sent; 0 sends them always. */
  failures: number;
  /** Calls within `window` below which the share says nothing. */
  calls: number;
  /** Milliseconds over which the share is taken. */
  window: number;
  /** Milliseconds without a call before one is sent as a probe; twice as long after each probe that fails, up to `longestPause`. */
  pause: number;
}

/**
 * An operation has 10 to 30 s, and an analyst's query may need all of it. Two more attempts within a fifth of a second outlast a
 * connection that was just closed and most restarts behind a balancer, and are no burden on a subgraph that is down: at half of ten calls
 * none follows for five seconds, in which a process is usually back.
 */
export const defaultPolicy: SubgraphPolicy = {
  timeout: 30_000,
  retries: 2,
  failures: 50,
  calls: 10,
  window: 10_000,
  pause: 5_000,
};

/** The largest value of each setting. Timers of Node hold 24 days, but what nobody would wait for is a mistake. */
export const largestPolicy: SubgraphPolicy = {
  timeout: 600_000,
  retries: 5,
  failures: 100,
  calls: 10_000,
  window: 600_000,
  pause: 600_000,
};

/** Policies by the name of their subgraph, and those of all others. */
export interface SubgraphPolicies {
  readonly others: SubgraphPolicy;
  readonly bySubgraph: ReadonlyMap<string, SubgraphPolicy>;
}

export const defaultPolicies: SubgraphPolicies = { others: defaultPolicy, bySubgraph: new Map() };

export function policyOf({ others, bySubgraph }: SubgraphPolicies, subgraph: string): SubgraphPolicy {
  return bySubgraph.get(subgraph) ?? others;
}

/** The name that stands for all subgraphs. */
const all = '*';

/**
 * Reads `name.setting=number` parts, of which those of a subgraph precede those of `*`. Throws a text that says which part is not of that
 * form.
 */
export function readPolicies(parts: readonly string[], decoded: (name: string) => string | null): SubgraphPolicies {
  const given = new Map<string, Partial<SubgraphPolicy>>();
  for (const part of parts) {
    const fits = /^(.+)\.([a-z]+)=(\d{1,9})$/.exec(part);
    const name = fits && (fits[1] === all ? all : decoded(fits[1] ?? ''));
    const setting = fits?.[2] ?? '';
    if (!fits || !name || !Object.hasOwn(defaultPolicy, setting)) {
      const settings = Object.keys(defaultPolicy).join(', ');
      throw new Error(
        `is "name.setting=number,…" with the name of a subgraph, or * for all, and a setting of ${settings}; "${part}" is not`,
      );
    }
    const key = setting as keyof SubgraphPolicy;
    const value = Number(fits[3]);
    if (value > largestPolicy[key]) throw new Error(`holds ${part}, and ${key} is at most ${largestPolicy[key]}`);
    if (value === 0 && key !== 'retries' && key !== 'failures')
      throw new Error(`holds ${part}, and ${key} is at least 1`);
    const known = given.get(name) ?? {};
    if (known[key] !== undefined) throw new Error(`names ${name}.${key} twice; give one number`);
    given.set(name, { ...known, [key]: value });
  }
  const others = { ...defaultPolicy, ...given.get(all) };
  given.delete(all);
  return { others, bySubgraph: new Map([...given].map(([name, own]) => [name, { ...others, ...own }])) };
}
