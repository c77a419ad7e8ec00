import type { GraphQLSchema } from 'graphql';

const key = 'hiddenTypes';

/** The extensions of a schema without these object types of the graph. */
export function hiding(types: ReadonlySet<string>): Record<string, unknown> {
  return { [key]: types };
}

/** Whether the graph has an object type of this name that this schema does not have: to its clients such objects do not exist. */
export function isHidden({ extensions }: GraphQLSchema, type: string): boolean {
  return (extensions[key] as ReadonlySet<string> | undefined)?.has(type) ?? false;
}
