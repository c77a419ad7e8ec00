import type { IncomingMessage, ServerResponse } from 'node:http';

/** Ends the connection of a request that is not here whole within so many milliseconds: nobody may hold one open by dripping. */
export function endWithin(request: IncomingMessage, milliseconds: number): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, milliseconds);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

/** Aborted when the client leaves before its answer is whole: what is then still being made, nobody waits for. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) left.abort(new ClientLeft());
  };
  if (response.destroyed) look();
  else response.once('close', look);
  return left.signal;
}

/** Why work was given up: the client that asked for it is gone. */
export class ClientLeft extends Error {
  constructor() {
    super('The client has left.');
  }
}
