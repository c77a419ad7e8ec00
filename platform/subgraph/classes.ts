import type { ZodType } from 'zod';
import { comparedColumns } from '../nouns/compared.ts';
import { columnsOf, type ClassifiedColumn } from '../nouns/classification.ts';
import { redacted } from '../telemetry/log.ts';
import type { Subgraph } from './subgraph.ts';

/** Column names that must be classified as secret or personal, whatever their OS declares. */
const secretNames = /password|token|secret|privateKey|^hash$|^sealed/i;
const personalNames = /email$|phone$|postalCode$|^birth|userAgent$|^ip$|^recipient$/i;

/** The columns of an OS with their classification. */
export function columnsOfSubgraph({ entities, nouns }: Pick<Subgraph, 'entities' | 'nouns'>): ClassifiedColumn[] {
  const none: ReadonlySet<string> = new Set();
  return columnsOf(entities, (entity) => nouns.find(({ stored }) => stored === entity)?.open ?? none);
}

/**
 * Faults in the data classification of an OS: an unclassified column, or a log, field, filter or fact that would reveal a column. A fact may
 * hold personal data marked with `personal(…)` in its payload, but never a secret.
 */
export function* classFaults(subgraph: Pick<Subgraph, 'entities' | 'nouns' | 'variants' | 'facts'>): Generator<string> {
  const columns = columnsOfSubgraph(subgraph);
  for (const { entity, property, class: is } of columns) {
    if (secretNames.test(property) && is !== 'secret')
      yield `${entity}.${property} is named like a secret: classify it as one, or rename it`;
    else if (personalNames.test(property) && is !== 'personal' && is !== 'secret')
      yield `${entity}.${property} is named like something personal: classify it`;
    if ((is === 'secret' || (is === 'personal' && personalNames.test(property))) && !redacted.includes(property))
      yield `${entity}.${property} is ${is}, and a log would show it: add it to \`redacted\` in platform/telemetry/log.ts`;
  }
  for (const { stored, columns: shown = new Set() } of subgraph.nouns)
    for (const { entity, property, class: is } of columns) {
      if (is !== 'secret' || stored?.name !== entity) continue;
      if (shown.has(property)) yield `${entity}.${property} is secret, and a field shows it`;
    }
  // A value that can be compared can be found out by trying.
  const compared = [...subgraph.nouns, ...subgraph.variants].flatMap((noun) => comparedColumns(noun).compared);
  yield* new Set(
    compared.flatMap(([{ entity, property, class: is }, use]) =>
      is === 'secret' ? [`${entity}.${property} is secret, and ${use}`] : [],
    ),
  );
  for (const fact of subgraph.facts) {
    for (const { path, isPersonal } of propertiesOf(fact.payload)) {
      const name = path.split('.').at(-1);
      const classes = columns.filter(({ property }) => property === name).map(({ class: is }) => is);
      if (classes.includes('secret')) yield `the fact "${fact.type}" tells ${path}, which is secret`;
      else if (classes.includes('personal') && !isPersonal)
        yield `the fact "${fact.type}" tells ${path}, which is personal: leave it out, or write personal(…) in its payload`;
    }
  }
}

/** The properties of a payload at every depth. */
function* propertiesOf(payload: ZodType, at = ''): Generator<{ path: string; isPersonal: boolean }> {
  const { type, shape, element, innerType, valueType, options } = payload.def as unknown as Parts;
  if (type === 'object' && shape) {
    for (const [name, inner] of Object.entries(shape)) {
      const path = at ? `${at}.${name}` : name;
      yield { path, isPersonal: isPersonal(inner) };
      yield* propertiesOf(inner, path);
    }
  }
  for (const inner of [element, innerType, valueType, ...(options ?? [])]) if (inner) yield* propertiesOf(inner, at);
}

interface Parts {
  type: string;
  shape?: Record<string, ZodType>;
  element?: ZodType;
  innerType?: ZodType;
  valueType?: ZodType;
  options?: ZodType[];
}

function isPersonal(type: ZodType): boolean {
  const { innerType } = type.def as unknown as Parts;
  return type.meta()?.['class'] === 'personal' || (innerType !== undefined && isPersonal(innerType));
}
