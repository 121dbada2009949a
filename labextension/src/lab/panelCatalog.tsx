import { useState } from 'preact/hooks';
import type { CatalogPage, CatalogRow, ConnectionRow } from './linkMessages';
import { useLoaded, useSettled, type PanelAsk } from './panelAsk';
import { Failure, Facts, SearchField, SmallButton } from './panelParts';
import { TablePage } from './panelTable';

const PAUSE_MS = 250; // of typing, before it is searched
const PAGE = 50; // rows of one answer

/** The catalog of a connection: searched by words, or browsed by schema and table. */
export function Catalog({ connections, ask }: { connections: ConnectionRow[]; ask: PanelAsk }) {
  const [chosen, setChosen] = useState('');
  const current = connections.find((one) => one.current) ?? connections[0];
  const connection = connections.find((one) => one.name === chosen) ?? current;
  if (connection === undefined)
    return <p class="rasgo-lab-empty">Open a connection to see what its tables mean.</p>;
  return (
    <>
      {connections.length > 1 && (
        <select
          class="rasgo-lab-field"
          aria-label="Connection"
          value={connection.name}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {connections.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name}
            </option>
          ))}
        </select>
      )}
      <Standing connection={connection} />
      {connection.tables === null && connection.crawl === null ? (
        <p class="rasgo-lab-empty">Its tables are being read …</p>
      ) : (
        <Browser key={connection.name} connection={connection} ask={ask} />
      )}
    </>
  );
}

/** What a model may see of the data, and how far the reading of the catalog is. */
function Standing({ connection: { privacy, crawl } }: { connection: ConnectionRow }) {
  return (
    <>
      {privacy && <p class="rasgo-lab-facts">privacy: {privacy}</p>}
      {crawl && (
        <p class="rasgo-lab-facts">
          <progress
            aria-label="Reading the catalog"
            max={crawl.total || 1}
            value={crawl.total ? crawl.done : undefined}
          />{' '}
          {crawl.stage}{' '}
          {crawl.total > 0 && `${crawl.done.toLocaleString('en')} of ${crawl.total.toLocaleString('en')}`}
        </p>
      )}
    </>
  );
}

function Browser({ connection, ask }: { connection: ConnectionRow; ask: PanelAsk }) {
  const [words, setWords] = useState('');
  const [path, setPath] = useState<string[]>([]);
  const [start, setStart] = useState(0);
  const [table, setTable] = useState('');
  const search = useSettled(words.trim(), PAUSE_MS);
  const at = search ? { path: [], start: 0 } : { path, start };
  const key = JSON.stringify([search, at, connection.tables, connection.crawl === null]);
  const loaded = useLoaded<CatalogPage>(key, () =>
    ask({ name: 'catalog', connection: connection.name, search, ...at }),
  );
  const open = (row: CatalogRow) => {
    if (row.kind !== 'schema') {
      setTable(row.kind === 'table' ? row.name : row.table);
      return;
    }
    setPath(row.path);
    setStart(0);
  };
  if (table)
    return (
      <TablePage
        key={table}
        connection={connection.name}
        table={table}
        ask={ask}
        close={() => setTable('')}
      />
    );
  return (
    <>
      <SearchField label="Search tables, columns, notes" words={words} onInput={setWords} />
      {!search && path.length > 0 && (
        <p class="rasgo-lab-path">
          <SmallButton
            onClick={() => {
              setPath([]);
              setStart(0);
            }}
          >
            All schemas
          </SmallButton>{' '}
          › {path.filter(Boolean).join('.')}
        </p>
      )}
      <Failure error={loaded.error} />
      {loaded.value && <Rows page={loaded.value} isSearch={search !== ''} open={open} />}
      {loaded.value && !search && <Pager page={loaded.value} setStart={setStart} />}
      {loaded.isBusy && loaded.value === null && <p class="rasgo-lab-empty">Looking …</p>}
    </>
  );
}

interface RowsProps {
  page: CatalogPage;
  isSearch: boolean;
  open: (row: CatalogRow) => void;
}

function Rows({ page, isSearch, open }: RowsProps) {
  if (page.rows.length === 0)
    return (
      <p class="rasgo-lab-empty" role="status">
        {isSearch ? 'Nothing is found. Try other words.' : 'There are no tables.'}
      </p>
    );
  return (
    <ul class="rasgo-lab-rows" aria-label={isSearch ? 'What was found' : 'Tables'}>
      {page.rows.map((row, i) => (
        <li key={i}>
          <Row row={row} open={open} />
        </li>
      ))}
    </ul>
  );
}

function Row({ row, open }: { row: CatalogRow; open: RowsProps['open'] }) {
  const isDead = row.kind === 'fact' && !row.table;
  return (
    <button type="button" class="rasgo-lab-listed" disabled={isDead} onClick={() => open(row)}>
      {row.kind === 'schema' ? (
        <>
          <span class="rasgo-lab-name">{row.name}</span>
          <Facts facts={[`${row.tables.toLocaleString('en')} ${row.tables === 1 ? 'table' : 'tables'}`]} />
        </>
      ) : (
        <>
          <span class="rasgo-lab-name">{row.label}</span>
          <span class="rasgo-lab-question">
            <Facts facts={row.kind === 'fact' ? [row.name, row.detail, row.table] : [row.detail, row.why]} />
          </span>
        </>
      )}
    </button>
  );
}

function Pager({ page, setStart }: { page: CatalogPage; setStart: (start: number) => void }) {
  if (page.total <= PAGE) return null;
  const last = page.start + page.rows.length;
  const figure = (number: number) => number.toLocaleString('en');
  return (
    <p class="rasgo-lab-pager">
      {page.start > 0 && (
        <SmallButton onClick={() => setStart(Math.max(0, page.start - PAGE))}>Previous</SmallButton>
      )}
      <Facts facts={[`${figure(page.start + 1)}–${figure(last)} of ${figure(page.total)}`]} />
      {last < page.total && <SmallButton onClick={() => setStart(last)}>Next</SmallButton>}
    </p>
  );
}
