import 'reflect-metadata';
import { ArrayMaxSize, IsIn, Length, Max, MaxLength, Min } from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { Invalid } from '../errors/errors.ts';
import { checkId, maxIdLength } from '../ids/ids.ts';
import { MoneyInput } from '../scalars/money.ts';
import { DateTime, Decimal, JsonValue, LocalDate } from '../scalars/scalars.ts';
import { NotBlank } from '../scalars/text.ts';
import type { Enumeration } from './enumeration.ts';

/**
 * What null means: `required` fields have a value; `optional` ones may be left out, and null is the same; `clearable` ones keep what
 * they hold when left out and lose it with null; `kept` ones keep what they hold when left out, and null is INVALID.
 */
type Absence = 'required' | 'optional' | 'clearable' | 'kept';

interface ArgumentSpec {
  type: () => unknown;
  description: string;
  list?: boolean;
  absence: Absence;
  defaultValue?: unknown;
  checks: readonly PropertyDecorator[];
  /** Prefixes of the ids that it takes. */
  ids?: readonly string[];
  /** White space around the text does not count. */
  trims?: boolean;
}

/** A field of an input, with values of `V` in the mutation. */
export class Argument<V> {
  readonly spec: ArgumentSpec;
  /** For the compiler alone. */
  declare readonly value: V;

  constructor(spec: ArgumentSpec) {
    this.spec = spec;
  }

  /** May be left out; null is the same. */
  optional(): Argument<V | undefined> {
    return new Argument({ ...this.spec, absence: 'optional' });
  }

  /** May be left out, and null clears what is there. */
  clearable(): Argument<V | null | undefined> {
    return new Argument({ ...this.spec, absence: 'clearable' });
  }

  /** May be left out, and null is INVALID: what is there can be changed and not cleared. */
  kept(): Argument<V | undefined> {
    return new Argument({ ...this.spec, absence: 'kept' });
  }

  /** Has this value when it is left out. */
  default(value: V): Argument<V> {
    return new Argument({ ...this.spec, defaultValue: value });
  }

  /** Has these checks besides its own. */
  check(...checks: PropertyDecorator[]): Argument<V> {
    return new Argument({ ...this.spec, checks: [...this.spec.checks, ...checks] });
  }
}

export type ArgumentMap = Readonly<Record<string, Argument<unknown>>>;

/** What a mutation gets: null only where it means something. */
export type Given<I> = { [K in keyof I]: I[K] extends Argument<infer V> ? V : never };

function argument<V>(type: unknown, description: string, checks: PropertyDecorator[] = []): Argument<V> {
  return new Argument({ type: () => type, description, absence: 'required', checks });
}

/** The kinds of fields that an input can have. */
export const arg = {
  /** A text with this number of characters. One with a least length is trimmed, and may not be blank. */
  text(description: string, { min = 0, max }: { min?: number; max: number }): Argument<string> {
    if (min === 0) return argument(String, description, [MaxLength(max)]);
    const { spec } = argument<string>(String, description, [Length(min, max), NotBlank()]);
    return new Argument({ ...spec, trims: true });
  },

  /** Texts, at most `atMost` of them, each of at most `max` characters. */
  texts(description: string, { atMost, max }: { atMost: number; max: number }): Argument<string[]> {
    const { spec } = argument<string[]>(String, description, [ArrayMaxSize(atMost), MaxLength(max, { each: true })]);
    return new Argument({ ...spec, list: true });
  },

  /** An id of these kinds; another one is INVALID. */
  id(prefix: string | readonly string[], description: string): Argument<string> {
    const { spec } = argument<string>(ID, description, [MaxLength(maxIdLength + 1)]);
    return new Argument({ ...spec, ids: typeof prefix === 'string' ? [prefix] : prefix });
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

  /** An input within the input. */
  object<V extends object>(type: new () => V, description: string): Argument<V> {
    return argument(type, description);
  },

  objects<V extends object>(type: new () => V, description: string, { atMost }: { atMost: number }): Argument<V[]> {
    const { spec } = argument<V[]>(type, description, [ArrayMaxSize(atMost)]);
    return new Argument({ ...spec, list: true });
  },
};

/** Makes the GraphQL input of these fields. */
export function inputClass(name: string, fields: ArgumentMap, description?: string): new () => object {
  class Input {}
  const target = Input.prototype as object;
  for (const [field, { spec }] of Object.entries(fields)) {
    const type = spec.list ? (): unknown => [spec.type()] : spec.type;
    Field(type as () => never, {
      description: spec.description,
      nullable: spec.absence !== 'required',
      ...(spec.defaultValue === undefined ? {} : { defaultValue: spec.defaultValue }),
    })(target, field);
    for (const check of spec.checks) check(target, field);
  }
  InputType(name, description === undefined ? {} : { description })(Input);
  // Errors name the class, and `checkInput` takes what ends with Input for the argument `input`.
  Object.defineProperty(Input, 'name', { value: name });
  return Input;
}

/** The values of an input as its mutation gets them: ids are checked, and null stays only where it clears. */
export function givenOf<I extends ArgumentMap>(fields: I, input: Readonly<Record<string, unknown>>): Given<I> {
  const given: Record<string, unknown> = {};
  for (const [name, { spec }] of Object.entries(fields)) {
    const value = input[name];
    const path = ['input', name];
    if (value === null && spec.absence === 'kept') throw new Invalid(`${name} cannot be cleared.`, { path });
    if (value === undefined || (value === null && spec.absence !== 'clearable')) continue;
    if (spec.ids && value !== null) checkId(value as string, spec.ids, path);
    given[name] = spec.trims && typeof value === 'string' ? value.trim() : value;
  }
  return given as Given<I>;
}
