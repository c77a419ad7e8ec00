import 'reflect-metadata';
import { Args, Ctx, Directive, Field, FieldResolver, InterfaceType, ObjectType, Resolver, Root } from 'type-graphql';
import { Restricted } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import type { AnyClass } from './any-class.ts';
import type { ForeignEntities } from './entities.ts';
import { argumentsClass, givenOf } from './input.ts';
import type { FieldMap, FieldSpec } from './field.ts';

/** An object type, and the resolver class of its computed fields. */
export interface BuiltType {
  type: AnyClass;
  resolvers: AnyClass[];
}

/** The type of a root field's answer, for its decorator. */
export function answerOf(
  spec: FieldSpec,
  entities: ForeignEntities,
): { type: () => never; options: { nullable: boolean } } {
  prepare(spec, entities);
  return { type: typeIn(spec, entities), options: { nullable: spec.nullable ?? false } };
}

interface TypeOptions {
  name: string;
  description?: string | undefined;
  entities: ForeignEntities;
  /** The class that becomes the type; a new one if absent. */
  type?: AnyClass;
  /** An interface that the type implements. */
  implements?: AnyClass | undefined;
}

/** Builds the GraphQL object type of these fields. */
export function objectType(
  fields: FieldMap,
  { name, description, entities, type: Type = class {}, implements: of }: TypeOptions,
): BuiltType {
  ObjectType(name, { ...(description === undefined ? {} : { description }), ...(of ? { implements: of } : {}) })(Type);
  for (const [field, { spec }] of Object.entries(fields)) {
    if (spec.resolve) continue;
    declareField(Type.prototype as object, field, spec, entities, Field);
    if (spec.restricted)
      Restricted(spec.restricted.audience, spec.restricted.allowed as never)(Type.prototype as object, field);
  }
  return { type: Type, resolvers: [resolverOf(fields, Type, entities)] };
}

/** Builds the GraphQL interface of these fields; each type that implements it resolves them itself. */
export function interfaceType(
  fields: FieldMap,
  { name, description = '', entities, type: Type = class {} }: TypeOptions,
  resolveType: (value: unknown) => AnyClass | undefined,
): AnyClass {
  InterfaceType(name, { description, resolveType: resolveType as never })(Type);
  for (const [field, { spec }] of Object.entries(fields))
    declareField(Type.prototype as object, field, spec, entities, Field);
  return Type;
}

/** The same fields for a type that is built elsewhere: a column becomes a function that returns the property of its name. */
export function computed(fields: FieldMap): FieldMap {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      field.spec.resolve ? field : field.from((row) => (row as Record<string, unknown>)[name]),
    ]),
  );
}

/** Builds the resolver class that adds the computed fields among these to a type. */
export function resolverOf(fields: FieldMap, type: AnyClass, entities: ForeignEntities): AnyClass {
  class Fields {}
  const target = Fields.prototype as object;
  for (const [field, { spec }] of Object.entries(fields)) {
    const { resolve, args, restricted } = spec;
    if (!resolve) continue;
    const declared = typeof args === 'object' ? args : null;
    const method = (row: never, context: Context, given: never): unknown =>
      resolve(row, context, declared ? (givenOf(declared, given, []) as never) : given);
    Object.defineProperty(target, field, { value: method, writable: true, configurable: true });
    Root()(target, field, 0);
    Ctx()(target, field, 1);
    const Arguments = declared ? argumentsClass(declared) : null;
    if (args) Args((Arguments ? () => Arguments : args) as never)(target, field, 2);
    declareField(target, field, spec, entities, FieldResolver);
    if (restricted) Restricted(restricted.audience, restricted.allowed as never, spec.refersBy)(target, field);
  }
  Resolver(() => type as never)(Fields);
  return Fields;
}

type FieldDecorator = (
  type: () => never,
  options: { nullable: boolean; description?: string },
) => (target: object, name: string, descriptor?: PropertyDescriptor) => void;

function declareField(
  target: object,
  name: string,
  spec: FieldSpec,
  entities: ForeignEntities,
  decorator: FieldDecorator | typeof FieldResolver | typeof Field,
): void {
  prepare(spec, entities);
  const options = {
    nullable: spec.nullable ?? false,
    ...(spec.description === undefined ? {} : { description: spec.description }),
  };
  const descriptor = Object.getOwnPropertyDescriptor(target, name);
  (decorator as FieldDecorator)(typeIn(spec, entities), options)(target, name, descriptor);
  if (spec.atMost !== undefined) Directive(`@listSize(assumedSize: ${spec.atMost})`)(target, name);
  if (spec.dependsOn) Directive(`@tag(name: "${spec.dependsOn}")`)(target, name);
  if (spec.cost !== undefined) Directive(`@cost(weight: ${spec.cost})`)(target, name);
}

/** Builds the classes that the field refers to, before TypeGraphQL collects all classes. */
function prepare(spec: FieldSpec, entities: ForeignEntities): void {
  if (spec.foreign) entities.of(spec.foreign);
  if (spec.value) entities.make(spec.value);
}

function typeIn(spec: FieldSpec, entities: ForeignEntities): () => never {
  return () => (spec.list ? [spec.type(entities)] : spec.type(entities)) as never;
}
