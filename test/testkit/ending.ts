const endings = new Set<() => void>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let armed = false;

function runAll(): void {
  for (const ending of endings) {
    endings.delete(ending);
    try {
      ending();
    } catch (error) {
      console.error('An ending of the testkit failed:', error);
    }
  }
}

/**
 * Runs `ending` when this process ends, be it by itself or by a signal. It must be synchronous. Answers a function that
 * takes it back. A process killed outright runs nothing: what it leaves is cleaned up by the next one (`throwaway.ts`).
 */
export function atEnd(ending: () => void): () => void {
  if (!armed) {
    armed = true;
    process.on('exit', runAll);
    for (const signal of signals) {
      const onSignal = (): void => {
        runAll();
        process.off(signal, onSignal);
        // With nobody else listening, the signal must do what it would have done without us.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      };
      process.on(signal, onSignal);
    }
  }
  endings.add(ending);
  return () => endings.delete(ending);
}
