import type { ServerResponse } from 'node:http';
import type { Consumer } from './consumer.ts';
import type { Rationing } from './rationing.ts';

/** A file request in progress. */
interface Transfer {
  /** Charges the bytes transferred since the last call. */
  settle(): void;
}

/**
 * Uploads and downloads in progress. A film takes minutes, so its bytes are charged at its end and at each further request from the
 * same address: parallel requests cannot evade the ration.
 */
export class Transfers {
  private readonly rationing: Rationing;
  private readonly running = new Map<string, Set<Transfer>>();

  constructor(rationing: Rationing) {
    this.rationing = rationing;
  }

  /** Admits a request until its answer is closed. Throws TOO_MANY. */
  begin(consumer: Consumer, address: string, response: ServerResponse): void {
    const { rationing } = this;
    for (const other of this.running.get(address) ?? []) other.settle();
    const release = rationing.hold(consumer, 'filesAtOnce');
    // The client may have left during authentication.
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
        rationing.chargeFileBytes(consumer, counted - before);
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
