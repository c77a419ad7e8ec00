import { GraphQLError } from 'graphql';
import type { RequiredPath } from '../planning/messages.ts';

type Path = readonly (string | number)[];

/**
 * Errors of fields that the plan fetches for a `@requires` under names of its own. The client gets each at the fields that require it,
 * which are null because of it.
 */
export function atRequiringFields(
  errors: readonly GraphQLError[],
  required: readonly RequiredPath[] | undefined,
): readonly GraphQLError[] {
  if (!required?.length) return errors;
  return errors.flatMap((error) => {
    const { path } = error;
    const paths = path && requiring(path, required);
    return paths ? paths.map((each) => moved(error, each)) : [error];
  });
}

/** The paths of the fields that require what is at a path; null if none does. */
export function requiring(path: Path, required: readonly RequiredPath[]): (string | number)[][] | null {
  const keys = path.filter((step) => typeof step === 'string');
  const found = new Map<string, (string | number)[]>();
  for (const { path: place, entity, fields } of required) {
    if (!place.every((key, n) => keys[n] === key)) continue;
    const above = entityAt(path, entity);
    for (const field of fields) {
      const own = [...above, field];
      // The field can itself be one that the plan fetches for another.
      for (const each of requiring(own, required) ?? [own]) found.set(each.join('.'), each);
    }
  }
  return found.size > 0 ? [...found.values()] : null;
}

/** The start of a path with this number of keys, and with the places in lists behind the last of them. */
function entityAt(path: Path, keys: number): Path {
  let left = keys;
  const end = path.findIndex((step) => typeof step === 'string' && (left -= 1) < 0);
  return end < 0 ? path : path.slice(0, end);
}

function moved(error: GraphQLError, path: Path): GraphQLError {
  return new GraphQLError(error.message, {
    path,
    extensions: error.extensions,
    originalError: error.originalError ?? null,
  });
}
