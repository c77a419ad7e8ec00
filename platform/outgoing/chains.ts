/** From which blockchains is read. */
export interface ChainsConfig {
  /** The JSON-RPC address of each chain, by its CAIP-2 id such as `eip155:1`. They are the operator's own, and may lie inside. */
  rpcUrls: ReadonlyMap<string, string>;
  /** The gateway through which `ipfs://` is read, without a slash at the end; null reads none. */
  ipfsGateway: string | null;
}

export const noChains: ChainsConfig = { rpcUrls: new Map(), ipfsGateway: null };
