import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context/context.ts';
import type { Audience, RestrictedAudience } from './audience.ts';
import type { FactType } from '../facts/fact.ts';

/**
 * Who may use a root field: `public` everybody, `signedIn` every signed-in actor, `self` signed-in actors, for their own data only
 * (its queries answer null to anonymous callers), `router` the gateway alone, or the name of a permission of the OS.
 */
export type Access = 'public' | 'signedIn' | 'self' | 'router' | (string & {});

/** The facts that a mutation emits, or why it emits none. */
export type Tells = { facts: readonly FactType[] } | { silent: string };

export interface RootDeclaration {
  kind: 'Query' | 'Mutation' | 'Subscription';
  name: string;
  access: Access;
  tells?: Tells;
  /** Who gets the same events of a stream. */
  audience?: Audience;
}

export interface FieldDeclaration {
  name: string;
  audience: RestrictedAudience;
  /** The property of the row that it shows: its own name unless it refers to an entity by another one. */
  property: string;
  /** Whether this viewer may see the field; otherwise it answers null. */
  allowed: (root: never, context: Context) => boolean | Promise<boolean>;
}

const roots = new WeakMap<object, Map<string, RootDeclaration>>();
const fields = new WeakMap<object, Map<string, FieldDeclaration>>();

function remember<D extends { name: string }>(
  map: WeakMap<object, Map<string, D>>,
  target: object,
  declaration: D,
): void {
  const own = map.get(target) ?? new Map<string, D>();
  own.set(declaration.name, declaration);
  map.set(target, own);
}

/** Declares a query; the method has the root field's name. */
export function Reads(access: Access): MethodDecorator {
  return (target, name) => remember(roots, target, { kind: 'Query', name: String(name), access });
}

/** Declares a mutation and the facts it emits, or why it emits none. The method returns `run(…)`. */
export function Writes(access: Access, tells: Tells): MethodDecorator {
  return (target, name) => remember(roots, target, { kind: 'Mutation', name: String(name), access, tells });
}

/**
 * Declares a subscription. `audience` says on whom its events depend: everybody gets the same, equal rights get the same, or
 * they depend on the viewer, which is the default for every stream that is not public. A stream with the audience `public` or
 * `visible` is open to everybody, since the gateway opens it for all viewers together.
 */
export function Streams(access: Access, audience: Audience = access === 'public' ? 'public' : 'self'): MethodDecorator {
  return (target, name) => remember(roots, target, { kind: 'Subscription', name: String(name), access, audience });
}

/**
 * Restricts a field. `role`: a permission decides, so viewers with equal rights see the same. `self`: it depends on the viewer,
 * so no answer that selects it is ever shared between viewers. Goes on a method of an object type or resolver, or on a property
 * of an object type; the field must be nullable.
 */
export function Restricted<R>(
  audience: RestrictedAudience,
  allowed: (root: R, context: Context) => boolean | Promise<boolean>,
  property?: string,
): MethodDecorator & PropertyDecorator {
  return (target: object, name: string | symbol) =>
    remember(fields, target, { name: String(name), audience, property: property ?? String(name), allowed });
}

/** `Query.asset`. */
export function coordinateOf({ kind, name }: Pick<RootDeclaration, 'kind' | 'name'>): string {
  return `${kind}.${name}`;
}

export function rootsOf(resolver: abstract new (...args: never[]) => unknown): RootDeclaration[] {
  return [...(roots.get(resolver.prototype as object)?.values() ?? [])];
}

export function restrictionsOf(type: abstract new (...args: never[]) => unknown): FieldDeclaration[] {
  return [...(fields.get(type.prototype as object)?.values() ?? [])];
}

export type FieldResolver = (
  root: unknown,
  args: Record<string, unknown>,
  context: Context,
  info: GraphQLResolveInfo,
) => unknown;
