/** The operation ended before its answer was complete. */
export class Ended extends Error {
  /** Whether the client has left. */
  readonly left: boolean;

  constructor(left: boolean, message: string) {
    super(message);
    this.left = left;
  }
}

/**
 * Ends one operation at its time limit or when its client leaves. No further fetch starts. A mutation continues when its client
 * leaves, and a mutation sent to an OS is not cancelled; the client is still answered within the time limit.
 */
export class OperationEnd {
  /** Whether the operation continues when its client leaves. */
  isMutation = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  /** `time` is in milliseconds from now. */
  constructor(time: number) {
    this.timer = setTimeout(
      () => this.controller.abort(new Ended(false, `An operation has ${time / 1_000} s.`)),
      time,
    ).unref();
  }

  /** Aborted with `Ended`. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Call when the client has left or no longer wants the answer. */
  leave(): void {
    if (!this.isMutation) this.controller.abort(new Ended(true, 'The client has left.'));
  }

  /** Call when the answer is complete. */
  done(): void {
    clearTimeout(this.timer);
  }
}

/** Resolves as `work` does, or rejects with `Ended` if the signal comes first; `work` then continues and its result is ignored. */
export async function unlessEnded<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (!signal) return work;
  let end = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  // The promise that settles second must not be an unhandled rejection.
  ended.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
