import type { SubgraphService } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { GatewayConfig } from '../config.ts';
import { HeaderForwarding } from '../headers/forwarding.ts';
import { policyOf } from '../fetches/policies.ts';
import type { Place } from '../supergraph/places.ts';
import { ForeignSubgraph } from './foreign.ts';
import { RemoteSubgraph } from './remote.ts';

/** Milliseconds after which connections to a replaced subgraph are closed: no operation runs longer on the previous supergraph. */
const lingering = 60_000;

type Config = Pick<GatewayConfig, 'routerSecret' | 'subscriptionUrls' | 'headerRules' | 'subgraphPolicies'>;
type Remote = SubgraphService & { close(): Promise<void> };

/** The subgraphs that this gateway calls over HTTP. A subgraph keeps its connections while it keeps its address. */
export class RemoteSubgraphs {
  readonly #config: Config;
  readonly #forwarding: HeaderForwarding;
  readonly #log: Logger;
  /** By name and address. */
  readonly #known = new Map<string, Remote>();
  readonly #retired = new Map<Remote, NodeJS.Timeout>();

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#forwarding = new HeaderForwarding(config.headerRules);
    this.#log = log;
  }

  /** The services of the places that are not in this process. */
  of(places: readonly Place[]): SubgraphService[] {
    return places.flatMap((place) => {
      const key = keyOf(place);
      if (key === null) return [];
      const service = this.#known.get(key) ?? this.#open(place, place.url ?? '');
      this.#known.set(key, service);
      return service;
    });
  }

  /** Closes the connections to all other places once operations on the previous supergraph have ended. */
  keep(places: readonly Place[]): void {
    const kept = new Set(places.map(keyOf));
    for (const [key, service] of this.#known) {
      if (kept.has(key)) continue;
      this.#known.delete(key);
      const end = (): void => {
        this.#retired.delete(service);
        service.close().catch((error: unknown) => this.#log.warn({ err: error }, 'connections did not close'));
      };
      this.#retired.set(service, setTimeout(end, lingering).unref());
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#retired.values()) clearTimeout(timer);
    await Promise.all([...this.#known.values(), ...this.#retired.keys()].map((service) => service.close()));
  }

  #open({ name, isOwn }: Place, url: string): Remote {
    const { routerSecret, subscriptionUrls, subgraphPolicies } = this.#config;
    const { timeout } = policyOf(subgraphPolicies, name);
    if (isOwn) return new RemoteSubgraph({ name, url, routerSecret: routerSecret ?? '', timeout });
    const { host } = new URL(url);
    if (host === name)
      // The address that this house prints where an OS has none yet.
      this.#log.warn(
        { subgraph: name, url },
        'a foreign subgraph; if it is an OS of this house, OWN_SUBGRAPHS names it',
      );
    return new ForeignSubgraph({
      name,
      url,
      subscriptionUrl: subscriptionUrls[name] ?? null,
      forwarding: this.#forwarding,
      timeout,
    });
  }
}

function keyOf({ name, url }: Place): string | null {
  return url === null ? null : `${name} ${url}`;
}
