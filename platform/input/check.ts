import { validate } from 'class-validator';
import { getMetadataStorage } from 'type-graphql';
import { Invalid, type Issue } from '../errors/errors.ts';
import { issuesOf } from '../errors/format.ts';
import { checkedAtMost, inputDepthAtMost } from '../scalars/nesting.ts';
import { unstorable } from '../scalars/text.ts';

const lineChecked = new WeakMap<object, string>();

/**
 * Exempts an input whose service checks it line by line, reports the invalid lines and imports the others. `reason` is one
 * sentence.
 */
export function LineChecked(reason: string): ClassDecorator {
  return (target) => void lineChecked.set(target, reason);
}

/** Why the fields of this input need no limits; `null` if they need them. */
export function lineCheckedReason(type: object): string | null {
  return lineChecked.get(type) ?? null;
}

/**
 * Checks an argument and everything in it by the limits of its classes. Throws INVALID with the path of each invalid field. Nested inputs
 * are always checked: a declared limit must not depend on a second decorator elsewhere.
 */
export async function checkInput(value: unknown, type: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  const name = typeof type === 'function' ? type.name : '';
  const first = name.endsWith('Input') ? ['input'] : name.endsWith('Filter') ? ['filter'] : [];
  const issues: Issue[] = [];
  await check(value, first, issues, { left: checkedAtMost });
  if (issues.length > 0) throw Invalid.of(issues);
}

async function check(value: object, path: string[], issues: Issue[], count: { left: number }): Promise<void> {
  if (path.length > inputDepthAtMost)
    throw new Invalid(`An input is at most ${inputDepthAtMost} levels deep.`, { path });
  if (lineChecked.has(value.constructor)) return;
  count.left -= 1;
  if (count.left < 0) throw new Invalid(`An input holds at most ${checkedAtMost} lists and objects.`, { path });
  if (!isPlain(value)) {
    const errors = await validate(value, { skipMissingProperties: true, forbidUnknownValues: false });
    issues.push(...issuesOf(errors, path));
  }
  for (const [name, inner] of Object.entries(value)) {
    const here = [...path, name];
    if (typeof inner === 'string') {
      if (unstorable(inner)) issues.push({ path: here, code: 'invalid_text', message: unstorableSentence(name) });
    } else if (typeof inner === 'object' && inner !== null && !(inner instanceof Date))
      await check(inner, here, issues, count);
    if (unstorable(name)) issues.push({ path, code: 'invalid_text', message: unstorableSentence('A name') });
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function unstorableSentence(what: string): string {
  return `${what} holds a character that no database stores: U+0000, or half of a surrogate pair.`;
}

/** Checks the arguments of a subscription. TypeGraphQL checks them only at the first event, after the stream was opened with them. */
export async function checkStreamArguments(name: string, args: Record<string, unknown>): Promise<void> {
  const declared = getMetadataStorage().subscriptions.find(({ schemaName }) => schemaName === name);
  for (const parameter of declared?.params ?? []) {
    if (parameter.kind !== 'arg' && parameter.kind !== 'args') continue;
    const type = parameter.getType();
    const value = parameter.kind === 'arg' ? args[parameter.name] : args;
    await checkInput(instanceOf(type, value), type);
  }
}

/** Converts a value to an instance of its input class, as TypeGraphQL does for other root fields. */
function instanceOf(type: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => instanceOf(type, each));
  const storage = getMetadataStorage();
  const classes = [...storage.inputTypes, ...storage.argumentTypes];
  const known = typeof type === 'function' && classes.find(({ target }) => target === type);
  if (!known || typeof value !== 'object' || value === null) return value;
  const instance = Object.create(known.target.prototype as object) as Record<string, unknown>;
  for (const [name, inner] of Object.entries(value)) {
    const field = storage.fields.find((each) => each.target === known.target && each.name === name);
    instance[name] = field ? instanceOf(field.getType(), inner) : inner;
  }
  return instance;
}
