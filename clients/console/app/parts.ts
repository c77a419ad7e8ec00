import { createContext, useContext } from 'react';
import type { Catalog } from '../catalog/catalog.ts';
import type { Answers } from '../result/answers.ts';
import type { Session } from '../session/session.ts';
import type { Store } from '../store.ts';

/** What the console's components share. Made once, in main.tsx. */
export interface ConsoleParts {
  readonly session: Session;
  readonly catalog: Catalog;
  readonly answers: Answers;
  /** Whether the account dialog is open: several places offer to sign in. */
  readonly accountOpen: Store<boolean>;
}

export const PartsContext = createContext<ConsoleParts | null>(null);

export function useParts(): ConsoleParts {
  const parts = useContext(PartsContext);
  if (!parts) throw new Error('A component of the console is outside of PartsContext');
  return parts;
}
