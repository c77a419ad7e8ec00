import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kind, parse, validate, type OperationDefinitionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashingEmbedder } from '../../platform/embeddings/hashing.ts';
import { examplesOf } from '../../schema/contracts.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { openWorld, type World } from '../testkit/world.ts';

const { schema } = registrySupergraph();
const examples = (
  await Promise.all(
    subgraphs.map(async ({ name }) => (await examplesOf(name)).map((example) => ({ os: name, ...example }))),
  )
).flat();
const operations = examples.map((example) => {
  const definitions = parse(example.operation).definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  return { ...example, definitions, kind: definitions[0]?.operation };
});
const variablesOf = (text: string | null) => (text === null ? {} : (JSON.parse(text) as Record<string, unknown>));

/** The codes after `Errors:` in the descriptions of an operation's root fields. */
function errorsOf(operation: OperationDefinitionNode | undefined): string[] {
  const type = operation && schema.getRootType(operation.operation);
  return (operation?.selectionSet.selections ?? []).flatMap((field) => {
    const description = field.kind === Kind.FIELD ? type?.getFields()[field.name.value]?.description : null;
    return description?.split('Errors:')[1]?.match(/\b[A-Z][A-Z_]+\b/g) ?? [];
  });
}

let world: World;
beforeAll(async () => {
  world = await openWorld({ embedder: hashingEmbedder() });
});
afterAll(() => world.close());

test('every root field is used in at least one operation', () => {
  const used = new Set(
    operations.flatMap(({ definitions }) =>
      definitions.flatMap(({ operation, selectionSet }) =>
        selectionSet.selections.flatMap((field) =>
          field.kind === Kind.FIELD ? [`${operation} ${field.name.value}`] : [],
        ),
      ),
    ),
  );
  const roots = (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
    const type =
      operation === 'query'
        ? schema.getQueryType()
        : operation === 'mutation'
          ? schema.getMutationType()
          : schema.getSubscriptionType();
    return Object.keys(type?.getFields() ?? {}).map((name) => `${operation} ${name}`);
  });
  expect(roots.filter((root) => !used.has(root))).toEqual([]);
});

test('names are PascalCase and unique over the whole graph', () => {
  const names = examples.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z0-9]*$/);
});

test('every folder of operations belongs to an OS', () => {
  const folders = readdirSync(new URL('../../schema/operations/', import.meta.url));
  expect(folders.filter((folder) => !subgraphs.some(({ name }) => name === folder))).toEqual([]);
});

describe.each(operations.map((each) => [each.name, each] as const))('%s', (_name, example) => {
  test('is one valid operation with a description and matching variables', async () => {
    expect(example.definitions).toHaveLength(1);
    expect(validate(schema, parse(example.operation)).map(({ message }) => message)).toEqual([]);
    expect(example.description).toMatch(/^[A-Z].{8,}\.$/);
    const variables = variablesOf(example.variables);
    const declared = (example.definitions[0]?.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
    for (const name of Object.keys(variables)) expect(declared).toContain(name);
    // Invented ids may be missing here, as the root's description says; the variables are always valid.
    const person = example.public ? world.anonymous : await world.signUp({ organization: 'Museum' });
    if (example.kind === 'subscription') {
      const live = await person.subscribe(example.operation, variables);
      await live.close();
      return;
    }
    const { errors } = await person.answer(example.operation, variables);
    const told = errorsOf(example.definitions[0]);
    for (const { extensions, message } of errors) {
      expect(told, `${message} is an error that the description names`).toContain(extensions.code);
      expect(extensions.code, message).not.toBe('INVALID');
    }
  });
});

test.each(operations.filter((each) => each.public && each.kind === 'query').map((each) => [each.name, each] as const))(
  '%s runs as it is, without signing in',
  async (_name, example) => {
    await world.anonymous.ask(example.operation, variablesOf(example.variables));
  },
);

test.each(operations.filter((each) => each.kind === 'subscription').map((each) => [each.name, each] as const))(
  '%s starts',
  async (_name, example) => {
    const person = example.public ? world.anonymous : await world.signUp({ organization: 'Museum' });
    const live = await person.subscribe(example.operation, variablesOf(example.variables));
    // A refused one has ended by now: the refusal replaces the stream.
    expect(await Promise.race([live.ended(), sleep(100, 'goes on')])).toBe('goes on');
    await live.close();
  },
);
