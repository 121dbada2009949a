import { useRef, useState } from 'preact/hooks';
import type { MemoryState, ProposalState, RunState, Scope } from '../protocol';
import { Button } from './button';
import { useView, useWork, type Work } from './context';
import { useFocusHandedOn } from './focus';
import { SCOPES, ScopeSelect, TextField, useRipe } from './memory';
import { Said } from './said';
import { visible } from './text';

/** What the run proposes to remember; each waits for the person, during the run and after it. */
export function Proposals({ run }: { run: RunState }) {
  const { host } = useView();
  const proposals = proposalsOf(run);
  if (!host.live || proposals.length === 0) return null;
  const shown = `${run.steps.length} ${run.status}`; // what is above them moves them
  return (
    <section class="rasgo-proposals" aria-label="Proposed memories">
      {proposals.map((proposal) => (
        <Proposal key={proposal.id} proposal={proposal} shown={shown} />
      ))}
    </section>
  );
}

interface ProposalProps {
  proposal: ProposalState;
  shown: string;
}

export function proposalsOf(run: RunState): ProposalState[] {
  const bodies = run.steps.flatMap((step) => step.calls.map((call) => call.body));
  return bodies.flatMap((body) => (body?.kind === 'proposal' ? [body.proposal] : []));
}

function Proposal(props: ProposalProps) {
  return (
    <div class="rasgo-heir" tabIndex={-1}>
      <Decision {...props} />
    </div>
  );
}

function Decision({ proposal, shown }: ProposalProps) {
  const [isReopened, setReopened] = useState(false);
  if (proposal.kept !== null) return <Kept memory={proposal.kept} onUndo={() => setReopened(true)} />;
  if (proposal.decided === 'dropped' && !isReopened)
    return (
      <p class="rasgo-quiet">
        Dropped, nothing is remembered: “{visible(proposal.text.slice(0, 120))}” ·{' '}
        <Button look="plain" onClick={() => setReopened(true)}>
          Undo
        </Button>
      </p>
    );
  return <Open proposal={proposal} shown={shown} onDecided={() => setReopened(false)} />;
}

/** What is kept, with a way back. */
export function Kept({ memory, onUndo }: { memory: MemoryState; onUndo?: () => void }) {
  const work = useWork();
  const undo = () =>
    work.start(async (host) => {
      await host.ask({ name: 'memory_forget', memory: memory.id });
      onUndo?.();
    });
  return (
    <p class="rasgo-quiet">
      Kept for {SCOPES[memory.scope]}: <span class="rasgo-kept">{visible(memory.text)}</span> ·{' '}
      <Button look="plain" isBusy={work.busy} onClick={undo}>
        Undo
      </Button>
      <Said notice={work.notice} />
    </p>
  );
}

interface OpenProps {
  proposal: ProposalState;
  shown: string;
  onDecided: () => void;
}

function Open({ proposal, shown, onDecided }: OpenProps) {
  const work = useWork();
  const [text, setText] = useState(proposal.text);
  const [isEdited, setEdited] = useState(false);
  const [scope, setScope] = useState<Scope>(proposal.scope);
  const isRipe = useRipe(shown);
  const card = useRef<HTMLDivElement>(null);
  useFocusHandedOn(card);
  const decide = (ask: Parameters<typeof work.start>[0]) => {
    if (!isRipe()) return;
    work.start(async (host) => {
      await ask(host);
      onDecided();
    });
  };
  const sent = isEdited ? text : proposal.text;
  const keepIt = () =>
    decide(async (host) => {
      await host.ask({ name: 'memory_keep', proposal: proposal.id, text: sent, scope });
    });
  const drop = () =>
    decide(async (host) => {
      await host.ask({ name: 'memory_drop', proposal: proposal.id });
    });
  return (
    <div class="rasgo-proposal" ref={card} role="group" aria-label="Proposed memory">
      <p class="rasgo-proposal-title">Remember this?</p>
      {isEdited ? (
        <TextField
          label="What is to be remembered"
          text={text}
          isBusy={work.busy}
          onInput={setText}
          onCancel={() => setEdited(false)}
        />
      ) : (
        <p class="rasgo-proposed" tabIndex={0}>
          {visible(proposal.text)}
        </p>
      )}
      {proposal.cut && <p class="rasgo-flag">It was longer: only what is shown here is kept.</p>}
      <About proposal={proposal} />
      <div class="rasgo-actions">
        <Button isBusy={work.busy} isDisabled={sent.trim() === ''} onClick={keepIt}>
          Keep
        </Button>
        <ScopeSelect scope={scope} isBusy={work.busy} onChange={setScope} />
        <EditButton isEdited={isEdited} work={work} setEdited={setEdited} />
        <Button isBusy={work.busy} onClick={drop}>
          Drop
        </Button>
        <Said notice={work.notice} />
      </div>
    </div>
  );
}

interface EditProps {
  isEdited: boolean;
  work: Work;
  setEdited: (isEdited: boolean) => void;
}

function EditButton({ isEdited, work, setEdited }: EditProps) {
  return (
    <Button look={isEdited ? 'plain' : 'usual'} isBusy={work.busy} onClick={() => setEdited(!isEdited)}>
      {isEdited ? 'Cancel the edit' : 'Edit'}
    </Button>
  );
}

/** The tables and columns that it is about, and the step that shows it. */
function About({ proposal }: { proposal: ProposalState }) {
  const { showStep } = useView();
  const names = proposal.columns.length > 0 ? proposal.columns : proposal.tables;
  if (names.length === 0 && proposal.step === 0) return null;
  return (
    <p class="rasgo-quiet">
      {names.length > 0 && (
        <span class="rasgo-fact">
          about <span class="rasgo-name">{names.join(', ')}</span>
        </span>
      )}
      {proposal.step > 0 && (
        <span class="rasgo-fact">
          shown by step{' '}
          <button
            type="button"
            class="rasgo-link"
            aria-label={`Show step ${proposal.step}`}
            onClick={() => showStep(proposal.step)}
          >
            {proposal.step}
          </button>
        </span>
      )}
    </p>
  );
}
