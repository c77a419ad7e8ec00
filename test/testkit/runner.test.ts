import 'reflect-metadata';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { GraphQLSchema, graphql } from 'graphql';
import { Arg, Field, ID, ObjectType, Query, Resolver, buildSchemaSync } from 'type-graphql';
import { expect, test } from 'vitest';

@ObjectType('Thing')
class ThingType {
  @Field(() => ID) id!: string;
  @Field(() => [String]) words!: string[];
}

@Resolver(() => ThingType)
class ThingResolver {
  @Query(() => ThingType)
  thing(@Arg('id', () => ID) id: string): ThingType {
    return { id, words: ['one', 'two'] };
  }
}

test('decorators build a schema without metadata, on our copy of graphql', async () => {
  expect(Reflect.hasMetadata('design:type', ThingType.prototype, 'id')).toBe(false);
  const schema = buildSchemaSync({ resolvers: [ThingResolver], validate: false });
  expect(schema).toBeInstanceOf(GraphQLSchema);
  const answer = await graphql({ schema, source: '{ thing(id: "t_1") { id words } }' });
  expect(answer).toEqual({ data: { thing: { id: 't_1', words: ['one', 'two'] } } });
});

test('class fields without a value are not defined, so that an ORM can fill them', () => {
  expect(Object.keys(new ThingType())).toEqual([]);
});

test('a test starts a worker thread from a TypeScript file', async () => {
  const worker = new Worker(new URL('./fixtures/worker.ts', import.meta.url), { workerData: { left: 2, right: 3 } });
  expect(await once(worker, 'message')).toEqual([5]);
  await worker.terminate();
});

test('tests run on the Node of the project', () => {
  expect(process.versions.node.split('.')[0]).toBe('24');
});
