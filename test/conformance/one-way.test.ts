import { Kind } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { readNames } from '../../schema/names.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { inputTypes, outputTypes, read, rootsOf, upperFirst } from './house.ts';

/**
 * The type that a mutation changes, if its name does not say it. Bids that are taken back are hidden ones. Two requests answer the
 * same for every address, so they return nothing.
 */
const changed = new Map([
  ['bidRetract', 'ViewerBid'],
  ['emailChange', 'Viewer'],
  ['emailChangeStop', 'User'],
  ['emailConfirm', 'User'],
  ['emailConfirmationRequest', 'Viewer'],
  ['passwordChange', 'Viewer'],
  ['passwordReset', 'Viewer'],
  ['passwordResetRequest', 'Boolean'],
  ['platformRoleSet', 'Actor'],
  ['userInvite', 'UserInviteLine'],
  ['userSignUp', 'Boolean'],
]);

/** Words for which the graph uses another word. */
const otherWord = new Map([
  ['canceled', 'cancelled'],
  ['fromId', 'senderId'],
  ['toId', 'receiverId'],
  ['medium', 'materials, or media'],
]);

const types = new Set(
  (await readNames()).filter(({ kind }) => ['entity', 'interface', 'type'].includes(kind)).map(({ name }) => name),
);

describe.each(subgraphs.map((os) => [os.name, os] as const))('%s', (_name, os) => {
  const outputs = outputTypes(os);
  const fields = [...outputs, ...inputTypes(os)].flatMap((type) =>
    type.fields.map((field) => ({ type, field, coordinate: `${type.name}.${field.name.value}` })),
  );

  test('an ID argument takes an id, not words, names or addresses', () => {
    const prose = fields.filter(
      ({ field }) =>
        read(field.type).name === 'ID' &&
        /\bwords?\b|\bnames? of\b|\baddress(es)?\b/.test(field.description?.value ?? ''),
    );
    expect(prose.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  test('one term for each concept', () => {
    const values = buildSubgraph(os).document.definitions.flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION ? (definition.values ?? []).map(({ name }) => name.value) : [],
    );
    const used = new Set([
      ...fields.map(({ field }) => field.name.value),
      ...values.map((value) => value.toLowerCase()),
    ]);
    for (const [word, better] of otherWord) expect(used.has(word), `${word}: say ${better}`).toBe(false);
  });

  test('archiving is a separate mutation, not a flag of an update', () => {
    const flags = inputTypes(os).flatMap((input) =>
      input.fields.filter(({ name }) => name.value === 'archived').map(() => input.name),
    );
    expect(flags).toEqual([]);
  });

  test('a payload contains the object of its mutation', () => {
    const wrong: string[] = [];
    for (const { name, field } of rootsOf('Mutation').filter((root) => root.os === os)) {
      const words = upperFirst(name).match(/[A-Z][a-z0-9]*/g) ?? [];
      const own = words.map((_word, n) => words.slice(0, words.length - n).join('')).find((each) => types.has(each));
      const noun = changed.get(name) ?? own;
      const payload = outputs.find((type) => type.name === read(field.type).name);
      const held = payload?.fields.map((each) => read(each.type).name) ?? [];
      if (noun === undefined || !held.includes(noun)) wrong.push(`${name}: ${noun} in ${held.join(', ')}`);
    }
    expect(wrong).toEqual([]);
  });

  test('filters have one form: an input of operators for each field', () => {
    for (const input of inputTypes(os).filter(({ name }) => name.endsWith('Filter'))) {
      const operators = new Set(['and', 'or', 'not']);
      const isOperators = input.fields.every(({ type }) => !read(type).name.endsWith('Filter'));
      const names = input.fields.filter(({ name }) => !operators.has(name.value));
      if (isOperators) {
        // `eq`, `in`, `within`: an operator is not the plural of a field.
        expect(
          names.map(({ name }) => name.value).filter((name) => /Ids$|s$/.test(name) && name !== 'contains'),
          input.name,
        ).toEqual([]);
        continue;
      }
      for (const field of names) expect(read(field.type).name, `${input.name}.${field.name.value}`).toMatch(/Filter$/);
    }
  });
});
