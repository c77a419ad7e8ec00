import type { ServerResponse } from 'node:http';

/** The header by which a gateway passes the graph's public address to other processes. */
export const originHeader = 'ensemble-origin';

/** Adds these request headers to the Vary header of the answer. */
export function varyBy(response: ServerResponse, names: readonly string[]): void {
  const before = String(response.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  response.setHeader('vary', [...new Set([...before, ...names])].join(', '));
}
