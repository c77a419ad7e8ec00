/** The blockchains to read from. */
export interface ChainsConfig {
  /** The JSON-RPC address of each chain, by its CAIP-2 id such as `eip155:1`. The operator chose them, so they may be internal. */
  rpcUrls: ReadonlyMap<string, string>;
  /** The gateway for `ipfs://`, without a slash at the end; null disables it. */
  ipfsGateway: string | null;
}

export const noChains: ChainsConfig = { rpcUrls: new Map(), ipfsGateway: null };
