import type { Changed } from '../change/difference.ts';
import type { Transaction } from '../context/context.ts';
import { Conflict } from '../errors/errors.ts';
import { columnsOf } from '../nouns/classification.ts';
import type { Row } from '../nouns/options.ts';
import type { Declared } from './declared.ts';
import { checkEdits, edit, type CheckedEdits } from './edits.ts';
import { arg, type Argument, type ArgumentMap, type Given } from './input.ts';
import { declareMutation, type Answers, type Common, type RowAnswer, type TellsOptions } from './mutation.ts';
import type { DeclaredNoun } from './noun.ts';
import { DeclarationFault } from './fault.ts';

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
  edits?: D & CheckedEdits<T, D>;
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
    throw new DeclarationFault(
      `${name}: a mutation of a row needs a permission, which is checked over the owner of the row.`,
    );
  if (!noun.isOwned)
    throw new DeclarationFault(`${name}: ${noun.name} declares no owner, over whom to check: add \`ownedBy\` to it.`);
  const key = `${noun.field}Id`;
  const { edits = {} as D, input = {} as I, ifVersion = false, access, answers = noun } = options;
  checkEdits(name, noun, edits);
  if (ifVersion && !columnsOf([noun.stored]).some(({ property }) => property === 'version'))
    throw new DeclarationFault(`${name}: ${noun.name} stores no \`version\`, so \`ifVersion\` would never match.`);
  for (const field of Object.keys(input))
    if (field === key || field in edits || (ifVersion && field === 'ifVersion'))
      throw new DeclarationFault(`${name}: its input has ${field} twice.`);
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
  return declareMutation({
    name,
    options: options as Common<ArgumentMap> & TellsOptions,
    answer: { answers: answers as unknown as Answers<Row> },
    input: fields,
    work: async (given) => (tx) => work(tx, given),
  });
}
