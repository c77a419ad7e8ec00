import { Kind, print, visit } from 'graphql';
import { isJsonObject } from '../result/json.ts';
import type { GraphQLSchema } from 'graphql';
import type { ChosenOperation } from './operation.ts';

/** Where a fact stream can go on after a lost connection. */
export interface Resumable {
  /** The cursor of an event's data; null if the event carries none. */
  cursorOf(data: unknown): string | null;
  /** The operation's text, asking for what follows `cursor`. */
  after(cursor: string): string;
}

/**
 * A subscription can go on without a gap when its root takes `after` and its events select `cursor`. Answers null for
 * all others, such as state streams, which begin anew with a snapshot.
 */
export function resumable(chosen: ChosenOperation, schema: GraphQLSchema | null): Resumable | null {
  const root = chosen.operation.selectionSet.selections[0];
  if (root?.kind !== Kind.FIELD) return null;
  const takesAfter = schema
    ?.getSubscriptionType()
    ?.getFields()
    [root.name.value]?.args.some((arg) => arg.name === 'after');
  const cursor = root.selectionSet?.selections.find((node) => node.kind === Kind.FIELD && node.name.value === 'cursor');
  if (!takesAfter || cursor?.kind !== Kind.FIELD) return null;
  const rootKey = root.alias?.value ?? root.name.value;
  const cursorKey = cursor.alias?.value ?? 'cursor';
  return {
    cursorOf(data) {
      const event = isJsonObject(data) ? data[rootKey] : null;
      const value = isJsonObject(event) ? event[cursorKey] : null;
      return typeof value === 'string' ? value : null;
    },
    after: (value) => print(withAfter(chosen, value)),
  };
}

function withAfter({ document, operation }: ChosenOperation, cursor: string): ChosenOperation['document'] {
  const root = operation.selectionSet.selections[0];
  return visit(document, {
    Field(node) {
      if (node !== root) return undefined;
      const others = (node.arguments ?? []).filter((argument) => argument.name.value !== 'after');
      const after = {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'after' },
        value: { kind: Kind.STRING, value: cursor },
      } as const;
      return { ...node, arguments: [...others, after] };
    },
  });
}
