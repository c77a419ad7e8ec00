import { isListType, isNonNullType, isCompositeType, isObjectType, type GraphQLSchema } from 'graphql';
import type { FieldResolver } from '../access/declare.ts';
import type { ActorSnapshot } from '../context/actor.ts';
import type { Context } from '../context/context.ts';
import { LimitExceeded } from '../errors/errors.ts';

/**
 * Maximum number of objects in the lists of one response of an OS, whatever was estimated: an object with its row takes about a kilobyte
 * of memory. The gateway counts the same over all responses of an operation.
 */
export const objectsAtMost = { anonymous: 40_000, signedIn: 120_000, analyst: 250_000 } as const;

export function objectsFor(actor: ActorSnapshot): number {
  if (actor.id === null) return objectsAtMost.anonymous;
  return actor.kind === 'SERVICE' || actor.platformRoles.length > 0 ? objectsAtMost.analyst : objectsAtMost.signedIn;
}

const counted = new WeakMap<Context, number>();

/**
 * Counts the objects in the lists of a response and fails when there are too many: nested lists multiply within one response, where the
 * gateway cannot see them. The list that exceeds the limit is refused before its items are resolved.
 */
export function countLists(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const inner = isNonNullType(field.type) ? field.type.ofType : field.type;
      if (!isListType(inner)) continue;
      const item = isNonNullType(inner.ofType) ? inner.ofType.ofType : inner.ofType;
      if (!isCompositeType(item)) continue;
      const resolve = (field.resolve ?? defaultOf(field.name)) as FieldResolver;
      const counting: FieldResolver = (root, args, context, info) => {
        const answer = resolve(root, args, context, info) as unknown;
        return answer instanceof Promise
          ? answer.then((list: unknown) => checked(context, list))
          : checked(context, answer);
      };
      field.resolve = counting as never;
    }
  }
}

function checked(context: Context, list: unknown): unknown {
  if (!Array.isArray(list) || context.system) return list;
  const found = (counted.get(context) ?? 0) + list.length;
  counted.set(context, found);
  const allowed = objectsFor(context.actor);
  if (found > allowed)
    throw new LimitExceeded(
      `More than ${allowed} objects in one answer: ask for smaller pages, or fewer lists inside lists.`,
      { limit: 'objects', allowed, found },
    );
  return list;
}

function defaultOf(name: string): FieldResolver {
  return ((root: Record<string, unknown>, args: unknown, context: unknown, info: unknown) => {
    const value = root[name];
    return typeof value === 'function'
      ? (value as (...given: unknown[]) => unknown).call(root, args, context, info)
      : value;
  }) as unknown as FieldResolver;
}
