import { useEffect, useRef, useState } from 'preact/hooks';
import type { Filter, RowsState, RowsView } from '../protocol';

type Test = Filter['test'];

const TESTS: Record<Test, string> = {
  contains: 'contains',
  equals: 'is',
  at_least: 'is at least',
  at_most: 'is at most',
  is_null: 'is missing',
  not_null: 'is there',
};

interface Props {
  rows: RowsState;
  column: number;
  view: RowsView;
  /** Pixels from the left of the grid. */
  left: number;
  apply: (filters: Filter[]) => void;
  close: () => void;
}

/** What a column's rows must be like. Enter applies it, Escape leaves all as it is. */
export function FilterMenu({ rows, column, view, left, apply, close }: Props) {
  const { name = '', numeric = false } = rows.columns[column] ?? {};
  const old = view.filters.find((filter) => filter.column === column);
  const [test, setTest] = useState<Test>(old?.test ?? (numeric ? 'equals' : 'contains'));
  const [text, setText] = useState(old?.text ?? '');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const needsText = test !== 'is_null' && test !== 'not_null';
  const others = view.filters.filter((filter) => filter.column !== column);
  const submit = (event: Event) => {
    event.preventDefault();
    apply(needsText && text === '' ? others : [...others, { column, test, text: needsText ? text : '' }]);
  };
  return (
    <form
      ref={form}
      class="rasgo-grid-menu"
      aria-label={`Filter ${name}`}
      style={{ left: `${left}px` }}
      data-lm-suppress-shortcuts="true"
      onSubmit={submit}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') close();
      }}
    >
      <select aria-label="Test" value={test} onChange={(event) => setTest(event.currentTarget.value as Test)}>
        {Object.entries(TESTS).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      {needsText && (
        <input
          type="text"
          aria-label={`Value of ${name}`}
          value={text}
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <button type="submit">Filter</button>
      {old && (
        <button type="button" onClick={() => apply(others)}>
          Clear
        </button>
      )}
    </form>
  );
}

/** "origin contains JFK". */
export function filterText(rows: RowsState, { column, test, text }: Filter): string {
  return [rows.columns[column]?.name ?? '', TESTS[test], text].filter(Boolean).join(' ');
}
