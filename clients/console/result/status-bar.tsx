import { useState } from 'react';
import { CostMeter } from './cost-meter.tsx';
import { LivePace } from './live-pace.tsx';
import { durationWords } from './words.ts';
import type { ReactElement } from 'react';
import type { Answer } from './answers.ts';

/** One line below the answer: its outcome, duration, size, and the request id to quote when asking for help. */
export function StatusBar({ answer }: { answer: Answer | null }): ReactElement {
  const [tone, words, counted] = statusOf(answer);
  return (
    <footer className="console-status" data-testid="status-bar">
      <span className={`console-dot console-dot-${tone}`} aria-hidden="true" />
      <span data-testid="status">
        {/* Announced at every change: the event count, which changes constantly, is outside of it. */}
        <span role="status">{words}</span>
        {counted}
      </span>
      {answer?.note && <span className="console-hint">{answer.note}</span>}
      {answer?.live && <LivePace answer={answer} />}
      {answer?.duration != null && <Duration answer={answer} duration={answer.duration} />}
      {answer?.size ? <span className="console-hint">{sizeWords(answer.size)}</span> : null}
      {answer?.explained && answer.explained.limits.length > 0 && (
        <CostMeter explained={answer.explained} duration={answer.duration} />
      )}
      {answer?.requestId && <RequestId id={answer.requestId} />}
    </footer>
  );
}

/** The total duration, and the server's part of it. */
function Duration({ answer, duration }: { answer: Answer; duration: number }): ReactElement {
  const timing = answer.explained?.timing;
  if (!timing) return <span className="console-hint">{durationWords(duration)}</span>;
  const parts = [
    `admission ${durationWords(timing.admission)}`,
    `planning ${durationWords(timing.planning)}`,
    `execution ${durationWords(timing.execution)}`,
  ];
  return (
    <span className="console-hint" data-testid="duration" title={`Server: ${parts.join(', ')}`}>
      {durationWords(duration)}
      <span className="console-parts">
        {' '}
        (server {durationWords(timing.total)}, network {durationWords(Math.max(0, duration - timing.total))})
      </span>
    </span>
  );
}

function RequestId({ id }: { id: string }): ReactElement {
  const [copied, setCopied] = useState('');
  // The clipboard exists only on https and localhost; elsewhere the id can be selected.
  const canCopy = 'clipboard' in navigator;
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(id);
    setCopied(id);
  }
  const words = (
    <>
      <span className="console-status-label">{copied === id ? 'copied' : 'request'}</span>{' '}
      <code data-testid="request-id">{id}</code>
    </>
  );
  if (!canCopy) return <span className="console-request">{words}</span>;
  return (
    <button type="button" className="console-request" title={`Copy the request id ${id}`} onClick={() => void copy()}>
      {words}
    </button>
  );
}

type Tone = 'idle' | 'busy' | 'good' | 'bad';

/** The tone, the announced words, and words that are shown without being announced. */
function statusOf(answer: Answer | null): readonly [Tone, string, string?] {
  if (!answer) return ['idle', 'Ready'];
  const errors = answer.result?.errors?.length ?? 0;
  const failed = `${errors} ${errors === 1 ? 'error' : 'errors'}`;
  const events = `${answer.eventCount.toLocaleString('en')} ${answer.eventCount === 1 ? 'event' : 'events'}`;
  switch (answer.state) {
    case 'running':
      return ['busy', answer.live ? 'Subscribed, waiting for events…' : 'Running…'];
    case 'live':
      return ['good', 'Live', ` · ${events}`];
    case 'stale':
      return ['busy', 'Nothing heard for three seconds: this may be old', ` · ${events}`];
    case 'reconnecting':
      return ['busy', 'Reconnecting…', ` · ${events}`];
    case 'stopped':
      return ['idle', answer.live ? `Stopped · ${events}` : 'Stopped'];
    case 'done':
      if (errors > 0) return ['bad', answer.result?.data ? `Partly answered, ${failed}` : failed];
      return ['good', answer.live ? `Ended · ${events}` : 'Done'];
  }
}

function sizeWords(characters: number): string {
  if (characters < 1_000) return `${characters} B`;
  return characters < 1_000_000 ? `${(characters / 1_000).toFixed(1)} kB` : `${(characters / 1_000_000).toFixed(1)} MB`;
}
