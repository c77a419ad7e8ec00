import { z } from 'zod';
import type { ChainsConfig } from '../outgoing/chains.ts';

/** Chains of one installation at most; a few hundred public ones exist. */
const chainsAtMost = 500;

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).hash === '';
}

/**
 * The variables of blockchains: the nodes to read from, `CHAIN_RPC_URLS=1=https://…,137=http://…` with an EIP-155 chain id before
 * each address, and the gateway for metadata on IPFS.
 */
export const chainsVariables = {
  CHAIN_RPC_URLS: z
    .string()
    .default('')
    .transform((value, context): ReadonlyMap<string, string> => {
      const urls = new Map<string, string>();
      for (const [n, text] of value.split(',').entries()) {
        if (text.trim() === '') continue;
        const at = text.indexOf('=');
        const [id, url] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
        // The message never contains the address: many include a key.
        const fault = !/^[1-9]\d{0,31}$/.test(id)
          ? 'does not begin with a chain id and =, such as 1=https://…'
          : !isHttp(url)
            ? `has no http:// or https:// address for the chain ${id}`
            : urls.has(`eip155:${id}`)
              ? `names the chain ${id} twice`
              : null;
        if (fault !== null) {
          context.addIssue(`the entry ${n + 1} ${fault}`);
          return z.NEVER;
        }
        urls.set(`eip155:${id}`, url);
      }
      if (urls.size > chainsAtMost) context.addIssue(`names more than ${chainsAtMost} chains`);
      return urls;
    })
    .describe('nodes for reading tokens: `1=https://…,137=http://…`, by EIP-155 chain id; may be internal'),
  IPFS_GATEWAY_URL: z
    .string()
    .refine(
      (value) => isHttp(value) && new URL(value).search === '',
      'must be an http:// or https:// address before /ipfs, such as https://ipfs.example.org',
    )
    .transform((value) => value.replace(/\/+$/, ''))
    .optional()
    .describe('gateway for `ipfs://` metadata, an address before `/ipfs`; without it none is read'),
};

export function chainsConfigOf(values: {
  CHAIN_RPC_URLS: ReadonlyMap<string, string>;
  IPFS_GATEWAY_URL?: string | undefined;
}): ChainsConfig {
  return { rpcUrls: values.CHAIN_RPC_URLS, ipfsGateway: values.IPFS_GATEWAY_URL ?? null };
}
