import type { Database } from '../database/database.ts';
import { inLane } from '../database/precedence.ts';
import { pruneLock } from './retention.ts';
import type { Reaction } from './reactions.ts';

/** Reactions that would silently miss facts. The message names each and says what to do. */
export class ReactionRefused extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ReactionRefused';
  }
}

/** A reaction with the name of its consumer. */
export interface NamedReaction {
  /** `os.reaction`. */
  name: string;
  reaction: Reaction;
}

interface Checkpoint {
  consumer: string;
  position: string;
  types: string[] | null;
}

/**
 * Creates the checkpoints of new consumers and checks the types of existing ones. A new consumer begins at the first fact, because its state
 * depends on all of them. Throws `ReactionRefused` for reactions that would miss facts: one that has gained a type, whose facts its
 * checkpoint has passed, and a new one whose facts were partly pruned, unless it is declared to begin with those kept. Without changes
 * it neither locks nor writes.
 */
export async function registerConsumers(database: Database, consumers: readonly NamedReaction[]): Promise<void> {
  if (consumers.length === 0) return;
  const names = consumers.map(({ name }) => name);
  const wanted = consumers.map(({ name, reaction }) => ({ name, reaction, types: typesOf(reaction) }));
  const read = `select consumer, position, types from facts.checkpoints where consumer = any($1)`;
  const known = new Map((await database.query<Checkpoint>(read, [names])).map((row) => [row.consumer, row]));
  if (wanted.every(({ name, types }) => sameTypes(known.get(name)?.types, types))) return;
  await inLane('background', () =>
    database.transaction(
      async (client) => {
        await client.query(`select pg_advisory_xact_lock(${pruneLock})`);
        const { rows } = await client.query<Checkpoint & Record<string, unknown>>(`${read} for update`, [names]);
        const { rows: pruned } = await client.query<{ type: string; facts: string; at: Date }>(
          'select type, facts, at from facts.pruned',
        );
        const there = new Map(rows.map((row) => [row.consumer, row]));
        const faults = wanted.flatMap(({ name, reaction, types }) => {
          const row = there.get(name);
          if (row) return gained(name, row.types, types);
          return reaction.from === 'kept'
            ? []
            : missed(
                name,
                pruned.filter(({ type }) => types.includes(type)),
              );
        });
        if (faults.length > 0) throw new ReactionRefused(faults);
        await client.query(
          // Up to the pruned position it has no facts, or needs none.
          `insert into facts.checkpoints as c (consumer, position, types)
           select w.name, (select coalesce(max(position), 0) from facts.pruned), array(select jsonb_array_elements_text(w.types))
           from jsonb_to_recordset($1::jsonb) as w(name text, types jsonb)
           on conflict (consumer) do update set types = excluded.types where c.types is distinct from excluded.types`,
          [JSON.stringify(wanted.map(({ name, types }) => ({ name, types })))],
        );
      },
      { label: 'facts.register' },
    ),
  );
}

function typesOf({ facts }: Reaction): string[] {
  return [...new Set(facts.map(({ type }) => type))].toSorted();
}

function sameTypes(known: readonly string[] | null | undefined, types: readonly string[]): boolean {
  return known?.length === types.length && known.every((type, n) => type === types[n]);
}

/** Faults of a consumer with new types, whose facts its checkpoint has passed. */
function gained(name: string, known: readonly string[] | null, types: readonly string[]): string[] {
  const more = known ? types.filter((type) => !known.includes(type)) : [];
  if (more.length === 0) return [];
  return [
    `The reaction ${name} has gained ${more.join(', ')}, and its checkpoint has passed such facts already. Declare a separate ` +
      `reaction for them, with a new name: it begins at the first of them.`,
  ];
}

/** Faults of a new consumer whose facts were partly pruned. */
function missed(name: string, pruned: readonly { type: string; facts: string; at: Date }[]): string[] {
  if (pruned.length === 0) return [];
  const what = pruned.map(({ type, facts, at }) => `${facts} of ${type} up to ${at.toISOString()}`).join(', ');
  return [
    `The reaction ${name} is new, and facts that it depends on were pruned: ${what}. Write what it keeps in a migration, and declare it ` +
      `with { from: 'kept' }: it then begins with the facts that are kept.`,
  ];
}
