import type { Outgoing } from '../../../../platform/outgoing/outgoing.ts';
import { FetchFault, outgoingFaultIn } from '../problems.ts';
import { tidy } from '../tidy.ts';
import { chainClient, isRefusedByContract, loadViem } from './chain-client.ts';

/** Blocks below the newest one, for chains without finalized blocks: no reorganization of a proof-of-work chain was as deep. */
const depth = 64n;
/** Characters of a contract's name and symbol. */
const nameAtMost = 200;

/** A reading of a token, all at one block. */
export interface TokenReading {
  /** CAIP-19: chain, standard, contract with its checksum (EIP-55) and token id. */
  caip19: string;
  blockNumber: string;
  /** The time of the block. */
  blockAt: string;
  /** Whether the chain reports the block as finalized. */
  isFinalized: boolean;
  /** For ERC-721. */
  ownerAddress: string | null;
  /** For ERC-1155 with a holder: the address and its balance. */
  holderAddress: string | null;
  holderBalance: string | null;
  contractName: string | null;
  contractSymbol: string | null;
  supply: string | null;
  /** With the id filled in. */
  metadataUri: string | null;
}

export interface TokenPlace {
  chain: string;
  contract: string;
  tokenId: string;
  holder: string | null;
}

/** Reads a token. Rejects with `FetchFault`. */
export async function readToken(
  outgoing: Outgoing,
  rpcUrl: string,
  { chain, contract, tokenId, holder }: TokenPlace,
  closing: AbortSignal,
): Promise<TokenReading> {
  const viem = await loadViem();
  const client = chainClient(viem, outgoing, rpcUrl, closing);
  const address = viem.getAddress(contract);
  const id = BigInt(tokenId);
  try {
    const chainId = await client.getChainId();
    if (`eip155:${chainId}` !== chain)
      throw new FetchFault('WRONG_CHAIN', {
        message: `The configured node belongs to eip155:${chainId}, not ${chain}.`,
      });
    const block = await blockOf();
    const at = { address, blockNumber: block.number };
    if ((await client.getCode(at)) === undefined) throw new FetchFault('NO_CONTRACT');
    /** Null if the contract refuses, or returns something else. */
    const asked = async <T>(call: () => Promise<T>): Promise<T | null> => {
      try {
        return await call();
      } catch (error) {
        if (isRefusedByContract(viem, error)) return null;
        throw error;
      }
    };
    const supports = (interfaceId: `0x${string}`) =>
      asked(() =>
        client.readContract({ ...at, abi: abis.erc165, functionName: 'supportsInterface', args: [interfaceId] }),
      );
    const abis = {
      erc165: viem.parseAbi(['function supportsInterface(bytes4) view returns (bool)']),
      metadata: viem.parseAbi(['function name() view returns (string)', 'function symbol() view returns (string)']),
      erc721: viem.parseAbi([
        'function ownerOf(uint256) view returns (address)',
        'function tokenURI(uint256) view returns (string)',
      ]),
      erc1155: viem.parseAbi([
        'function uri(uint256) view returns (string)',
        'function balanceOf(address, uint256) view returns (uint256)',
        'function totalSupply(uint256) view returns (uint256)',
      ]),
    };
    const [is721, is1155] = await Promise.all([supports('0x80ac58cd'), supports('0xd9b67a26')]);
    if (!is721 && !is1155) throw new FetchFault('NOT_A_TOKEN');
    const standard = is721 ? 'erc721' : 'erc1155';
    const [name, symbol] = await Promise.all(
      (['name', 'symbol'] as const).map((functionName) =>
        asked(() => client.readContract({ ...at, abi: abis.metadata, functionName })),
      ),
    );
    const facts = is721 ? await read721() : await read1155();
    return {
      caip19: `${chain}/${standard}:${address}/${tokenId}`,
      blockNumber: block.number.toString(),
      blockAt: new Date(Number(block.timestamp) * 1000).toISOString(),
      isFinalized: block.isFinalized,
      contractName: tidy(name, nameAtMost),
      contractSymbol: tidy(symbol, nameAtMost),
      ...facts,
    };

    async function read721() {
      const call = { ...at, abi: abis.erc721, args: [id] } as const;
      const owner = await asked(() => client.readContract({ ...call, functionName: 'ownerOf' }));
      if (owner === null || owner === viem.zeroAddress) throw new FetchFault('TOKEN_NOT_FOUND');
      const uri = await asked(() => client.readContract({ ...call, functionName: 'tokenURI' }));
      const none = { holderAddress: null, holderBalance: null, supply: null };
      return { ...none, ownerAddress: owner as string, metadataUri: uri || null };
    }

    async function read1155() {
      const call = { ...at, abi: abis.erc1155 } as const;
      const supply = await asked(() => client.readContract({ ...call, functionName: 'totalSupply', args: [id] }));
      if (supply === 0n) throw new FetchFault('TOKEN_NOT_FOUND');
      const uri = await asked(() => client.readContract({ ...call, functionName: 'uri', args: [id] }));
      const holderAddress = holder === null ? null : viem.getAddress(holder);
      const balance =
        holderAddress === null
          ? null
          : await asked(() => client.readContract({ ...call, functionName: 'balanceOf', args: [holderAddress, id] }));
      return {
        ownerAddress: null,
        holderAddress,
        holderBalance: balance?.toString() ?? null,
        supply: supply?.toString() ?? null,
        // ERC-1155: the id in hexadecimal, lower case, with leading zeros, without 0x.
        metadataUri: uri?.replaceAll('{id}', id.toString(16).padStart(64, '0')) || null,
      };
    }
  } catch (error) {
    if (error instanceof FetchFault) throw error;
    closing.throwIfAborted();
    const retryAfter = outgoingFaultIn(error)?.retryAfter ?? null;
    throw new FetchFault('UNREACHABLE', { retryable: true, retryAfter, cause: error });
  }

  /** The finalized block; for chains without one, a block so deep that it stays. */
  async function blockOf(): Promise<{ number: bigint; timestamp: bigint; isFinalized: boolean }> {
    try {
      return { ...(await client.getBlock({ blockTag: 'finalized' })), isFinalized: true };
    } catch (error) {
      if (outgoingFaultIn(error)) throw error;
      const newest = await client.getBlockNumber();
      const blockNumber = newest > depth ? newest - depth : 0n;
      return { ...(await client.getBlock({ blockNumber })), isFinalized: false };
    }
  }
}
