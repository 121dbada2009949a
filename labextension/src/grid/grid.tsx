import { useEffect, useRef, useState } from 'preact/hooks';
import type { Host } from '../host';
import type { Filter, RowsState, RowsView } from '../protocol';
import { copyText } from './clipboard';
import { FilterMenu } from './filter';
import { Foot, type FootProps } from './foot';
import { counted } from './format';
import './grid.css';
import { sortedBy } from './header';
import { NO_VIEW, Pages } from './pages';
import { cornersOf, tsv, type Selection } from './selection';
import { Table } from './table';

const MOST_SELECTED = 10_000; // rows of a selection that are copied

interface Menu {
  column: number;
  left: number;
  button: HTMLElement;
}

interface GridProps {
  rows: RowsState;
  host: Host;
  /** The cell to go to, in the rows as they were found; a new object goes there again. */
  goal?: { column: string; row: number } | null;
}

/** A frame's rows: the saved ones at once, all others as they are looked at. */
export function Grid({ rows, host, goal = null }: GridProps) {
  const body = useRef<HTMLDivElement>(null);
  const parts = useRef<{ pages: Pages; table: Table } | null>(null);
  const [menu, setMenu] = useState<Menu | null>(null);
  const [line, setLine] = useState<FootProps['line']>(null);
  const [busy, setBusy] = useState(false);
  const [, redraw] = useState({});
  const width = body.current?.clientWidth ?? 0;

  const fail = (error: unknown) =>
    setLine({ text: error instanceof Error ? error.message : String(error), isError: true });

  /** Work of one click; its outcome is a line in the foot. */
  const work = async (doing: string, task: () => Promise<string>) => {
    setBusy(true);
    setLine({ text: doing, isError: false });
    try {
      setLine({ text: await task(), isError: false });
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };

  const show = async (view: RowsView) => {
    setMenu(null);
    if (await parts.current?.pages.show(view)) parts.current?.table.reset();
    redraw({});
  };

  const openMenu = (column: number, button: HTMLElement) => {
    const grid = body.current?.getBoundingClientRect();
    const left = grid === undefined ? 0 : button.getBoundingClientRect().left - grid.left;
    setMenu((old) => (old?.column === column ? null : { column, left, button }));
  };

  const copySelection = (selection: Selection) => {
    const {
      rows: [start, end],
      columns,
    } = cornersOf(selection);
    void work('Copying …', async () => {
      if (end - start > MOST_SELECTED)
        throw new Error('Select at most 10,000 rows, or press Copy for 100,000.');
      const cells = await parts.current?.pages.cells(start, end);
      await copyText(tsv((cells ?? []).map((row) => row.slice(...columns))));
      return `Copied ${counted((end - start) * (columns[1] - columns[0]))} cells.`;
    });
  };

  useEffect(() => {
    if (body.current === null) return undefined;
    const pages: Pages = new Pages(rows, host, {
      changed: () => parts.current?.table.update(),
      turned: () => redraw({}),
      failed: (error) => setLine(error === '' ? null : { text: error, isError: true }),
    });
    const sort = (column: number, add: boolean) => void show(sortedBy(pages.view, column, add));
    const table = new Table(body.current, pages, { sort, openFilter: openMenu, copy: copySelection });
    parts.current = { pages, table };
    redraw({});
    return () => {
      parts.current = null;
      table.dispose();
      pages.dispose();
    };
  }, [rows.id === '' ? rows : rows.id]); // a state that came anew holds the same rows

  useEffect(() => parts.current?.pages.setHost(host), [host, host.live]);

  useEffect(() => {
    const column = rows.columns.findIndex(({ name }) => name === goal?.column);
    if (goal === null || column < 0 || goal.row < 0) return;
    const showIt = () => void parts.current?.table.showCell({ row: goal.row, column });
    if (parts.current?.pages.view === NO_VIEW) showIt();
    else void show(NO_VIEW).then(showIt);
  }, [goal]);

  const pages = parts.current?.pages;
  const view = pages?.view ?? NO_VIEW;
  const ask = async (format: 'csv' | 'tsv' | 'parquet', to: 'copy' | 'file') =>
    (await host.ask({ name: 'export', rows: rows.id, view, format, to })).value as Record<string, unknown>;

  return (
    <div class="rasgo-grid" data-busy={pages?.waiting ? '' : undefined} aria-busy={pages?.waiting}>
      <div class="rasgo-grid-body" ref={body} />
      {menu && (
        <FilterMenu
          key={menu.column}
          rows={rows}
          column={menu.column}
          view={view}
          left={Math.max(0, Math.min(menu.left, width - 300))}
          apply={(filters: Filter[]) => void show({ ...view, filters })}
          close={() => {
            setMenu(null);
            menu.button.focus();
          }}
        />
      )}
      <Foot
        rows={rows}
        view={view}
        total={pages?.total ?? rows.total}
        line={pages?.waiting ? { text: 'Looking through the rows …', isError: false } : line}
        canAsk={pages?.canAsk ?? false}
        busy={busy}
        goTo={(row) => parts.current?.table.goTo(row)}
        filter={(filters) => void show({ ...view, filters })}
        unsort={() => void show({ ...view, sort: [] })}
        copy={() =>
          void work('Copying …', async () => {
            const { text, rows: count } = await ask('tsv', 'copy');
            await copyText(String(text));
            return typeof count === 'number' ? `Copied ${counted(count)} rows.` : 'Copied.';
          })
        }
        save={(format) =>
          void work(
            'Writing …',
            async () => `Wrote ${String((await ask(format, 'file')).path)} beside the notebook.`,
          )
        }
      />
    </div>
  );
}
