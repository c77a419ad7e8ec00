import { createContext, useContext } from 'react';
import type { Catalog } from '../catalog/catalog.ts';
import type { Answers } from '../result/answers.ts';
import type { ChartChoices } from '../chart/choices.ts';
import type { ViewChoice } from '../result/view.ts';
import type { Library } from '../saved/library.ts';
import type { SharedOperation } from '../saved/link.ts';
import type { Session } from '../session/session.ts';
import type { Store } from '../store.ts';

/** A short message about the last action, and an optional follow-up. */
export interface Notice {
  readonly words: string;
  readonly tone: 'plain' | 'warning';
  /** Text to copy by hand. */
  readonly text?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** The services shared by the console's components. Created once, in main.tsx. */
export interface ConsoleParts {
  readonly session: Session;
  readonly catalog: Catalog;
  readonly answers: Answers;
  readonly charts: ChartChoices;
  readonly view: ViewChoice;
  /** The current chart, so that a saved query or a link shows the same; null if none is shown. */
  readonly shownChart: Store<SharedOperation['chart']>;
  readonly library: Library;
  readonly notice: Store<Notice | null>;
  /** Whether the account dialog is open: several places offer to sign in. */
  readonly accountOpen: Store<boolean>;
}

export const PartsContext = createContext<ConsoleParts | null>(null);

export function useParts(): ConsoleParts {
  const parts = useContext(PartsContext);
  if (!parts) throw new Error('A component of the console is outside of PartsContext');
  return parts;
}
