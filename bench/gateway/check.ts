import { isDeepStrictEqual } from 'node:util';
import { post, type Running } from './gateways.ts';
import type { Operation } from './operations.ts';

/** Bodies of an operation's requests. */
export function bodiesOf({ query, variables }: Operation): string[] {
  return variables.map((each) => JSON.stringify({ query, variables: each }));
}

/** The answers of one gateway to an operation. */
export interface Checked {
  /** Bytes of the answer to each body. */
  lengths: number[];
  /** How the answers differ from the reference; null if they do not. */
  difference: string | null;
}

interface Answer {
  data?: unknown;
  errors?: readonly { message: string }[];
}

/** Asks a gateway each request of an operation twice, and compares the answers with those of the reference, deeply. */
export async function check(
  operation: Operation,
  { url, contestant }: Running,
  reference: readonly unknown[] | null,
): Promise<Checked & { data: unknown[] }> {
  const checked: Checked & { data: unknown[] } = { lengths: [], difference: null, data: [] };
  for (const [n, body] of bodiesOf(operation).entries()) {
    // The first answer may include what later ones need not.
    await post(url, body);
    const { status, text } = await post(url, body);
    const { data, errors } = parsed(text);
    checked.lengths.push(Buffer.byteLength(text));
    checked.data.push(data);
    const fault =
      status !== 200 || errors?.length
        ? `HTTP ${status}, ${errors?.[0]?.message ?? text.slice(0, 200)}`
        : reference && !isDeepStrictEqual(data, reference[n])
          ? `other data: ${JSON.stringify(data).slice(0, 200)}`
          : null;
    if (fault) checked.difference ??= `${contestant.title} answers ${operation.name} ${n + 1} with ${fault}`;
  }
  return checked;
}

function parsed(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}
