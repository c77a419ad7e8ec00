import type { GraphClient } from '../graph/client.ts';
import type { Mapping } from './line.ts';
import type { Source } from './sources.ts';

export const categoriesQuery = /* GraphQL */ `
  query LoaderCategories($paths: [String!]!) {
    categories(filter: { path: { in: $paths } }, first: 100) {
      nodes {
        path
        archivedAt
      }
    }
  }
`;

interface Answer {
  categories: { nodes: { path: string; archivedAt: string | null }[] };
}

/**
 * The mapping of a source, reduced to categories that exist and are open in the graph: each universe has its own tree, and a work
 * without a category is better than none.
 */
export async function categorized(graph: GraphClient, { mapping, categories }: Source): Promise<Mapping> {
  const paths = [...new Set(Object.values(categories))];
  const { categories: found } = await graph.send<Answer>(categoriesQuery, { paths });
  const open = new Set(found.nodes.filter(({ archivedAt }) => archivedAt === null).map(({ path }) => path));
  return (record, number) => {
    const read = mapping(record, number);
    if ('fault' in read) return read;
    const path = categories[read.line.classification?.toLowerCase() ?? ''];
    return path !== undefined && open.has(path) ? { line: { ...read.line, category: path } } : read;
  };
}
