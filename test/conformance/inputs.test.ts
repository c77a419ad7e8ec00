import { getMetadataStorage as limitsStorage } from 'class-validator';
import { describe, expect, test } from 'vitest';
import { GraphQLScalarType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { lineCheckedReason } from '../../platform/input/check.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { inputTypes } from './house.ts';

/** Inputs whose fields have no limits, with the reason that the class also gives the platform. */
const lineChecked = new Set(['AssetImportLineInput', 'UserInviteLineInput']);

for (const os of subgraphs) buildSubgraph(os);
const storage = getMetadataStorage();
// The storage has every class loaded in this process, including fixtures of other tests.
const printed = new Set(subgraphs.flatMap((os) => inputTypes(os).map(({ name }) => name)));
const resolvers = new Set<unknown>(subgraphs.flatMap((os) => buildSubgraph(os).resolvers));
const roots = [...storage.queries, ...storage.mutations].filter(({ target }) => resolvers.has(target));
const others = [...storage.subscriptions, ...storage.fieldResolvers].filter(({ target }) => resolvers.has(target));
const taken = new Set<unknown>(
  [...roots, ...others].flatMap(({ params = [] }) =>
    params.flatMap((param) => (param.kind === 'args' ? [param.getType()] : [])),
  ),
);
const classes = [
  ...storage.inputTypes.filter(({ name }) => printed.has(name)),
  ...storage.argumentTypes.filter(({ target }) => taken.has(target)),
].map(({ target, name }) => ({ target, name }));

/** The names of a property's constraints: `maxLength`, `isLength`, `arrayMaxSize`. */
function limitsOn(target: object, property: string): string[] {
  return limitsStorage()
    .getTargetValidationMetadatas(target as never, '', false, false)
    .filter(({ propertyName }) => propertyName === property)
    .map(({ name, type, each }) => `${each ? 'each ' : ''}${name ?? type}`);
}

const boundsText = ['maxLength', 'isLength', 'isIn', 'matches'];
const textual = (type: unknown): boolean =>
  type === String ||
  (type instanceof GraphQLScalarType && ['ID', 'String', 'Decimal', 'BigInt', 'Currency', 'Date'].includes(type.name));

/** The fields of a class and its superclasses. */
function fieldsOf(target: object): typeof storage.fields {
  const line: object[] = [];
  for (
    let each: unknown = target;
    typeof each === 'function' && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  )
    line.push(each);
  return storage.fields.filter((field) => line.includes(field.target as object));
}

test.each([...lineChecked])('%s is checked per line, and says why', (name) => {
  const found = classes.find((each) => each.name === name);
  expect(found && lineCheckedReason(found.target)).toMatch(/^[A-Z].{30,}\.$/);
});

const limited = classes.filter(({ name, target }) => !lineChecked.has(name) && fieldsOf(target).length > 0);
describe.each(limited.map((each) => [each.name, each] as const))('%s', (name, { target }) => {
  const fields = fieldsOf(target);

  test('has a limit for every text and list', () => {
    expect(lineCheckedReason(target)).toBeNull();
    const unlimited: string[] = [];
    for (const field of fields) {
      const limits = limitsOn(target, field.name);
      const isList = field.typeOptions.array === true;
      const type: unknown = field.getType();
      if (isList && !limits.includes('arrayMaxSize'))
        unlimited.push(`${name}.${field.name} is a list without @ArrayMaxSize`);
      const wanted = boundsText.map((limit) => (isList ? `each ${limit}` : limit));
      if (textual(type) && !wanted.some((limit) => limits.includes(limit)))
        unlimited.push(`${name}.${field.name} is a text without @MaxLength (it has ${limits.join(', ') || 'nothing'})`);
    }
    expect(unlimited).toEqual([]);
  });
});

test('an argument of a root field is an id or an input, which have limits', () => {
  const bare = roots.flatMap((root) =>
    (root.params ?? []).flatMap((param) =>
      param.kind === 'arg' && param.getType() === String ? [`${root.schemaName}(${param.name}:)`] : [],
    ),
  );
  // Only routers may use it, and a key that is too long is simply unknown.
  expect(bare).toEqual(['actorSnapshotByKey(key:)']);
});
