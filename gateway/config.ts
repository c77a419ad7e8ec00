import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigFault } from '../platform/config/fault.ts';
import { houseConfigOf, houseVariables, type HouseConfig } from '../platform/config/house.ts';
import { readVariables, type Environment } from '../platform/config/read.ts';
import { variables, type LogLevel } from '../platform/config/variables.ts';
import { wholeNumber } from '../platform/config/whole-number.ts';
import type { IssuerConfig } from './authentication/issuer.ts';
import { defaultJoining } from './fetches/joining.ts';
import type { Disclosed } from './authorization/disclosure.ts';
import type { Trust } from './documents/documents.ts';
import { houseAudiences } from '../platform/access/audiences.ts';
import type { AudienceRule } from '../platform/subgraph/audience-schema.ts';
import { defaultPolicies, readPolicies, type SubgraphPolicies } from './fetches/policies.ts';
import { headerRules, noRules, type HeaderRules } from './headers/rules.ts';
import { defaultForeignListSize, defaultLimits, limitRoles, type LimitRole, type LimitTable } from './limits/limits.ts';

/** What a gateway reads, for itself and the OSes of its process, once at the start. */
export interface GatewayConfig extends HouseConfig {
  port: number;
  host: string;
  /** Origins from which browsers may call, besides our own. */
  corsOrigins: string[];
  /** Number of our own proxies in front; the client's address is that many hops from the right of X-Forwarded-For. */
  trustProxy: number;
  executor: 'own' | 'apollo';
  /** Addresses of subgraphs, by name: of OSes in other processes, and of foreign subgraphs instead of the supergraph's own. */
  subgraphUrls: Record<string, string>;
  /** Addresses at which foreign subgraphs answer subscriptions, where they differ. */
  subscriptionUrls: Record<string, string>;
  /** The subgraphs that are OSes of this house, and so get signed requests; null means all of the supergraph. */
  ownSubgraphs: readonly string[] | null;
  routerSecret: string | null;
  /** The issuer of tokens for a supergraph without identity; null if there is none. */
  issuer: IssuerConfig | null;
  /** Which headers foreign subgraphs get. */
  headerRules: HeaderRules;
  /** Whether clients see codes and messages of foreign subgraphs, or an incident id instead. */
  subgraphErrors: 'pass' | 'mask';
  /** The claim with the policies of a viewer, for `@policy`. */
  policiesClaim: string;
  /** Milliseconds for which further equal fetches join a call of a subgraph after it began; 0 shares nothing. */
  shareFetches: number;
  /** How calls of subgraphs are limited, repeated and left out. */
  subgraphPolicies: SubgraphPolicies;
  logLevel: LogLevel;
  supergraphPath: string;
  /** The file that says which OS answers which paths besides GraphQL; it lies beside the supergraph. */
  routesPath: string;
  consoleDir: string;
  limits: LimitTable;
  /** The audiences that have a schema of their own. */
  audiences: readonly AudienceRule[];
  /** Who may find out what of the schema. */
  disclosed: Disclosed;
  /** The documents that may run, and whether clients may register more to name by their hash. */
  documents: { trust: Trust; manifests: readonly string[]; automatic: boolean };
  /** Objects that a list of a foreign subgraph without `@listSize` is assumed to have. */
  foreignListSize: number;
  /** Only the gateway: every subgraph is reached over HTTP. */
  apart: boolean;
  /** Whether an empty embedded database is filled with the demonstration. */
  demo: boolean;
  /** Whether the demonstration has auctions that never stop. */
  bidders: boolean;
}

const origin = z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, {
  error: 'must be a comma-separated list of origins such as https://example.org (no path, no slash at the end)',
});

const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Text with percent-encoding, for names with commas and equals signs; null if it is malformed. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Addresses by the name of their subgraph, which Federation leaves free. */
const addresses = (form: string, protocols: RegExp) =>
  z.string().transform((value, context) => {
    const urls: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const part of list(value)) {
      const at = part.indexOf('=');
      const name = decoded(part.slice(0, Math.max(at, 0)).trim());
      const url = part.slice(at + 1).trim();
      if (!name || !URL.canParse(url) || !protocols.test(new URL(url).protocol)) {
        context.addIssue({ code: 'custom', message: `is "name=${form},…"; "${name || part}" is not of that form` });
        return z.NEVER;
      }
      if (urls[name] !== undefined) {
        context.addIssue({ code: 'custom', message: `names "${name}" twice; give one address` });
        return z.NEVER;
      }
      urls[name] = url;
    }
    return { ...urls };
  });

const names = z.string().transform((value, context) => {
  const all = list(value).map(decoded);
  if (all.every((name) => name !== null)) return all;
  context.addIssue({
    code: 'custom',
    message: 'is a comma-separated list of names; one has an invalid percent-encoding',
  });
  return z.NEVER;
});

/** Limits in milliseconds: a timer of Node that is set for more than 24 days fires at once. */
const milliseconds = new Set(['time', 'taking']);
const aDay = 86_400_000;

const limits = z.string().transform((value, context): LimitTable => {
  const table: LimitTable = structuredClone(defaultLimits);
  const given = new Set<string>();
  for (const part of list(value)) {
    const fits = /^([a-zA-Z]+)\.([a-zA-Z]+)=(\d{1,12})$/.exec(part);
    const role = limitRoles.find((known) => known === fits?.[1]);
    const name = fits?.[2];
    if (!fits || !role || !name || !Object.hasOwn(table[role], name)) {
      const names = Object.keys(defaultLimits.anonymous).join(', ');
      context.addIssue({
        code: 'custom',
        message: `is "role.limit=number,…" with a role of ${limitRoles.join(', ')} and a limit of ${names}; "${part}" is not`,
      });
      return z.NEVER;
    }
    const most = milliseconds.has(name) ? aDay : Number.MAX_SAFE_INTEGER;
    if (Number(fits[3]) > most) {
      context.addIssue({ code: 'custom', message: `holds ${part}, and ${name} is at most ${most} milliseconds` });
      return z.NEVER;
    }
    if (given.has(`${role}.${name}`)) {
      context.addIssue({ code: 'custom', message: `names ${role}.${name} twice; give one number` });
      return z.NEVER;
    }
    given.add(`${role}.${name}`);
    table[role][name as keyof LimitTable[typeof role]] = Number(fits[3]);
  }
  return table;
});

const policies = z.string().transform((value, context): SubgraphPolicies => {
  try {
    return readPolicies(list(value), decoded);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

const roles = z.string().transform((value, context): ReadonlySet<LimitRole> => {
  const given = list(value);
  const unknown = given.filter((name) => name !== 'none' && !limitRoles.some((role) => role === name));
  if (unknown.length === 0 && (!given.includes('none') || given.length === 1))
    return new Set(limitRoles.filter((role) => given.includes(role)));
  context.addIssue({ code: 'custom', message: `is a comma-separated list of ${limitRoles.join(', ')}, or none` });
  return z.NEVER;
});

/** Audiences of one supergraph: each has a schema in memory once it is used. */
const mostAudiences = 20;

const audiences = z.string().transform((value, context): AudienceRule[] => {
  const rules = value === 'none' ? [] : list(value).map(audienceRule);
  const names = new Set(rules.map((rule) => rule?.name));
  if (rules.every((rule) => rule !== null) && names.size === rules.length && rules.length <= mostAudiences)
    return rules;
  context.addIssue({
    code: 'custom',
    message: `is "name=tag !tag,…" with at most ${mostAudiences} names of lower-case letters, digits and hyphens, each once, and the tags of @tag, or "none"`,
  });
  return z.NEVER;
});

function audienceRule(text: string): AudienceRule | null {
  const [, name, tags] = /^([a-z][a-z0-9-]{0,63})=(!?[A-Za-z_][\w/-]*(?: !?[A-Za-z_][\w/-]*)*)$/.exec(text) ?? [];
  if (name === undefined || tags === undefined) return null;
  const all = tags.split(' ');
  const exclude = all.filter((tag) => tag.startsWith('!')).map((tag) => tag.slice(1));
  return { name, include: all.filter((tag) => !tag.startsWith('!')), exclude };
}

/** The supergraph of this house. */
const committed = 'schema/supergraph.graphql';

/** The variables that only the gateway reads, with their lines in the README's table. */
export const gatewayVariables = z.object({
  SUBGRAPH_URLS: addresses('http://host/graphql', /^https?:$/)
    .default({})
    .describe('`name=http://…/graphql,…`: OSes in other processes, and other addresses of foreign subgraphs'),
  SUBSCRIPTION_URLS: addresses('ws://host/graphql', /^wss?:$/)
    .default({})
    .describe('`name=ws://…,…`: where foreign subgraphs answer subscriptions, if elsewhere'),
  OWN_SUBGRAPHS: names.optional().meta({
    description: 'subgraphs of another `SUPERGRAPH` that are OSes of this house and get signed requests',
    byDefault: 'all, or none with `SUPERGRAPH`',
  }),
  JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional()
    .describe('keys of an OIDC issuer whose tokens are accepted, for a supergraph without OSes of this house'),
  ISSUER: z.string().min(1).optional().describe('the `iss` that its tokens must have'),
  AUDIENCE: z.string().min(1).optional().describe('the `aud` that its tokens must have'),
  POLICIES_CLAIM: z.string().min(1).default('policies').describe('the claim that lists the policies of `@policy`'),
  HEADER_RULES: headerRules
    .default(noRules)
    .describe('headers that foreign subgraphs get: JSON, or the path of a file, see above'),
  SUBGRAPH_ERRORS: z
    .enum(['pass', 'mask'])
    .default('pass')
    .describe('whether clients see the errors of foreign subgraphs: `pass`, or `mask` for incident ids'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(list)
    .pipe(z.array(origin))
    .describe('origins from which browsers may call, besides our own'),
  TRUST_PROXY: wholeNumber(0, 10).default(0).describe('number of own proxies in front'),
  GATEWAY_EXECUTOR: z.enum(['own', 'apollo']).default('own').describe('`apollo` for the stock ApolloGateway'),
  SHARE_FETCHES: wholeNumber(0, 60_000)
    .default(defaultJoining)
    .describe('milliseconds within which equal queries to a subgraph share a call in flight; `0`: never'),
  SUBGRAPH_POLICIES: policies
    .default(defaultPolicies)
    .describe('`name.setting=number,…`: timeouts, retries and circuit breakers of subgraphs, see below'),
  LIMITS: limits.default(defaultLimits).meta({ description: '`role.limit=number,…`', byDefault: 'see below' }),
  AUDIENCES: audiences.optional().meta({
    description: 'schemas for audiences: `name=tag tag !tag,…`, or `none`; see above',
    byDefault: 'those of the house, or none with `SUPERGRAPH`',
  }),
  INTROSPECTION: roles.default(new Set(limitRoles)).meta({
    description: 'roles that may ask for the schema: some of `anonymous`, `signedIn` and `analyst`, or `none`',
    byDefault: 'all',
  }),
  SUGGESTIONS: roles.default(new Set(limitRoles)).meta({
    description: 'roles whose errors suggest names ("Did you mean …?"), in the same form',
    byDefault: 'all',
  }),
  TRUSTED_DOCUMENTS: z
    .enum(['off', 'log', 'enforce'])
    .default('off')
    .describe('whether documents that no manifest lists run (`off`), are logged (`log`), or are refused (`enforce`)'),
  TRUSTED_MANIFESTS: z
    .string()
    .default('')
    .transform(list)
    .describe('files with the documents of clients, which may send their ids alone: `persisted.json,…`, see above'),
  PERSISTED_QUERIES: z
    .enum(['on', 'off'])
    .default('on')
    .describe('whether clients may register documents to send their hashes alone (APQ); not with `enforce`'),
  FOREIGN_LIST_SIZE: wholeNumber(1, 1_000)
    .default(defaultForeignListSize)
    .describe('objects that a list of a foreign subgraph without `@listSize` counts in the cost, 1 to 1,000'),
  SUPERGRAPH: z
    .string()
    .min(1)
    .default(committed)
    .describe('another file than the committed one, with its `routes.json` beside it'),
  CONSOLE_DIR: z
    .string()
    .min(1)
    .default('dist/console')
    .describe('another folder than `npm run prepare` builds the explorer into'),
});

const { PORT, HOST, ROUTER_SECRET, LOG_LEVEL } = variables.shape;
const environment = houseVariables.extend({
  PORT: PORT.default(4000),
  HOST,
  ROUTER_SECRET: ROUTER_SECRET.optional(),
  LOG_LEVEL: LOG_LEVEL.optional(),
  ...gatewayVariables.shape,
});

/** Reads the environment and the flags. Throws `ConfigFault` with the name of the first invalid variable or flag. */
export function readConfig(env: Environment = process.env, argv: string[] = process.argv.slice(2)): GatewayConfig {
  const values = readVariables(environment, env);
  const flags = readFlags(argv);
  const house = houseConfigOf(values);
  const isCommitted = resolve(values.SUPERGRAPH) === resolve(committed);
  const ownSubgraphs = values.OWN_SUBGRAPHS ?? (isCommitted ? null : []);
  const isOwn = (name: string): boolean => ownSubgraphs === null || ownSubgraphs.includes(name);
  const hasOwnApart = flags.apart && ownSubgraphs?.length !== 0;
  if ((hasOwnApart || Object.keys(values.SUBGRAPH_URLS).some(isOwn)) && values.ROUTER_SECRET === undefined) {
    throw new ConfigFault('ROUTER_SECRET: is needed where subgraphs run in other processes');
  }
  if (hasOwnApart && Object.keys(values.SUBGRAPH_URLS).length === 0) {
    throw new ConfigFault('SUBGRAPH_URLS: is needed with --apart');
  }
  for (const name of ['ISSUER', 'AUDIENCE'] as const)
    if (values[name] !== undefined && values.JWKS_URL === undefined)
      throw new ConfigFault(`JWKS_URL: is needed with ${name}`);
  if (values.TRUSTED_DOCUMENTS !== 'off' && values.TRUSTED_MANIFESTS.length === 0)
    throw new ConfigFault(`TRUSTED_MANIFESTS: is needed with TRUSTED_DOCUMENTS=${values.TRUSTED_DOCUMENTS}`);
  return {
    ...house,
    ...flags,
    port: values.PORT,
    host: values.HOST,
    corsOrigins: values.CORS_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    executor: values.GATEWAY_EXECUTOR,
    subgraphUrls: values.SUBGRAPH_URLS,
    subscriptionUrls: values.SUBSCRIPTION_URLS,
    ownSubgraphs,
    issuer:
      values.JWKS_URL === undefined
        ? null
        : { jwksUrl: values.JWKS_URL, issuer: values.ISSUER ?? null, audience: values.AUDIENCE ?? null },
    headerRules: values.HEADER_RULES,
    subgraphErrors: values.SUBGRAPH_ERRORS,
    policiesClaim: values.POLICIES_CLAIM,
    subgraphPolicies: values.SUBGRAPH_POLICIES,
    shareFetches: values.SHARE_FETCHES,
    routerSecret: values.ROUTER_SECRET ?? null,
    // On a terminal the lines for people come first, so the log has only warnings and errors.
    logLevel: values.LOG_LEVEL ?? (process.stdout.isTTY ? 'warn' : 'info'),
    supergraphPath: values.SUPERGRAPH,
    routesPath: join(dirname(values.SUPERGRAPH), 'routes.json'),
    consoleDir: values.CONSOLE_DIR,
    limits: values.LIMITS,
    audiences: values.AUDIENCES ?? (isCommitted ? houseAudiences : []),
    disclosed: { introspection: values.INTROSPECTION, suggestions: values.SUGGESTIONS },
    documents: {
      trust: values.TRUSTED_DOCUMENTS,
      manifests: values.TRUSTED_MANIFESTS,
      automatic: values.PERSISTED_QUERIES === 'on',
    },
    foreignListSize: values.FOREIGN_LIST_SIZE,
  };
}

function readFlags(argv: string[]): { apart: boolean; demo: boolean; bidders: boolean } {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        apart: { type: 'boolean', default: false },
        'no-demo': { type: 'boolean', default: false },
        'no-bidders': { type: 'boolean', default: false },
      },
      strict: true,
    });
    return { apart: values.apart, demo: !values['no-demo'], bidders: !values['no-bidders'] };
  } catch (error) {
    throw new ConfigFault(error instanceof Error ? error.message : String(error));
  }
}

/** The stock gateway reports to its maker from its constructor on, unless a variable of the environment forbids it. */
export function keepStockGatewayQuiet(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}
