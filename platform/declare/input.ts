import 'reflect-metadata';
import { ArrayMaxSize, ArrayMinSize, IsIn, Length, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Directive, Field, Float, ID, InputType, Int } from 'type-graphql';
import { Invalid } from '../errors/errors.ts';
import type { FilterInput } from '../nouns/filter-kinds.ts';
import { checkId, maxIdLength } from '../ids/ids.ts';
import { IsEmailAddress, normalEmail } from '../scalars/email.ts';
import { MoneyInput } from '../scalars/money.ts';
import { DateTime, Decimal, JsonValue, LocalDate } from '../scalars/scalars.ts';
import { NotBlank } from '../scalars/text.ts';
import type { Enumeration } from './enumeration.ts';

/**
 * The meaning of null: `required` fields have a value; `optional` ones may be omitted, and null means the same; `clearable` ones
 * keep their value if omitted and lose it with null; `kept` ones keep their value if omitted, and null is INVALID.
 */
type Absence = 'required' | 'optional' | 'clearable' | 'kept';

interface ArgumentSpec {
  type: () => unknown;
  description: string;
  list?: boolean;
  absence: Absence;
  defaultValue?: unknown;
  checks: readonly PropertyDecorator[];
  /** Prefixes of the ids it accepts. */
  ids?: readonly string[];
  /** Leading and trailing white space is removed. */
  trims?: boolean;
  /** Converts a value to what the mutation receives. */
  read?: (value: never, path: string[]) => unknown;
  /** Added to the cost of the field that takes it. */
  cost?: number;
  /** The fields of an input within the input. */
  fields?: ArgumentMap;
}

/** A field of an input, with values of `V` in the mutation. */
export class Argument<V> {
  readonly spec: ArgumentSpec;
  /** For the compiler alone. */
  declare readonly value: V;

  constructor(spec: ArgumentSpec) {
    this.spec = spec;
  }

  /** May be omitted; null means the same. */
  optional(): Argument<V | undefined> {
    return new Argument({ ...this.spec, absence: 'optional' });
  }

  /** May be omitted; null clears the value. */
  clearable(): Argument<V | null | undefined> {
    return new Argument({ ...this.spec, absence: 'clearable' });
  }

  /** May be omitted, and null is INVALID: the value can be changed but not cleared. */
  kept(): Argument<V | undefined> {
    return new Argument({ ...this.spec, absence: 'kept' });
  }

  /** Converts the value with `read`, which may refuse it with INVALID at `path`. */
  read<W>(read: (value: V, path: string[]) => W): Argument<W> {
    return new Argument({ ...this.spec, read: read as never });
  }

  /** The value if it is omitted. */
  default(value: V): Argument<V> {
    return new Argument({ ...this.spec, defaultValue: value });
  }

  /** Adds this weight to the cost of the field that takes it. */
  cost(weight: number): Argument<V> {
    return new Argument({ ...this.spec, cost: weight });
  }

  /** Adds these checks to its own. */
  check(...checks: PropertyDecorator[]): Argument<V> {
    return new Argument({ ...this.spec, checks: [...this.spec.checks, ...checks] });
  }
}

export type ArgumentMap = Readonly<Record<string, Argument<unknown>>>;

/** The values a mutation receives: null only where it has a meaning. */
export type Given<I> = { [K in keyof I]: I[K] extends Argument<infer V> ? V : never };

function argument<V>(type: unknown, description: string, checks: PropertyDecorator[] = []): Argument<V> {
  return new Argument({ type: () => type, description, absence: 'required', checks });
}

/** The kinds of fields that an input can have. */
export const arg = {
  /** A text with this number of characters. One with a minimum length is trimmed and must not be blank. */
  text(description: string, { min = 0, max }: { min?: number; max: number }): Argument<string> {
    if (min === 0) return argument(String, description, [MaxLength(max)]);
    const { spec } = argument<string>(String, description, [Length(min, max), NotBlank()]);
    return new Argument({ ...spec, trims: true });
  },

  /** An e-mail address of at most 254 characters, in its normal form. */
  email(description: string): Argument<string> {
    const { spec } = argument<string>(String, description, [IsEmailAddress()]);
    return new Argument<string>(spec).read(normalEmail);
  },

  /** At most `atMost` texts, each of at most `max` characters. */
  texts(description: string, { atMost, max }: { atMost: number; max: number }): Argument<string[]> {
    const { spec } = argument<string[]>(String, description, [ArrayMaxSize(atMost), MaxLength(max, { each: true })]);
    return new Argument({ ...spec, list: true });
  },

  /** An id of these kinds; any other is INVALID. With null another field decides the kind, and the mutation checks it. */
  id(prefix: string | readonly string[] | null, description: string): Argument<string> {
    const { spec } = argument<string>(ID, description, [MaxLength(maxIdLength + 1)]);
    if (prefix === null) return new Argument(spec);
    return new Argument({ ...spec, ids: typeof prefix === 'string' ? [prefix] : prefix });
  },

  /** At most `atMost` ids of these kinds. */
  ids(prefix: string | readonly string[], description: string, { atMost }: { atMost: number }): Argument<string[]> {
    const checks = [ArrayMaxSize(atMost), MaxLength(maxIdLength + 1, { each: true })];
    const { spec } = argument<string[]>(ID, description, checks);
    return new Argument({ ...spec, list: true, ids: typeof prefix === 'string' ? [prefix] : prefix });
  },

  /** An id from another system, of at most `max` characters. */
  foreignId(description: string, { max }: { max: number }): Argument<string> {
    return argument(ID, description, [MaxLength(max)]);
  },

  /** Conditions as in the lists of a noun, for `noun.where`. */
  filter(noun: () => { Filter: new () => FilterInput }, description: string): Argument<FilterInput> {
    return new Argument({ type: () => noun().Filter, description, absence: 'required', checks: [] });
  },

  int(description: string, { min, max }: { min: number; max: number }): Argument<number> {
    return argument(Int, description, [Min(min), Max(max)]);
  },

  float(description: string, { min, max }: { min: number; max: number }): Argument<number> {
    return argument(Float, description, [Min(min), Max(max)]);
  },

  boolean(description: string): Argument<boolean> {
    return argument(Boolean, description);
  },

  decimal(description: string): Argument<string> {
    return argument(Decimal, description, [MaxLength(62)]);
  },

  money(description: string): Argument<MoneyInput> {
    return argument(MoneyInput, description);
  },

  time(description: string): Argument<Date> {
    return argument(DateTime, description);
  },

  date(description: string): Argument<string> {
    return argument(LocalDate, description, [MaxLength(10)]);
  },

  json(description: string): Argument<Record<string, unknown>> {
    return argument(JsonValue, description);
  },

  enum<K extends string>(kind: Enumeration<K>, description: string): Argument<K> {
    return argument(kind.enum, description, [IsIn([...kind.values])]);
  },

  enums<K extends string>(kind: Enumeration<K>, description: string): Argument<K[]> {
    const checks = [ArrayMaxSize(kind.values.length), IsIn([...kind.values], { each: true })];
    const { spec } = argument<K[]>(kind.enum, description, checks);
    return new Argument({ ...spec, list: true });
  },

  /** An input within the input. */
  object<V extends object>(type: DeclaredInput<V> | (new () => V), description: string): Argument<V> {
    const { spec } = argument<V>(classOf(type), description);
    return new Argument({ ...spec, ...fieldsOf(type) });
  },

  objects<V extends object>(
    type: DeclaredInput<V> | (new () => V),
    description: string,
    { atMost, min = 0 }: { atMost: number; min?: number },
  ): Argument<V[]> {
    const checks = [ArrayMaxSize(atMost), ...(min > 0 ? [ArrayMinSize(min)] : [])];
    const { spec } = argument<V[]>(classOf(type), description, checks);
    return new Argument({ ...spec, list: true, ...fieldsOf(type) });
  },
};

/** An input within inputs. */
export class DeclaredInput<V extends object = object> {
  readonly fields: ArgumentMap;
  /** The TypeGraphQL class. */
  readonly type: new () => object;
  /** For the compiler alone. */
  declare readonly value: V;

  constructor(name: string, description: string, fields: ArgumentMap) {
    this.fields = fields;
    this.type = inputClass(name, fields, description);
  }
}

/** The values a mutation receives for a nested input. */
export type GivenBy<T extends DeclaredInput> = T['value'];

/** Declares an input for `arg.object` and `arg.objects`; `name` ends with `Input`. */
export function input<const I extends ArgumentMap>(
  name: string,
  description: string,
  fields: I,
): DeclaredInput<Given<I>> {
  return new DeclaredInput(name, description, fields);
}

/** Prefixes of the ids that these fields accept, also within nested inputs. */
export function prefixesIn(fields: ArgumentMap): string[] {
  return Object.values(fields).flatMap(({ spec }) => [...(spec.ids ?? []), ...prefixesIn(spec.fields ?? {})]);
}

function classOf(type: DeclaredInput | (new () => object)): new () => object {
  return type instanceof DeclaredInput ? type.type : type;
}

function fieldsOf(type: DeclaredInput | (new () => object)): Pick<ArgumentSpec, 'fields'> {
  return type instanceof DeclaredInput ? { fields: type.fields } : {};
}

/** Builds the GraphQL input of these fields. */
export function inputClass(name: string, fields: ArgumentMap, description?: string): new () => object {
  const Input = withFields(fields);
  InputType(name, description === undefined ? {} : { description })(Input);
  // Errors name the class, and `checkInput` treats a class whose name ends with Input as the argument `input`.
  Object.defineProperty(Input, 'name', { value: name });
  return Input;
}

/** Builds the arguments of a field. */
export function argumentsClass(fields: ArgumentMap): new () => object {
  const Arguments = withFields(fields);
  ArgsType()(Arguments);
  return Arguments;
}

function withFields(fields: ArgumentMap): new () => object {
  class Given {}
  const target = Given.prototype as object;
  for (const [field, { spec }] of Object.entries(fields)) {
    const type = spec.list ? (): unknown => [spec.type()] : spec.type;
    Field(type as () => never, {
      description: spec.description,
      nullable: spec.absence !== 'required',
      ...(spec.defaultValue === undefined ? {} : { defaultValue: spec.defaultValue }),
    })(target, field);
    if (spec.cost !== undefined) Directive(`@cost(weight: ${spec.cost})`)(target, field);
    for (const check of spec.checks) check(target, field);
  }
  return Given;
}

/**
 * Normalizes the values of an input or of a field's arguments: checks ids, trims texts, and keeps null only where it clears.
 * `path` is their place.
 */
export function givenOf<I extends ArgumentMap>(
  fields: I,
  values: Readonly<Record<string, unknown>>,
  path: readonly string[] = ['input'],
): Given<I> {
  const given: Record<string, unknown> = {};
  for (const [name, { spec }] of Object.entries(fields)) {
    const value = values[name];
    const here = [...path, name];
    if (value === null && spec.absence === 'kept') throw new Invalid(`${name} cannot be cleared.`, { path: here });
    if (value === undefined || (value === null && spec.absence !== 'clearable')) continue;
    const plain = value === null ? null : valueOf(spec, value, here);
    given[name] = plain === null || !spec.read ? plain : spec.read(plain as never, here);
  }
  return given as Given<I>;
}

function valueOf(spec: ArgumentSpec, value: unknown, path: string[]): unknown {
  if (Array.isArray(value)) return value.map((each, n) => valueOf(spec, each, [...path, String(n)]));
  if (spec.ids) return checkId(value as string, spec.ids, path);
  if (spec.fields) return givenOf(spec.fields, value as Readonly<Record<string, unknown>>, path);
  return spec.trims && typeof value === 'string' ? value.trim() : value;
}
