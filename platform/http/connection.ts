import type { IncomingMessage, ServerResponse } from 'node:http';

/** Ends the connection if the whole request has not arrived within the given milliseconds, so that no client holds it open by sending slowly. */
export function endWithin(request: IncomingMessage, milliseconds: number): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, milliseconds);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

/** A signal that is aborted when the client disconnects before the response is complete. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) left.abort(new ClientLeft());
  };
  if (response.destroyed) look();
  else response.once('close', look);
  return left.signal;
}

/** The abort reason when the client has disconnected. */
export class ClientLeft extends Error {
  constructor() {
    super('The client has left.');
  }
}
