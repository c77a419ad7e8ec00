import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { operatorFile } from './config.ts';
import { LoaderFault } from './fault.ts';
import type { Credentials } from './graph/client.ts';

const operator = z.looseObject({ email: z.string().min(1), password: z.string().min(1) });

/**
 * Reads the credentials. Passwords and keys are read from files and never from the command line, where every user of the machine sees
 * them. Without any, and only for a gateway on this machine, the operator created at its first start.
 */
export async function readCredentials(options: {
  url: string;
  email?: string | undefined;
  passwordFile?: string | undefined;
  keyFile?: string | undefined;
}): Promise<Credentials> {
  const { url, email, passwordFile, keyFile } = options;
  if (keyFile !== undefined) {
    if (email !== undefined || passwordFile !== undefined)
      throw new LoaderFault('Use either --key-file or --email with --password-file.');
    return { actorKey: await secretIn(keyFile) };
  }
  if ((email === undefined) !== (passwordFile === undefined))
    throw new LoaderFault('--email and --password-file belong together.');
  if (email !== undefined && passwordFile !== undefined) return { email, password: await secretIn(passwordFile) };
  if (!isLocal(url))
    throw new LoaderFault(`Credentials are needed for ${url}: --email with --password-file, or --key-file.`);
  return operatorIn(operatorFile());
}

function isLocal(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

async function secretIn(path: string): Promise<string> {
  const secret = (await contents(path)).trim();
  if (secret === '') throw new LoaderFault(`${path} is empty.`);
  return secret;
}

async function operatorIn(path: string): Promise<Credentials> {
  const text = await contents(
    path,
    'Start the gateway first, or give credentials: --email with --password-file, or --key-file.',
  );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LoaderFault(`${path} is not JSON.`, { cause: error });
  }
  const parsed = operator.safeParse(value);
  if (!parsed.success) throw new LoaderFault(`${path} contains no email and password.`);
  return { email: parsed.data.email, password: parsed.data.password };
}

async function contents(path: string, advice = ''): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${message}.`;
    throw new LoaderFault(`${reason} ${advice}`.trim(), { cause: error });
  }
}
