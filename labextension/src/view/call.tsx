import { useContext, useState } from 'preact/hooks';
import type { CallState, CodeState, NewCell } from '../protocol';
import { RUN_CELL } from '../protocol';
import { Approval } from './approval';
import { Body } from './bodies/body';
import { Button } from './button';
import { copied, deliver } from './cells';
import { Code, CodeEditor } from './code';
import { GoalHere, RunGoal, useView, useWork } from './context';
import { Guarded } from './guarded';
import { Outputs } from './outputs';
import { QueryFacts } from './query';
import { Question } from './question';
import { Said } from './said';
import { word } from './status';
import { seconds } from './text';
import { WithNames } from './withnames';

/** One tool call: what was asked, what it waits for, what it printed and found. */
export function CallCard({ call, step }: { call: CallState; step: number }) {
  const isAsked = call.approval?.state === 'asked';
  const goal = useContext(RunGoal);
  const isGoal = goal?.step === step && goal.call === call.id;
  return (
    <div class={`rasgo-call rasgo-is-${call.status}`} data-call={call.id} tabIndex={-1}>
      <CallHead call={call} />
      {isAsked ? (
        <Approval call={call} />
      ) : (
        call.code && <CallCode call={call} code={call.code} step={step} />
      )}
      {call.approval && !isAsked && <Decided call={call} />}
      {!isAsked && <QueryFacts call={call} />}
      {call.question && <Question call={call} question={call.question} />}
      <Guarded>
        <Outputs outputs={call.outputs} />
      </Guarded>
      <GoalHere.Provider value={isGoal ? goal : null}>
        <Guarded>{call.body && <Body body={call.body} />}</Guarded>
      </GoalHere.Provider>
      {call.error && <pre class="rasgo-printed rasgo-error">{call.error}</pre>}
    </div>
  );
}

function CallHead({ call }: { call: CallState }) {
  const isBusy = call.status === 'running' || call.status === 'waiting';
  return (
    <div class="rasgo-call-head">
      <span class="rasgo-tool">{call.tool}</span>
      {call.arguments && call.body?.kind !== 'proposal' && (
        <span class="rasgo-arguments">{call.arguments}</span>
      )}
      <span class="rasgo-outcome rasgo-figures">
        {call.outcome || call.progress || (isBusy ? word(call.status) : '')}
      </span>
      {call.elapsed_s > 0 && <span class="rasgo-quiet rasgo-figures">{seconds(call.elapsed_s)}</span>}
    </div>
  );
}

function Decided({ call }: { call: CallState }) {
  const approval = call.approval!;
  const edited = approval.edited ? ', edited' : '';
  const what = approval.state === 'approved' ? 'Approved' : 'Refused';
  return (
    <p class="rasgo-quiet rasgo-decided">
      {what} by {approval.by || 'you'}
      {edited}
      {approval.reason && <>: {approval.reason}</>}
      {approval.effects.length > 0 && (
        <>
          {' ('}
          <WithNames text={approval.effects.join('; ')} />)
        </>
      )}
    </p>
  );
}

/** Code with its actions: copy, and edit to go on from here. */
function CallCode({ call, code, step }: { call: CallState; code: CodeState; step: number }) {
  const { host } = useView();
  const copy = useWork();
  const [isEdited, setEdited] = useState(false);
  const isSettled = call.status !== 'running' && call.status !== 'waiting';
  if (isEdited && host.live)
    return <EditCode call={call} code={code} step={step} close={() => setEdited(false)} />;
  return (
    <div class="rasgo-coded">
      <Code text={code.formatted || code.text} language={code.language} />
      <div class="rasgo-actions">
        <Button look="plain" onClick={() => copy.start(() => copied(code.formatted || code.text))}>
          Copy
        </Button>
        {host.live && isSettled && !code.cut && (
          <Button look="plain" onClick={() => setEdited(true)}>
            Edit
          </Button>
        )}
        <Said notice={copy.notice} />
      </div>
    </div>
  );
}

interface EditProps {
  call: CallState;
  code: CodeState;
  step: number;
  close: () => void;
}

function EditCode({ call, code, step, close }: EditProps) {
  const { root } = useView();
  const edit = useWork();
  const [text, setText] = useState(code.text);
  const run = () =>
    edit.start(async (host) => {
      const { value } = await host.ask({ name: 'edit', step, call: call.id, code: text });
      return deliver(root(), RUN_CELL, [value as NewCell]);
    });
  return (
    <div class="rasgo-coded">
      <CodeEditor
        text={text}
        language={code.language}
        isBusy={edit.busy}
        onInput={setText}
        onRun={run}
        onCancel={close}
      />
      <div class="rasgo-actions">
        <Button
          title="The run goes on from this step in a cell below (Ctrl+Enter)"
          isBusy={edit.busy}
          isDisabled={text.trim() === ''}
          onClick={run}
        >
          Run from here
        </Button>
        <Button look="plain" isBusy={edit.busy} onClick={close}>
          Cancel
        </Button>
        <Said notice={edit.notice} />
      </div>
    </div>
  );
}
