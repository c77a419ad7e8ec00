import 'reflect-metadata';
import { enumKind } from '../nouns/filter.ts';
import type { EnumKind } from '../nouns/filter-kinds.ts';

/** An enum of an OS: one declaration for its column, its GraphQL type, its filter and its facts. */
export interface Enumeration<K extends string = string> extends EnumKind {
  /** The values in declaration order: `p.enum(SampleStatus.values)`, `z.enum(SampleStatus.values)`. */
  readonly values: readonly [K, ...K[]];
}

/** The union of the values: `type SampleStatus = ValueOf<typeof SampleStatus>`. */
export type ValueOf<T extends Enumeration> = T extends Enumeration<infer K> ? K : never;

/** Declares an enum; `values` maps each value to its description. */
export function enumeration<K extends string>(
  name: string,
  description: string,
  values: Readonly<Record<K, string>>,
): Enumeration<K> {
  const keys = Object.keys(values) as [K, ...K[]];
  const asObject = Object.fromEntries(keys.map((key) => [key, key])) as unknown as Record<K, string>;
  return { ...enumKind(asObject, name, description, values), values: keys };
}
