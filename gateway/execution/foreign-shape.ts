import { Kind, parse, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { NoAnswer } from './http-client.ts';
import { nestsDeeper } from './nesting.ts';

/**
 * Levels of the value of a custom scalar, and of lists within lists: printing several thousand levels as JSON overflows the stack.
 */
const deepest = 1_000;

/** The response keys of an operation, of whatever type; null for a field without selections. */
type Shape = ReadonlyMap<string, Shape | null>;

/** Shapes of recent operations; a supergraph has about as many fetches. */
const known = new LRUCache<string, Shape>({
  max: 1_000,
  maxSize: 4_000_000,
  sizeCalculation: (_, query) => query.length,
});

/**
 * Removes from a foreign subgraph's data what it was not asked for: merged into an entity, it would replace fields of other subgraphs,
 * and even the key by which those are asked. Throws if a value nests too deeply.
 */
export function onlyAsked(data: unknown, query: string): void {
  let shape = known.get(query);
  if (!shape) known.set(query, (shape = shapeOf(query)));
  keep(data, shape, deepest);
}

function keep(value: unknown, shape: Shape, levels: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (levels === 0) throw tooDeep();
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) keep(each, shape, levels - 1);
    return;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    const below = shape.get(key);
    if (below) keep(object[key], below, levels - 1);
    else if (below === undefined) delete object[key];
    else if (nestsDeeper(object[key], deepest)) throw tooDeep();
  }
}

function tooDeep(): NoAnswer {
  return new NoAnswer(`data of more than ${deepest} levels`);
}

function shapeOf(query: string): Shape {
  const { definitions } = parse(query, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const add = ({ selections }: SelectionSetNode, shape: Map<string, Shape | null>): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        if (!selection.selectionSet) {
          if (!shape.has(key)) shape.set(key, null);
          continue;
        }
        const below = new Map(shape.get(key) ?? []);
        shape.set(key, below);
        add(selection.selectionSet, below);
        continue;
      }
      const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (part) add(part.selectionSet, shape);
    }
  };
  const shape = new Map<string, Shape | null>();
  for (const each of definitions) if (each.kind === Kind.OPERATION_DEFINITION) add(each.selectionSet, shape);
  return shape;
}
