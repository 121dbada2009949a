import { useRef, useState } from 'preact/hooks';
import type { AnswerState, Scope } from '../protocol';
import { Button } from './button';
import { useView, useWork } from './context';
import { useFocusHandedOn } from './focus';
import { FormActions } from './formActions';
import { ScopeSelect, SCOPES, TextField } from './memory';
import { Said } from './said';

/** An accepted answer becomes a verified query: its question and SQL, found by later questions. */
export function Verify(props: VerifyProps) {
  return (
    <div class="rasgo-heir" tabIndex={-1}>
      <Verification {...props} />
    </div>
  );
}

interface VerifyProps {
  answer: AnswerState;
  question: string;
}

function Verification({ answer, question }: VerifyProps) {
  const { host } = useView();
  const [isOpen, setOpen] = useState(false);
  if (answer.verified) return <Verified answer={answer} />;
  if (!host.live || !answer.verifiable) return null;
  if (isOpen) return <VerifyForm question={question} close={() => setOpen(false)} />;
  return (
    <div class="rasgo-actions">
      <Button title="Later questions find its SQL and start from it" onClick={() => setOpen(true)}>
        Save as verified query
      </Button>
    </div>
  );
}

function Verified({ answer }: { answer: AnswerState }) {
  const { host } = useView();
  const work = useWork();
  const memory = answer.verified!;
  const undo = () =>
    work.start(async (host) => {
      await host.ask({ name: 'memory_forget', memory: memory.id });
    });
  return (
    <p class="rasgo-quiet">
      Saved as verified query for {SCOPES[memory.scope]}: {memory.text}
      {host.live && (
        <>
          {' · '}
          <Button look="plain" isBusy={work.busy} onClick={undo}>
            Undo
          </Button>
        </>
      )}
      <Said notice={work.notice} />
    </p>
  );
}

function VerifyForm({ question, close }: { question: string; close: () => void }) {
  const work = useWork();
  const card = useRef<HTMLDivElement>(null);
  useFocusHandedOn(card);
  const [text, setText] = useState(question);
  const [scope, setScope] = useState<Scope>('connection');
  const save = () =>
    work.start(async (host) => {
      await host.ask({ name: 'verify', question: text, scope });
      close();
    });
  return (
    <div class="rasgo-proposal" ref={card} role="group" aria-label="Verified query">
      <p class="rasgo-proposal-title">The question that this answers</p>
      <TextField label="Question" text={text} isBusy={work.busy} onInput={setText} onCancel={close} />
      <FormActions label="Save" work={work} canSend={text.trim() !== ''} onSend={save} onCancel={close}>
        <ScopeSelect scope={scope} isBusy={work.busy} onChange={setScope} />
      </FormActions>
    </div>
  );
}
