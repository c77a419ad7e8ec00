import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeFunctionData, encodeErrorResult, encodeFunctionResult, numberToHex, parseAbi, type Hex } from 'viem';

const abi = parseAbi([
  'function supportsInterface(bytes4) view returns (bool)',
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function ownerOf(uint256) view returns (address)',
  'function tokenURI(uint256) view returns (string)',
  'function uri(uint256) view returns (string)',
  'function balanceOf(address, uint256) view returns (uint256)',
  'function totalSupply(uint256) view returns (uint256)',
]);
const solidity = parseAbi(['error Error(string)']);

/** A contract: its answer to each call. Calls without one are reverted. */
export type Contract = Record<string, (...args: never[]) => unknown>;

/** A contract's support of ERC-165. */
export const interfaces =
  (...ids: string[]) =>
  (id: string) =>
    ids.includes(id);

/** A blockchain node on this machine that speaks JSON-RPC over HTTP, with ABI-encoded answers. */
export interface ChainServer extends AsyncDisposable {
  url: string;
  /** Contracts by lower-case address. */
  contracts: Record<string, Contract>;
  chainId: number;
  newest: bigint;
  /** Whether it knows a finalized block. */
  knowsFinalized: boolean;
  /** The HTTP status to answer instead, such as 503. */
  status: number;
  /** The methods called, with the block of each call. */
  asked: { method: string; block: unknown }[];
  /** Called before each answer with the method and its first parameter, and awaited. */
  before: ((method: string, parameter: unknown) => Promise<void> | void) | null;
}

interface Body {
  id: number;
  method: string;
  params?: [{ to: string; data: Hex }, string] & unknown[];
}

export async function startChain(): Promise<ChainServer> {
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const chain: ChainServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    contracts: {},
    chainId: 31_337,
    newest: 200n,
    knowsFinalized: true,
    status: 200,
    asked: [],
    before: null,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return chain;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    chain.asked.push({ method: body.method, block: body.params?.[body.method === 'eth_getBlockByNumber' ? 0 : 1] });
    await chain.before?.(body.method, body.params?.[0]);
    response.writeHead(chain.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...answer(body) }));
  }

  function answer({ method, params = [] as never }: Body): { result: unknown } | { error: unknown } {
    if (method === 'eth_chainId') return { result: numberToHex(chain.chainId) };
    if (method === 'eth_blockNumber') return { result: numberToHex(chain.newest) };
    if (method === 'eth_getBlockByNumber') return blockAt(params[0] as unknown as string);
    if (method === 'eth_getCode') return { result: chain.contracts[String(params[0]).toLowerCase()] ? '0x6001' : '0x' };
    if (method === 'eth_call') return call(params[0]);
    return { error: { code: -32_601, message: `the method ${method} does not exist` } };
  }

  function blockAt(tag: string): { result: unknown } | { error: unknown } {
    if (tag === 'finalized' && !chain.knowsFinalized)
      return { error: { code: -32_602, message: 'invalid block tag finalized' } };
    const number = tag === 'finalized' ? chain.newest - 64n : BigInt(tag);
    return {
      result: {
        number: numberToHex(number),
        hash: `0x${'b'.repeat(64)}`,
        timestamp: numberToHex(1_700_000_000n + number * 12n),
        transactions: [],
      },
    };
  }

  function call({ to, data }: { to: string; data: Hex }): { result: unknown } | { error: unknown } {
    const { functionName, args } = decodeFunctionData({ abi, data });
    try {
      const said = chain.contracts[to.toLowerCase()]?.[functionName]?.(...((args ?? []) as unknown as never[]));
      if (said === undefined) throw new Error('no such function');
      return { result: encodeFunctionResult({ abi, functionName, result: said as never }) };
    } catch (error) {
      const reason = encodeErrorResult({ abi: solidity, errorName: 'Error', args: [(error as Error).message] });
      return { error: { code: 3, message: 'execution reverted', data: reason } };
    }
  }
}
