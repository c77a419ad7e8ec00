import { Button } from '@graphiql/react';
import { useRef, useState } from 'react';
import { useParts } from '../app/parts.ts';
import type { FormEvent, ReactElement } from 'react';
import type { SignInFailure } from './operations.ts';

/** E-mail and password; shows what went wrong and keeps what was typed. */
export function SignInForm({ ended }: { ended: boolean }): ReactElement {
  const { session, accountOpen } = useParts();
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  const [busy, setBusy] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const refused = await session.signIn(String(form.get('email')).trim(), String(form.get('password')));
      setFailure(refused);
      if (refused) password.current?.select();
      else accountOpen.set(false);
    } finally {
      setBusy(false);
    }
  }

  const words = failure?.message ?? (ended ? 'Your sign-in has ended. Please sign in again.' : '');
  return (
    <form className="console-form" data-testid="sign-in-form" onSubmit={(event) => void submit(event)}>
      <label htmlFor="console-email">E-mail</label>
      <input
        id="console-email"
        className="console-input"
        data-testid="sign-in-email"
        name="email"
        type="email"
        autoComplete="username"
        required
        // The dialog was opened for this field, so it gets the focus.
        autoFocus
        aria-invalid={Boolean(failure?.email)}
        aria-describedby="console-sign-in-words"
      />
      {failure?.email && <p className="console-field-error">{failure.email}</p>}
      <label htmlFor="console-password">Password</label>
      <input
        id="console-password"
        ref={password}
        className="console-input"
        data-testid="sign-in-password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        aria-invalid={Boolean(failure?.password)}
        aria-describedby="console-sign-in-words"
      />
      {failure?.password && <p className="console-field-error">{failure.password}</p>}
      <p
        id="console-sign-in-words"
        className={failure ? 'console-form-words console-field-error' : 'console-form-words'}
        data-testid="sign-in-error"
        role="alert"
      >
        {words}
      </p>
      <Button type="submit" className="console-primary" data-testid="sign-in-submit" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
