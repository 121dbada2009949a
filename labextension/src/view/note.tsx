import { useRef, useState } from 'preact/hooks';
import type { MemoryState, Scope, TableState } from '../protocol';
import { Button } from './button';
import { useView, useWork } from './context';
import { useFocusHandedOn } from './focus';
import { FormActions } from './formActions';
import { keep } from './keys';
import { ScopeSelect, TextField } from './memory';
import { Kept } from './proposals';

/** A note of the person's own about a table or a column of it, written where it is looked at. */
export function Note({ table }: { table: TableState }) {
  const { host } = useView();
  const [isOpen, setOpen] = useState(false);
  const [kept, setKept] = useState<MemoryState[]>([]);
  if (!host.live) return null;
  return (
    <div class="rasgo-heir" tabIndex={-1}>
      {kept.map((memory) => (
        <Kept
          key={memory.id}
          memory={memory}
          onUndo={() => setKept(kept.filter((other) => other.id !== memory.id))}
        />
      ))}
      {isOpen ? (
        <NoteForm
          table={table}
          close={() => setOpen(false)}
          onKept={(memory) => {
            setKept([...kept, memory]);
            setOpen(false);
          }}
        />
      ) : (
        <div class="rasgo-actions">
          <Button look="plain" onClick={() => setOpen(true)}>
            Add a note
          </Button>
        </div>
      )}
    </div>
  );
}

interface FormProps {
  table: TableState;
  close: () => void;
  onKept: (memory: MemoryState) => void;
}

function NoteForm({ table, close, onKept }: FormProps) {
  const work = useWork();
  const card = useRef<HTMLDivElement>(null);
  useFocusHandedOn(card);
  const [text, setText] = useState('');
  const [column, setColumn] = useState('');
  const [scope, setScope] = useState<Scope>('connection');
  const send = () =>
    work.start(async (host) => {
      const { value } = await host.ask({ name: 'note', table: table.name, column, text, scope });
      onKept(value as MemoryState);
    });
  return (
    <div class="rasgo-proposal" ref={card} role="group" aria-label={`Note on ${table.name}`}>
      <TextField
        label="What should be known of it"
        text={text}
        isBusy={work.busy}
        onInput={setText}
        onCancel={close}
      />
      <FormActions label="Keep" work={work} canSend={text.trim() !== ''} onSend={send} onCancel={close}>
        <ColumnSelect table={table} column={column} isBusy={work.busy} onChange={setColumn} />
        <ScopeSelect scope={scope} isBusy={work.busy} onChange={setScope} />
      </FormActions>
    </div>
  );
}

interface ColumnProps {
  table: TableState;
  column: string;
  isBusy: boolean;
  onChange: (column: string) => void;
}

function ColumnSelect({ table, column, isBusy, onChange }: ColumnProps) {
  return (
    <label class="rasgo-labelled rasgo-quiet">
      about
      <select
        class="rasgo-field"
        disabled={isBusy}
        value={column}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={keep}
      >
        <option value="">the table</option>
        {table.columns.map((one, i) => (
          <option key={i} value={one.name}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}
