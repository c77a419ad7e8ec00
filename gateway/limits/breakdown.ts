import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../execution/part.ts';
import type { FieldSize } from '../supergraph/sizes.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import type { Admitted } from './admit.ts';
import { ArgumentReader } from './arguments.ts';
import { lengthsOf, noLengths, type Lengths } from './lengths.ts';
import { weightOfType } from './type-weights.ts';

/** Fields that are told: the rest costs less than any of them. */
const mostTold = 10;
/** Response fields of a path that are told, as in the other limits. */
const deepestTold = 8;

/** What one field of an operation costs, without the fields below it. */
export interface FieldCost {
  /** Response fields from the root; at most eight. */
  path: string[];
  /** `Type.field`. */
  field: string;
  /** Estimated before it ran. */
  estimated: number;
  /** By what was answered; null if nothing was. */
  actual: number | null;
  /** What to change. */
  advice: string;
}

/** A field of the operation, where it stands once for all fragments that select it. */
interface Place {
  readonly path: readonly string[];
  readonly field: string;
  estimated: number;
  readonly weight: number;
  readonly each: number;
  readonly advice: string;
}

type Data = Record<string, unknown>;

/** The costs of an admitted operation by field. Made only for clients that ask, since it takes a second walk. */
export class Breakdown {
  readonly #places = new Map<string, Place>();
  readonly #total: number;

  /** `total` is the estimate of the whole operation. */
  constructor(
    value: SupergraphValue,
    { document, operation }: { document: DocumentNode; operation: OperationDefinitionNode },
    variables: Record<string, unknown>,
    total: number,
  ) {
    this.#total = total;
    const { apiSchema: schema, notes } = value;
    const fragments = fragmentsOf(document);
    const given = new ArgumentReader(notes, operation, variables);
    const walk = (
      set: SelectionSetNode,
      type: GraphQLNamedType | undefined,
      at: { path: readonly string[]; calls: number; lengths: Lengths },
    ): void => {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          note(selection, type, at);
          continue;
        }
        const part = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        const condition = part?.typeCondition?.name.value;
        if (part) walk(part.selectionSet, condition === undefined ? type : schema.getType(condition), at);
      }
    };
    const note = (
      field: FieldNode,
      type: GraphQLNamedType | undefined,
      at: { path: readonly string[]; calls: number; lengths: Lengths },
    ): void => {
      const name = field.name.value;
      const parent = isObjectType(type) || isInterfaceType(type) ? type : undefined;
      const definition = parent?.getFields()[name];
      if (!parent || !definition) return;
      const path = [...at.path, (field.alias ?? field.name).value];
      const size = notes.size(parent.name, name);
      const named = getNamedType(definition.type);
      const weight = (size?.weight ?? 0) + given.weightOf(field, definition, size?.argumentWeights);
      const each = weightOfType(schema, notes, named);
      const { rows, below } = lengthsOf(value, given, { field, definition, size, parent: parent.name }, at.lengths);
      const estimated = at.calls * (weight + rows * each);
      const key = path.join('.');
      const known = this.#places.get(key);
      if (known) known.estimated += estimated;
      else
        this.#places.set(key, {
          path,
          field: `${parent.name}.${name}`,
          estimated,
          weight,
          each,
          advice: adviceFor(definition, size, weight, rows * each),
        });
      if (field.selectionSet) walk(field.selectionSet, named, { path, calls: at.calls * rows, lengths: below });
    };
    const root = schema.getRootType(operation.operation) ?? undefined;
    walk(operation.selectionSet, root, { path: [], calls: 1, lengths: noLengths });
  }

  /** The estimate as the sum of all fields; what is left of the whole is introspection. */
  get estimated(): number {
    let sum = 0;
    for (const { estimated } of this.#places.values()) sum += estimated;
    return sum;
  }

  /** The most expensive fields, and the cost of what was answered. */
  report(data: unknown): { actual: number | null; fields: FieldCost[] } {
    const actual = isData(data) ? this.#actualOf(data) : null;
    const costs = [...this.#places].map(([key, place]): FieldCost => {
      const { path, field, estimated, advice } = place;
      return { path: path.slice(0, deepestTold), field, estimated, actual: actual && (actual.get(key) ?? 0), advice };
    });
    const introspection = this.#total - this.estimated;
    if (introspection > 0)
      costs.push({
        path: ['__schema'],
        field: 'Query.__schema',
        estimated: introspection,
        actual: null,
        advice: 'ask for the types that you need, without descriptions',
      });
    return {
      actual: actual && [...actual.values()].reduce((sum, each) => sum + each, 0),
      fields: costs
        .filter(({ estimated, actual: found }) => estimated > 0 || (found ?? 0) > 0)
        .toSorted((a, b) => b.estimated - a.estimated)
        .slice(0, mostTold),
    };
  }

  /** What the answered fields cost, by path. */
  #actualOf(data: Data): Map<string, number> {
    const found = new Map<string, number>();
    const parents = new Map<string, Data[]>([['', [data]]]);
    for (const [key, { path, weight, each }] of this.#places) {
      const name = path.at(-1) ?? '';
      const above = (parents.get(path.slice(0, -1).join('.')) ?? []).filter((parent) => Object.hasOwn(parent, name));
      const values = above.flatMap((parent) => flat(parent[name]));
      found.set(key, above.length * weight + values.length * each);
      parents.set(key, values.filter(isData));
    }
    return found;
  }
}

export function breakdownOf(
  value: SupergraphValue,
  admitted: Admitted,
  variables: Record<string, unknown> | null | undefined,
): Breakdown {
  return new Breakdown(value, admitted, variables ?? {}, admitted.cost.used);
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The values in a list at any depth, without nulls. */
function flat(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value.flatMap(flat) : [value];
}

function adviceFor(
  definition: GraphQLField<unknown, unknown>,
  size: FieldSize | undefined,
  weight: number,
  objects: number,
): string {
  if (weight > objects) return 'leave it out, or ask for it in an operation of its own';
  const setters = size?.slicing.filter((name) => definition.args.some((argument) => argument.name === name)) ?? [];
  if (setters.length > 0) return `lower ${setters.map((name) => `"${name}"`).join(' or ')}`;
  return isListType(getNullableType(definition.type))
    ? 'ask for smaller pages above it, or leave it out'
    : 'ask for fewer objects above it, or leave it out';
}
