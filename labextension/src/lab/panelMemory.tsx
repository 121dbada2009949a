import { useState } from 'preact/hooks';
import type { MemoryState, RecalledState, Scope } from '../protocol';
import { factsOf, SCOPES } from '../view/memory';
import { visible } from '../view/text';
import type { MemoryPage } from './linkMessages';
import { useLoaded, usePanelWork, useSettled, type PanelAsk } from './panelAsk';
import { Facts, Failure, SearchField, SmallButton } from './panelParts';

const PAUSE_MS = 250;

/** The memories in reach: searched, edited, forgotten. `runs` changes with what the kernel does. */
export function Memory({ ask, runs }: { ask: PanelAsk; runs: string }) {
  const [words, setWords] = useState('');
  const search = useSettled(words.trim(), PAUSE_MS);
  const loaded = useLoaded<MemoryPage>(`${search} ${runs}`, () => ask({ name: 'memories', search }));
  const { value } = loaded;
  const [forgotten, setForgotten] = useState<Forgotten>({ search, rows: [] });
  const shown = withForgotten(value?.memories ?? [], forgotten.search === search ? forgotten.rows : []);
  const noteForgotten = (row: RecalledState, place: number) =>
    setForgotten(({ search: before, rows }) => ({
      search,
      rows: [
        ...(before === search ? rows : []).filter((one) => one.row.memory.id !== row.memory.id),
        { row, place },
      ],
    }));
  return (
    // Cards and commands keep and forget, too: what is looked at is read anew.
    <div onPointerEnter={loaded.reload}>
      {(search || (value?.total ?? 0) > 0) && (
        <SearchField label="Search memories" words={words} onInput={setWords} />
      )}
      <Failure error={loaded.error} />
      {value && shown.length === 0 && (
        <p class="rasgo-lab-empty">{search ? 'Nothing is found.' : 'Nothing confirmed yet.'}</p>
      )}
      <ul class="rasgo-lab-notes" aria-label="Memories">
        {shown.map(({ row: { memory, flags }, row }, place) => (
          <MemoryRow
            key={memory.id}
            memory={memory}
            flags={flags}
            ask={ask}
            onForget={() => noteForgotten(row, place)}
          />
        ))}
      </ul>
      {value && value.memories.length < value.total && (
        <Facts
          facts={[`${value.memories.length} of ${value.total.toLocaleString('en')}: search for others`]}
        />
      )}
    </div>
  );
}

interface Placed {
  row: RecalledState;
  /** Where it stood when it was forgotten; absent of one that the kernel lists. */
  place?: number;
}

/** What was forgotten while these words were looked for. */
interface Forgotten {
  search: string;
  rows: Placed[];
}

/** The list with what was forgotten in its place, so that its Undo stays there when the list is read anew. */
function withForgotten(listed: RecalledState[], forgotten: Placed[]): Placed[] {
  const ids = new Set(listed.map((row) => row.memory.id));
  const shown: Placed[] = listed.map((row) => ({ row }));
  const left = forgotten.filter(({ row }) => !ids.has(row.memory.id));
  for (const one of left.sort((a, b) => (a.place ?? 0) - (b.place ?? 0)))
    shown.splice(one.place ?? 0, 0, one);
  return shown;
}

interface RowProps {
  memory: MemoryState;
  flags: string[];
  ask: PanelAsk;
  onForget?: () => void;
}

/** One memory; what is done to it is shown until the list is read anew. */
export function MemoryRow({ memory, flags, ask, onForget }: RowProps) {
  const [shown, setShown] = useState(memory);
  const [isForgotten, setForgotten] = useState(false);
  const [isEdited, setEdited] = useState(false);
  const work = usePanelWork();
  const setKept = (isKept: boolean) =>
    work.start(async () => {
      await ask({ name: isKept ? 'memory_restore' : 'memory_forget', memory: memory.id });
      setForgotten(!isKept);
      if (!isKept) onForget?.();
    });
  const edit = (text: string) =>
    work.start(async () => {
      setShown((await ask({ name: 'memory_edit', memory: memory.id, text })) as MemoryState);
      setEdited(false);
    });
  return (
    <li class={isForgotten ? 'rasgo-lab-forgotten' : ''}>
      {isEdited ? (
        <TextForm text={shown.text} isBusy={work.isBusy} send={edit} close={() => setEdited(false)} />
      ) : (
        <span class="rasgo-lab-words">{visible(shown.text)}</span>
      )}
      {flags.map((flag, i) => (
        <span key={i} class="rasgo-lab-flag">
          {flag}
        </span>
      ))}
      <Facts facts={[...aboutOf(shown), ...factsOf(shown)]} />{' '}
      {isForgotten ? (
        <SmallButton isBusy={work.isBusy} onClick={() => setKept(true)}>
          Undo
        </SmallButton>
      ) : (
        !isEdited && (
          <>
            <SmallButton onClick={() => setEdited(true)}>Edit</SmallButton>{' '}
            <SmallButton isBusy={work.isBusy} onClick={() => setKept(false)}>
              Forget
            </SmallButton>
          </>
        )
      )}
      <Failure error={work.error} />
    </li>
  );
}

const aboutOf = (memory: MemoryState): string[] => [
  ...(memory.sql ? ['verified query'] : []),
  ...(memory.columns.length > 0 ? memory.columns : memory.tables).slice(0, 2),
];

interface TextProps {
  text: string;
  isBusy: boolean;
  send: (text: string) => void;
  close: () => void;
}

function TextForm({ text, isBusy, send, close }: TextProps) {
  const [written, setWritten] = useState(text);
  return (
    <>
      <Sentences text={written} setText={setWritten} close={close} />
      <SmallButton isBusy={isBusy || written.trim() === ''} onClick={() => send(written)}>
        Save
      </SmallButton>{' '}
      <SmallButton onClick={close}>Cancel</SmallButton>{' '}
    </>
  );
}

interface NoteProps {
  columns: string[];
  isBusy: boolean;
  send: (column: string, text: string, scope: Scope) => void;
  close: () => void;
}

export function NoteForm({ columns, isBusy, send, close }: NoteProps) {
  const [text, setText] = useState('');
  const [column, setColumn] = useState('');
  const [scope, setScope] = useState<Scope>('connection');
  return (
    <div class="rasgo-lab-form" role="group" aria-label="New note">
      <Sentences text={text} setText={setText} close={close} />
      <label>
        about{' '}
        <select
          class="rasgo-lab-choice"
          value={column}
          onChange={(event) => setColumn(event.currentTarget.value)}
        >
          <option value="">the table</option>
          {columns.map((name, i) => (
            <option key={i} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>{' '}
      <label>
        for{' '}
        <select
          class="rasgo-lab-choice"
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value as Scope)}
        >
          {Object.entries(SCOPES).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>{' '}
      <SmallButton isBusy={isBusy || text.trim() === ''} onClick={() => send(column, text, scope)}>
        Keep
      </SmallButton>{' '}
      <SmallButton onClick={close}>Cancel</SmallButton>
    </div>
  );
}

function Sentences({
  text,
  setText,
  close,
}: {
  text: string;
  setText: (text: string) => void;
  close: () => void;
}) {
  return (
    <textarea
      class="rasgo-lab-field"
      aria-label="What should be known of it"
      placeholder="What should be known of it"
      rows={3}
      autofocus
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    />
  );
}
