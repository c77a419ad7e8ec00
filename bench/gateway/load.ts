/** The process of the clients: each connection sends its next request as soon as its last one is answered. */
import { readFileSync } from 'node:fs';
import { Pool, type Dispatcher } from 'undici';
import { quantile } from '../bench.ts';

export interface LoadOrder {
  url: string;
  /** Bodies to send in turn. */
  bodies: readonly string[];
  /** The bytes of the answer to each, which were compared before; null if they vary. */
  lengths: readonly (number | null)[];
  connections: number;
  /** Measured at least for that time and until each connection had several answers, since answers of slow operations come together. */
  seconds: { warming: number; measured: number };
  /** The process whose CPU time is read at the beginning and end of the measurement. */
  pid: number;
}

export interface LoadSeen {
  /** Requests answered while measured, and in total. */
  answered: number;
  total: number;
  seconds: number;
  /** Milliseconds from request to the last byte of the answer. */
  p50: number;
  p99: number;
  /** Milliseconds of CPU time of the process, all threads; NaN where there is no /proc. */
  cpu: number;
  /** The first answer that was not as expected. */
  wrong: string | null;
}

/** Answers per connection before a measurement ends, unless it has taken this many times its time. */
const answersEach = 4;
const longestMeasured = 5;

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (seen) => process.send?.(seen),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));

async function run({ url, bodies, lengths, connections, seconds, pid }: LoadOrder): Promise<LoadSeen> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const counted = performance.now() + seconds.warming * 1_000;
  const times: number[] = [];
  let [sent, total] = [0, 0];
  let wrong: string | null = null;
  let [from, until] = [Number.NaN, Number.NaN];
  let cpu = 0;
  /** Called at each answer: the measurement begins and ends with one. */
  const answered = (at: number): void => {
    const now = performance.now();
    total += 1;
    if (!Number.isNaN(until)) return;
    if (Number.isNaN(from)) {
      if (now < counted) return;
      from = now;
      cpu = cpuTime(pid);
      return;
    }
    times.push(now - at);
    const took = now - from;
    const isEnough = took >= seconds.measured * 1_000 && times.length >= connections * answersEach;
    if (!isEnough && took < seconds.measured * 1_000 * longestMeasured) return;
    until = now;
    cpu = cpuTime(pid) - cpu;
  };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const n = sent++ % bodies.length;
      const at = performance.now();
      let status = 0;
      let bytes = 0;
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => {
          status = code;
        },
        onResponseData: (_, chunk) => {
          bytes += chunk.length;
        },
        onResponseEnd: () => {
          answered(at);
          const length = lengths[n] ?? null;
          if (status !== 200 || (length !== null && bytes !== length))
            wrong ??= `HTTP ${status} with ${bytes} bytes instead of ${length} for ${bodies[n]?.slice(0, 80)}`;
          resolve();
        },
        onResponseError: (_, error) => reject(error),
      };
      pool.dispatch({ path, method: 'POST', headers, body: bodies[n] ?? '' }, handler);
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (Number.isNaN(until) && wrong === null) await one();
    }),
  );
  await pool.destroy();
  return {
    answered: times.length,
    total,
    seconds: (until - from) / 1_000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpu,
    wrong,
  };
}

/** Milliseconds of CPU time of a process so far, user and system, all threads. */
function cpuTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Clock ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}
