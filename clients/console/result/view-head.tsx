import type { KeyboardEvent, ReactElement } from 'react';
import type { TableView } from './use-table.ts';
import { VIEWS } from './view-names.ts';
import type { View } from './view-names.ts';

interface ViewHeadProps {
  readonly view: View;
  readonly show: (view: View) => void;
  readonly shown: TableView;
  readonly saveCsv: () => void;
  readonly saveJson: () => void;
  readonly canSaveJson: boolean;
}

const LABELS: Readonly<Record<View, string>> = { json: 'JSON', table: 'Table', chart: 'Chart' };

/** The tabs above the answer, the choice of the list, and the save buttons. */
export function ViewHead({ view, show, shown, saveCsv, saveJson, canSaveJson }: ViewHeadProps): ReactElement {
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const step = event.key === 'ArrowRight' ? 1 : VIEWS.length - 1;
    const next = VIEWS[(VIEWS.indexOf(view) + step) % VIEWS.length] ?? 'json';
    show(next);
    document.getElementById(`console-tab-${next}`)?.focus();
  }

  const { sources, source, order } = shown;
  return (
    <>
      <div className="console-tabs" role="tablist" aria-label="Form of the answer" onKeyDown={onKeyDown}>
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`console-tab-${name}`}
            data-testid={`view-${name}`}
            aria-selected={view === name}
            aria-controls={`console-view-${name}`}
            tabIndex={view === name ? 0 : -1}
            onClick={() => show(name)}
          >
            {LABELS[name]}
            {name === 'table' && source && <span className="console-count">{order.length.toLocaleString('en')}</span>}
          </button>
        ))}
      </div>
      {view !== 'json' && sources.length > 1 && (
        <select
          className="console-input console-picker"
          data-testid="table-picker"
          aria-label="List to show"
          title={source?.id}
          value={source?.id}
          onChange={(event) => shown.pick(event.target.value)}
        >
          {sources.map(({ id, rows }) => (
            <option key={id} value={id}>
              {id} ({rows.length.toLocaleString('en')})
            </option>
          ))}
        </select>
      )}
      <div className="console-saves">
        <SaveButton
          kind="csv"
          hint={source ? `Save ${source.id} as CSV` : 'There is no list to save'}
          disabled={!source}
          onClick={saveCsv}
        />
        <SaveButton
          kind="json"
          hint={view !== 'json' && source ? `Save the rows of ${source.id} as JSON` : 'Save the answer as JSON'}
          disabled={!canSaveJson}
          onClick={saveJson}
        />
      </div>
    </>
  );
}

interface SaveButtonProps {
  readonly kind: 'csv' | 'json';
  readonly hint: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function SaveButton({ kind, hint, disabled, onClick }: SaveButtonProps): ReactElement {
  return (
    <button
      type="button"
      className="console-save"
      data-testid={`save-${kind}`}
      title={hint}
      disabled={disabled}
      onClick={onClick}
    >
      <svg viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden="true">
        <path d="M6 1v6.5M3.2 5 6 7.8 8.8 5M1.5 10.5h9" />
      </svg>
      <span className="console-hidden">Save as </span>
      {kind.toUpperCase()}
    </button>
  );
}
