import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readHouseConfig } from '../platform/config/environment.ts';
import { ConfigFault } from '../platform/config/fault.ts';
import type { HouseConfig } from '../platform/config/house.ts';
import { newPassword } from '../platform/config/password.ts';
import { runProgram } from '../platform/config/program.ts';
import { sealingKeyFor } from '../platform/config/sealing-key.ts';
import { platformRoles, type PlatformRole } from '../platform/context/actor.ts';
import { openHouseDatabase } from '../platform/database/open.ts';
import { Caller, CallRefused } from '../platform/house/caller.ts';
import { openConfiguredHouse } from '../platform/house/open.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { catalogScopes } from './catalog-scopes.ts';
import { createOperator, setRoles } from './identity/operator/operators.ts';

const usage = `Creates operators and sets platform roles: with DATABASE_URL and SECRET_KEY in that database, whose processes may run; else in
the embedded one (DATA_DIR), whose process must be stopped first.

  npm run operator -- create --email you@example.org --name You
  npm run operator -- set-roles --id usr_… --roles OPERATOR,AUDITOR     (none: --roles "")

Roles: ${platformRoles.join(', ')}.
`;

type Command =
  | { name: 'create'; email: string; displayName: string }
  | { name: 'set-roles'; id: string; roles: PlatformRole[] }
  | { name: 'help' };

function readCommand(argv: string[]): Command {
  const options = {
    email: { type: 'string' },
    name: { type: 'string' },
    id: { type: 'string' },
    roles: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new ConfigFault(`${(error as Error).message}\n\n${usage}`);
  }
  const { values, positionals } = parsed;
  const wanted = (flag: 'email' | 'name' | 'id' | 'roles'): string => {
    const value = values[flag];
    if (value === undefined) throw new ConfigFault(`--${flag}: is needed\n\n${usage}`);
    return value;
  };
  if (values.help) return { name: 'help' };
  if (positionals.length === 1 && positionals[0] === 'create') {
    return { name: 'create', email: wanted('email'), displayName: wanted('name') };
  }
  if (positionals.length === 1 && positionals[0] === 'set-roles') {
    return { name: 'set-roles', id: wanted('id'), roles: rolesIn(wanted('roles')) };
  }
  throw new ConfigFault(`There is no such command.\n\n${usage}`);
}

function rolesIn(text: string): PlatformRole[] {
  const names = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return names.map((name) => {
    const role = platformRoles.find((known) => known === name);
    if (!role) throw new ConfigFault(`--roles: "${name}" is not one of ${platformRoles.join(', ')}`);
    return role;
  });
}

/** A Postgres must be opened with the secret of its OSes, or its keys cannot be read. */
function checkSecret(config: HouseConfig): void {
  if (config.databaseUrl === null || config.secretKey !== null) return;
  if (existsSync(join(config.dataDir, 'sealing.key'))) return;
  throw new ConfigFault('SECRET_KEY: is needed with DATABASE_URL; use the one of that database’s OSes');
}

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  if (command.name === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const config = readHouseConfig();
  checkSecret(config);
  const log = createLog({ level: 'warn', name: 'operator' });
  const database = await openHouseDatabase(config, log);
  const { identity } = await import('./identity/subgraph.ts');
  const { house, close } = await openConfiguredHouse({
    // The processes that serve identity carry its facts over NATS.
    config: { ...config, natsUrl: null },
    subgraphs: [identity],
    scopes: catalogScopes,
    database,
    secrets: () => ({ sealingKey: sealingKeyFor(config) }),
    // The embedded database may be new; only `npm run migrate` migrates a Postgres, which other processes use.
    migrate: config.databaseUrl === null,
    log,
  });
  try {
    const caller = new Caller(house.services);
    if (command.name === 'create') {
      const { email, displayName } = command;
      const password = newPassword();
      const id = await createOperator(caller, { email, displayName, password }).catch((error: unknown) => {
        throw error instanceof CallRefused && error.code === 'CONFLICT' ? taken(email) : error;
      });
      process.stdout.write(`${email} is an operator (${id}).\nPassword, shown only once: ${password}\n`);
    } else {
      await setRoles(caller, command.id, command.roles);
      process.stdout.write(`${command.id} has the roles: ${command.roles.join(', ') || 'none'}.\n`);
    }
    return 0;
  } finally {
    await close();
  }
}

function taken(email: string): ConfigFault {
  return new ConfigFault(
    `--email: an account with ${email} already exists; give it the role with set-roles (its id is { viewer { id } })`,
  );
}

runProgram(main);
