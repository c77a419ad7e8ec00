import { composeServices } from '@apollo/composition';
import { catalogue } from './catalogue.ts';
import { people } from './people.ts';
import { posts } from './posts.ts';
import { reviews } from './reviews.ts';
import { stock } from './stock.ts';
import { typeDefsOf, type System } from './system.ts';

/** The subgraphs of the benchmark: a supergraph that no gateway was tuned for. */
export const systems: readonly System[] = [people, posts, catalogue, stock, reviews];

/** Composes the supergraph with the subgraphs at these addresses. */
export function composeSystems(urls: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    systems.map((system) => ({ name: system.name, url: urls[system.name] ?? '', typeDefs: typeDefsOf(system) })),
  );
  if (!supergraphSdl) throw new Error(`The subgraphs do not compose: ${errors?.map(({ message }) => message).join()}`);
  return supergraphSdl;
}
