import type { IncomingMessage, ServerResponse } from 'node:http';

/** Closes the connection of a request that is incomplete after this time, so that slow senders cannot hold connections open. */
export function endWithin(request: IncomingMessage, milliseconds: number): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, milliseconds);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

/** Aborts if the client disconnects before its answer is complete, so that work for it can stop. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) left.abort(new ClientLeft());
  };
  if (response.destroyed) look();
  else response.once('close', look);
  return left.signal;
}

/** The reason of an aborted request: its client has disconnected. */
export class ClientLeft extends Error {
  constructor() {
    super('The client has left.');
  }
}
