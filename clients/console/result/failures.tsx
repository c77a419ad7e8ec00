import { useState } from 'react';
import { useParts } from '../app/parts.ts';
import { useStore } from '../store.ts';
import type { ReactElement } from 'react';
import type { Answer } from './answers.ts';
import type { GraphError, GraphIssue } from '../../sdk/transport.ts';

/** Errors shown; the JSON has all of them. */
const MAX_SHOWN = 20;

/** The errors with their code, message, path in the input or the answer, and what to do next. */
export function Failures({ answer }: { answer: Answer | null }): ReactElement | null {
  const [folded, setFolded] = useState(0);
  const { session, accountOpen } = useParts();
  const { viewer } = useStore(session.state);
  const errors = answer?.result?.errors ?? [];
  if (!answer || errors.length === 0 || folded === answer.run) return null;
  const mustSignIn = !viewer && errors.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
  return (
    <section className="console-failures" data-testid="failures" aria-label="Errors" role="alert">
      <button
        type="button"
        className="console-fold"
        aria-label="Hide errors"
        title="Hide errors"
        onClick={() => setFolded(answer.run)}
      >
        ×
      </button>
      <ul className="console-plain">
        {errors.slice(0, MAX_SHOWN).map((error, index) => (
          <FailureItem key={index} error={error} />
        ))}
      </ul>
      {errors.length > MAX_SHOWN && <p className="console-hint">and {errors.length - MAX_SHOWN} more, see JSON</p>}
      {answer.requestId && (
        <p className="console-hint">
          Request <code>{answer.requestId}</code>
        </p>
      )}
      {mustSignIn && (
        <button
          type="button"
          className="graphiql-button"
          data-testid="failures-sign-in"
          onClick={() => accountOpen.set(true)}
        >
          Sign in
        </button>
      )}
    </section>
  );
}

function FailureItem({ error }: { error: GraphError }): ReactElement {
  const { code, path, issues = [], retryAfter, incidentId } = error.extensions ?? {};
  const place = path ?? error.path ?? [];
  const [location] = error.locations ?? [];
  const hints = [
    place.length > 0 && `at ${place.join('.')}`,
    place.length === 0 && location && `line ${location.line}, column ${location.column}`,
    retryAfter !== undefined && `try again in ${retryAfter} s`,
    incidentId && `incident ${incidentId}`,
  ].filter(Boolean);
  return (
    <li>
      {code && (
        <code className="console-code" data-testid="failure-code">
          {code}
        </code>
      )}
      <span>{error.message}</span>
      {hints.length > 0 && <span className="console-hint"> ({hints.join(', ')})</span>}
      {issues.length > 0 && (
        <ul>
          {issues.map((issue, index) => (
            <li key={index}>{issueWords(issue)}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function issueWords({ path, message, code }: GraphIssue): string {
  const place = [path ?? []].flat().join('.');
  return [place, message ?? code ?? ''].filter(Boolean).join(': ');
}
