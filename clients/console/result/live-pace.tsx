import { useEffect, useState } from 'react';
import { rateOf } from '../graph/pace.ts';
import { durationWords } from './words.ts';
import type { ReactElement } from 'react';
import type { Answer } from './answers.ts';

/** Shows the rate of a subscription's events, and their latency. */
export function LivePace({ answer }: { answer: Answer }): ReactElement | null {
  const { pace, state } = answer;
  const flows = state === 'live';
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!flows) return undefined;
    setNow(Date.now());
    // The rate must drop when a stream falls silent.
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [flows, pace]);
  if (pace.arrivals.length === 0) return null;
  const rate = rateOf(pace, now);
  return (
    <span className="console-hint" data-testid="pace">
      {flows && `${rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en')}/s`}
      {pace.latency !== null && (
        <span title="From the occurrence of the latest event to its arrival">
          {flows && ' · '}
          {durationWords(pace.latency)} after it happened
        </span>
      )}
    </span>
  );
}
