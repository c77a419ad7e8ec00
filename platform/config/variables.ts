import { z } from 'zod';
import { POOL_SIZE } from '../database/postgres.ts';
import { retentionAtLeast } from '../facts/retention.ts';
import { chainsVariables } from './chains.ts';
import { embeddingsVariables } from './embeddings.ts';
import { mailVariables } from './mail.ts';
import { objectsVariables } from './objects.ts';
import { sourcesVariables } from './sources.ts';
import { metricsVariables, tracingVariables } from './telemetry.ts';
import { universesVariables } from './universes.ts';
import { wholeNumber } from './whole-number.ts';

// 32 characters, as `openssl rand -hex 16` prints: 128 bits are the least that cannot be guessed by trying.
const secret = z.string().min(32, 'must have at least 32 characters');
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address');

/**
 * Every variable of the environment, except those that only the gateway reads (`gatewayVariables` in `gateway/config.ts`). Each is
 * declared once: its shape, its default, and its line in the README's table. A program picks those that it reads. PORT, DATABASE_URL,
 * ROUTER_SECRET and LOG_LEVEL have no default here, because programs differ in theirs.
 */
export const variables = z.object({
  PORT: wholeNumber(0, 65_535).meta({ description: 'port to listen on', byDefault: '`4000`; an OS apart `4001`' }),
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  DATA_DIR: z.string().min(1).default('.data').describe('the embedded database, generated secrets and demo sign-ins'),
  DATABASE_URL: databaseUrl.describe(
    'a Postgres (15 or newer, preferably with pgvector) instead of the embedded database',
  ),
  DIRECT_DATABASE_URL: databaseUrl
    .optional()
    .describe('the same database without the pooler of `DATABASE_URL`, see below; one connection listens there'),
  // Five is the least that has a share for each kind of work; a Postgres server allows 100 in all by default.
  POOL_SIZE: wholeNumber(5, 100)
    .default(POOL_SIZE)
    .describe('maximum connections of a process to Postgres, 5 to 100; one more listens'),
  // Unless set, facts are kept for ever: histories are read from them, and pruned facts cannot be recovered.
  FACTS_RETENTION_DAYS: wholeNumber(retentionAtLeast, 36_500)
    .optional()
    .describe('days after which facts are pruned, 8 to 36,500; without it they are kept for ever'),
  ...objectsVariables,
  ...universesVariables,
  NATS_URL: z
    .string()
    .regex(/^(nats|tls|ws|wss):\/\//, 'must be a nats:// address')
    .optional()
    .describe('NATS with JetStream, for OSes with several databases and for rights changes at separate gateways'),
  ROUTER_SECRET: secret.describe(
    'shared by gateways and OSes in separate processes, never sent; 32 characters or more',
  ),
  SECRET_KEY: secret.optional().meta({
    description: 'encrypts the signing keys in the database; 32 characters or more',
    byDefault: 'generated into `DATA_DIR`',
  }),
  IDENTITY_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// address' })
    .optional()
    .describe("for a separate OS behind another router: where to look up a user's rights"),
  ...mailVariables,
  ...embeddingsVariables,
  ...sourcesVariables,
  ...chainsVariables,
  ...metricsVariables,
  ...tracingVariables,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).meta({
    description: "pino's levels, or `silent`",
    byDefault: '`info`; a gateway on a terminal `warn`',
  }),
  CAPABILITIES: z
    .string()
    .min(1)
    .default('../shared/capabilities.tsv')
    .describe('list of wanted capabilities for `npm run capabilities`; may be missing'),
});

export type LogLevel = z.output<typeof variables.shape.LOG_LEVEL>;
