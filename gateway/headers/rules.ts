import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A value that a rule sets: a text, or a claim of the viewer, without which the header is not sent. */
export type SetValue = string | { claim: string };

/** The headers of one subgraph, by lower-case names. */
export interface HeaderRule {
  /** Headers of the client that are passed on. */
  readonly forward: readonly string[];
  readonly set: Readonly<Record<string, SetValue>>;
  /** Headers that are not sent, although `all` or the gateway itself would. */
  readonly strip: readonly string[];
}

/** The headers of foreign subgraphs. A subgraph's own rule adds to `all`. */
export interface HeaderRules {
  readonly all: HeaderRule;
  readonly subgraphs: Readonly<Record<string, HeaderRule>>;
}

/** Headers about one connection or one body, by RFC 9110, and our credential: no rule may name them. */
const reserved = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'router-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A header's value that may be sent as it is: visible Latin-1, blanks and tabs. */
export const sendable = /^[\t\x20-\x7e\x80-\xff]*$/;

const name = z
  .string()
  .regex(/^[!#$%&'+.^_`|~0-9A-Za-z-]{1,256}$/, 'is not the name of a header; wildcards are not supported')
  .transform((given) => given.toLowerCase())
  .refine((given) => !reserved.has(given) && !given.startsWith('sec-websocket-'), {
    error: ({ input }) =>
      `"${String(input)}" belongs to one connection or body and is never forwarded, set or stripped`,
  });

const valueFault = 'must be a text of one line, or { "claim": "name" }';

const value = z.union(
  [z.string().regex(sendable, valueFault), z.strictObject({ claim: z.string().min(1) })],
  valueFault,
);

const rule = z.strictObject({
  forward: z.array(name).default([]),
  set: z.record(name, value).default({}),
  strip: z.array(name).default([]),
});

const none: HeaderRule = { forward: [], set: {}, strip: [] };

const rules = z.strictObject({
  all: rule.default({ forward: [], set: {}, strip: [] }),
  subgraphs: z.record(z.string(), rule).default({}),
});

export const noRules: HeaderRules = { all: none, subgraphs: {} };

/** HEADER_RULES: JSON, or the path of a file with it. */
export const headerRules = z.string().transform((given, context): HeaderRules => {
  const isJson = given.trimStart().startsWith('{');
  const fault = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  let read: unknown;
  try {
    read = JSON.parse(isJson ? given : readFileSync(given, 'utf8'));
  } catch (error) {
    const { message } = error as Error;
    return fault(isJson ? `is not valid JSON: ${message}` : `the file ${given} is not readable JSON: ${message}`);
  }
  const result = rules.safeParse(read);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return fault(`${placeOf(issue?.path ?? [])}${issue?.message ?? 'is not valid'}`);
});

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `at ${path.map(String).join('.')}: `;
}
