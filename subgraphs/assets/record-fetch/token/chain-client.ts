import { z } from 'zod';
import type { PublicClient } from 'viem';
import { OutgoingFault, type Outgoing } from '../../../../platform/outgoing/outgoing.ts';
import { textOf } from '../text-of.ts';

/** Bytes of one answer: a token URI that holds a whole picture has some hundred kilobytes. */
const answerAtMost = 4 * 1_048_576;
/** Milliseconds for one call. */
const patience = 20_000;

const answerShape = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }) }),
  z.object({ result: z.unknown() }),
]);

/** What viem is loaded for: only where a chain is read, since it takes a third of a second. */
export type Viem = Awaited<ReturnType<typeof loadViem>>;
export const loadViem = () => import('viem');

/**
 * A client of one chain. Its calls go out through the guarded client: the address is the operator's own, answers have a limit, and nothing
 * is followed. CCIP-Read is off, because by it a contract would have us ask any server.
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
    if (!said.success) throw new OutgoingFault('UNREACHABLE', 'The node does not answer as JSON-RPC 2.0 wants it.');
    // Without the address, which may have a key in it.
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
 * Whether the contract itself refused or answered nonsense, as opposed to a node that does not answer. viem takes every internal error of
 * a node for a revert; one that does not speak of the execution is none.
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
