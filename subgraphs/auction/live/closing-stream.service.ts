import type { Context } from '../../../platform/context/context.ts';
import { joinClosing, type ClosingLook, type ClosingSnapshot } from './closing-watch.service.ts';

/**
 * A state stream: the lots that end within so many seconds, first as they are, then again whenever that changes. Changes are
 * merged, nothing is replayed: whoever comes back begins with a new snapshot. Written by hand, so that `return()` ends a pending
 * `next()` at once.
 */
export function closingStream(context: Context, within: number): AsyncIterableIterator<ClosingSnapshot> {
  let waiting: { resolve: (result: IteratorResult<ClosingSnapshot>) => void; reject: (error: unknown) => void } | null =
    null;
  let done = false;
  let failure: { error: unknown } | null = null;
  let shown: string | null = null;

  const show = ({ snapshot, signature }: ClosingLook): void => {
    if (!waiting || signature === shown) return;
    shown = signature;
    const { resolve } = waiting;
    waiting = null;
    resolve({ done: false, value: snapshot });
  };
  const listener = {
    context,
    get isWaiting() {
      return waiting !== null;
    },
    told: show,
    failed(error: unknown) {
      if (waiting) waiting.reject(error);
      else failure = { error };
      waiting = null;
      end();
    },
  };
  const watch = joinClosing(listener, within);

  const end = (): void => {
    if (done) return;
    done = true;
    watch.leave(listener);
    waiting?.resolve({ done: true, value: undefined });
    waiting = null;
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (failure) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (done) return Promise.resolve({ done: true, value: undefined });
      if (waiting) return Promise.reject(new Error('A stream is read one event at a time.'));
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        // What the others were told meanwhile; the first snapshot is one of its own.
        if (watch.latest && shown !== null) show(watch.latest);
        watch.wake();
      });
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    async throw(error) {
      end();
      throw error;
    },
  };
}
