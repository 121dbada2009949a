import { useState } from 'preact/hooks';
import type { FactState, MemoryState, TableState } from '../protocol';
import { visible } from '../view/text';
import type { CatalogTable } from './linkMessages';
import { useLoaded, usePanelWork, type PanelAsk } from './panelAsk';
import { MemoryRow, NoteForm } from './panelMemory';
import { Facts, Failure, SmallButton } from './panelParts';

const COLUMNS = 100; // shown at first, and with each "more"

interface Props {
  connection: string;
  table: string;
  ask: PanelAsk;
  close: () => void;
}

/** All that the catalog knows of one table, and what people wrote of it. */
export function TablePage({ connection, table, ask, close }: Props) {
  const loaded = useLoaded<CatalogTable>(table, () => ask({ name: 'catalog_table', connection, table }));
  return (
    <div class="rasgo-lab-table">
      <p class="rasgo-lab-path">
        <SmallButton onClick={close}>Back</SmallButton>
      </p>
      <Failure error={loaded.error} />
      {loaded.value === null && loaded.isBusy && <p class="rasgo-lab-empty">Looking …</p>}
      {loaded.value && (
        <>
          <Head table={loaded.value.table} />
          <Notes
            connection={connection}
            table={loaded.value.table}
            notes={loaded.value.notes}
            ask={ask}
            reload={loaded.reload}
          />
          <Columns table={loaded.value.table} />
          <Known facts={loaded.value.table.facts} />
        </>
      )}
    </div>
  );
}

function Head({ table }: { table: TableState }) {
  return (
    <>
      <h3>{table.name}</h3>
      <Facts facts={[table.kind, table.rows === table.kind ? '' : table.rows, table.layout ?? '']} />
      {table.comment && <p class="rasgo-lab-words">{visible(table.comment)}</p>}
    </>
  );
}

interface NotesProps {
  connection: string;
  table: TableState;
  notes: MemoryState[];
  ask: PanelAsk;
  reload: () => void;
}

function Notes({ connection, table, notes, ask, reload }: NotesProps) {
  const [isOpen, setOpen] = useState(false);
  const work = usePanelWork();
  return (
    <>
      {notes.length > 0 && (
        <ul class="rasgo-lab-notes" aria-label="Notes">
          {notes.map((memory) => (
            <MemoryRow key={memory.id} memory={memory} flags={[]} ask={ask} />
          ))}
        </ul>
      )}
      {isOpen ? (
        <NoteForm
          columns={table.columns.map((column) => column.name)}
          isBusy={work.isBusy}
          close={() => setOpen(false)}
          send={(column, text, scope) =>
            work.start(async () => {
              await ask({ name: 'note', connection, table: table.name, column, text, scope });
              setOpen(false);
              reload();
            })
          }
        />
      ) : (
        <SmallButton onClick={() => setOpen(true)}>Add a note</SmallButton>
      )}
      <Failure error={work.error} />
    </>
  );
}

function Columns({ table }: { table: TableState }) {
  const [shown, setShown] = useState(COLUMNS);
  return (
    <>
      <h4>Columns</h4>
      <ul class="rasgo-lab-columns">
        {table.columns.slice(0, shown).map((column, i) => (
          <li key={i}>
            <span class="rasgo-lab-column">{column.name}</span>{' '}
            <Facts facts={[column.type, column.key, !column.nullable && 'not null']} />
            {column.comment && <span class="rasgo-lab-words">{visible(column.comment)}</span>}
          </li>
        ))}
      </ul>
      {shown < table.columns.length && (
        <SmallButton onClick={() => setShown(shown + COLUMNS)}>
          {`More of ${table.columns.length.toLocaleString('en')} columns`}
        </SmallButton>
      )}
      {table.more && shown >= table.columns.length && <Facts facts={[table.more]} />}
    </>
  );
}

/** Facts under the source that each comes from, those that are confirmed first. */
function Known({ facts }: { facts: FactState[] }) {
  const sources = [...new Set(facts.map((fact) => fact.source))];
  return (
    <>
      {sources.map((source) => (
        <div key={source}>
          <h4>{source || 'Known'}</h4>
          <ul class="rasgo-lab-known">
            {facts
              .filter((fact) => fact.source === source)
              .map((fact, i) => (
                <li key={i}>
                  <Facts
                    facts={[fact.kind, fact.kind === 'join' ? '' : fact.column, fact.author, fact.date]}
                  />
                  {fact.text && <span class="rasgo-lab-words">{visible(fact.text)}</span>}
                  {fact.sql && <pre>{visible(fact.sql)}</pre>}
                </li>
              ))}
          </ul>
        </div>
      ))}
    </>
  );
}
