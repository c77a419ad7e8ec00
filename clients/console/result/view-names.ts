export const VIEWS = ['json', 'table', 'chart'] as const;
/** The form in which an answer is shown. */
export type View = (typeof VIEWS)[number];

export function readView(value: unknown): View | null {
  return VIEWS.find((view) => view === value) ?? null;
}
