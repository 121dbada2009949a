import { useId, useMemo } from 'preact/hooks';
import type { StepState } from '../protocol';
import { CallCard } from './call';
import { useView } from './context';
import { PromoteStep } from './foot';
import { LiveText } from './livetext';
import { Markdown } from './markdown';
import { Saw } from './saw';
import { word } from './status';
import { afterFirstLine, firstLine, seconds } from './text';

interface StepProps {
  step: StepState;
  isOpen: boolean;
  /** Null while no steps are being chosen. */
  isChosen: boolean | null;
  setOpen: (number: number, isOpen: boolean) => void;
  setChosen: (number: number, isChosen: boolean) => void;
}

/** A step; drawn anew only when something of it changed. */
export function StepCard({ step, isOpen, isChosen, setOpen, setChosen }: StepProps) {
  const id = useId();
  return useMemo(
    () => (
      <section class={`rasgo-step rasgo-is-${step.status}`} data-step={step.number}>
        <div class="rasgo-step-head">
          {isChosen !== null && (
            <input
              type="checkbox"
              class="rasgo-choice"
              aria-label={`Choose step ${step.number}`}
              checked={isChosen}
              onChange={(event) => setChosen(step.number, event.currentTarget.checked)}
            />
          )}
          <button
            type="button"
            class="rasgo-step-toggle"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(step.number, !isOpen)}
          >
            <Heading step={step} />
          </button>
        </div>
        <div class="rasgo-step-body" id={id} hidden={!isOpen}>
          {isOpen && <Body step={step} />}
        </div>
      </section>
    ),
    [step, isOpen, isChosen, setOpen, setChosen, id],
  );
}

function Heading({ step }: { step: StepState }) {
  const tools = [...new Set(step.calls.map((call) => call.tool))].join(', ');
  const writing = step.writing ? `writing ${step.writing} …` : '';
  const isLive = step.status === 'writing';
  const title = (isLive ? '' : firstLine(step.text)) || tools || writing || (isLive ? 'writing …' : '…');
  return (
    <>
      <span class="rasgo-mark" aria-hidden="true" />
      <span class="rasgo-number">
        <span class="rasgo-unseen">Step </span>
        {step.number}
      </span>
      <span class="rasgo-title">{title}</span>
      <span class="rasgo-unseen">, {word(step.status)}</span>
      <span class="rasgo-aside">
        {title !== tools && tools && <span class="rasgo-fact">{tools}</span>}
        {title !== writing && writing && <span class="rasgo-fact">{writing}</span>}
        {step.elapsed_s > 0 && <span class="rasgo-fact rasgo-figures">{seconds(step.elapsed_s)}</span>}
        {step.cost && <span class="rasgo-fact rasgo-figures rasgo-cost">{step.cost}</span>}
      </span>
    </>
  );
}

function Body({ step }: { step: StepState }) {
  const { host } = useView();
  const isSettled = step.status === 'done' || step.status === 'failed';
  const canPromote = step.calls.some(
    (call) => call.status === 'done' && (call.code !== null || call.body?.kind === 'figure'),
  );
  return (
    <>
      {step.notes.map((note, i) => (
        <p key={i} class="rasgo-quiet">
          {note}
        </p>
      ))}
      {step.thinking && <Thinking step={step} />}
      <StepText step={step} />
      {step.calls.map((call) => (
        <CallCard key={call.id} call={call} step={step.number} />
      ))}
      {host.live && isSettled && canPromote && (
        <div class="rasgo-actions rasgo-step-actions">
          <PromoteStep number={step.number} />
        </div>
      )}
      {step.saw && <Saw step={step} />}
    </>
  );
}

/** What was said: as it comes while it is being written, as Markdown from then on; not twice what the heading says. */
function StepText({ step }: { step: StepState }) {
  if (step.status === 'writing') return step.text ? <LiveText text={step.text} /> : null;
  const text = afterFirstLine(step.text);
  return text ? <Markdown text={text} /> : null;
}

function Thinking({ step }: { step: StepState }) {
  return (
    <details class="rasgo-thinking">
      <summary>Thinking</summary>
      <LiveText text={step.thinking} />
    </details>
  );
}
