import { Button, Dialog, UnStyledButton, VisuallyHidden } from '@graphiql/react';
import { useParts } from '../app/parts.ts';
import { useStore } from '../store.ts';
import { SignInForm } from './sign-in-form.tsx';
import type { ReactElement } from 'react';
import type { SessionState } from './session.ts';

/** The corner of the page that shows the signed-in user, and its dialog. */
export function Account(): ReactElement {
  const { session, accountOpen } = useParts();
  const state = useStore(session.state);
  const open = useStore(accountOpen);
  const acting = state.memberships.find((membership) => membership.id === state.actingFor);
  return (
    <>
      <span className="console-brand">Ensemble</span>
      {state.viewer ? (
        <UnStyledButton
          type="button"
          className="console-account"
          data-testid="account-button"
          aria-haspopup="dialog"
          title={`Signed in as ${state.viewer.displayName}`}
          onClick={() => accountOpen.set(true)}
        >
          <span className="console-avatar" aria-hidden="true">
            {initials(state.viewer.displayName)}
          </span>
          <span className="console-account-name">{state.viewer.displayName}</span>
          {state.actingFor && (
            <span className="console-chip console-chip-acting">for {acting?.displayName ?? state.actingFor}</span>
          )}
        </UnStyledButton>
      ) : (
        <Button
          type="button"
          className="console-primary"
          data-testid="sign-in-button"
          aria-haspopup="dialog"
          onClick={() => accountOpen.set(true)}
        >
          Sign in
        </Button>
      )}
      <Dialog open={open} onOpenChange={(next) => accountOpen.set(next)}>
        <div className="graphiql-dialog-header">
          <Dialog.Title className="graphiql-dialog-title">{state.viewer ? 'Account' : 'Sign in'}</Dialog.Title>
          <VisuallyHidden>
            <Dialog.Description>The account and organization that your operations run as.</Dialog.Description>
          </VisuallyHidden>
          <Dialog.Close />
        </div>
        {state.viewer ? <SignedIn state={state} name={state.viewer.displayName} /> : <SignInForm ended={state.ended} />}
        <Universe universe={state.universe} />
      </Dialog>
    </>
  );
}

function SignedIn({ state, name }: { state: SessionState; name: string }): ReactElement {
  const { session, accountOpen } = useParts();
  return (
    <>
      <div className="graphiql-dialog-section">
        <div>
          <div className="graphiql-dialog-section-title" data-testid="signed-in-as">
            Signed in as {name}
          </div>
          <div className="graphiql-dialog-section-caption console-id">{state.viewer?.id}</div>
        </div>
        <Button
          type="button"
          data-testid="sign-out-button"
          onClick={() => {
            accountOpen.set(false);
            void session.signOut();
          }}
        >
          Sign out
        </Button>
      </div>
      <div className="graphiql-dialog-section">
        <label htmlFor="console-acting-for">
          <div className="graphiql-dialog-section-title">Act for</div>
          <div className="graphiql-dialog-section-caption">
            {state.memberships.length > 0
              ? 'Operations of this browser tab run on behalf of the organization.'
              : 'You are not a member of any organization.'}
          </div>
        </label>
        <select
          id="console-acting-for"
          className="console-input console-acting-for"
          data-testid="acting-for"
          value={state.actingFor ?? ''}
          disabled={state.memberships.length === 0}
          onChange={(event) => session.choose(event.target.value || null)}
        >
          <option value="">Myself</option>
          {state.memberships.map((membership) => (
            <option key={membership.id} value={membership.id}>
              {membership.displayName} ({membership.role.toLowerCase()})
            </option>
          ))}
        </select>
      </div>
    </>
  );
}

/** Rarely needed, so it is folded unless it is in use. */
function Universe({ universe }: { universe: string }): ReactElement {
  const { session } = useParts();
  return (
    <details className="console-more" open={universe !== ''}>
      <summary>Universe{universe && `: ${universe}`}</summary>
      <label htmlFor="console-universe" className="graphiql-dialog-section-caption">
        Leave it empty for the main universe. It applies to this browser tab, and to signing in.
      </label>
      <input
        id="console-universe"
        className="console-input"
        data-testid="universe"
        placeholder="main"
        spellCheck={false}
        autoComplete="off"
        defaultValue={universe}
        onBlur={(event) => session.enter(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') session.enter(event.currentTarget.value);
        }}
      />
    </details>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => word?.charAt(0).toUpperCase() ?? '').join('');
}
