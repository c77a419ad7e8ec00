import { parse } from 'graphql';
import { ConfigFault } from '../../platform/config/fault.ts';
import type { GatewayConfig } from '../config.ts';
import { graphNames } from './notes.ts';

type Places = Pick<GatewayConfig, 'subgraphUrls' | 'apart'>;

/** The subgraphs of a supergraph by name. Reads only their enum, since parsing everything would delay the start. */
export function subgraphsIn(sdl: string): string[] {
  const [block] = /^enum join__Graph\s*\{[^}]*\}/m.exec(sdl) ?? [];
  return block === undefined ? [] : [...graphNames(parse(block)).values()].toSorted();
}

/** Throws `ConfigFault` if SUBGRAPH_URLS names a subgraph that the supergraph does not have. */
export function checkNamed(subgraphs: readonly string[], { subgraphUrls }: Places): void {
  const unknown = Object.keys(subgraphUrls).filter((name) => !subgraphs.includes(name));
  if (unknown.length > 0)
    throw new ConfigFault(
      `SUBGRAPH_URLS: names ${quoted(unknown)}, and the supergraph has only ${subgraphs.join(', ')}`,
    );
}

/** Throws `ConfigFault` if a gateway without OSes has no address of a subgraph. */
export function checkPlaced(subgraphs: readonly string[], { subgraphUrls, apart }: Places): void {
  const missing = apart ? subgraphs.filter((name) => !Object.hasOwn(subgraphUrls, name)) : [];
  if (missing.length > 0)
    throw new ConfigFault(
      `SUBGRAPH_URLS: must also name ${quoted(missing)}, which the supergraph has; with --apart no OS runs here`,
    );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
