import { readFile } from 'node:fs/promises';
import { Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import { Catalog } from './catalog.type.ts';

/** Printed with the other contracts, so it never lists an OS that this build does not have. */
const file = new URL('../../../schema/catalog.json', import.meta.url);

let printed: Promise<Catalog> | undefined;

@Resolver()
export class CatalogResolver {
  @Reads('public')
  @Query(() => Catalog, {
    description: 'The contents of the graph: its systems with their roots, permissions, facts and examples.',
  })
  catalog(): Promise<Catalog> {
    printed ??= readFile(file, 'utf8').then((text) => JSON.parse(text) as Catalog);
    return printed;
  }
}
