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
 * Runs `ending`, which must be synchronous, when this process ends by itself or by a signal. Returns a function that cancels it. A
 * killed process runs nothing; the next one cleans up (`throwaway.ts`).
 */
export function atEnd(ending: () => void): () => void {
  if (!armed) {
    armed = true;
    process.on('exit', runAll);
    for (const signal of signals) {
      const onSignal = (): void => {
        runAll();
        process.off(signal, onSignal);
        // Without other listeners, the signal must have its default effect.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      };
      process.on(signal, onSignal);
    }
  }
  endings.add(ending);
  return () => endings.delete(ending);
}
