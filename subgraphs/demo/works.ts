import { readFileSync } from 'node:fs';
import type { Subject } from './drawing.ts';

/** One work of the demonstration: a line of an import. All titles and names are invented. */
export type DemoWork = { sourceId: string; title: string } & Record<string, string | string[]>;

const lists = new Set(['creators', 'tags']);

/**
 * The works of one organization that are imported together, from `works.tsv`: those of its catalogue are published, those under
 * examination are drafts, and withdrawn ones are published and then archived.
 */
export function worksOf(
  organization: 'museum' | 'label',
  run: 'catalogue' | 'under examination' | 'withdrawn',
): DemoWork[] {
  const [head = '', ...lines] = readFileSync(new URL('./works.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = head.split('\t');
  return lines.flatMap((line) => {
    const cells = line.split('\t').map((cell, n) => [columns[n] ?? '', cell] as const);
    const { organization: whose, run: which, ...work } = Object.fromEntries(cells);
    if (whose !== organization || which !== run) return [];
    const values = Object.entries(work).filter(([, value]) => value !== '');
    return [
      Object.fromEntries(
        values.map(([name, value]) => [name, lists.has(name) ? value.split('; ') : value]),
      ) as DemoWork,
    ];
  });
}

/** Every work, reduced to the values that its drawing depends on. */
export function allWorks(): Subject[] {
  return (['museum', 'label'] as const).flatMap((organization) =>
    (['catalogue', 'under examination', 'withdrawn'] as const).flatMap((run) =>
      worksOf(organization, run).map(({ sourceId, title, kind, classification }) => ({
        sourceId,
        title,
        kind: String(kind),
        classification: String(classification),
      })),
    ),
  );
}
