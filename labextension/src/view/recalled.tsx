import { useId, useState } from 'preact/hooks';
import type { RecalledState } from '../protocol';
import { Button } from './button';
import { Code } from './code';
import { useView, useWork } from './context';
import { factsOf } from './memory';
import { Said } from './said';
import { visible } from './text';

/** "used 2 memories", which opens to what they say; each can be removed. */
export function RecalledLine({ recalled }: { recalled: RecalledState[] }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  if (recalled.length === 0) return null;
  const flagged = recalled.filter((one) => one.flags.length > 0 && !one.forgotten).length;
  return (
    <div class="rasgo-recalled">
      <button
        type="button"
        class="rasgo-link"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        used {recalled.length} {recalled.length === 1 ? 'memory' : 'memories'}
      </button>
      {flagged > 0 && <span class="rasgo-flag rasgo-fact">{flagged} may no longer hold</span>}
      <ul id={id} hidden={!isOpen}>
        {isOpen && recalled.map((one) => <Recalled key={one.memory.id} one={one} />)}
      </ul>
    </div>
  );
}

function Recalled({ one }: { one: RecalledState }) {
  const { memory, why, flags, forgotten } = one;
  return (
    <li class={forgotten ? 'rasgo-forgotten' : ''}>
      <p class="rasgo-remembered">{visible(memory.text)}</p>
      {memory.sql && <Code text={memory.sql} language="sql" />}
      {flags.map((flag, i) => (
        <p key={i} class="rasgo-flag">
          {flag}
        </p>
      ))}
      <div class="rasgo-actions">
        <span class="rasgo-quiet">
          {[...factsOf(memory), why].filter(Boolean).map((fact, i) => (
            <span key={i} class="rasgo-fact">
              {fact}
            </span>
          ))}
        </span>
        <Removal one={one} />
      </div>
    </li>
  );
}

function Removal({ one: { memory, forgotten } }: { one: RecalledState }) {
  const { host } = useView();
  const work = useWork();
  const name = forgotten ? 'memory_restore' : 'memory_forget';
  const change = () =>
    work.start(async (host) => {
      await host.ask({ name, memory: memory.id });
    });
  if (!host.live) return forgotten ? <span class="rasgo-quiet">removed</span> : null;
  return (
    <>
      {forgotten && <span class="rasgo-quiet">removed</span>}
      <Button look="plain" isBusy={work.busy} onClick={change}>
        {forgotten ? 'Undo' : 'Remove'}
      </Button>
      <Said notice={work.notice} />
    </>
  );
}
