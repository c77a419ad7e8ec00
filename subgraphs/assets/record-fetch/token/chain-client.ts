import { z } from 'zod';
import type { PublicClient } from 'viem';
import { OutgoingFault, type Outgoing } from '../../../../platform/outgoing/outgoing.ts';
import { textOf } from '../text-of.ts';

/** Bytes per answer: a token URI that contains a picture has a few hundred kilobytes. */
const answerAtMost = 4 * 1_048_576;
/** Milliseconds for one call. */
const patience = 20_000;

const answerShape = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }) }),
  z.object({ result: z.unknown() }),
]);

/** The part of viem in use. It is loaded only when a chain is read, because that takes a third of a second. */
export type Viem = Awaited<ReturnType<typeof loadViem>>;
export const loadViem = () => import('viem');

/**
 * A client of one chain. Its calls use the guarded client: the URL is the operator's, answers are limited, and redirects are not followed.
 * CCIP-Read is off, because it lets a contract make us send requests to any server.
 */
export function chainClient(viem: Viem, outgoing: Outgoing, url: string, closing: AbortSignal): PublicClient {
  const address = new URL(url);
  let id = 0;
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    const body = { jsonrpc: '2.0' as const, id: (id += 1), method, params };
    const answer = await outgoing.ask(address, {
      method: 'POST',
      permits: ({ href }) => (href === address.href ? { isInternal: true } : null),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      sizeAtMost: answerAtMost,
      signal: AbortSignal.any([closing, AbortSignal.timeout(patience)]),
    });
    const said = answerShape.safeParse(parsed(await textOf(answer.body)));
    if (!said.success) throw new OutgoingFault('UNREACHABLE', 'The answer of the node is not valid JSON-RPC 2.0.');
    // Without the URL, which may contain a key.
    if ('error' in said.data) throw new viem.RpcRequestError({ body, error: said.data.error, url: 'the node' });
    return said.data.result;
  };
  const transport = viem.custom({ request }, { retryCount: 0 });
  return viem.createPublicClient({ transport, ccipRead: false });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Whether the contract itself refused or returned nonsense, as opposed to a failing node. viem treats every internal error of a node as a
 * revert; here only errors that mention the execution count.
 */
export function isRefusedByContract(viem: Viem, error: unknown): boolean {
  let isRevert = false;
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof OutgoingFault) return false;
    if (each instanceof viem.RpcRequestError)
      return each.code === 3 || /revert|invalid opcode|out of gas|bad instruction|stack underflow/i.test(each.details);
    if (each instanceof viem.ContractFunctionRevertedError || each instanceof viem.ContractFunctionZeroDataError)
      isRevert = true;
    if (/^(Abi|Position|Invalid|SliceOffset|RecursiveRead|SizeExceeds|IntegerOutOfRange)/.test(each.name))
      isRevert = true;
  }
  return isRevert;
}
