import { useState } from 'preact/hooks';
import type { Filter, RowsState, RowsView } from '../protocol';
import { filterText } from './filter';
import { countText } from './format';

export interface FootProps {
  rows: RowsState;
  view: RowsView;
  /** Rows of the view. */
  total: number;
  /** What goes on, or what went wrong. */
  line: { text: string; isError: boolean } | null;
  canAsk: boolean;
  busy: boolean;
  goTo: (row: number) => void;
  filter: (filters: Filter[]) => void;
  unsort: () => void;
  copy: () => void;
  save: (format: 'csv' | 'parquet') => void;
}

const FEW = 14; // rows that are all in sight

/** Below the table: how many rows, what filters them, and what can be done with them. */
export function Foot(props: FootProps) {
  const { rows, view, total, line, canAsk, busy } = props;
  return (
    <div class="rasgo-grid-foot">
      <span class="rasgo-grid-count">{countText(total, rows.total)}</span>
      {rows.note && <span class="rasgo-grid-note">{rows.note}</span>}
      {view.filters.map((one) => (
        <button
          key={one.column}
          type="button"
          class="rasgo-grid-chip"
          title="Clear this filter"
          onClick={() => props.filter(view.filters.filter((other) => other !== one))}
        >
          <span>{filterText(rows, one)}</span> ×
        </button>
      ))}
      {view.sort.length > 0 && (
        <button
          type="button"
          class="rasgo-grid-chip"
          title="Back to the frame's own order"
          onClick={props.unsort}
        >
          <span>sorted by {view.sort.map(({ column }) => rows.columns[column]?.name ?? '').join(', ')}</span>{' '}
          ×
        </button>
      )}
      {canAsk && (
        <span class="rasgo-grid-tools">
          {total > FEW && <GoTo total={total} goTo={props.goTo} />}
          <button
            type="button"
            disabled={busy}
            title="Copy up to 100,000 rows, for a spreadsheet"
            onClick={props.copy}
          >
            Copy
          </button>
          <button
            type="button"
            disabled={busy}
            title="Write all these rows to a file"
            onClick={() => props.save('csv')}
          >
            CSV
          </button>
          <button
            type="button"
            disabled={busy}
            title="Write all these rows to a file, with their types"
            onClick={() => props.save('parquet')}
          >
            Parquet
          </button>
        </span>
      )}
      <span class="rasgo-grid-line" role="status" data-error={line?.isError ? '' : undefined}>
        {line?.text}
      </span>
    </div>
  );
}

function GoTo({ total, goTo }: { total: number; goTo: (row: number) => void }) {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    const row = Number(text.replace(/[\s,._']/g, ''));
    if (text !== '' && Number.isFinite(row)) goTo(Math.max(1, Math.min(total, Math.floor(row))) - 1);
  };
  return (
    <form class="rasgo-grid-goto" data-lm-suppress-shortcuts="true" onSubmit={submit}>
      <input
        type="text"
        inputMode="numeric"
        placeholder="Go to row"
        aria-label={`Go to row, 1 to ${total.toLocaleString('en-US')}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.stopPropagation()}
      />
    </form>
  );
}
