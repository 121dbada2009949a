import { useId, useState } from 'preact/hooks';
import type { NewCell, SawCallState, SawState, StepState } from '../protocol';
import { RUN_CELL } from '../protocol';
import { Button } from './button';
import { deliver } from './cells';
import { useView, useWork } from './context';
import { Said } from './said';
import { Items } from './sawItems';
import { Wire } from './sawWire';
import { WithNames } from './withnames';

/** "The model saw 12 items, 4,210 tokens", which opens to all of it. */
export function Saw({ step }: { step: StepState }) {
  const { host } = useView();
  const id = useId();
  const work = useWork();
  const [saw, setSaw] = useState<SawState | null>(null);
  const [isOpen, setOpen] = useState(false);
  const line = `The model saw ${step.saw}`;
  if (!host.live && saw === null) return <SavedLine line={line} step={step.number} />;
  const toggle = () => {
    setOpen(!isOpen);
    if (isOpen || saw !== null) return;
    work.start(async (host) => {
      setSaw((await host.ask({ name: 'saw', step: step.number })).value as SawState);
    });
  };
  return (
    <div class="rasgo-saw">
      <p class="rasgo-quiet">
        <button
          type="button"
          class="rasgo-link rasgo-figures"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={toggle}
        >
          {line}
        </button>
        {work.busy && ' …'}
        <Said notice={work.notice} />
      </p>
      <div
        class="rasgo-saw-panel"
        id={id}
        hidden={!isOpen || saw === null}
        role="group"
        aria-label={`What the model saw for step ${step.number}`}
      >
        {isOpen && saw && <Panel saw={saw} />}
      </div>
    </div>
  );
}

function SavedLine({ line, step }: { line: string; step: number }) {
  return (
    <p class="rasgo-quiet rasgo-figures">
      {line} · <WithNames text={`\`%rasgo saw ${step}\` lists it from the kernel's trace`} />
    </p>
  );
}

/** All calls of a step, and the way to ask again without some of what they held. */
function Panel({ saw }: { saw: SawState }) {
  const { host, root } = useView();
  const again = useWork();
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const choose = (item: string, isLeftOut: boolean) => {
    const next = new Set(without);
    if (isLeftOut) next.add(item);
    else next.delete(item);
    setWithout(next);
    again.clear();
  };
  const ask = () =>
    again.start(async (host) => {
      const { value } = await host.ask({ name: 'again', step: saw.step, without: [...without] });
      return deliver(root(), RUN_CELL, [value as NewCell]);
    });
  const canLeaveOut = host.live && saw.calls.some((call) => call.items.some((item) => item.removable));
  if (saw.calls.length === 0) return <p class="rasgo-quiet">Nothing was kept of what it saw.</p>;
  return (
    <>
      {saw.calls.map((call) => (
        <Call key={call.id} call={call} without={without} choose={canLeaveOut ? choose : null} />
      ))}
      {canLeaveOut && (
        <div class="rasgo-actions">
          <Button
            title="Asks again from this step in a cell below, without the ticked items"
            isBusy={again.busy}
            isDisabled={without.size === 0}
            onClick={ask}
          >
            {without.size === 0 ? 'Ask again without' : `Ask again without ${counted(without.size)}`}
          </Button>
          {without.size === 0 && <span class="rasgo-quiet">Tick what the model should not see.</span>}
          <Said notice={again.notice} />
        </div>
      )}
    </>
  );
}

const counted = (items: number): string => (items === 1 ? '1 item' : `${items} items`);

const PURPOSE: Record<SawCallState['purpose'], string> = {
  reply: 'for its reply',
  summary: 'for a summary of what came before',
  sql: 'to write SQL',
};

interface CallProps {
  call: SawCallState;
  without: ReadonlySet<string>;
  choose: ((item: string, isLeftOut: boolean) => void) | null;
}

function Call({ call, without, choose }: CallProps) {
  const facts = [PURPOSE[call.purpose], call.model, call.interface].filter(Boolean);
  return (
    <div class="rasgo-saw-call">
      <p>
        <span class="rasgo-name">{call.id}</span>
        {facts.map((fact, i) => (
          <span key={i} class="rasgo-fact rasgo-quiet">
            {fact}
          </span>
        ))}
      </p>
      <Items call={call} without={without} choose={choose} />
      <p class="rasgo-quiet rasgo-figures">{call.totals}</p>
      <Wire wire={call.wire} />
    </div>
  );
}
