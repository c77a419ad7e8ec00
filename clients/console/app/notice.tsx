import { useEffect, useLayoutEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useStore } from '../store.ts';
import { useParts } from './parts.ts';
import type { ReactElement } from 'react';

/** Milliseconds: long enough to read and to press; a warning stays until it is closed. */
const SHOWN_FOR = 8_000;

export function Notices(): ReactElement | null {
  const { notice } = useParts();
  const shown = useStore(notice);
  useEffect(() => {
    if (!shown || shown.tone === 'warning' || shown.text) return undefined;
    const timer = setTimeout(() => notice.set(null), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice, shown]);
  const [editors, setEditors] = useState<Element | null>(null);
  useLayoutEffect(() => setEditors(document.querySelector('.graphiql-editors')), []);
  if (!editors) return null;
  // Below the editor: the notice concerns the operation, and must not cover the answer.
  return createPortal(
    // Always present, so that screen readers announce its content.
    <div className="console-notices" role={shown?.tone === 'warning' ? 'alert' : 'status'} data-testid="notice">
      {shown && (
        <div className={`console-notice console-notice-${shown.tone}`}>
          <span>{shown.words}</span>
          {shown.text && (
            <input
              className="console-input"
              data-testid="notice-text"
              aria-label="Link"
              readOnly
              value={shown.text}
              onFocus={(event) => event.target.select()}
            />
          )}
          {shown.action && (
            <button type="button" className="graphiql-button" onClick={shown.action.run}>
              {shown.action.label}
            </button>
          )}
          <button type="button" className="console-fold" aria-label="Close" onClick={() => notice.set(null)}>
            ×
          </button>
        </div>
      )}
    </div>,
    editors,
  );
}
