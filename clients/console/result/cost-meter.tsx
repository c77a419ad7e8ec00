import { LIMIT_WORDS, percentOf } from '../graph/explain.ts';
import { durationWords } from './words.ts';
import type { ReactElement } from 'react';
import type { Explained, LimitTold, TimingTold } from '../graph/explain.ts';

/** Percent from which advice is shown. */
const NEAR = 50;
const ID = 'console-limits';

const ROLES: Readonly<Record<string, string>> = {
  anonymous: 'anonymous users',
  signedIn: 'signed-in users',
  analyst: 'analysts and services',
};

interface CostMeterProps {
  readonly explained: Explained;
  /** Milliseconds until the answer arrived; null for a subscription. */
  readonly duration: number | null;
}

/** Shows how close the operation came to its most used limit; the popover lists all limits, and what to cut. */
export function CostMeter({ explained, duration }: CostMeterProps): ReactElement | null {
  const [nearest] = explained.limits;
  if (!nearest) return null;
  const percent = percentOf(nearest);
  return (
    <>
      <button
        type="button"
        className="console-cost"
        data-testid="cost"
        popoverTarget={ID}
        title="How close this operation comes to its limits"
      >
        <Bar percent={percent} />
        <span>
          {LIMIT_WORDS[nearest.limit] ?? nearest.limit} {percent.toLocaleString('en')} %
        </span>
      </button>
      <div id={ID} popover="auto" className="console-limits" data-testid="limits" role="dialog" aria-label="Limits">
        <h2>Limits {explained.role && `for ${ROLES[explained.role] ?? explained.role}`}</h2>
        <p className="console-hint">{summary(nearest, percent)}</p>
        <table>
          <tbody>
            {explained.limits.map((limit) => (
              <LimitRow key={limit.limit} limit={limit} />
            ))}
          </tbody>
        </table>
        {explained.timing && duration !== null && <Times timing={explained.timing} duration={duration} />}
      </div>
    </>
  );
}

/** Where the time went: users can reduce the server's part, but not the network's. */
function Times({ timing, duration }: { timing: TimingTold; duration: number }): ReactElement {
  const rows: readonly (readonly [string, number])[] = [
    ['admission (identity and limits)', timing.admission],
    ['planning', timing.planning],
    ['execution', timing.execution],
    ['network and this page', Math.max(0, duration - timing.total)],
  ];
  return (
    <>
      <h2>{durationWords(duration)}</h2>
      <table data-testid="times">
        <tbody>
          {rows.map(([words, time]) => (
            <tr key={words}>
              <th scope="row">{words}</th>
              <td>
                <span className="console-bar" aria-hidden="true">
                  <span className="console-dot-good" style={{ width: `${(time / Math.max(duration, 1)) * 100}%` }} />
                </span>
              </td>
              <td className="console-number">{durationWords(time)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function LimitRow({ limit }: { limit: LimitTold }): ReactElement {
  const percent = percentOf(limit);
  return (
    <tr data-limit={limit.limit}>
      <th scope="row">
        {LIMIT_WORDS[limit.limit] ?? limit.limit}
        {limit.path.length > 0 && <code>{limit.path.join('.')}</code>}
        {percent >= NEAR && <span className="console-hint">To stay below: {limit.advice}.</span>}
      </th>
      <td>
        <Bar percent={percent} />
      </td>
      <td className="console-number">
        {limit.found.toLocaleString('en')} of {limit.allowed.toLocaleString('en')}
      </td>
    </tr>
  );
}

/** Decorative: the same is written beside it. */
function Bar({ percent }: { percent: number }): ReactElement {
  const tone = percent > 100 ? 'bad' : percent >= NEAR ? 'busy' : 'good';
  return (
    <span className="console-bar" aria-hidden="true">
      <span className={`console-dot-${tone}`} style={{ width: `${Math.min(100, percent)}%` }} />
    </span>
  );
}

function summary(nearest: LimitTold, percent: number): string {
  const words = LIMIT_WORDS[nearest.limit] ?? nearest.limit;
  if (percent > 100) return `This exceeds the limit of ${words}. ${sentence(nearest.advice)}`;
  if (percent >= NEAR) return `Close to the limit of ${words}. ${sentence(nearest.advice)}`;
  return `Far from every limit: nothing has to be cut.`;
}

function sentence(words: string): string {
  return words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
