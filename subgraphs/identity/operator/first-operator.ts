import { join } from 'node:path';
import { z } from 'zod';
import { newPassword } from '../../../platform/config/password.ts';
import { readPrivateFile, writePrivateFile } from '../../../platform/config/private-file.ts';
import { anonymous } from '../../../platform/context/actor.ts';
import { Caller, CallRefused } from '../../../platform/house/caller.ts';
import type { House } from '../../../platform/house/house.ts';
import { setRoles, signUp } from './operators.ts';

const fileShape = z.object({
  /** The log of the database that knows this operator; a file that names another belongs to a database that is gone. */
  logId: z.string(),
  email: z.string(),
  password: z.string(),
  /** Absent until the operator stands. */
  id: z.string().nullable(),
});

export interface FirstOperator {
  email: string;
  /** Given only by the start that made the operator. */
  password: string | null;
  /** Where the password is kept. */
  file: string;
}

/**
 * The operator of an embedded database: made in an empty one, with a password that is kept in `operator.json`; a start that was
 * killed half-way is continued. Null where the database has things in it and no such file, as after a restore.
 */
export async function firstOperator(house: House, dataDir: string, empty: boolean): Promise<FirstOperator | null> {
  const file = join(dataDir, 'operator.json');
  const { logId } = house.hub;
  let state = readPrivateFile(file, fileShape);
  if (state?.logId !== logId) {
    if (!empty) return null;
    state = { logId, email: 'operator@ensemble.localhost', password: newPassword(), id: null };
    writePrivateFile(file, state);
  }
  const { email, password } = state;
  if (state.id !== null) return { email, password: null, file };
  const caller = new Caller(house.services);
  const id = await signUp(caller, { email, password, displayName: 'Operator' }).catch((error: unknown) => {
    if (error instanceof CallRefused && error.code === 'CONFLICT') return signIn(caller, email, password);
    throw error;
  });
  await setRoles(caller, id, ['OPERATOR']);
  writePrivateFile(file, { ...state, id });
  return { email, password, file };
}

async function signIn(caller: Caller, email: string, password: string): Promise<string> {
  const { sessionSignIn } = await caller.ask<{ sessionSignIn: { viewer: { id: string } } }>(
    'identity',
    anonymous(),
    'mutation SignIn($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }',
    { input: { email, password } },
  );
  return sessionSignIn.viewer.id;
}
