import { Kind, parse } from 'graphql';
import { ConfigFault } from '../../platform/config/fault.ts';
import type { GatewayConfig } from '../config.ts';
import { textArgument } from './notes.ts';

type Places = Pick<
  GatewayConfig,
  'supergraphPath' | 'subgraphUrls' | 'subscriptionUrls' | 'ownSubgraphs' | 'headerRules' | 'issuer' | 'apart'
>;

/** Where one subgraph of the supergraph runs. */
export interface Place {
  readonly name: string;
  /** Whether it is an OS of this house. Only such get signed requests and run in this process. */
  readonly isOwn: boolean;
  /** Its address; null for an OS in this process. */
  readonly url: string | null;
}

interface Graph {
  readonly name: string;
  readonly url: string;
}

/** The subgraphs of a supergraph. Reads only their enum, since parsing everything would delay the start. */
function graphsIn(sdl: string): Graph[] {
  // A description or an address may contain braces.
  const [block] = /^enum join__Graph\b(?:"(?:[^"\\\n]|\\.)*"|[^"}])*\}/m.exec(sdl) ?? [];
  const [definition] = block === undefined ? [] : parse(block, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.ENUM_TYPE_DEFINITION) return [];
  return (definition.values ?? [])
    .map((value) => {
      const said = value.directives?.find(({ name }) => name.value === 'join__graph');
      const given = (name: string): string | undefined => said && textArgument(said, name);
      return { name: given('name') ?? value.name.value, url: given('url') ?? '' };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Where the subgraphs of the first supergraph run. Throws `ConfigFault` if one has no address, or if a variable names a subgraph that is
 * not there or that it does not fit.
 */
export function placesAtStart(sdl: string, config: Places): Place[] {
  checkKnown(readGraphs(sdl, config), config);
  const places = placesOf(sdl, config);
  checkFits(places, config);
  return places;
}

/**
 * Where the subgraphs of a supergraph run. A subgraph is an OS of this house only if the configuration says so, never by its name:
 * a foreign supergraph may have a subgraph called "assets". Throws `ConfigFault` if one has no address. Variables may name more: an OS
 * leaves the supergraph before its address is removed.
 */
export function placesOf(sdl: string, config: Places): Place[] {
  const { subgraphUrls, ownSubgraphs, apart } = config;
  const graphs = readGraphs(sdl, config);
  const places = graphs.map(({ name, url }): Place => {
    const isOwn = ownSubgraphs === null || ownSubgraphs.includes(name);
    const configured = Object.hasOwn(subgraphUrls, name) ? (subgraphUrls[name] ?? null) : null;
    return { name, isOwn, url: configured ?? (isOwn ? null : url) };
  });
  const missing = places.filter(({ isOwn, url }) => isOwn && url === null && apart);
  if (missing.length > 0)
    throw new ConfigFault(
      `SUBGRAPH_URLS: must also name ${quoted(missing)}, which the supergraph has; with --apart no OS runs here`,
    );
  const lost = places.filter(({ isOwn, url }) => !isOwn && !isAddress(url ?? ''));
  if (lost.length > 0)
    throw new ConfigFault(
      `SUBGRAPH_URLS: must name ${quoted(lost)}: the supergraph has no http:// address of it in @join__graph(url:), and OWN_SUBGRAPHS does not name it as an OS of this house`,
    );
  return places;
}

/** Throws `ConfigFault` if a variable does not fit the subgraphs that it names. */
function checkFits(places: readonly Place[], config: Places): void {
  const { headerRules, issuer } = config;
  const own = places.filter(({ isOwn }) => isOwn);
  const ruled = own.filter(({ name }) => Object.hasOwn(headerRules.subgraphs, name));
  if (ruled.length > 0)
    throw new ConfigFault(
      `HEADER_RULES: names ${quoted(ruled)}; rules are for foreign subgraphs, not for OSes of this house`,
    );
  // Its subjects would be actors of this house, with the rights of whoever has the same id.
  if (issuer !== null && own.length > 0)
    throw new ConfigFault(
      `JWKS_URL: the supergraph has ${quoted(own)} of this house, whose actors come from its identity; leave JWKS_URL out`,
    );
}

/** Throws `ConfigFault` if a variable names a subgraph that the supergraph does not have. */
function checkKnown(graphs: readonly Graph[], config: Places): void {
  const { subgraphUrls, subscriptionUrls, ownSubgraphs, headerRules } = config;
  const named = {
    SUBGRAPH_URLS: Object.keys(subgraphUrls),
    SUBSCRIPTION_URLS: Object.keys(subscriptionUrls),
    OWN_SUBGRAPHS: ownSubgraphs ?? [],
    HEADER_RULES: Object.keys(headerRules.subgraphs),
  };
  for (const [variable, names] of Object.entries(named)) {
    const unknown = names.filter((name) => !graphs.some((graph) => graph.name === name));
    if (unknown.length > 0)
      throw new ConfigFault(
        `${variable}: names ${unknown.map((name) => `"${name}"`).join(', ')}, and the supergraph has only ${graphs.map(({ name }) => name).join(', ')}`,
      );
  }
}

function readGraphs(sdl: string, { supergraphPath }: Places): Graph[] {
  let graphs: Graph[] = [];
  try {
    graphs = graphsIn(sdl);
  } catch (error) {
    throw new ConfigFault(`SUPERGRAPH: ${supergraphPath} is no supergraph: ${(error as Error).message}`);
  }
  if (graphs.length === 0)
    throw new ConfigFault(
      `SUPERGRAPH: ${supergraphPath} is no Federation 2 supergraph: it has no enum join__Graph with its subgraphs`,
    );
  return graphs;
}

function isAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function quoted(places: readonly Place[]): string {
  return places.map(({ name }) => `"${name}"`).join(', ');
}
