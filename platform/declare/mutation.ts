import 'reflect-metadata';
import { Length } from 'class-validator';
import { Arg, Ctx, Field, Mutation as GraphQLMutation, ObjectType, Resolver } from 'type-graphql';
import { Writes, type Access, type Tells } from '../access/declare.ts';
import { difference, type Changed } from '../change/difference.ts';
import { run, type Group, type Run, type RunOptions } from '../change/run.ts';
import type { Context, Transaction } from '../context/context.ts';
import { Conflict, NotFound } from '../errors/errors.ts';
import type { FactType } from '../facts/fact.ts';
import type { Row } from '../nouns/noun.ts';
import type { AnyClass } from './any-class.ts';
import type { Declared } from './declared.ts';
import type { ForeignEntities } from './entities.ts';
import { arg, givenOf, inputClass, type Argument, type ArgumentMap, type Given } from './input.ts';
import type { OpenInterface } from './open-interface.ts';
import type { DeclaredNoun } from './noun.ts';
import { objectType } from './object-type.ts';
import { OutputFields, type FieldMap, type ValuesOf } from './output.ts';

type TellsOptions = { tells: readonly FactType[]; silent?: never } | { silent: string; tells?: never };

interface Common<I extends ArgumentMap> {
  /** A permission of the OS, or `signedIn`, `public`, `self`. */
  access: Access;
  /** The effect, and the effect of repeating it. */
  description: string;
  /** Codes of the errors, with the cases that are not self-evident: `NOT_FOUND, CONFLICT for what is on sale`. */
  errors: string;
  input?: I;
  inputDescription?: string;
}

/** What a mutation answers: a row of a noun, optionally with a more specific description, or its own fields. */
type Answers<T extends Row> = DeclaredNoun<T> | readonly [noun: DeclaredNoun<T>, description: string];

interface RowAnswer<T extends Row> {
  answers: Answers<T>;
  /**
   * Adds an `idempotencyKey` to the input: a repeated call answers the row that the first one made. For mutations that create
   * something, which a retry would create twice.
   */
  idempotent?: boolean;
}

interface FieldsAnswer<F extends FieldMap> {
  payload: (f: OutputFields<Record<string, unknown>>) => F;
  /** The interface that the payload implements; `payload` has its fields. */
  implements?: OpenInterface;
  /** Adds an `idempotencyKey` to the input, for a mutation whose answer is not one row. */
  idempotent?: {
    /** What a repeated call answers again, such as `outcome`. */
    same: string;
    /** Whether each call must have a key. */
    isRequired?: boolean;
    /** The value stored beside the key; `again` makes the answer from it. */
    resultId: (result: ValuesOf<F>) => string;
    again: (context: Context, resultId: string) => Promise<ValuesOf<F>>;
  };
}

interface Method {
  name: string;
  options: Common<ArgumentMap> & TellsOptions;
  answer: RowAnswer<Row> | FieldsAnswer<FieldMap>;
  input: ArgumentMap;
  group?: (given: never, context: Context) => Group;
  /** Maps the input values to the work of the transaction. */
  work: (given: never, context: Context) => Promise<(tx: Transaction) => Promise<unknown>>;
}

const idempotencyKey = 'idempotencyKey';

function declare(method: Method): Declared {
  return { name: method.name, build: (entities) => buildMutation(method, entities) };
}

function buildMutation({ name, options, answer, input, group, work }: Method, entities: ForeignEntities): AnyClass[] {
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  const row = 'answers' in answer ? rowOf(answer.answers) : null;
  const again = row ? againRow(answer as RowAnswer<Row>, row.noun) : (answer as FieldsAnswer<FieldMap>).idempotent;
  const fields: ArgumentMap = again ? { ...input, [idempotencyKey]: keyOf(again) } : input;
  // A mutation without fields has no argument: GraphQL does not allow empty inputs.
  const takesInput = Object.keys(fields).length > 0;
  const Input = takesInput ? inputClass(`${type}Input`, fields, options.inputDescription) : null;
  const payload = row ? rowPayload(`${type}Payload`, row) : fieldsPayload(`${type}Payload`, answer as never, entities);
  const method = async (raw: Readonly<Record<string, unknown>>, context: Context): Promise<Run<unknown>> => {
    const given = givenOf(fields, raw) as never;
    const done = await work(given, context);
    const key = raw[idempotencyKey] as string | null | undefined;
    const settings: RunOptions<unknown> = {
      ...(group ? { group: group(given, context) } : {}),
      ...(again && key
        ? { idempotent: { key, input: raw, resultId: again.resultId as never, again: again.again } }
        : {}),
    };
    return run(row ? async (tx) => ({ [row.noun.field]: await done(tx) }) : done, settings);
  };
  class MutationField {}
  const target = MutationField.prototype as object;
  const value = Input ? method : (context: Context) => method({}, context);
  const descriptor = { value, writable: true, configurable: true };
  Object.defineProperty(target, name, descriptor);
  if (Input) Arg('input', () => Input)(target, name, 0);
  Ctx()(target, name, Input ? 1 : 0);
  const tells: Tells = options.tells ? { facts: options.tells } : { silent: options.silent };
  Writes(options.access, tells)(target, name, descriptor);
  GraphQLMutation(() => payload.type as never, { description: `${options.description} Errors: ${options.errors}.` })(
    target,
    name,
    descriptor,
  );
  Resolver()(MutationField);
  return [MutationField, ...payload.resolvers];
}

type Again = NonNullable<FieldsAnswer<FieldMap>['idempotent']>;

/** How a repeated call answers the row that the first one made. */
function againRow({ idempotent = false }: RowAnswer<Row>, noun: DeclaredNoun<Row>): Again | undefined {
  if (!idempotent) return undefined;
  const { field } = noun;
  const [word] = noun.words;
  return {
    same: word,
    resultId: (result) => ((result as Record<string, Row>)[field] as Row).id,
    async again(context, id) {
      const known = await noun.load(context, id);
      if (!known) throw new NotFound(`The ${word} made with this key can no longer be seen.`);
      return { [field]: known } as never;
    },
  };
}

function keyOf({ same, isRequired = false }: Again): Argument<unknown> {
  const description = `Makes a retry answer the same ${same}; unique per actor, kept seven days.`;
  const key = arg.text(description, { max: 200 }).check(Length(1, 200));
  return isRequired ? key : key.optional();
}

function rowOf(answers: Answers<Row>): { noun: DeclaredNoun<Row>; description: string | null } {
  return 'load' in answers ? { noun: answers, description: null } : { noun: answers[0], description: answers[1] };
}

function rowPayload(
  name: string,
  { noun, description }: { noun: DeclaredNoun<Row>; description: string | null },
): { type: AnyClass; resolvers: AnyClass[] } {
  class Payload {}
  Field(() => noun.options.type() as never, description === null ? {} : { description })(Payload.prototype, noun.field);
  ObjectType(name)(Payload);
  return { type: Payload, resolvers: [] };
}

function fieldsPayload(
  name: string,
  { payload, implements: of }: FieldsAnswer<FieldMap>,
  entities: ForeignEntities,
): { type: AnyClass; resolvers: AnyClass[] } {
  if (of) entities.make(of);
  return objectType(payload(new OutputFields()), { name, entities, ...(of ? { implements: of.type } : {}) });
}

/** Declares a mutation that answers a row of a noun. `run` is its transaction and checks the permission with `tx.must`. */
export function mutation<T extends Row, const I extends ArgumentMap = Record<never, never>, X = void>(
  name: string,
  options: Common<I> &
    TellsOptions &
    RowAnswer<T> & {
      /** Slow work before the transaction, such as hashing. It also runs for a repeated idempotency key, so it must not refuse because of stored state. */
      prepare?: (given: Given<I>, context: Context) => X | Promise<X>;
      group?: (given: Given<I>, context: Context) => Group;
      run: (tx: Transaction, given: Given<I>, prepared: X) => T | Promise<T>;
    },
): Declared;
/** Declares a mutation that answers its own fields. */
export function mutation<F extends FieldMap, const I extends ArgumentMap = Record<never, never>, X = void>(
  name: string,
  options: Common<I> &
    TellsOptions &
    FieldsAnswer<F> & {
      prepare?: (given: Given<I>, context: Context) => X | Promise<X>;
      group?: (given: Given<I>, context: Context) => Group;
      run: (tx: Transaction, given: Given<I>, prepared: X) => ValuesOf<F> | Promise<ValuesOf<F>>;
    },
): Declared;
export function mutation(
  name: string,
  options: Common<ArgumentMap> &
    TellsOptions &
    (RowAnswer<Row> | FieldsAnswer<FieldMap>) & {
      prepare?: (given: never, context: Context) => unknown;
      group?: (given: never, context: Context) => Group;
      run: (tx: Transaction, given: never, prepared: never) => unknown;
    },
): Declared {
  const { prepare, group, run: change } = options;
  return declare({
    name,
    options,
    answer: options,
    input: options.input ?? {},
    ...(group ? { group } : {}),
    work: async (given, context) => {
      const prepared = (await prepare?.(given, context)) as never;
      return async (tx) => change(tx, given, prepared);
    },
  });
}

/** The field `ifVersion` of an input; `word` names the versioned thing, such as "lot". */
export function versionOf(word: string): Argument<number | undefined> {
  const description = `Refuses with CONFLICT if the ${word} has another version.`;
  return arg.int(description, { min: 1, max: 2_147_483_647 }).optional();
}

/** Refuses with CONFLICT if a row has another version than the input names. */
export function checkVersion(word: string, row: { version?: number }, ifVersion: number | undefined): void {
  if (ifVersion !== undefined && ifVersion !== row.version)
    throw new Conflict(
      `ifVersion: the ${word} is now at version ${row.version}. Read it again, and repeat the change.`,
      {
        path: ['input', 'ifVersion'],
      },
    );
}

interface OnRow<T extends Row, I extends ArgumentMap, D extends ArgumentMap> extends Common<I> {
  /** The description of the input field that names the row, such as "The lot to open." */
  target: string;
  /**
   * Fields of the row that the input can change. Absent fields stay unchanged. If no value differs and
   * nothing else is given, `run` is not called and the row is answered unchanged.
   */
  edits?: D;
  /** Adds `ifVersion` to the input; CONFLICT if the row has another version. */
  ifVersion?: boolean;
  /** Runs before the row is locked: for locks that must be taken first. */
  before?: (tx: Transaction) => Promise<void>;
  /** The row after the change; by default the one that was locked. */
  answers?: RowAnswer<T>['answers'];
}

/**
 * Declares a mutation of one row, which its input names by id. Before `run` the platform locks the row (NOT_FOUND if it is not
 * visible), checks the permission over its owner, compares `ifVersion` and writes the edits.
 */
export function mutationOf<
  T extends Row,
  const I extends ArgumentMap = Record<never, never>,
  const D extends ArgumentMap = Record<never, never>,
>(
  noun: DeclaredNoun<T>,
  name: string,
  options: OnRow<T, I, D> &
    TellsOptions & {
      run: (tx: Transaction, row: T, given: Given<I>, changed: Changed) => void | Promise<void>;
    },
): Declared {
  if (!options.access.includes('.'))
    throw new Error(`${name}: a mutation of a row needs a permission, which is decided over the owner of the row.`);
  const key = `${noun.field}Id`;
  const { edits = {} as D, input = {} as I, ifVersion = false, access, answers = noun } = options;
  const fields: ArgumentMap = {
    [key]: arg.id(noun.prefixes, options.target),
    ...(ifVersion ? { ifVersion: versionOf(noun.words[0]) } : {}),
    ...edits,
    ...input,
  };
  const work = async (tx: Transaction, given: Readonly<Record<string, unknown>>): Promise<T> => {
    await options.before?.(tx);
    const row = tx.found(await noun.lock(tx, given[key] as string), ['input', key]);
    tx.must(access, noun.ownerOf(row));
    if (ifVersion) checkVersion(noun.words[0], row as { version?: number }, given['ifVersion'] as number | undefined);
    const changed = edit(tx, row, edits, given);
    const isOnlyEdit = Object.keys(input).every((field) => given[field] === undefined);
    if (changed === null && isOnlyEdit) return row;
    await options.run(tx, row, given as Given<I>, changed ?? {});
    return row;
  };
  return declare({
    name,
    options: options as Common<ArgumentMap> & TellsOptions,
    answer: { answers: answers as unknown as Answers<Row> },
    input: fields,
    work: async (given) => (tx) => work(tx, given),
  });
}

/** Writes the edits of an input; null if there are edits to make and none of them changes the row. */
function edit(tx: Transaction, row: Row, edits: ArgumentMap, given: Readonly<Record<string, unknown>>): Changed | null {
  const names = Object.keys(edits);
  if (names.length === 0) return {};
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const name of names) {
    if (given[name] === undefined) continue;
    before[name] = (row as unknown as Record<string, unknown>)[name];
    after[name] = given[name];
  }
  const changed = difference(before, after);
  if (Object.keys(changed).length === 0) return null;
  const values = Object.fromEntries(Object.keys(changed).map((name) => [name, after[name]]));
  Object.assign(row, values, { updatedAt: tx.now() });
  return changed;
}
