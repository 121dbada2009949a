import { useId, useRef, useState } from 'preact/hooks';
import type { CallState } from '../protocol';
import { Button } from './button';
import { Code, CodeEditor } from './code';
import { useView, useWork, type Work } from './context';
import { useFocusHandedOn } from './focus';
import { LineField } from './field';
import { Said } from './said';
import { WithNames } from './withnames';

/** What a call would do, and the person's word on it. */
export function Approval({ call }: { call: CallState }) {
  const { host } = useView();
  const id = useId();
  const card = useRef<HTMLDivElement>(null);
  useFocusHandedOn(card);
  const effects = call.approval?.effects ?? [];
  return (
    <div class="rasgo-approval" ref={card} role="alert" aria-labelledby={id}>
      <p class="rasgo-approval-title" id={id}>
        {effects.length > 0 ? `If you approve, ${call.tool}` : `${call.tool} asks for your approval`}
      </p>
      <ul class="rasgo-effects">
        {effects.map((effect, i) => (
          <li key={i}>
            <WithNames text={effect} />
          </li>
        ))}
      </ul>
      {host.live ? <Decision call={call} /> : <Waiting call={call} />}
    </div>
  );
}

function Waiting({ call }: { call: CallState }) {
  return (
    <>
      {call.code && <Code text={call.code.formatted || call.code.text} language={call.code.language} />}
      <p class="rasgo-quiet">No decision is known.</p>
    </>
  );
}

type Stage = 'asked' | 'editing' | 'refusing';

function Decision({ call }: { call: CallState }) {
  const work = useWork();
  const [stage, setStage] = useState<Stage>('asked');
  const [text, setText] = useState(call.code?.text ?? '');
  const isEdited = stage === 'editing' && text !== call.code?.text;
  const approve = (always: boolean) =>
    work.start(async (host) => {
      await host.ask({ name: 'approve', call: call.id, always, code: isEdited ? text : null });
    });
  return (
    <>
      {call.code && stage === 'editing' ? (
        <CodeEditor
          text={text}
          language={call.code.language}
          isBusy={work.busy}
          onInput={setText}
          onRun={() => approve(false)}
          onCancel={() => setStage('asked')}
        />
      ) : (
        call.code && <Code text={call.code.formatted || call.code.text} language={call.code.language} />
      )}
      {stage === 'refusing' ? (
        <Refusal call={call} work={work} cancel={() => setStage('asked')} />
      ) : (
        <div class="rasgo-actions">
          <Button look="strong" isBusy={work.busy} onClick={() => approve(false)}>
            {isEdited ? 'Approve as edited' : 'Approve'}
          </Button>
          {stage === 'asked' && <Choices call={call} work={work} approve={approve} setStage={setStage} />}
          {stage === 'editing' && (
            <Button look="plain" isBusy={work.busy} onClick={() => setStage('asked')}>
              Cancel the edit
            </Button>
          )}
        </div>
      )}
      <Said notice={work.notice} />
    </>
  );
}

interface ChoicesProps {
  call: CallState;
  work: Work;
  approve: (always: boolean) => void;
  setStage: (stage: Stage) => void;
}

function Choices({ call, work, approve, setStage }: ChoicesProps) {
  return (
    <>
      {!call.approval?.once && (
        <Button isBusy={work.busy} onClick={() => approve(true)}>
          Approve always in this notebook
        </Button>
      )}
      {call.code?.cut === false && (
        <Button isBusy={work.busy} onClick={() => setStage('editing')}>
          Edit first
        </Button>
      )}
      <Button isBusy={work.busy} onClick={() => setStage('refusing')}>
        Refuse
      </Button>
    </>
  );
}

function Refusal({ call, work, cancel }: { call: CallState; work: Work; cancel: () => void }) {
  return (
    <LineField
      label="Why not? The model reads it."
      button="Refuse"
      isBusy={work.busy}
      canBeEmpty
      onSend={(reason) =>
        work.start(async (host) => {
          await host.ask({ name: 'refuse', call: call.id, reason });
        })
      }
      onCancel={cancel}
    />
  );
}
