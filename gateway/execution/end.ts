/** Why an operation ended before its answer was whole. */
export class Ended extends Error {
  /** Whether nobody waits for the answer any more. */
  readonly left: boolean;

  constructor(left: boolean, message: string) {
    super(message);
    this.left = left;
  }
}

/**
 * The end of one operation: its time is over, or its client has left. What has not begun by then does not begin. A mutation goes
 * on when its client has left, and what it has sent to an OS is not called back; but its client is answered in time.
 */
export class OperationEnd {
  /** Whether the operation goes on when its client has left. */
  isMutation = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  /** `time` in milliseconds, from now. */
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

  /** The client has left, or wants no more of it. */
  leave(): void {
    if (!this.isMutation) this.controller.abort(new Ended(true, 'The client has left.'));
  }

  /** The answer is whole. */
  done(): void {
    clearTimeout(this.timer);
  }
}

/** What was asked for, or `Ended` when that comes first. What was asked for goes on then, and nobody hears of it. */
export async function unlessEnded<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (!signal) return work;
  let end = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  // Whichever comes second is nobody's unhandled rejection.
  ended.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
