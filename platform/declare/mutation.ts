import 'reflect-metadata';
import { Length } from 'class-validator';
import { Arg, Ctx, Field, Mutation as GraphQLMutation, ObjectType, Resolver } from 'type-graphql';
import { Writes, type Access, type Tells } from '../access/declare.ts';
import { run, type Group, type Run, type RunOptions } from '../change/run.ts';
import type { Context, Transaction } from '../context/context.ts';
import { NotFound } from '../errors/errors.ts';
import type { FactType } from '../facts/fact.ts';
import type { Row } from '../nouns/options.ts';
import type { AnyClass } from './any-class.ts';
import type { Declared } from './declared.ts';
import type { ForeignEntities } from './entities.ts';
import { arg, givenOf, inputClass, prefixesIn, type Argument, type ArgumentMap, type Given } from './input.ts';
import type { OpenInterface } from './open-interface.ts';
import type { DeclaredNoun } from './noun.ts';
import { objectType } from './object-type.ts';
import { OutputFields } from './output.ts';
import type { FieldMap, ValuesOf } from './field.ts';

export type TellsOptions = { tells: readonly FactType[]; silent?: never } | { silent: string; tells?: never };

export interface Common<I extends ArgumentMap> {
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
export type Answers<T extends Row> = DeclaredNoun<T> | readonly [noun: DeclaredNoun<T>, description: string];

export interface RowAnswer<T extends Row> {
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

/** Declares a mutation by the work of its transaction. */
export function declareMutation(method: Method): Declared {
  return { name: method.name, ids: prefixesIn(method.input), build: (entities) => buildMutation(method, entities) };
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
  return declareMutation({
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
