import type { ServerResponse } from 'node:http';
import type { Consumer } from './consumer.ts';
import type { Rationing } from './rationing.ts';

/** A request for a file that is not answered to the end. */
interface Transfer {
  /** Takes the bytes that came and went since it was looked at last. */
  settle(): void;
}

/**
 * Files on their way, up or down. A film takes minutes: its bytes are counted at its end, and whenever something more is asked for
 * from the same address, so that many at once are no way around the ration.
 */
export class Transfers {
  private readonly rationing: Rationing;
  private readonly running = new Map<string, Set<Transfer>>();

  constructor(rationing: Rationing) {
    this.rationing = rationing;
  }

  /** Lets a request in until its answer is closed. Throws TOO_MANY. */
  begin(consumer: Consumer, address: string, response: ServerResponse): void {
    const { rationing } = this;
    for (const other of this.running.get(address) ?? []) other.settle();
    const release = rationing.hold(consumer, 'filesAtOnce');
    // The client may have left while it was found out who asks.
    if (response.destroyed) return release();
    try {
      rationing.requestFile(consumer);
    } catch (error) {
      release();
      throw error;
    }
    const { socket } = response.req;
    const carried = (): number => socket.bytesRead + socket.bytesWritten;
    let counted = carried();
    const transfer = {
      settle: (): void => {
        const before = counted;
        counted = carried();
        rationing.carriedFile(consumer, counted - before);
      },
    };
    const beside = this.running.get(address) ?? new Set();
    this.running.set(address, beside.add(transfer));
    response.once('close', () => {
      release();
      transfer.settle();
      beside.delete(transfer);
      if (beside.size === 0) this.running.delete(address);
    });
  }
}
