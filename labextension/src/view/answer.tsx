import { useMemo } from 'preact/hooks';
import type { AnswerState, NumberState, StepState } from '../protocol';
import { Body } from './bodies/body';
import { useView } from './context';
import { Guarded } from './guarded';
import { NumberedMarkdown } from './numbers';
import { Saw } from './saw';
import { SaveEval } from './saveEval';
import { Verify } from './verify';

const NONE: NumberState[] = [];

interface AnswerProps {
  answer: AnswerState;
  question: string;
  /** The step that did nothing but give it. */
  step: StepState | null;
}

/** What the run ends with, and what can be kept of it. */
export function Answer({ answer, question, step }: AnswerProps) {
  return useMemo(
    () => (
      <section class="rasgo-answer" aria-label="Answer">
        {/* A run that was saved before numbers were traced has none. */}
        <NumberedMarkdown text={answer.text} numbers={answer.numbers ?? NONE} />
        {answer.traced && <p class="rasgo-quiet rasgo-figures">{answer.traced}</p>}
        {answer.bodies.map((body, i) => (
          <Guarded key={i}>
            <Body body={body} />
          </Guarded>
        ))}
        {answer.assumptions.length > 0 && (
          <div class="rasgo-assumptions">
            <p class="rasgo-quiet">Assumptions</p>
            <ul>
              {answer.assumptions.map((assumption, i) => (
                <li key={i}>{assumption}</li>
              ))}
            </ul>
          </div>
        )}
        {answer.steps.length > 0 && <RestsOn steps={answer.steps} />}
        {step?.saw && <Saw step={step} />}
        <div class="rasgo-keeping">
          <Verify answer={answer} question={question} />
          <SaveEval answer={answer} />
        </div>
      </section>
    ),
    [answer, question, step],
  );
}

function RestsOn({ steps }: { steps: number[] }) {
  const { showStep } = useView();
  return (
    <p class="rasgo-quiet">
      {steps.length === 1 ? 'Rests on step ' : 'Rests on steps '}
      {steps.map((step, i) => (
        <>
          {i > 0 && ', '}
          <button
            type="button"
            class="rasgo-link"
            aria-label={`Show step ${step}`}
            onClick={() => showStep(step)}
          >
            {step}
          </button>
        </>
      ))}
    </p>
  );
}
